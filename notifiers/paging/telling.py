"""What people who were asked are shown and told of a page: asked, taken, over, retracted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cards.page_card import PageFacts, Standing, page_card, told_card
from events.state import EventState
from notifiers.destinations import direct, person_and_way
from notifiers.outbox import amend, notify
from notifiers.paging.links import answer_link
from notifiers.paging.parts import Parts, log_of, news_of, reader_of, subject_of
from notifiers.paging.tables import Outcome, PageContactRow, PagePersonRow, PageRow, PageState
from notifiers.receipts import told
from notifiers.tables import WAITING, Kind, OutboxRow, State
from shifts import people_store
from shifts.people_file import Person
from shifts.standing import quiet_until

CHATS = ("slack", "discord")
"""Ways on which a message that stands can show other words."""

ALOUD = ("sms", "whatsapp", "voice")
"""Ways that wake a sleeper."""

FRESH = timedelta(minutes=30)
"""Who was rung by us within this time is awake because of us, and wants to hear that it is over."""

USEFUL = {"voice": timedelta(minutes=15), "sms": timedelta(hours=1), "whatsapp": timedelta(hours=1)}
"""How long a try that is stuck at its provider is still worth making: later steps ask anew."""


async def facts_of(session: AsyncSession, row: PageRow, *, link: str | None = None) -> PageFacts:
    """What the page's card tells of the page itself."""
    asked = await log_of(session, row.id, "asked")
    first: dict[str, datetime] = {}
    for entry in asked:
        first.setdefault(entry.person or "?", entry.at)
    since = await log_of(session, row.id, "acknowledge", "take_over")
    missing = int(row.plan["acknowledgements"]) - len(row.acknowledged_by)
    return PageFacts(
        number=row.id,
        value=f"{row.id}.{row.turn}",
        standing=_standing(row),
        subject=row.subject,
        asked=tuple(first.items()),
        holder=row.holder,
        since=next((entry.at for entry in reversed(since) if entry.person == row.holder), row.acted),
        until=row.next_due,
        missing=max(missing, 0),
        drill=row.drill,
        paged_by=row.opened_by,
        link=link,
        again=bool(await log_of(session, row.id, "reopened")),
    )


async def owe_contact(
    session: AsyncSession,
    row: PageRow,
    contact: PageContactRow,
    person: Person,
    state: EventState | None,
    parts: Parts,
    now: datetime,
) -> None:
    """Owe the message by which a person is asked, and mark the try as made, in the caller's transaction."""
    link = None
    if contact.way == "email" and parts.public_url is not None:
        link = await answer_link(session, parts.public_url, row.id, person.name, now)
    card = page_card(await facts_of(session, row, link=link), state, now, reader_of(person))
    key = f"page|{row.id}|{contact.id}"
    useful = USEFUL.get(contact.way)
    await notify(
        session,
        card,
        [direct(person.name, contact.way)],
        key=key,
        now=now,
        event=row.event,
        subject=subject_of(row),
        urgent=True,
        not_after=None if useful is None else now + useful,
        issued=state.newest.notice.issued if state is not None else None,
    )
    contact.done, contact.outcome, contact.outbox_key = now, Outcome.OWED.value, key


async def cancel(session: AsyncSession, row: PageRow, now: datetime, person: str | None = None) -> None:
    """Make no more tries for this page, of one person or of all; what waits in the outbox is taken back."""
    undone = [PageContactRow.page_id == row.id, PageContactRow.done.is_(None)]
    waiting = [
        OutboxRow.subject == subject_of(row),
        OutboxRow.state.in_(WAITING),
        OutboxRow.kind != Kind.EDIT.value,
    ]
    if person is not None:
        undone.append(PageContactRow.person == person)
        waiting.append(OutboxRow.channel.like(f"@{person}/%"))
    await session.execute(
        update(PageContactRow).where(*undone).values(done=now, outcome=Outcome.CANCELLED.value)
    )
    await session.execute(update(OutboxRow).where(*waiting).values(state=State.SUPERSEDED.value))


