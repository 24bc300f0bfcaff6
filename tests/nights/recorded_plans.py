"""A night beside a SkyPortal that gives recorded answers to the calls of commands; what Slack shows of it.

async with open_recorded_plans(folder, monkeypatch) as night:
    shown = await night.plays(Row("0506", "POST /api/observation_plan", "plan make S261120a ZTF"))
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import delete, func, select

from bot.skyportal_sync import PATIENCE as PATIENCE_OF_SYNC
from gcn.inbox import RawMessage
from gcn.reading import read_message
from notifiers.tables import OutboxRow
from platforms.tables import JobWishRow
from shifts.actor import Actor
from shifts.duty_tables import SkyPortalShiftRow
from shifts.swaps import SwapService
from store.audit import AuditRow
from tests.commands.portal_night import fill
from tests.nights.alerts import skymap
from tests.nights.followups import FollowUp, open_follow_up
from tests.nights.world import ROSTER, candidate
from tests.standins.skyportal.portal import Account, Portal
from tests.standins.skyportal.portal_events import add_event
from tests.standins.skyportal.portal_sources import PNG, ZTF
from tests.standins.skyportal.recorded import refuse
from tests.standins.skyportal.serving import Answer, Call
from tests.standins.skyportal_shifts import SkyPortalShiftsStandIn
from tests.standins.slack_people import SlackPerson
from tests.standins.treasure_map import TreasureMapStandIn

PATIENCE = 20.0  # s of the machine's time
LOOK_AGAIN = 0.02  # s
ROUNDS = 5
PAUSE = 40.0  # s of the night between rounds
KNOWN, UNKNOWN = "S261120a", "S261120u"
PLAN = f"plan make {KNOWN} ZTF exposure_time=61"
MAP = skymap(6.0, 308.0, 14.0)
OWN_YES = "A second person has to say yes"
ANY_TIMES = 99
MADE_THERE, SWAPPED, MOVED = "(shifts go there)", "(a shift is swapped here)", "(shifts move here)"
SHIFTS = (MADE_THERE, SWAPPED, MOVED)
"""What nobody types: SkyPortal's shifts and the roster come to agree, every ten minutes."""

BESIDES = ("no human has vetted it yet", "is asked of skyportal", OWN_YES, "has answered this already")
"""What is not the answer: the event's cards, that there will be one, who else has to say yes."""


@dataclass(frozen=True)
class Row:
    """What is typed while the SkyPortal gives a recorded answer to one of the calls that this makes.

    `call` is a pattern of the calls' lines, `times` how many of them get it; `done`: what was asked was done
    there all the same. `reads` must stand in what Slack shows then. `state` is how the plan of the night
    stands at its telescope, `habit` one of the small SkyPortal's, `first` a line that is typed before, with
    `begun` rounds for its jobs.
    `also` are further recordings, each with its call. `{plan}` is that plan's job, `{job}` the newest one.
    """

    recording: str
    call: str
    typed: str
    reads: tuple[str, ...] = ()
    times: int = ANY_TIMES
    done: bool = False
    state: str | None = None
    habit: str | None = None
    first: str | None = None
    begun: int = ROUNDS
    also: tuple[tuple[str, str], ...] = ()


