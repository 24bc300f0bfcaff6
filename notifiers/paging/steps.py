"""One step of a page: whom it asks, the tries it writes down, and the tries that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.desk_card import page_gap_card, page_unanswered_card, page_unreachable_card
from events.state import EventState
from notifiers.outbox import notify_desk
from notifiers.paging.parts import Parts, asked_people, event_of, note
from notifiers.paging.plan import Plan, Round
from notifiers.paging.tables import (
    Outcome,
    PageContactRow,
    PagePersonRow,
    PageRow,
    PageState,
)
from notifiers.paging.telling import owe_contact, show
from notifiers.paging.who import Asked, Duties, Meant, whom
from shifts import people_store
from shifts.contact import ContactRule, Way
from shifts.people_file import Person
from shifts.standing import quiet_until, standing_of

LONGEST_LIFE = timedelta(hours=24)
"""A page that nobody answered, or nobody closed, is closed after this time."""

USUAL_RULES: tuple[tuple[int, Way], ...] = (
    (0, "slack"),
    (0, "discord"),
    (0, "email"),
    (0, "sms"),
    (2, "voice"),
)
"""How somebody is reached who has written no contact rules: (minutes, way), as far as the ways are usable."""


async def begin_next(
    session: AsyncSession, row: PageRow, duties: Duties, parts: Parts, now: datetime
) -> None:
    """Begin the page's next step: write down whom it asks, every try it will make, and when the next is due.

    All in the caller's transaction: after a crash either all of the step has begun or nothing of it.
    """
    plan = Plan.from_dict(row.plan)
    people = (await people_store.everybody(session)).by_name()
    asked_before = await asked_people(session, row.id)
    declined = {each.person for each in asked_before if each.declined is not None}
    while row.step < len(plan.rounds):
        step = plan.rounds[row.step]
        row.step += 1
        meant = whom(plan, step, duties, people, declined, parts.ways_to)
        if meant.gaps:
            await _report_gap(session, row, meant, parts, now)
        if not meant.asked:
            continue
        row.turn += 1
        row.next_due = now + step.step.wait
        await note(session, row, "step", now, step=row.step, part=step.part.value, number=step.number)
        for each in meant.asked:
            person = people[each.person]
            await _ask(session, row, step, each, person, parts.ways_to(person), now)
        await show(session, row, await event_of(session, row, parts), now)
        return
    await _unanswered(session, row, asked_before, parts, now)


async def make_due_tries(
    session: AsyncSession, row: PageRow, duties: Duties, parts: Parts, now: datetime
) -> int:
    """Owe every message of this page that is due; says how many tries were looked at.

    A step all of whose tries are made and reached nobody goes on to the next at once.
    """
    due = await session.scalars(
        select(PageContactRow)
        .where(PageContactRow.page_id == row.id, PageContactRow.done.is_(None), PageContactRow.due <= now)
        .order_by(PageContactRow.due, PageContactRow.id)
    )
    contacts = due.all()
    if not contacts:
        return 0
    people = (await people_store.everybody(session)).by_name()
    asked = {each.person: each for each in await asked_people(session, row.id)}
    state = await event_of(session, row, parts)
    for contact in contacts:
        await _try(
            session,
            row,
            contact,
            people.get(contact.person),
            asked[contact.person],
            state,
            duties,
            parts,
            now,
        )
    await session.flush()
    if not await _reaches_somebody(session, row):
        await _report_unreachable(session, row, {each.person for each in contacts}, parts, now)
        row.next_due = now
    return len(contacts)


def contacts_of(
    person: Person, by: Sequence[Way] | None, usable: frozenset[Way]
) -> list[tuple[int, Way, str]]:
    """The tries by which a person is reached: minutes from the step's beginning, way, and in which state."""
    if by is not None:
        return [(0, way, "any") for way in by if way in usable]
    rules: Iterable[ContactRule] = sorted(person.contact, key=lambda rule: rule.after)
    written = [(rule.after, rule.by, str(rule.when)) for rule in rules if rule.by in usable]
    return written or [(after, way, "any") for after, way in USUAL_RULES if way in usable]


