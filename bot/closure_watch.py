"""Keeps the desk's telescopes as they are now: what people closed and opened, also on other replicas."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from commands.facility_commands import CLOSURES
from events.analysis import Desk
from events.closures import closures_at
from facilities.facility import Facility
from facilities.observability import Closure
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

LOOK_AGAIN = 30.0  # s; other replicas do not ring here


class ClosureWatch:
    """The facilities with their closures: every analysis from now on counts a closed telescope out."""

    def __init__(self, database: Database, clock: Clock, bell: Bell, facilities: Sequence[Facility]) -> None:
        self._database = database
        self._clock = clock
        self._bell = bell
        self._facilities = tuple(facilities)
        self._closures: Mapping[str, Closure] = {}
        self.desk = Desk.of(self._facilities)

    async def run(self) -> None:
        """Look again whenever somebody closes or opens one, and from time to time."""
        while True:
            await self.step()
            await self._bell.wait(CLOSURES, LOOK_AGAIN)

    async def step(self) -> None:
        """Bring the desk up to date."""
        try:
            async with self._database.read() as session:
                found = await closures_at(session, self._clock.now())
        except DATABASE_AWAY as error:
            log.warning("closures stay as they were, the database is away: %s", type(error).__name__)
            return
        if found != self._closures:
            self._closures = found
            self.desk = Desk.of(self._facilities, found)
