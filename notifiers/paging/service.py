"""Pages in the store: opened, answered, looked at. Every answer settles in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.page_card import PageFacts
from cards.reader import Reader
from events.state import EventState
from notifiers.outbox import BELL as OUTBOX_BELL
from notifiers.paging.advocates import hand_to
from notifiers.paging.answers import Answer, PageError, PageView, Settled, Why, read_value, view_of
from notifiers.paging.event_cards import refresh_event_cards
from notifiers.paging.given import is_new, mark
from notifiers.paging.opening import open_page
from notifiers.paging.parts import (
    BELL,
    Parts,
    apply,
    asked_people,
    event_of,
    log_of,
    note,
    page_row,
)
from notifiers.paging.plan import Escalation, Plan
from notifiers.paging.steps import LONGEST_LIFE
from notifiers.paging.tables import LIVE, PagePersonRow, PageRow, PageState
from notifiers.paging.telling import cancel, facts_of, show, tell
from notifiers.paging.transitions import Change, settle
from notifiers.paging.words import named, outcome_text
from shifts import people_store
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell


class PageService:
    """The one way to pages.

    Promises: of answers that race, one settles the page and the others are told how it stands; the same
    answer given again changes nothing; whoever was asked sees in the same transaction's messages who has it.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        parts: Parts | None = None,
        *,
        bell: Bell | None = None,
        observe: Callable[[timedelta], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._parts = parts or Parts()
        self._bell = bell
        self._observe = observe

    async def open(
        self,
        session: AsyncSession,
        escalation: Escalation,
        *,
        key: str,
        event: EventState | None = None,
        subject: str = "",
        route: str | None = None,
        by: str = "",
    ) -> int:
        """The page of this key, opened in the caller's transaction if there is none yet."""
        page, _ = await open_page(
            session,
            escalation,
            self._clock.now(),
            key=key,
            event=event,
            subject=subject,
            route=route,
            by=by,
        )
        return page

    async def answer(
        self,
        page_id: int,
        answer: Answer,
        *,
        person: str,
        via: str,
        minutes: float | None = None,
        seen: int | None = None,
        once: str | None = None,
    ) -> Settled:
        """What `person` answers to a page, by `via` (slack, sms, …), and what came of it.

        `seen` is the turn their card showed, `minutes` how long to snooze, `once` the provider's id of the
        message: one that is delivered twice counts once. Raises `PageError` for a page that is not there,
        `RosterError` for a person nobody knows.
        """
        async with self._database.write() as session:
            settled = await self.answer_in(
                session, page_id, answer, person=person, via=via, minutes=minutes, seen=seen, once=once
            )
        self.settled(settled)
        return settled

    def settled(self, settled: Settled) -> None:
        """After the transaction of an answer: wake who sends, measure how long it took to have somebody."""
        self.ring()
        page = settled.page
        if self._observe is None or not settled.acted or page.acknowledged is None:
            return
        if page.acknowledged == page.acted:  # not a later hand-over
            self._observe(page.acknowledged - page.opened)

    async def press(
        self, action: str, value: str, *, person: str, via: str, once: str | None = None
    ) -> Settled:
        """What a button of a page's card does: `action` as `page.acknowledge`, `value` as it carries."""
        try:
            answer = Answer(action.removeprefix("page."))
        except ValueError:
            known = ", ".join(f"page.{each.value}" for each in Answer)
            raise PageError(f"{action!r} is no button of a page; expected {known}") from None
        page, seen = read_value(value)
        return await self.answer(page, answer, person=person, via=via, seen=seen, once=once)

    async def answer_in(
        self,
        session: AsyncSession,
        page_id: int,
        answer: Answer,
        *,
        person: str,
        via: str,
        minutes: float | None = None,
        seen: int | None = None,
        once: str | None = None,
    ) -> Settled:
        """As `answer`, in the caller's transaction; `ring` after it."""
        now = self._clock.now()
        known = await people_store.person(session, person)
        row = await page_row(session, page_id)
        if row is None:
            raise PageError(f"there is no page {page_id}")
        before = view_of(row)
        if not await is_new(session, row, answer, known.name, via, seen, once, now):
            return Settled(before, answer, known.name, Why.REPEATED if before.live else Why.CLOSED)
        plan = Plan.from_dict(row.plan)
        change = settle(before, plan, answer, known.name, now, seen=seen, minutes=minutes)
        if change.acted:
            await self._carry_out(session, row, before, change, plan, answer, known.name, via, now)
        await mark(session, row, answer, known.name, before.turn if seen is None else seen, change.acted)
        return Settled(view_of(row), answer, known.name, change.why)

    async def page(self, page_id: int) -> PageView:
        """A page as it stands. Raises `PageError`."""
        async with self._database.read() as session:
            row = await session.get(PageRow, page_id)
            if row is None:
                raise PageError(f"there is no page {page_id}")
            return view_of(row)

    async def said(self, settled: Settled, reader: Reader) -> str:
        """What came of an answer, in words for who gave it."""
        async with self._database.read() as session:
            return await outcome_text(session, settled, reader)

    async def summaries(self) -> tuple[tuple[PageFacts, str], ...]:
        """How each page stands that is not over, and what it is about in a few letters."""
        async with self._database.read() as session:
            rows = await session.scalars(select(PageRow).where(PageRow.state.in_(LIVE)).order_by(PageRow.id))
            return tuple([(await facts_of(session, row), named(row)) for row in rows.all()])

    async def open_pages(self, person: str | None = None) -> tuple[PageView, ...]:
        """The pages that are not over, oldest first; of a `person`: that asked them or that they have."""
        async with self._database.read() as session:
            return await open_pages_in(session, person)

    async def history(self, page_id: int) -> tuple[tuple[datetime, str, str | None, dict[str, Any]], ...]:
        """What happened to a page: when, what, who, and details."""
        async with self._database.read() as session:
            return tuple(
                (each.at, each.what, each.person, each.details) for each in await log_of(session, page_id)
            )

    async def take_event(self, state: EventState, *, person: str, via: str) -> tuple[Settled, ...]:
        """Somebody says "I have it" on an event's card: its advocate, and the answer to its open pages."""
        async with self._database.write() as session:
            known = await people_store.person(session, person)
            pages = await session.scalars(
                select(PageRow.id)
                .where(PageRow.event == state.event, PageRow.state.in_(LIVE))
                .order_by(PageRow.id)
            )
            settled = [
                await self.answer_in(session, page, Answer.TAKE_OVER, person=known.name, via=via)
                for page in pages.all()
            ]
            if await hand_to(session, state.event, known.name, self._clock.now(), via=via):
                await refresh_event_cards(session, state, self._parts, self._clock.now())
        self.ring()
        return tuple(settled)

    async def note_action(self, session: AsyncSession, event: str, person: str) -> None:
        """Somebody did something for an event (a plan, a comment): its pages do not come back meanwhile."""
        now = self._clock.now()
        rows = await session.scalars(
            select(PageRow)
            .where(PageRow.event == event, PageRow.state == PageState.ACKNOWLEDGED.value)
            .with_for_update()
        )
        for row in rows.all():
            row.acted = now
            row.next_due = _next_look(Plan.from_dict(row.plan), now)
            await note(session, row, "action", now, person)

    def ring(self) -> None:
        """Wake who sends, once the transaction that answered has ended."""
        if self._bell is not None:
            self._bell.ring(BELL)
            self._bell.ring(OUTBOX_BELL)

    async def _carry_out(
        self,
        session: AsyncSession,
        row: PageRow,
        before: PageView,
        change: Change,
        plan: Plan,
        answer: Answer,
        person: str,
        via: str,
        now: datetime,
    ) -> None:
        apply(row, change.page)
        if row.state == PageState.ACKNOWLEDGED.value:
            row.next_due = _next_look(plan, now)
        await note(session, row, answer.value, now, person, via=via, why=change.why.value)
        asked = await asked_people(session, row.id)
        if change.declines:
            await self._declined(session, row, asked, person, now)
        elif answer is Answer.ACKNOWLEDGE and row.state == PageState.OPEN.value:
            await cancel(session, row, now, person)  # one of several who are needed
        elif answer is not Answer.ESCALATE:
            await cancel(session, row, now)
        state = await event_of(session, row, self._parts)
        if (
            row.event is not None
            and row.holder is not None
            and answer in (Answer.ACKNOWLEDGE, Answer.TAKE_OVER)
        ):
            await hand_to(session, row.event, row.holder, now, via=via, page_id=row.id)
        await show(session, row, state, now)
        if _is_news(before, row):
            await tell(session, row, state, asked, now, but=person)
        if state is not None and before.holder != row.holder and not row.drill:
            await refresh_event_cards(session, state, self._parts, now)

    async def _declined(
        self, session: AsyncSession, row: PageRow, asked: list[PagePersonRow], person: str, now: datetime
    ) -> None:
        """This person is not asked again; where nobody of the step is left, the next begins at once."""
        for each in asked:
            if each.person == person:
                each.declined = now
        await session.flush()
        await cancel(session, row, now, person)
        left = [each for each in asked if each.step == row.step and each.declined is None]
        if row.state == PageState.OPEN.value and not left:
            row.next_due = now


async def open_pages_in(session: AsyncSession, person: str | None = None) -> tuple[PageView, ...]:
    """As `PageService.open_pages`, in the caller's transaction."""
    rows = select(PageRow).where(PageRow.state.in_(LIVE)).order_by(PageRow.id)
    if person is not None:
        asked = select(PagePersonRow.page_id).where(PagePersonRow.person == person)
        rows = rows.where(PageRow.id.in_(asked) | (PageRow.holder == person))
    return tuple(view_of(row) for row in await session.scalars(rows))


def _next_look(plan: Plan, now: datetime) -> datetime:
    """When a page that somebody has is looked at again: asked anew, or closed."""
    return now + (plan.reopen_after or LONGEST_LIFE)


def _is_news(before: PageView, row: PageRow) -> bool:
    """Whether others who were asked want to know: who has it, or that it is over; not that it goes on."""
    taken = row.state == PageState.ACKNOWLEDGED.value and before.holder != row.holder
    first = row.state == PageState.ACKNOWLEDGED.value and before.state is not PageState.ACKNOWLEDGED
    over = row.state == PageState.RESOLVED.value and before.state is not PageState.ACKNOWLEDGED
    return taken or first or over
