"""A night at all platforms at once, whose desk is a process that dies: stand-ins, people, what is counted.

async with open_platform_night(folder) as night:
    night.steps.append("after calling POST /api/obj")
    await night.lives()
    await night.asks("fit AT2026k1 NMMA/Me2017", "skyportal.analysis")
    await night.dies("after calling POST /api/obj")
"""

from __future__ import annotations

import asyncio
import json
import shlex
import socket
import sqlite3
import stat
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, chdir, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import schema
from gcn.inbox import Inbox
from gcn.message import RawMessage
from shifts.people import PeopleService
from shifts.people_file import parse_people
from store.database import Database
from store.wakeup import Bell
from tests.nights.alerts import skymap
from tests.nights.chats import ANA
from tests.nights.clocks import HurryingClock
from tests.nights.mortal_hub import Life, Mortals, is_alive
from tests.nights.world import EVENING, candidate
from tests.patience import PATIENCE
from tests.standins import gwemopt_worker, m4opt_command
from tests.standins.mmoda import MmodaStandIn
from tests.standins.nmma import NmmaStandIn
from tests.standins.skyportal.portal import Portal
from tests.standins.skyportal.portal_sources import SourceWorld
from tests.standins.slack_people import SlackPerson, SlackWithPeople, Whisper
from tests.standins.slack_world import Message
from tests.standins.treasure_map import TreasureMapStandIn

SPEED = 4.0
LOOK_AGAIN = 0.05  # s
EVENT = "S261120a"
MAP = skymap(6.0, 308.0, 14.0)
"""Over Palomar in the evening, where the small SkyPortal has its three fields."""

MJD = 61364.0  # 2026-11-20T00:00
SOURCES = 12

PEOPLE = f"""
people:
  - {{name: ana, slack: {ANA}, email: ana@example.org, timezone: Europe/Paris, verified: true,
     permissions: [shifter, "trigger:ZTF", "trigger:SEDM"], contact: [{{after: 0, by: slack}}]}}
"""


@dataclass(frozen=True)
class JobRowNow:
    """A job as the database has it."""

    id: int
    mark: str
    kind: str
    state: str
    event: str | None
    parameters: dict[str, Any]
    remote: dict[str, Any]
    failure: str | None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled", "timed out")


