"""A desk beside a small SkyPortal: its client, its works, the tracker that does them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.job import Job, Work
from platforms.jobs import JobService, Wanted
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.event_work import EventFinder, EventWork
from platforms.skyportal.identity import EventIdentity
from platforms.skyportal.plan_form import plan_form, plan_parameters
from platforms.skyportal.plan_work import PlanWork, QueueWork
from platforms.skyportal.posting import Posting
from platforms.skyportal.ways import Ways
from platforms.tracker import Tracker
from store.database import Database
from store.wakeup import Bell
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import Portal
from tests.standins.skyportal.portal_events import add_event

START = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
EVENT = EventIdentity("LVK:S261120ab", ("S261120ab",), datetime(2026, 11, 20, 20, 15, 3, tzinfo=UTC))
WINDOW = (START, START + timedelta(hours=8))


class SkyPortalDesk:
    """`portal` is the server, `client` ours. `works` may be added to before the first step."""

    def __init__(self, portal: Portal, clock: HurriedClock, database: Database | None = None) -> None:
        self.portal, self.clock = portal, clock
        self.client = SkyPortal("fritz", portal.url, portal.desk, clock)
        self.tokens: dict[tuple[str, str], str] = {}
        self.postings: dict[str, Posting] = {}
        ways, finder = Ways({"fritz": self.client}, self), EventFinder(self._posting)
        self.works: dict[str, Work] = {
            "skyportal.plan": PlanWork(ways, clock, finder),
            "skyportal.queue": QueueWork(ways),
            "skyportal.event": EventWork(ways, finder, self),
        }
        if database is not None:
            self.jobs = JobService(database, clock, Bell(clock))
            self.database = database
            self.restart()

    def restart(self) -> None:
        """Another process goes on where this one died."""
        self.tracker = Tracker(self.database, self.clock, self.works, owner=f"o{self.clock.monotonic()}")

    async def own(self, person: str, instance: str) -> str | None:
        return self.tokens.get((person, instance))

    async def _posting(self, event: str) -> Posting | None:
        return self.postings.get(event)

    async def parameters(self, facility: str = "ZTF", **given: str) -> dict[str, Any]:
        form = await plan_form(self.client, (facility,))
        return plan_parameters(form, given, EVENT, WINDOW, self.clock.now())

    async def ask(self, kind: str, parameters: Mapping[str, Any], facility: str | None = "ZTF") -> Job:
        wanted = Wanted(kind, "fritz", parameters, "ana", event=EVENT.event, facility=facility)
        return await self.jobs.ask(wanted)

    async def do(self, what: str, identity: EventIdentity = EVENT, **more: Any) -> Job:
        """An event's job, to its end."""
        asked = await self.ask("skyportal.event", {"do": what, "event": identity.to_json(), **more}, None)
        (ended,) = await self.until_ended(asked)
        return ended

    async def until_ended(self, *jobs: Job) -> list[Job]:
        for _ in range(900):
            await self.tracker.track_due()
            now = [await self.jobs.job(job.id) for job in jobs]
            if all(job.state.ended for job in now):
                return now
            await self.clock.advance(1.0)
        raise AssertionError(f"never ended: {now}")


@asynccontextmanager
async def skyportal_desk(database: Database | None = None) -> AsyncIterator[SkyPortalDesk]:
    """With one event of ours and its map on the portal."""
    clock = HurriedClock(START)
    async with Portal(clock=clock) as portal:
        add_event(
            portal, "2026-11-20T20:15:03", "LVC#S261120ab", maps=("S261120ab-PRELIMINARY.multiorder.fits",)
        )
        desk = SkyPortalDesk(portal, clock, database)
        yield desk
        await desk.client.close()
