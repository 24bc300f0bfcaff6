"""From a stored piece of news about duty to its card, in each reader's words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Block, Card
from cards.reader import Reader
from cards.roster_cards import (
    Moved,
    changed_card,
    comes_on_card,
    dusk_card,
    edited_card,
    goes_off_card,
    note_card,
    reminder_card,
)
from cards.swap_card import SwapNews, swap_card
from notifiers.cover_words import cover_words
from notifiers.duty_digest import MoreOpen, digest_blocks
from shifts.duty_tables import DutyNewsRow
from shifts.handoff_notes import notes_for
from shifts.news import News
from shifts.personal import ShiftChange, read_span
from shifts.roster_file import rules_of
from shifts.service import text_in
from shifts.shift import Shift
from shifts.wall_clock import SECOND
from shifts.who_is_on import who_is_on

OVERLAP = timedelta(hours=2)
"""Longer than any hour that clocks repeat."""

Write = Callable[[Reader, str | None], Awaitable[Card]]


@dataclass(frozen=True)
class Words:
    """How to write the card for a reader (and the name of the person, None for a channel).

    `concerns` is the first instant it is about; `can_wait` until quiet hours are over; `not_after` it is not
    sent any more.
    """

    card: Write
    can_wait: bool = False
    concerns: datetime | None = None
    not_after: datetime | None = None


async def words_for(
    session: AsyncSession, row: DutyNewsRow, now: datetime, more_open: MoreOpen | None
) -> Words | None:
    """The words of a piece of news; None where things have changed so that it is no news any more."""
    match News(row.kind):
        case News.CHANGED:
            return _changed(row)
        case News.EDITED:
            return _edited(row)
        case News.SWAP:
            return _swap(row)
        case News.REMINDER:
            return await _reminder(session, row, now)
        case News.DUSK:
            return await _dusk(session, row, now)
        case News.COMES_ON:
            return await _comes_on(session, row, now, more_open)
        case News.GOES_OFF:
            return await _goes_off(session, row, now)
        case News.NOTE:
            return _note(row)
        case News.COVER:
            return cover_words_of(row, now)


def _at_once(make: Callable[[Reader, str | None], Card]) -> Write:
    async def write(reader: Reader, person: str | None) -> Card:
        return make(reader, person)

    return write


def _changed(row: DutyNewsRow) -> Words:
    values = row.document
    changes = [ShiftChange.from_dict(each) for each in values["changes"]]
    moved = [Moved(each.role, each.before, each.after, each.other) for each in changes]
    return Words(
        _at_once(
            lambda reader, _: changed_card(
                row.roster, moved, values["count"], values["by"], reader, first=values["first"]
            )
        ),
        can_wait=True,
        concerns=min((each.first for each in changes), default=None),
    )


def _edited(row: DutyNewsRow) -> Words:
    values = row.document
    entry = values.get("entry") or {}
    detail = ", ".join(f"{key} {value}" for key, value in entry.items() if not isinstance(value, list))
    return Words(
        _at_once(
            lambda reader, _: edited_card(
                row.roster, values["by"], values["what"], detail, values["touched"], reader
            )
        ),
        can_wait=True,
    )


def _swap(row: DutyNewsRow) -> Words:
    values = row.document
    news = SwapNews(
        event=values["event"],
        number=values["swap"],
        roster=row.roster,
        role=values["role"],
        owner=values["owner"],
        span=read_span(values["span"]),
        by=values["by"],
        taken_by=values["taken_by"],
        part=values["part"],
        returns=read_span(values["returns"]) if values["returns"] else None,
        note=values["note"],
        expires=datetime.fromisoformat(values["expires"]),
    )
    asks = news.event in ("offered", "countered")
    concerns = news.expires if asks else news.span[0]
    return Words(
        _at_once(lambda reader, person: swap_card(news, person, reader)), can_wait=True, concerns=concerns
    )


async def _reminder(session: AsyncSession, row: DutyNewsRow, now: datetime) -> Words | None:
    span, role = read_span(row.document["span"]), row.document["role"]
    if span[0] <= now or not await _stands(session, row, span[0]):
        return None
    return Words(
        _at_once(lambda reader, _: reminder_card(row.roster, role, span, now, reader)), not_after=span[0]
    )


async def _dusk(session: AsyncSession, row: DutyNewsRow, now: datetime) -> Words | None:
    dusk = datetime.fromisoformat(row.document["dusk"])
    if dusk <= now or not await _stands(session, row, dusk):
        return None
    facility, role = row.document["facility"], row.document["role"]
    return Words(
        _at_once(lambda reader, _: dusk_card(row.roster, role, facility, dusk, now, reader)), not_after=dusk
    )


async def _comes_on(
    session: AsyncSession, row: DutyNewsRow, now: datetime, more_open: MoreOpen | None
) -> Words | None:
    span, role = read_span(row.document["span"]), row.document["role"]
    if span[1] <= now or not await _stands(session, row, max(now, span[0])):
        return None
    before = await _on(session, row.roster, role, span[0] - SECOND)
    leaving = {s.person for s in before if _hands_over(s, span[0])} - {row.person}
    on = {s.person for s in await _on(session, row.roster, role, max(now, span[0]))}
    notes = await notes_for(session, row.roster, role, handover=span[0], now=now)
    since = min((s.start for s in before), default=span[0])
    told_notes = [(note.author, note.written, note.text) for note in notes]

    async def write(reader: Reader, _: str | None) -> Card:
        blocks: list[Block] = await digest_blocks(session, since, span[0], now, reader)
        if more_open is not None:
            blocks += await more_open(session, row.roster, now, reader)
        return comes_on_card(
            row.roster, role, span, reader, takes_over_from=sorted(leaving),
            others=sorted(on - leaving - {row.person or ""}), notes=told_notes, blocks=blocks,
        )  # fmt: skip

    return Words(write, not_after=span[1])


async def _goes_off(session: AsyncSession, row: DutyNewsRow, now: datetime) -> Words | None:
    span, role = read_span(row.document["span"]), row.document["role"]
    on = await _on(session, row.roster, role, now)
    if any(shift.person == row.person for shift in on):
        return None
    rules = rules_of((await text_in(session, row.roster))[0])
    rule = rules.role_rules.get(role)
    if not on and (rule is None or rule.minimum == 0):
        return None  # a role that nobody has to fill now: that its hours are over is no news
    names = sorted({shift.person for shift in on})
    fallback = rule.fallback if rule is not None else None
    return Words(
        _at_once(
            lambda reader, _: goes_off_card(
                row.roster, role, span[1], reader, taken_over_by=names, fallback=fallback
            )
        ),
        can_wait=True,
    )


def _note(row: DutyNewsRow) -> Words:
    values = row.document
    return Words(
        _at_once(
            lambda reader, _: note_card(
                row.roster, values["role"], values["author"], row.due, values["text"], reader
            )
        )
    )


def cover_words_of(row: DutyNewsRow, now: datetime) -> Words:
    """Holes in cover can wait while they are more than a day ahead."""
    first, write = cover_words(row.roster, row.document["holes"], now)
    return Words(_at_once(write), can_wait=True, concerns=first)


async def _on(session: AsyncSession, roster: str, role: str, instant: datetime) -> list[Shift]:
    return [
        shift
        for shift in await who_is_on(session, instant)
        if shift.role == role and shift.id.startswith(f"{roster}/")
    ]


async def _stands(session: AsyncSession, row: DutyNewsRow, instant: datetime) -> bool:
    on = await _on(session, row.roster, row.document["role"], instant)
    return any(shift.person == row.person for shift in on)


def _hands_over(shift: Shift, handover: datetime) -> bool:
    """Whether a shift that was on before the handover ends with it, or in the hour that the clocks repeat."""
    return shift.end <= handover + OVERLAP
