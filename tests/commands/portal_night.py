"""A desk beside a small SkyPortal on the night after a merger: an event with a map, sources in its region."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.efficiency_pictures import draw_efficiency
from commands.declared import book
from commands.desk import Desk
from gcn.notice import Position
from platforms.instances import Instance, Platforms
from platforms.job import Job, Work
from platforms.skyportal.analyses import AnalysisWork
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.efficiency import EfficiencyWork
from platforms.skyportal.followup_work import FollowupWork
from platforms.skyportal.ways import Ways
from platforms.tracker import Tracker
from shifts.people_file import parse_people
from store.database import Database
from tests.commands.desk import ANA, Asked, AskedDesk
from tests.events.story import attach, burst
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import Portal
from tests.standins.skyportal.portal_events import add_event
from tests.standins.skyportal.portal_sources import SourceWorld

START = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
DATEOBS, MAP = "2026-11-20T03:00:02", "150.10000_2.20000_3.00000"
EVENT = "Fermi 745811685"
MJD = 61364.0  # 2026-11-20T00:00
MORE = """
people:
  - {name: ana, timezone: Europe/Paris, slack: U0ANA, permissions: [shifter, "trigger:SEDM"]}
  - {name: gil, timezone: Europe/Paris, slack: U0GIL, permissions: [shifter], locale: fr}
"""


@dataclass
class Night:
    """`desk` asks, `world` is what the SkyPortal has, `portal` the server."""

    desk: AskedDesk
    world: SourceWorld
    portal: Portal
    works: tuple[Work, ...]

    async def follow(self, number: int = 1, *, seconds: float = 600.0) -> Job:
        """Follow the jobs, each round by a new tracker (the desk is restarted), as long as is given."""
        job = await self.desk.rooms.jobs.job(number)
        for _ in range(12):
            tracker = Tracker(
                self.desk.rooms.database, self.desk.clock, {work.kind: work for work in self.works}
            )
            await tracker.track_due()
            job = await self.desk.rooms.jobs.job(number)
            if job.state.ended:
                break
            await self.desk.clock.advance(seconds / 12)
        return job

    async def yes(self, asked: Asked, who: object = ANA) -> Asked:
        return await self.desk.press(asked.button("Yes"), who)  # type: ignore[arg-type]


@asynccontextmanager
async def night(database: Database) -> AsyncIterator[Night]:
    clock = HurriedClock(START)
    desk = AskedDesk(database, clock)
    await desk.begin()
    await desk.rooms.people.put(parse_people(MORE), by="test")
    async with database.write() as session:
        await attach(session, burst(position=Position(ra=150.1, dec=2.2, radius=3.0, containment=0.9)))
    async with Portal(clock=clock) as portal:
        world = SourceWorld()
        portal.rooms.insert(0, lambda there, account, call: world.answer(there, account, call))
        add_event(portal, DATEOBS, maps=(MAP,), tags=("GRB",))
        fill(world)
        client = SkyPortal("fritz", portal.url, portal.desk, clock)
        instance = Instance("fritz", "skyportal", portal.url, portal.desk)
        platforms = Platforms({"fritz": instance}, None, skyportals={"fritz": client})
        desk.rooms = replace(desk.rooms, platforms=platforms)
        desk.desk = Desk(book(), desk.rooms)
        ways = Ways({"fritz": client})
        yield Night(
            desk,
            world,
            portal,
            (FollowupWork(ways), AnalysisWork(ways), EfficiencyWork(ways, draw_efficiency)),
        )
        await client.close()


def fill(world: SourceWorld) -> None:
    """A fading source at the peak, an old one, a supernova at the edge, one far outside."""
    classes = [{"classification": "Kilonova", "probability": 0.8, "author_name": "bo", "ml": False}]
    world.add_source(
        "AT2026kn", 150.1, 2.2, redshift=0.03, luminosity_distance=135.9, classifications=classes
    )
    world.add_points(
        "AT2026kn",
        (MJD - 0.9, "ztfr", None, None, 20.6),
        (MJD + 0.5, "ztfr", 18.0, 0.05, 20.5),
        (MJD + 0.8, "ztfr", 18.3, 0.05, 20.5),
        (MJD + 0.5, "ztfg", 18.1, 0.05, 20.5),
        (MJD + 0.8, "ztfg", 18.5, 0.06, 20.5),
    )
    world.add_source("AT2026old", 150.6, 2.4)
    world.add_points("AT2026old", (MJD - 30, "ztfr", 19.0, 0.05, 20.5), (MJD + 0.8, "ztfr", 19.0, 0.05, 20.5))
    world.add_source("AT2026sn", 152.0, 3.0, classifications=[{"classification": "Ia", "probability": 0.95}])
    world.add_points("AT2026sn", (MJD + 0.6, "ztfr", 19.5, 0.1, 20.5))
    world.add_source("AT2026far", 20.0, -60.0)
    world.add_points("AT2026far", (MJD + 0.6, "ztfr", 19.5, 0.1, 20.5))


def lines_with(words: str, parts: Iterable[str]) -> bool:
    """Whether one line says all of it."""
    return any(all(part in line for part in parts) for line in words.splitlines())