@dataclass
class PlatformNight:
    """See the module."""

    folder: Path
    clock: HurryingClock
    slack: SlackWithPeople
    portal: Portal
    sources: SourceWorld
    mmoda: MmodaStandIn
    nmma: NmmaStandIn
    map: TreasureMapStandIn
    mortals: Mortals
    database: Database
    life: Life | None = None
    deaths: list[str] = field(default_factory=list)
    pressed: set[str] = field(default_factory=set)
    steps: deque[str] = field(default_factory=deque)
    armed: str | None = None
    due: int = 0  # deaths that the night has come by

    @property
    def ana(self) -> SlackPerson:
        return self.slack.person(ANA)

    # --- lives

    @property
    def is_up(self) -> bool:
        return self.life is not None and self.life.running

    async def lives(self) -> None:
        """Another process begins where the last one died; it is to die at the next of the `steps`."""
        assert self.life is None or not self.life.running
        await self.until(lambda: self.slack.connections == 0, "the dead process's sockets to be closed")
        self.armed = self.steps.popleft() if self.steps else None
        self.life = self.mortals.live(self.armed)
        life = self.life
        await self.until(lambda: self.slack.connections == 2 or not life.running, "the desk to listen")

    async def is_killed(self) -> None:
        """SIGKILL, at whatever it does."""
        assert self.life is not None
        self.life.kill()
        await self.is_dead("")

    async def is_dead(self, step: str) -> None:
        """The process is gone, and nothing that it began works on."""
        life = self.life
        assert life is not None
        await self.until(lambda: not life.running, f"the process to die {step}")
        self.deaths.append(self.armed or "at random")
        await self.until(lambda: not self.workers(), "the workers of a dead desk to end")

    async def stops(self) -> None:
        """It is asked to stop, and does so in good order."""
        life = self.life
        assert life is not None
        life.ask_to_stop()
        await self.until(lambda: not life.running, "the desk to stop")

    def workers(self) -> list[int]:
        """The planners' processes that work, and what watches over them: whose command lies in the folder."""
        here, found = str(self.folder).encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if here in (entry / "cmdline").read_bytes() and is_alive(int(entry.name)):
                    found.append(int(entry.name))
        return found

    def let_planners_go(self) -> None:
        """They end their plans, those that are begun from now on, too."""
        (self.folder / "nightdesk-planners" / "go").touch()

    # --- people

    async def asks(self, line: str, kind: str, *, step: str = "") -> JobRowNow:
        """Ana asks for a job until it is there: types, says yes, looks after a restart what became of it."""
        wanted = self.count(kind) + 1
        await self.has(line, lambda: self.count(kind) >= wanted, step=step)
        jobs = self.jobs(kind)
        said = [whisper.words for whisper in self.slack.whispers[-1:]]
        assert len(jobs) == wanted, f"{line}: {len(jobs)} jobs, not {wanted}; {said}"
        return jobs[-1]

    async def dies(self, step: str) -> None:
        """A process dies at this step, if none has yet; another goes on."""
        self.due += 1
        if len(self.deaths) >= self.due:
            assert self.deaths[self.due - 1] == step
            return
        assert self.armed == step, f"{self.armed!r} comes before {step!r}"
        await self.is_dead(step)
        await self.lives()

    async def has(self, line: str, done: Callable[[], bool], *, step: str = "") -> None:
        """Ana types a command, says yes where she is asked, and tries again after a death, until it is so."""
        known = self.rows("SELECT coalesce(max(rowid), 0) FROM confirmations")[0][0]
        for _ in range(12):
            if not self.is_up:
                await self.is_dead(step)
                await self.lives()
                # Whoever was cut off is told so: she waits for it, and looks, before she asks again.
                await self._either(lambda: self.outbox() == [])
            if done():
                return
            if self.is_up:
                await self._tries(line, done, known)
            if self.is_up:
                return

    async def presses(self, label: str, where: Message, line: str, done: Callable[[], bool]) -> None:
        """Ana presses a button, and after a death what she is offered instead, until it is so."""
        await self._while_it_lives(self.ana.presses(label, where))
        await self._either(done)
        await self.has(line, done)

    async def _tries(self, line: str, done: Callable[[], bool], known: int) -> None:
        """One asking, as far as the process lives; questions up to `known` are of other commands."""
        if self._question(known) is None:
            again = self._cut_off(line)
            asking = (
                self.ana.types("/nd", line, "#gw") if again is None else self.ana.presses("Do it now", again)
            )
            await self._while_it_lives(asking)
            await self._either(lambda: done() or self._question(known) is not None)
        question = self._question(known)
        if question is not None and not done():
            await self._while_it_lives(self.ana.presses("Yes", question))
            await self._either(done)

    def _question(self, known: int) -> Message | None:
        """The question that waits for its yes, where it stands."""
        waiting = "SELECT id FROM confirmations WHERE state = 'open' AND rowid > ?"
        open_now = {str(row[0]) for row in self.rows(waiting, known)}
        for message in self.slack.messages:
            if open_now & set(_values(message, "Yes, do it")):
                return message
        return None

    def _cut_off(self, line: str) -> Message | None:
        """What ana was told directly that this was cut off, where she has not had it done since."""
        for message in self.slack.channel(ANA).said:
            words = [word.rpartition("=")[2] for word in shlex.split(line) if len(word) < 40]
            title = message.words.partition("\n")[0]
            offered = "cut off by a restart" in title and all(word in title for word in words)
            if offered and message.ts not in self.pressed and _has(message, "Do it now"):
                self.pressed.add(message.ts)
                return message
        return None

    async def _while_it_lives(self, doing: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(doing)
        while not task.done() and self.is_up:
            await asyncio.wait({task}, timeout=LOOK_AGAIN)
        if not task.done():
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _either(self, condition: Callable[[], bool]) -> None:
        """Until it is so, or the process has died."""
        life = self.life
        await self.until(lambda: condition() or life is None or not life.running, "an answer")

    # --- what is there

    def rows(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.folder / "nightdesk.sqlite", timeout=20)) as database:
            return database.execute(question, values).fetchall()

    def jobs(self, kind: str | None = None) -> list[JobRowNow]:
        """All jobs, or those of a kind, oldest first."""
        found = self.rows(
            "SELECT id, mark, kind, state, event, parameters, remote, failure FROM jobs ORDER BY id"
        )
        rows = [JobRowNow(*row[:5], json.loads(row[5]), json.loads(row[6]), row[7]) for row in found]
        return [row for row in rows if kind is None or row.kind == kind]

    def job(self, number: int) -> JobRowNow:
        return self.jobs()[number - 1]

    def count(self, kind: str) -> int:
        return len(self.jobs(kind))

    async def ends(self, number: int, state: str = "done") -> JobRowNow:
        """A job, once it has ended as it should."""
        await self.until(lambda: self.jobs()[number - 1].ended, f"job {number} to end")
        job = self.jobs()[number - 1]
        assert job.state == state, job
        return job

    def outbox(self) -> list[tuple[Any, ...]]:
        """What is still to be said."""
        return self.rows("SELECT key, state FROM outbox WHERE state NOT IN ('sent', 'superseded')")

    def cards_of(self, job: int) -> list[Message]:
        """The messages in Slack that are this job's card."""
        ids = {str(row[0]) for row in self.rows("SELECT nonce FROM outbox WHERE subject = ?", f"job:{job}")}
        return [m for m in self.slack.messages if outbox_id(m) in {f"{each} 0" for each in ids}]

    async def until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait for something that another process brings about."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                log = (self.folder / "hub.log").read_text(errors="replace")[-3000:]
                said = "\n---\n".join(
                    [*(m.words for m in self.slack.messages), *(w.words for w in self.slack.whispers)]
                )
                raise AssertionError(
                    f"waited {seconds:.0f} s for {what}; jobs {self.jobs()}\n{said[-3000:]}\n{log}"
                )
            await asyncio.sleep(LOOK_AGAIN)

    async def alert(self, content: bytes) -> None:
        """GCN sends a notice: it lies in the desk's inbox."""
        inbox = Inbox(self.database, self.clock, Bell(self.clock))
        await inbox.store([RawMessage("igwn.gwalert", content, self.clock.now())])

    def posts(self) -> Counter[str]:
        """How often each thing that makes or changes something was asked of the SkyPortal."""
        return Counter(line for line in self.portal.calls if not line.startswith("GET"))


