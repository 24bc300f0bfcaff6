"""An event's page at a SkyPortal, put on the event's own cards as soon as a job there has found it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from events.links import put_link
from events.service import EventService
from events.state import EventState
from notifiers.paging.event_cards import refresh_event_cards
from notifiers.paging.parts import Parts
from platforms.job import Job
from store.clock import Clock


class PortalLinks:
    """Links events to their pages there, as jobs find them.

    Promises: the link is written in the transaction that tells of the job, and the cards are edited once.
    """

    def __init__(self, events: EventService, parts: Parts, clock: Clock) -> None:
        self._events = events
        self._parts = parts
        self._clock = clock

    async def link(self, session: AsyncSession, job: Job) -> None:
        """Let the cards of a job's event show where it is followed."""
        page = job.results.get("page") or job.remote.get("page")
        if job.kind.startswith("skyportal.") and job.event is not None and isinstance(page, str):
            await self._link(session, job.event, job.platform, page)

    async def _link(self, session: AsyncSession, event: str, platform: str, page: str) -> None:
        state = await self._events.resolve(session, event)
        if not isinstance(state, EventState) or state.event != event:
            return
        now = self._clock.now()
        if await put_link(session, state.id, platform, page, now):
            state = await self._events.state(session, state.id)
            await refresh_event_cards(session, state, self._parts, now)