@dataclass
class RecordedPlans:
    """The night. `plays` gives what Slack shows; afterwards all is as before, for the next row."""

    night: FollowUp
    maps: TreasureMapStandIn
    shifts: SkyPortalShiftsStandIn
    plan: int = 0
    _kept: Mapping[str, Any] = field(default_factory=dict)

    @property
    def portal(self) -> Portal:
        return self.night.portal

    async def plays(self, row: Row) -> str:
        """Fails where no call met the recorded answer."""
        if row.state is not None:
            self.portal.plans[0]["sent"] = row.state
        self.portal.habits = {row.habit} if row.habit else set()
        if row.first is not None:
            await self.does(row.first, rounds=row.begun)
        faults = [refuse(self.portal, row.recording, row.call, row.times, done=row.done)]
        faults += [refuse(self.portal, number, call, row.times) for number, call in row.also]
        shown = await self.does(row.typed)
        missed = [f"{each.kind} to {each.line}" for each in faults if not each.hit]
        assert not missed, f"{row.typed!r} did not meet {missed}: {self.portal.calls[-12:]}"
        await self.clears()
        return shown

    async def does(self, typed: str, *, rounds: int = ROUNDS) -> str:
        """Type a line, say yes to what it asks, let its jobs move; all that is new or changed in Slack."""
        if typed in SHIFTS:
            return await self._agrees(typed)
        ana, newest = self.night.ana, await self._newest() if "{job}" in typed else 0
        before, modals, audited = self._shown(), len(ana.views), await self._audited()
        await self.night.chats.slack.connected()  # it may have been cut off while all was busy
        await ana.types("/nd", typed.format(plan=self.plan, job=newest), "#gw")
        asked = await self._answered(before, modals, audited)
        if asked is not None:
            await self._says_yes(asked)
        for _ in range(rounds):
            await self.night.tracker.track_due()
            await self.night.world.settle()
            if all(job.state.ended for job in await self.night.jobs()):
                break
            await self.night.world.clock.advance(PAUSE)
        after = self._shown()
        fresh = [
            words
            for key, words in after.items()
            if before.get(key) != words and not any(each in words for each in BESIDES)
        ]
        return "\n\n".join(self.cleaned(each) for each in [*fresh, *map(_form, ana.views[modals:])])

    async def _agrees(self, how: str) -> str:
        """Let the shifts of both sides agree; what the desk is told then."""
        hub, before = self.night.world.hub, self._shown()
        manager = Actor("eli", manages=True)
        faults, self.portal.faults[:] = [*self.portal.faults], []
        if how != MADE_THERE:
            await hub.duty._sync.step()
        if how == SWAPPED:
            await SwapService(hub.database, hub.clock).impose(manager, "gw/one/4/ana", "chidi")
        elif how == MOVED:
            await hub.rosters.publish(ROSTER.replace("12:00", "13:00"), by="the night")
        self.portal.faults[:] = faults
        for _ in range(PATIENCE_OF_SYNC):
            await hub.duty._sync.round()
        await self.night.world.settle()
        shown = [words for key, words in self._shown().items() if before.get(key) != words]
        self.portal.faults.clear()
        await hub.rosters.publish(ROSTER, by="the night")
        async with hub.database.write() as session:
            await session.execute(delete(SkyPortalShiftRow))
            await session.execute(delete(OutboxRow).where(OutboxRow.key.contains("desk|skyportal")))
        self.shifts.shifts.clear()
        return "\n\n".join(self.cleaned(each) for each in shown if "do not agree" in each)

    async def clears(self) -> None:
        """End what is open, and put the SkyPortal back to how it stood."""
        portal = self.portal
        portal.faults.clear()
        portal.habits.clear()
        for job in await self.night.jobs(open_only=True):
            await self.night.world.hub.jobs.cancel(job.id, by="the night")
        for _ in range(4):
            if not await self.night.jobs(open_only=True):
                break
            await self.night.tracker.track_due()
            await self.night.world.settle()
            await self.night.world.clock.advance(PAUSE)
        else:
            raise AssertionError(f"still open: {await self.night.jobs(open_only=True)}")
        for name, value in copy.deepcopy(dict(self._kept)).items():
            setattr(portal, name, value)
        self.night.sources.runs.clear()
        async with self.night.world.hub.database.write() as session:
            await session.execute(delete(JobWishRow))  # no row knows what another has asked

    def keeps(self) -> None:
        """What the SkyPortal has now is what every row begins with."""
        names = ("events", "comments", "advocates", "plans")
        self._kept = copy.deepcopy({name: getattr(self.portal, name) for name in names})

    def cleaned(self, words: str) -> str:
        """Without what differs from night to night, or with every row that is added."""
        words = words.replace(self.portal.url, "https://skyportal.example.org")
        words = words.replace(self.maps.url, "https://treasuremap.example.org")
        words = re.sub(r"<!date\^\d+\^[^|>]*\|[^>]*>", "(time)", words)
        words = re.sub(r"\b([Jj]ob|[Pp]lan) \d+\b", r"\1 N", words)
        words = re.sub(r"\bnd-[0-9a-f]{6,}", "nd-…", words)
        return "\n".join(line for line in words.splitlines() if line.strip())

    async def _says_yes(self, asked: Any) -> None:
        audited = await self._audited()
        if "second person" in asked.words:
            await self.night.ana.presses("Yes", asked)
            await self.night.chats.whispered(self.night.ana, OWN_YES)
            await self._chidi.presses("Yes", asked)
        else:
            await self.night.ana.presses("Yes", asked)
        await self._answered(self._shown(), ANY_TIMES, audited, anew=False)

    @property
    def _chidi(self) -> SlackPerson:
        return self.night.chats.chidi

    async def _newest(self) -> int:
        return max((job.id for job in await self.night.jobs()), default=0)

    async def _audited(self) -> int:
        async with self.night.world.hub.database.read() as session:
            return await session.scalar(select(func.count()).select_from(AuditRow)) or 0

    async def _answered(
        self, before: Mapping[str, str], modals: int, audited: int, *, anew: bool = True
    ) -> Any:
        """Return once a command is done and its answer shown; the question, where it asks one first."""
        for _ in range(int(PATIENCE / LOOK_AGAIN)):
            fresh = [each for key, each in self._all() if before.get(key) != each.words]
            asked = next((each for each in fresh if _has(each, "Yes, do it")), None) if anew else None
            if asked is not None:
                return asked
            if len(self.night.ana.views) > modals:
                return None
            if (fresh or not anew) and await self._audited() > audited:
                return None
            await asyncio.sleep(LOOK_AGAIN)
        raise AssertionError(f"nothing was answered; shown was {list(self._shown().values())[-3:]}")

    def _shown(self) -> dict[str, str]:
        return {key: each.words for key, each in self._all()}

    def _all(self) -> Iterator[tuple[str, Any]]:
        slack = self.night.chats.slack
        yield from ((f"{m.channel} {m.ts}", m) for m in slack.messages if not m.deleted)
        yield from ((f"whisper {number}", each) for number, each in enumerate(slack.whispers))