def _values(message: Message | Whisper, label: str) -> list[str]:
    """The values of the buttons of this label."""
    return [
        str(element.get("value"))
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if label in element.get("text", {}).get("text", "")
    ]


def _has(message: Message | Whisper, label: str) -> bool:
    return bool(_values(message, label))


def outbox_id(message: Message) -> str:
    """What the outbox calls it: the same for the same message, however often it is posted."""
    payload = (message.metadata or {}).get("event_payload") or {}
    return f"{payload.get('outbox_id')} {payload.get('part', 0)}"


def _program(path: Path, lines: str) -> Path:
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def planners(folder: Path) -> tuple[Path, Path]:
    """gwemopt's interpreter and M4OPT's command; both work until the night lets them go.

    M4OPT's table is written beforehand: astropy alone would take seconds in every life.
    """
    made = folder / "table" / "work"
    made.mkdir(parents=True)
    (made / "map.fits").write_bytes(b"SIMPLE")
    with chdir(made):
        m4opt_command.main("well", "schedule", "map.fits", "schedule.ecsv")
    gwemopt = _program(
        folder / "python-gwemopt", f'exec {sys.executable} -I {gwemopt_worker.__file__} patient "$3"'
    )
    m4opt = _program(
        folder / "m4opt",
        f'while [ ! -e ../go ]; do sleep 1; done\ncp {made / "schedule.ecsv"} "$3"',
    )
    return gwemopt, m4opt


