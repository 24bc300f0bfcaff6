"""Who acknowledged an event here is named as its advocate at the SkyPortals that want to know."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from events.service import EventService
from events.state import EventState
from notifiers.paging.advocates import Advocate, present_advocates
from platforms.jobs import AlreadyAsked, JobService, Wanted
from platforms.skyportal.identity import identity_of
from shifts.errors import RosterError
from shifts.people import PeopleService
from store.clock import Clock
from store.database import DATABASE_AWAY, Database

log = logging.getLogger(__name__)

EVERY = 10.0  # s
STILL_WANTED = timedelta(hours=12)
"""How long after an acknowledgement it is passed on: a desk that comes up again passes on those it missed."""


class PortalAdvocates:
    """Asks for the jobs that name advocates over there.

    Promises: what is passed on is what the desk has written down, so that nothing is lost by a crash between
    an acknowledgement and here; each hand-over is passed on once at each instance.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        jobs: JobService,
        people: PeopleService,
        portals: Sequence[str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._people = people
        self._portals = tuple(portals)
        self._events = EventService()

    async def run(self) -> None:
        """Pass on until cancelled."""
        while True:
            try:
                await self.step()
            except DATABASE_AWAY as error:
                log.warning("advocates wait, the database is away: %s", type(error).__name__)
            await self._clock.sleep(EVERY)

    async def step(self) -> int:
        """Ask for what has not been asked; says how much that was."""
        since = self._clock.now() - STILL_WANTED
        async with self._database.read() as session:
            held = await present_advocates(session, since)
        return sum([await self._pass_on(each, portal) for each in held for portal in self._portals])

    async def _pass_on(self, advocate: Advocate, portal: str) -> int:
        asked = await self._jobs.jobs(event=advocate.event, kind="skyportal.event", platform=portal)
        at = advocate.since.isoformat()
        if any(
            (job.parameters.get("person"), job.parameters.get("since")) == (advocate.person, at)
            for job in asked
        ):
            return 0
        async with self._database.read() as session:
            state = await self._events.resolve(session, advocate.event)
        if not isinstance(state, EventState) or state.event != advocate.event or state.mock:
            return 0
        parameters = {
            "do": "advocate",
            "event": identity_of(state).to_json(),
            "person": advocate.person,
            "emails": await self._emails(advocate.person),
            "since": at,
        }
        wanted = Wanted("skyportal.event", portal, parameters, advocate.person, event=advocate.event)
        try:
            await self._jobs.ask(wanted)
        except AlreadyAsked:
            return 0
        return 1

    async def _emails(self, name: str) -> list[str]:
        try:
            person = await self._people.person(name)
        except RosterError:
            return []
        return [person.email] if person.email else []
