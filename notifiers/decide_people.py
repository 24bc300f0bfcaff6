"""Deciding which people are told of an event: now, in their morning, or not; each in their own words."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from events.state import EventState, RevisionState
from notifiers.audience import Audience, Member, audience
from notifiers.decide import after_digest
from notifiers.deciding import Deciding, Habits, Words, begin_deciding, fingerprint
from notifiers.held import Hold
from notifiers.limits import write_tellings
from notifiers.mornings import awake_from, next_morning
from notifiers.personal_cards import PersonalCards, cards_of
from notifiers.routes import Route, Tell
from notifiers.rules import compile_rule
from notifiers.ruling import Ruling, ruling, strongest
from notifiers.subscription_routes import active_routes
from notifiers.subscription_tables import Why
from notifiers.tables import ThreadRow

log = logging.getLogger(__name__)

PARTING = Route("whoever was told before", compile_rule("true"), tell=Tell.MATERIAL)
"""What holds for somebody who was told of an event and whom no route means any more."""


@dataclass(frozen=True)
class Told:
    """What a decision came to for people: messages owed now, readers for whom something waits."""

    messages: int = 0
    held: tuple[str, ...] = ()
    unreachable: tuple[str, ...] = ()


@dataclass
class _Telling:
    """One decision for everybody: what it looks at, and the words, put together once for each reader."""

    deciding: Deciding
    people: Audience
    cards: PersonalCards
    leading: dict[str, list[Route]]
    known: str
    shown: dict[Reader, dict[str, Any]] = field(default_factory=dict)
    notes: dict[tuple[Reader, int], dict[str, Any] | None] = field(default_factory=dict)
    unreachable: list[str] = field(default_factory=list)

    def card(self, reader: Reader) -> dict[str, Any]:
        if reader not in self.shown:
            deciding = self.deciding
            self.shown[reader] = deciding.words.card(deciding.state, deciding.now, reader).to_dict()
        return self.shown[reader]

    def note(self, told: RevisionState, reader: Reader) -> dict[str, Any] | None:
        key = (reader, told.id)
        if key not in self.notes:
            card = self.deciding.words.change(told, self.deciding.state.newest, reader)
            self.notes[key] = card.to_dict() if card is not None else None
        return self.notes[key]


async def decide_people(
    session: AsyncSession,
    state: EventState,
    routes: Sequence[Route],
    now: datetime,
    *,
    words: Words | None = None,
    habits: Habits | None = None,
) -> Told:
    """Write what people are owed after something new is known of an event; in the caller's transaction.

    People are those whom the targets of routes mean now, those who subscribed, and those who were told
    before: their cards are kept true whatever the rules say later. Each is told by `ruling`: at once by one
    way, or held for the digest of their morning. Two thousand people take a fixed number of statements.
    """
    personal = [route for route in routes if route.targets]
    personal += await active_routes(session)
    deciding = await begin_deciding(session, state, None, personal, now, words, habits or Habits())
    cards = await cards_of(session, state, now)
    concerned = {reader[1:] for reader in deciding.held.rows if reader.startswith("@")} | set(cards.threads)
    if not concerned and not any(deciding.verdicts.wants(route) for route in personal):
        return Told()
    people = await audience(session, now)
    leading = people.meant_by(personal)
    telling = _Telling(deciding, people, cards, leading, fingerprint(state))
    for name in dict.fromkeys([*leading, *sorted(concerned)]):
        member = people.members.get(name)
        if member is None:
            continue  # somebody who has left
        own = leading.get(name, [])
        threads = cards.of(name)
        if threads:
            for thread in threads:
                _later(telling, member, thread, own or [PARTING])
        else:
            _first(telling, member, own)
    held = await deciding.held.write(session)
    await write_tellings(session, deciding.tellings)
    messages = await cards.write(session)
    if telling.unreachable:
        log.warning("%s: %d people have no way to be told by", state.event, len(telling.unreachable))
    return Told(messages, held, tuple(telling.unreachable))


def _first(telling: _Telling, member: Member, leading: Sequence[Route]) -> None:
    """Tell a person who has no card of the event, let them wait, or leave them alone."""
    deciding = telling.deciding
    state, now, held = deciding.state, deciding.now, deciding.held
    reader = f"@{member.name}"
    digest = held.told(reader)
    told = deciding.revision(digest.revision_id) if digest is not None else None
    if digest is not None and told is None:
        return  # what the digest told is newer than this state
    if told is None:
        asking = [route for route in leading if deciding.verdicts.wants(route)]
    else:
        asking = [route for route in leading or [PARTING] if after_digest(route, state, now, told)]
    if not asking or (member.has_muted(state) and not (told is not None and state.newest.notice.retraction)):
        held.touch(reader)
        return
    verdict, now_routes = _ruled(asking, member)
    names = tuple(route.name for route in asking)
    if verdict is Ruling.DROP and told is not None and state.newest.notice.retraction:
        verdict = Ruling.HOLD  # who was told hears of its end, whatever else they miss
    if verdict is Ruling.DROP:
        return
    if verdict is Ruling.HOLD:
        held.hold(Hold(reader, told is None, names, *_why_and_when(telling, member, asking)))
        return
    limits = deciding.limits(now_routes)
    wait = deciding.tellings.due(reader, limits)
    if wait is not None:
        due = awake_from(member.person, wait[0], telling.people.duties.absences.get(member.name, ()))
        held.hold(Hold(reader, told is None, names, wait[1], due))
        return
    way = member.way(next((route.by for route in now_routes if route.by), None))
    if way is None:
        telling.unreachable.append(member.name)
        return
    held.let_go(reader)
    deciding.tellings.count(reader, limits, state.event)
    telling.cards.post(member.name, way, telling.card(member.reader), telling.known, names)


def _later(telling: _Telling, member: Member, thread: ThreadRow, leading: Sequence[Route]) -> None:
    """Keep a person's card true, and say what changed: now, in the morning, or not."""
    deciding = telling.deciding
    state, now = deciding.state, deciding.now
    told = deciding.revision(thread.revision_id)
    if thread.known == telling.known or told is None:
        return
    read = telling.cards.renew(thread, telling.card(member.reader), telling.known)
    if not read or told.number >= state.newest.number:
        return
    asking = [route for route in leading if route.wants_more(state, now, told)]
    retracted = state.newest.notice.retraction
    if not asking or (member.has_muted(state) and not retracted):
        return
    verdict, _ = _ruled(asking, member)
    if verdict is Ruling.HOLD or (verdict is Ruling.DROP and retracted):
        names = tuple(route.name for route in asking)
        wish = Hold(f"@{member.name}", False, names, *_why_and_when(telling, member, asking))
        deciding.held.hold(wish)
    elif verdict is Ruling.NOW:
        note = telling.note(told, member.reader)
        if note is not None:
            telling.cards.reply(thread, note)


def _ruled(asking: Sequence[Route], member: Member) -> tuple[Ruling, list[Route]]:
    """What the routes that ask come to for a person, and those that tell at once."""
    each = [(route, _ruling(route, member)) for route in asking]
    verdict = strongest([found for _, found in each])
    return verdict, [route for route, found in each if found is Ruling.NOW]


def _ruling(route: Route, member: Member) -> Ruling:
    asked = member.woken or (route.owner == member.name and route.wakes)
    found = ruling(route.urgency, member.standing, route.wakes, asked)
    return Ruling.HOLD if found is Ruling.NOW and route.tell is Tell.DIGEST else found


def _why_and_when(telling: _Telling, member: Member, asking: Sequence[Route]) -> tuple[Why, datetime]:
    """Why a person waits, and until when."""
    now, person = telling.deciding.now, member.person
    away = telling.people.duties.absences.get(member.name, ())
    if all(route.tell is Tell.DIGEST for route in asking):
        morning = next_morning(person, now, telling.deciding.habits.digest_at)
        return Why.DIGEST, awake_from(person, morning, away)
    on_leave = member.standing.on_leave and not member.standing.on_shift
    due = awake_from(person, now, away if on_leave else ())
    return (Why.LEAVE if on_leave else Why.QUIET), due