def _has(shown: Any, label: str) -> bool:
    return any(
        label in element["text"]["text"]
        for block in getattr(shown, "blocks", ())
        if block["type"] == "actions"
        for element in block["elements"]
    )


def _form(view: dict[str, Any]) -> str:
    """A modal, as its fields are labelled and filled in."""
    lines = [f"[form] {view['title']['text']}"]
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            chosen = element.get("initial_option", {}).get("value", element.get("initial_value", ""))
            lines.append(f"[{block['label']['text']}] {chosen}")
    return "\n".join(lines)


@asynccontextmanager
async def open_recorded_plans(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RecordedPlans]:
    """An evening with an event that the SkyPortal has, with a plan for ZTF, and one that it does not know.

    Nothing is drawn: that is done in other nights.
    """
    for name in ("bot.plan_drawing.draw_plan", "commands.plan_comparing.draw_comparison"):
        monkeypatch.setattr(name, lambda work: {})
    for name in ("cards.plots.observed.observed_plot", "cards.efficiency_plot.efficiency_plot"):
        monkeypatch.setattr(name, lambda *given, **named: PNG)
    async with TreasureMapStandIn() as maps:
        maps.events[KNOWN] = KNOWN
        async with open_follow_up(
            folder,
            monkeypatch,
            second_person=["plan send"],
            planning=[
                {"facility": "ZTF", "planner": "skyportal"}, {"facility": "DECam", "planner": "instant"}
            ],
            skyportal={
                "post_notices": True, "facilities": ["ZTF"],
                "shift_group": 8, "shift_roster": "gw", "shift_role": "advocate",
            },
            treasuremap={"url": maps.url, "token": "tm-token-desk"},
        ) as night:  # fmt: skip
            portal, people = night.portal, night.world.hub.desk.rooms.people
            may = {"permissions": ["shifter", "trigger:ZTF"]}
            await people.change("chidi", may, by="the night", administrator=True)
            portal.accounts["token-of-ana"] = Account(3, "ana-example-org", email="ana@example.org")
            shifts = SkyPortalShiftsStandIn()
            portal.rooms.append(lambda there, account, call: _shifts(shifts, call))
            played = RecordedPlans(night, maps, shifts)
            add_event(portal, "2026-11-20T02:59:00", f"LVC#{KNOWN}", maps=(f"{KNOWN}-PRELIMINARY.fits",))
            await _arrives(night, candidate(KNOWN, skymap=MAP))
            await _arrives(night, candidate(UNKNOWN, minute=2, time="2026-11-20T01:30:00.000Z"))
            for name in (KNOWN, UNKNOWN):
                await night.presses("I have it", night.card(name, "nobody has it yet"), f"You have {name}")
            await played.does(PLAN)
            (job,) = await night.jobs(kind="skyportal.plan")
            assert job.results, job.failure
            played.plan = job.id
            fill(night.sources)
            night.sources.allocations += ((1, "COO-2026A-P01", ZTF),)
            at = f"{night.world.clock.now():%Y-%m-%dT%H:%M:%S}"
            night.sources.add_observation(542, 305.9, 11.75, at)
            portal.events[0]["tags"].append("fading")
            played.keeps()
            await played.clears()
            yield played


async def _arrives(night: FollowUp, content: bytes) -> None:
    """A notice comes by the desk's inbox, so that it can be posted to others."""
    hub = night.world.hub
    await hub.inbox.store([RawMessage("igwn.gwalert", content, night.world.clock.now())])
    (message,) = await hub.inbox.claim_new(10, "the night")
    async with hub.database.write() as session:
        assert await hub.inbox.mark_parsed(session, message.id, "the night")
    notice = read_message(message.content, message.topic)
    assert not isinstance(notice, str), notice
    async with hub.database.write() as session:
        attached = await hub.events.attach(
            session, notice, message_id=message.id, arrived=night.world.clock.now(),
            content_hash=sha256(content).hexdigest(),
        )  # fmt: skip
    async with hub.database.write() as session:
        await hub.landing.landed(session, attached.event_id, attached.revision_id)
    analyst = hub._analyst()
    while await analyst.analyse_next():
        pass
    await night.world.settle()


def _shifts(shifts: SkyPortalShiftsStandIn, call: Call) -> Answer | None:
    """The small SkyPortal's shifts: those of the stand-in that has nothing else."""
    if call.parts[:1] != ("shifts",):
        return None
    answered: web.Response = shifts._answer(call.method, list(call.parts), call.query, call.body or {})
    assert answered.text is not None
    return Answer(answered.status, content=answered.text.encode(), kind="application/json")