async def _ask(
    session: AsyncSession,
    row: PageRow,
    step: Round,
    asked: Asked,
    person: Person,
    usable: frozenset[Way],
    now: datetime,
) -> None:
    known = await session.scalar(
        select(PagePersonRow).where(PagePersonRow.page_id == row.id, PagePersonRow.person == asked.person)
    )
    if known is None:
        known = PagePersonRow(page_id=row.id, person=asked.person)
        session.add(known)
    known.because, known.step, known.on_shift = asked.because[:200], row.step, asked.on_shift
    known.woken = asked.woken or bool(known.woken)
    # Asked anew: what an earlier step still meant to try would come on top.
    await session.execute(
        update(PageContactRow)
        .where(PageContactRow.page_id == row.id, PageContactRow.person == asked.person)
        .where(PageContactRow.done.is_(None))
        .values(done=now, outcome=Outcome.CANCELLED.value)
    )
    forced = step.step.by is not None
    tries = contacts_of(person, step.step.by, usable)
    if forced and not tries:
        tries, forced = contacts_of(person, None, usable), False  # rather by the ways there are than by none
    session.add_all(
        PageContactRow(
            page_id=row.id,
            step=row.step,
            person=asked.person,
            way=way,
            when=when,
            forced=forced,
            due=now + timedelta(minutes=after),
        )
        for after, way, when in dict.fromkeys(tries)
    )
    await note(session, row, "asked", now, asked.person, because=asked.because, step=row.step)


async def _try(
    session: AsyncSession,
    row: PageRow,
    contact: PageContactRow,
    person: Person | None,
    asked: PagePersonRow,
    state: EventState | None,
    duties: Duties,
    parts: Parts,
    now: datetime,
) -> None:
    if person is None or contact.way not in parts.ways_to(person):
        contact.done, contact.outcome = now, Outcome.UNUSABLE.value
        return
    on_shift = duties.on_shift(person.name) or asked.on_shift
    standing = standing_of(person, now, on_shift=on_shift, absences=duties.absences(person.name))
    rule = ContactRule.model_validate({"after": 0, "by": contact.way, "when": contact.when})
    if not standing.holds(rule.when):
        contact.done, contact.outcome = now, Outcome.SKIPPED.value
        return
    morning = quiet_until(person, now)
    if morning is not None and not (on_shift or asked.woken or contact.when == "quiet"):
        contact.due = morning  # nobody's duty, and nobody asked for it: not in the night
        return
    if row.silent:
        contact.done, contact.outcome = now, Outcome.SILENT.value
        return
    await owe_contact(session, row, contact, person, state, parts, now)


async def _reaches_somebody(session: AsyncSession, row: PageRow) -> bool:
    """Whether the present step has reached somebody or still will before it ends."""
    hopeful = (PageContactRow.outcome.in_((Outcome.OWED.value, Outcome.SILENT.value))) | (
        PageContactRow.done.is_(None) & (PageContactRow.due <= row.next_due)
    )
    wanted = select(PageContactRow.id).where(
        PageContactRow.page_id == row.id, PageContactRow.step == row.step
    )
    return await session.scalar(wanted.where(hopeful).limit(1)) is not None


async def _report_gap(session: AsyncSession, row: PageRow, meant: Meant, parts: Parts, now: datetime) -> None:
    instead = [each.person for each in meant.asked]
    await note(session, row, "gap", now, targets=list(meant.gaps), instead=instead)
    for name, reader in parts.warned():
        card = page_gap_card(row.id, meant.gaps, instead, reader)
        await notify_desk(session, card, [name], key=f"page {row.id} gap {row.step}", now=now)


async def _report_unreachable(
    session: AsyncSession, row: PageRow, people: Iterable[str], parts: Parts, now: datetime
) -> None:
    for person in sorted(people):
        await note(session, row, "unreachable", now, person, step=row.step)
        for name, reader in parts.warned():
            card = page_unreachable_card(row.id, person, reader)
            key = f"page {row.id} unreachable {person}"
            await notify_desk(session, card, [name], key=key, now=now)


async def _unanswered(
    session: AsyncSession, row: PageRow, asked: Iterable[PagePersonRow], parts: Parts, now: datetime
) -> None:
    """All steps are over: say so where the desk is watched, and leave the page open for a day."""
    row.next_due = max(row.opened + LONGEST_LIFE, now + timedelta(minutes=1))
    if row.opened + LONGEST_LIFE <= now:
        row.state, row.closed, row.next_due = PageState.EXPIRED.value, now, None
        await note(session, row, "expired", now)
        await show(session, row, await event_of(session, row, parts), now)
        return
    await note(session, row, "unanswered", now)
    what = row.event.split(":")[-1] if row.event else row.subject
    for name, reader in parts.warned():
        card = page_unanswered_card(row.id, what, [each.person for each in asked], reader)
        await notify_desk(session, card, [name], key=f"page {row.id} unanswered {row.turn}", now=now)
