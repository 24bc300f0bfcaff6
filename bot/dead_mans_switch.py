"""The dead man's switch: an address outside that is called only while everything moves.

Whoever watches that address (healthchecks.io, Dead Man's Snitch, a cron job elsewhere) tells people when the
calls stop: also when this machine, its network or the whole process is gone, which no warning of ours can.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.paging.tables import LIVE, PageRow
from notifiers.tables import OutboxRow, State
from store.clock import Clock
from store.database import DATABASE_AWAY

log = logging.getLogger(__name__)

EVERY = 60.0  # s
CALL_TIME = 10.0  # s
UNTOUCHED = timedelta(minutes=5)
"""A message nobody has tried to send for so long, though it is due: the outbox stands still."""
OVERDUE = timedelta(minutes=2)
"""A page whose next step is late by this: the escalation stands still."""


class DeadMansSwitch:
    """Calls `url` every minute while `trouble` gives None; says once what keeps it from calling."""

    def __init__(self, url: str, clock: Clock, trouble: Callable[[], Awaitable[str | None]]) -> None:
        self._url = url
        self._clock = clock
        self._trouble = trouble
        self._said: str | None = None

    async def run(self) -> None:
        """Call for ever."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_TIME)) as client:
            while True:
                await self.step(client)
                await self._clock.sleep(EVERY)

    async def step(self, client: aiohttp.ClientSession) -> bool:
        """One look, and one call if all is well; whether the call was taken."""
        try:
            trouble = await self._trouble()
        except DATABASE_AWAY as error:
            trouble = f"the database is away: {type(error).__name__}"
        if trouble is not None:
            self._say(f"the dead man's switch is not called: {trouble}")
            return False
        try:
            async with client.get(self._url, allow_redirects=False) as answer:
                taken = answer.status < 400
                problem = None if taken else f"the dead man's switch answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            taken, problem = False, f"the dead man's switch cannot be called: {type(error).__name__}"
        self._say(problem)
        return taken

    def _say(self, problem: str | None) -> None:
        if problem is not None and problem != self._said:
            log.warning("%s", problem)
        self._said = problem


async def stands_still(session: AsyncSession, now: datetime) -> str | None:
    """What of outbox and escalation does not move, by what the store says; None where both do.

    A provider that is down is not our standing still: its messages are tried again and again.
    """
    oldest = await session.scalar(
        select(func.min(OutboxRow.not_before)).where(
            OutboxRow.state == State.PENDING.value,
            OutboxRow.attempts == 0,
            OutboxRow.held_until.is_(None),
            OutboxRow.not_before <= now - UNTOUCHED,
        )
    )
    if oldest is not None:
        return f"a message has been waiting untried since {oldest:%H:%M:%S} UTC"
    late = await session.scalar(
        select(func.min(PageRow.next_due)).where(PageRow.state.in_(LIVE), PageRow.next_due <= now - OVERDUE)
    )
    return None if late is None else f"a page should have moved on at {late:%H:%M:%S} UTC"