async def show(session: AsyncSession, row: PageRow, state: EventState | None, now: datetime) -> None:
    """Let every card of the page that stands in a chat show how the page stands now, each in its language."""
    facts = await facts_of(session, row)
    contacts = await session.scalars(
        select(PageContactRow)
        .where(PageContactRow.page_id == row.id, PageContactRow.outcome == Outcome.OWED.value)
        .where(PageContactRow.way.in_(CHATS))
        .order_by(PageContactRow.id)
    )
    people = (await people_store.everybody(session)).by_name()
    for contact in contacts.all():
        person = people.get(contact.person)
        if person is None or contact.outbox_key is None:
            continue
        card = page_card(facts, state, now, reader_of(person))
        await amend(session, direct(person.name, contact.way), card, key=contact.outbox_key, now=now)


async def tell(
    session: AsyncSession,
    row: PageRow,
    state: EventState | None,
    asked: Iterable[PagePersonRow],
    now: datetime,
    *,
    but: str | None = None,
    chats_too: bool = False,
) -> None:
    """Tell those whom the page has reached how it stands now, by the ways that reached them.

    Cards in chats are edited by `show`; where nothing else was said there, that is all (`chats_too` adds a
    message). E-mail is quiet and is always answered. What rings (SMS; never a second call) comes to those who
    are awake, to who has the page, and to those we rang within FRESH: they are awake because of us. Everybody
    else sleeps on and reads it in the morning.
    """
    people = (await people_store.everybody(session)).by_name()
    rung = await _reached(session, row)
    facts = await facts_of(session, row)
    for each in asked:
        person = people.get(each.person)
        if person is None or each.person == but or each.person not in rung:
            continue
        card = told_card(facts, state, now, reader_of(person))
        for way, until in _ways_back(person, rung[each.person], row.holder, now, chats_too).items():
            await notify(
                session,
                card,
                [direct(person.name, way)],
                key=f"page|{row.id}|turn {row.turn}",
                now=now,
                event=row.event,
                subject=news_of(row),
                urgent=until is None,
                held_until=until,
            )


def _ways_back(
    person: Person, rung: Mapping[str, datetime], holder: str | None, now: datetime, chats_too: bool
) -> dict[str, datetime | None]:
    """By which ways a person is told, and until when each message is held."""
    usable = person.usable()
    morning = quiet_until(person, now)
    aloud = [at for way, at in rung.items() if way in ALOUD]
    awake = morning is None or person.name == holder or any(now - at <= FRESH for at in aloud)
    found: dict[str, datetime | None] = {}
    if "email" in rung:
        found["email"] = None
    if chats_too:
        found |= {way: None if awake else morning for way in CHATS if way in rung}
    if aloud:
        silent_text = "whatsapp" if "whatsapp" in rung else "sms"
        found[silent_text] = None if awake else morning
    return {way: until for way, until in found.items() if way in usable}


async def _reached(session: AsyncSession, row: PageRow) -> dict[str, dict[str, datetime]]:
    """Whom the page has reached or may have, by which ways, and when last."""
    found: dict[str, dict[str, datetime]] = {}
    for each in await told(session, subject=subject_of(row)):
        reached = person_and_way(each.channel)
        if each.was_told and reached is not None:
            person, way = reached
            known = found.setdefault(person, {})
            known[way] = max(known.get(way, each.at), each.at)
    return found


def _standing(row: PageRow) -> Standing:
    match PageState(row.state):
        case PageState.OPEN:
            return Standing.HALF if row.acknowledged_by else Standing.OPEN
        case PageState.SNOOZED:
            return Standing.SNOOZED
        case PageState.ACKNOWLEDGED:
            return Standing.TAKEN
        case PageState.RESOLVED:
            return Standing.DONE
        case PageState.STOPPED:
            return Standing.RETRACTED
        case PageState.EXPIRED:
            return Standing.EXPIRED
