"""A night in Slack beside a SkyPortal that gives the recorded answers where it is told to.

    async with open_recorded(folder, monkeypatch) as night:
        shown = await night.plays(Row(("0612",), "source nonesuch"))

Everything else the small SkyPortal answers, so that a recorded refusal comes in the middle of what works.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.commands.portal_night import fill
from tests.nights.alerts import skymap
from tests.nights.followups import FollowUp, open_follow_up
from tests.nights.recorded_refusals import recorded_of
from tests.nights.world import candidate
from tests.standins.recordings import Exchange
from tests.standins.skyportal.portal import Account, Portal
from tests.standins.skyportal.portal_events import add_event
from tests.standins.skyportal.portal_sources import SourceWorld
from tests.standins.skyportal.serving import Answer, Call

EVENT, DATEOBS, MAP = "S261120a", "2026-11-20T02:59:00", "S261120a-PRELIMINARY.fits"
NAMES = frozenset({"AT2025vsw", "AT2026cone", "nonesuch", "x4"})
LOOKS, STEP = 4, 120.0  # s; an instrument is asked each 5 minutes how a request stands
RECENT = 6
PASSING = ("Reading what", "said yes")
"""What is shown on the way to an answer."""
NEXT = "\n--\n"
PATIENCE = 20.0  # s of the machine's time
LOOK_AGAIN = 0.02  # s


@dataclass(frozen=True)
class Row:
    """What is typed while the SkyPortal gives these recorded answers, and the words that are then read.

    `before` is typed earlier, when all is well, and `running` starts a job that is not looked at again. What
    is asked back is answered with yes; the job that is started is looked at so often, and its card
    is read too. `meanwhile` happens at the SkyPortal once the job has started. `picture`: the
    answer has one, which comes after its words.
    """

    recordings: tuple[str, ...]
    typed: str
    reads: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    running: str = ""
    looks: int = LOOKS
    meanwhile: Callable[[SourceWorld], None] | None = None
    picture: bool = False


@dataclass
class Recorded:
    """A room of the small SkyPortal: recorded answers first."""

    given: list[Exchange] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    def answer(self, portal: Portal, account: Account, call: Call) -> Answer | None:
        for exchange in self.given:
            if _is_for(exchange, call):
                self.met.append(exchange.name.partition("-")[0])
                return _replied(exchange)
        return None


@dataclass
class RecordedNight:
    """`plays` a row and gives what Slack shows in the end, as it is written into the golden file."""

    night: FollowUp
    recorded: Recorded
    exchanges: Mapping[str, Exchange]

    async def plays(self, row: Row) -> str:
        """What is read at the end of a row. Fails where a recorded answer was not asked for."""
        for line in row.before:
            await self.does(Row((), line))
        if row.running:
            await self.does(Row((), row.running, looks=1))
        self.recorded.given = [self.exchanges[number] for number in row.recordings]
        self.recorded.met.clear()
        try:
            shown = await self.does(row)
        finally:
            self.recorded.given = []
        missed = set(row.recordings) - set(self.recorded.met)
        assert not missed, f"{row.typed!r} never met {sorted(missed)}; shown was {shown}"
        await self.clears()
        return shown

    async def does(self, row: Row) -> str:
        """Type a line, say yes to what is asked back, follow the job that it starts; all that was shown."""
        newest = max((job.id for job in await self.night.jobs()), default=0)
        made = self.night.sources.followups
        line = row.typed.format(job=newest, request=made[-1]["id"] if made else 0)
        before, views = self._marks(), len(self.night.ana.views)
        await self.night.ana.types("/nd", line, "#gw")
        shown = await self._answer(before, views)
        if row.picture:
            await self.night.chats.slack.wait_for(lambda: bool(shown.pictures))
        read = [shown.words]
        while label := next((each for each in ("Yes", "Ask again") if _offers(shown, each)), None):
            before = self._marks()
            await self.night.ana.presses(label, shown)
            shown = await self._answer(before, views)
            read.append(shown.words)
        begun = [job.id for job in await self.night.jobs() if job.id > newest]
        if begun or line.startswith("job cancel"):
            read.append(await self._followed(begun[0] if begun else newest, row))
        return self._cleaned(NEXT.join(read))

    async def _followed(self, number: int, row: Row) -> str:
        """A job's card after it was looked at so often, or when it has ended."""
        for look in range(row.looks):
            if look:
                await self.night.world.clock.advance(STEP)
            await self.night.tracker.track_due()
            if row.meanwhile is not None:
                row.meanwhile(self.night.sources)
            job = await self.night.world.hub.jobs.job(number)
            if job.state.ended:
                break
        await self.night.tracker.track_due()
        await self.night.world.settle()
        return self.night.card(f"Job {number} at").words

    async def clears(self) -> None:
        """End what a row left open, so that rows do not know of each other."""
        hub, sources = self.night.world.hub, self.night.sources
        for job in await self.night.jobs(open_only=True):
            await hub.jobs.cancel(job.id, by="the night")
        while await self.night.jobs(open_only=True):
            await self.night.tracker.track_due()
            await self.night.world.clock.advance(STEP)
        for kept in (sources.followups, sources.analyses, sources.marked):
            kept.clear()

    def left_standing(self) -> list[str]:
        """What says in the channel that something is being read or asked, though nothing is any more."""
        said = self.night.chats.slack.channel("gw").said
        return [
            each.words
            for each in said
            if not each.deleted and (PASSING[0] in each.words or _offers(each, "Yes"))
        ]

    async def _answer(self, before: set[tuple[str, str]], views: int) -> Any:
        """What is shown now that was not before, once it is more than a word that it is being read."""
        for _ in range(int(PATIENCE / LOOK_AGAIN)):
            for each in self._recent():
                new = (_name(each), each.words) not in before
                if new and not any(words in each.words for words in PASSING):
                    return each
            if len(self.night.ana.views) > views:
                return _Modal(self.night.ana.views[-1])
            await asyncio.sleep(LOOK_AGAIN)
        raise AssertionError(f"nothing was answered; shown was {self.night.shown()[:2000]}")

    def _marks(self) -> set[tuple[str, str]]:
        return {(_name(each), each.words) for each in self._recent()}

    def _recent(self) -> list[Any]:
        slack = self.night.chats.slack
        return [*reversed(slack.whispers[-RECENT:]), *reversed(slack.messages[-RECENT:])]

    def _cleaned(self, words: str) -> str:
        """Without what differs from night to night: ports, instants, references."""
        words = words.replace(self.night.portal.url, "https://skyportal.example.org")
        words = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", words)
        words = re.sub(r"(asked for by \w+, (?:ended )?)\d+ \w+ \d{4} \d\d:\d\d", r"\1…", words)
        return re.sub(r"nd-[0-9a-f]{6,}", "nd-…", words)