def configuration(
    folder: Path, slack: SlackWithPeople, portal: Portal, mmoda: str, nmma: str, treasure_map: str
) -> Path:
    """A `nightdesk.toml` for every platform that there is, each at its stand-in."""
    gwemopt, m4opt = planners(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = folder / "nightdesk.toml"
    path.write_text(
        f"""
[database]
url = "sqlite:///{folder / "nightdesk.sqlite"}"
[slack]
bot_token = "{slack.token}"
app_token = "xapp-1"
api_url = "{slack.url}"
[web]
port = {port}
public_url = "http://127.0.0.1:{port}"
[facilities]
names = ["ZTF", "DECam"]
[skyportal]
url = "{portal.url}"
token = "{portal.desk}"
[mmoda]
url = "{mmoda}"
token = "mmoda-token"
[nmma]
url = "{nmma}"
[treasuremap]
url = "{treasure_map}"
token = "tm-token-desk"
[gwemopt]
python = "{gwemopt}"
at_once = 4
[m4opt]
command = "{m4opt}"
[[planning]]
facility = "ZTF"
planner = "skyportal"
[[channels]]
name = "gw"
kind = "slack"
address = "gw"
[[routes]]
name = "all"
when = "significant"
channels = ["gw"]
[[reactions]]
name = "first plan"
when = "significant && p.BNS > 0.5"
start = "plan"
facilities = ["ZTF"]
with = {{planner = "instant", exposure_time = 90}}
[[reactions]]
name = "look"
when = "significant && p.BNS > 0.5"
start = "mmoda"
with = {{instrument = "spi_acs", product = "spi_acs_lc", before = 50, after = 60}}
"""
    )
    return path


def fill(sources: SourceWorld) -> None:
    """Sources to follow and to fit, and what ZTF has observed."""
    for number in range(1, SOURCES + 1):
        name = f"AT2026k{number}"
        sources.add_source(name, 307.0 + 0.1 * number, 13.8, redshift=0.01)
        sources.add_points(
            name,
            (MJD - 0.9, "ztfr", None, None, 20.6),
            (MJD + 0.08, "ztfr", 17.6, 0.05, 20.5),
            (MJD + 0.10, "ztfg", 17.8, 0.05, 20.5),
        )


@asynccontextmanager
async def open_platform_night(folder: Path) -> AsyncIterator[PlatformNight]:
    """Stand-ins that live on, one event with its map, ana, and no process yet."""
    clock = HurryingClock(EVENING.isoformat(), time.time(), SPEED)
    sources = SourceWorld()
    async with AsyncExitStack() as stack:
        slack = SlackWithPeople(clock=lambda: clock.now().timestamp())
        await stack.enter_async_context(slack)
        slack.add_channel("gw")
        slack.add_person(ANA)
        portal = Portal(clock=clock)
        portal.rooms.insert(1, sources.answer)
        await stack.enter_async_context(portal)
        fill(sources)
        mmoda = await stack.enter_async_context(MmodaStandIn())
        nmma = await stack.enter_async_context(NmmaStandIn())
        treasure_map = await stack.enter_async_context(TreasureMapStandIn())
        treasure_map.events[EVENT] = "GW261120a"
        database = Database(f"sqlite+aiosqlite:///{folder / 'nightdesk.sqlite'}")
        stack.push_async_callback(database.dispose)
        await schema.ensure(database)
        await PeopleService(database, clock).put(parse_people(PEOPLE), by="the night")
        config = configuration(folder, slack, portal, mmoda.url, nmma.url, treasure_map.url)
        mortals = stack.enter_context(Mortals(config, folder / "hub.log", clock))
        night = PlatformNight(
            folder, clock, slack, portal, sources, mmoda, nmma, treasure_map, mortals, database
        )
        await night.alert(candidate(EVENT, skymap=MAP))
        try:
            yield night
        finally:
            if night.life is not None:
                night.life.kill()
