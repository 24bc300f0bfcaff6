"""What happens when the numbers of a notice have landed: who is told, who is paged, in that transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.composition import Tools
from bot.drills import TAG, drill_of, routes_of
from bot.metrics import Metrics
from bot.self_test import record_self_test
from cards.reader import Reader
from commands.retraction.telling import RetractedJobs
from events.context import rank
from events.service import EventService
from events.state import EventState
from notifiers.decide import decide
from notifiers.decide_people import decide_people
from notifiers.deciding import Habits
from notifiers.illustrator import want_pictures
from notifiers.paging.event_cards import DeskWords, desk_words
from notifiers.paging.opening import open_pages_for
from notifiers.paging.retraction import stop_pages
from notifiers.paging.tables import DrillRow
from notifiers.reactions.decide import decide_reactions
from notifiers.reactions.parts import ReactionParts
from notifiers.routes import matching
from shifts.service import RosterService
from store.clock import Clock


class Landing:
    """Decides about an event whenever something new is known of it.

    Promises: messages, pages and pictures are written in the transaction that lands the numbers, so none is
    lost or doubled by a crash; a drill's event is told and paged as its route says, and marked on every card;
    a self-test's is told to nobody, and neither starts anything.
    """

    def __init__(
        self,
        clock: Clock,
        events: EventService,
        tools: Tools,
        rosters: RosterService,
        habits: Habits,
        metrics: Metrics,
        reactions: ReactionParts | None = None,
        retracted: RetractedJobs | None = None,
    ) -> None:
        self._clock = clock
        self._events = events
        self._tools = tools
        self._rosters = rosters
        self._habits = habits
        self._metrics = metrics
        self._reactions = reactions or ReactionParts()
        self._retracted = retracted

    async def landed(self, session: AsyncSession, event_id: int, revision_id: int) -> None:
        """Decide who is told, in the transaction that lands the numbers."""
        state = await self._events.state(session, event_id)
        state = replace(state, rank=await rank(session, state))
        now = self._clock.now()
        drill = await drill_of(session, state.event)
        if drill is not None:
            await self._drill(session, state, drill, now)
        else:
            await self._decide(session, state, now)
        await self._count_self_test(session, state, revision_id, now)

    async def _decide(self, session: AsyncSession, state: EventState, now: datetime) -> None:
        words = await desk_words(session, state.event, await self._rosters.on_duty(now))
        routes, habits, configs = self._tools.routes, self._habits, self._tools.configs
        await decide(session, state, None, routes, configs, now, words=words, habits=habits)
        await decide_people(session, state, routes, now, words=words, habits=habits)
        if state.retracted:
            await stop_pages(session, state, now)
        else:
            wanting = matching(routes, state, now)
            await open_pages_for(session, state, wanting, now, self._tools.escalations)
        parts = self._reactions
        await decide_reactions(session, state, parts.reactions, now, parts.starts, parts.places)
        if self._retracted is not None:
            await self._retracted.landed(session, state, now)
        await want_pictures(session, state, now)

    async def _drill(self, session: AsyncSession, state: EventState, drill: DrillRow, now: datetime) -> None:
        """Once, when its numbers first land: nobody wants to hear of a drill's every revision."""
        if drill.decided is not None:
            return
        drill.decided = now
        if drill.self_test:
            return
        state = await self._events.tag(session, state.id, TAG, by=drill.asked_by or "drill", at=now)
        routes = routes_of(drill, self._tools.routes)
        if not drill.silent:
            words = await desk_words(session, state.event, await self._rosters.on_duty(now))
            await decide(
                session, state, None, routes, self._tools.configs, now, words=words, habits=self._habits
            )
        await open_pages_for(
            session, state, routes, now, self._tools.escalations, drill=True, silent=drill.silent
        )

    async def _count_self_test(
        self, session: AsyncSession, state: EventState, revision_id: int, now: datetime
    ) -> None:
        """Mock superevents come all day: that they go the whole way, and how fast, is the self-test.

        Their card is made and shown to nobody.
        """
        revision = next((each for each in state.revisions if each.id == revision_id), None)
        if revision is None or not state.event.startswith("LVK:MS"):
            return
        begun = self._clock.monotonic()
        DeskWords().card(state, now, Reader())
        took = max(0.0, (now - revision.arrived).total_seconds()) + self._clock.monotonic() - begun
        self._metrics.self_test.observe(took)
        self._metrics.last_self_test.set(now.timestamp())
        await record_self_test(session, took, now)