@dataclass
class _Modal:
    view: dict[str, Any]

    @property
    def words(self) -> str:
        fields = [
            f"[{block['label']['text']}] {_initial(block['element'])}"
            for block in self.view["blocks"]
            if "label" in block
        ]
        return "\n".join([f"(form) {self.view['title']['text']}", *fields])


def _offers(shown: Any, label: str) -> bool:
    """Whether something that is shown has a button of this label."""
    return any(
        label in element["text"]["text"]
        for block in getattr(shown, "blocks", ())
        if block["type"] == "actions"
        for element in block["elements"]
    )


def _initial(element: dict[str, Any]) -> str:
    chosen = element.get("initial_option")
    return str(chosen["value"] if chosen else element.get("initial_value", ""))


def _name(each: Any) -> str:
    return str(getattr(each, "ts", "") or id(each))


def _is_for(exchange: Exchange, call: Call) -> bool:
    """Whether a recorded answer is one to such a call: method and endpoint, whoever is asked about."""
    of_region = "localizationDateobs" in (exchange.request.get("query") or {})
    return (
        exchange.request["method"] == call.method
        and re.fullmatch("/".join(_segment(each) for each in exchange.path.split("/")), call.path) is not None
        and of_region == ("localizationDateobs" in call.query)
    )


def _segment(text: str) -> str:
    if text.isdigit():
        return r"\d+"
    return "[^/]+" if text in NAMES or re.match(r"\d{4}-\d\d-\d\d", text) else re.escape(text)


def _replied(exchange: Exchange) -> Answer:
    response = exchange.response
    kind = str(response.get("headers", {}).get("content-type", "application/json"))
    if "json" in response:
        return Answer(int(response["status"]), json=response["json"])
    if "bytes" in response:
        magic = bytes.fromhex(response["bytes"]["magic"])
        content = magic.ljust(response["bytes"]["length"], b"\0")
        return Answer(int(response["status"]), content=content, kind=kind)
    return Answer(int(response["status"]), content=str(response.get("text", "")).encode(), kind=kind)


@asynccontextmanager
async def open_recorded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RecordedNight]:
    """The evening after a merger whose map is over the sources; ana has it in hand."""
    exchanges = recorded_of("skyportal")
    async with open_follow_up(
        folder, monkeypatch, in_discord=False, planning=[{"facility": "ZTF", "planner": "skyportal"}]
    ) as night:
        recorded = Recorded()
        night.portal.rooms.insert(0, recorded.answer)
        add_event(night.portal, DATEOBS, f"LVC#{EVENT}", maps=(MAP,))
        await night.alert(candidate(EVENT, skymap=skymap(3.0, 150.1, 2.2)))
        await night.presses("I have it", night.card(EVENT, "nobody has it yet"), "in hand")
        await night.world.clock.advance(19 * 3600.0)
        await night.world.settle()
        fill(night.sources)
        yield RecordedNight(night, recorded, exchanges)
