"""A night on which every platform but SkyPortal is configured, and answers as somebody recorded it.

    async with open_archives(tmp_path, monkeypatch) as night:
        night.mmoda.script.append(recorded["087"])
        card = await night.follows("mmoda run spi_acs spi_acs_lc latest", "restricted to 800 W")

What is typed goes through Slack's sockets to the hub, what is read is what Slack shows; `protocol()` is all
of it, for a person to read.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cards.reader import Reader
from commands.job_cards.own_sentences import in_words_of
from platforms.job import Job, JobState
from platforms.steps import QUIET
from tests.nights.alerts import skymap
from tests.nights.followups import FollowUp, open_follow_up
from tests.nights.world import candidate
from tests.standins.mmoda import MmodaStandIn
from tests.standins.nmma import NmmaStandIn
from tests.standins.recordings import Exchange
from tests.standins.slack_people import SlackPerson
from tests.standins.slack_world import Message
from tests.standins.treasure_map import TreasureMapStandIn

EVENT = "S261120a"
DESKS = {"mmoda": "eyJkZXNr.eyJkZXNr.AAAA", "treasuremap": "tm-token-desk"}
SECRETS = (
    *DESKS.values(), "TOKEN", "SERVER_CWD", "installed_instruments", "Traceback", "<html", "<!doctype",
    "RequestNot", "BackEnd", "{'",
)  # fmt: skip
"""What no answer may hold, whatever a platform sends."""

FRENCH = Reader("fr")
FOUND = re.compile(r"Job (\d+) is asked of")
ROUND = 61.0  # s: longer than a tracker waits between two looks
LONGEST = 40  # rounds of a job


@dataclass
class Archives:
    """The night, its platforms, and what was typed and read."""

    night: FollowUp
    mmoda: MmodaStandIn
    treasure_map: TreasureMapStandIn
    nmma: NmmaStandIn
    read: list[str] = field(default_factory=list)

    @property
    def ana(self) -> SlackPerson:
        return self.night.ana

    async def asks(self, line: str, *words: str, title: str = "", pictures: int = 0) -> Any:
        """Type a line; what answers it with these words, and with its pictures, which come a little later."""
        answer = await self.night.says(line, *words)
        if pictures:
            await self.night.chats.slack.wait_for(lambda: len(answer.pictures) == pictures)
        self._noted(title or words[0], line, answer.words)
        return answer

    async def presses(self, label: str, where: Any, *words: str, title: str = "") -> Any:
        """Press a button; what answers it with these words."""
        answer = await self.night.presses(label, where, *words)
        self._noted(title or words[0], f"[{label}]", answer.words)
        return answer

    async def follows(self, line: str, *words: str, title: str = "") -> Message:
        """Type a line that asks for a job, and follow it to its end: its card, which says these words."""
        asked = await self.night.says(line, "is asked of")
        return await self.ends(asked, line, *words, title=title)

    async def ends(self, asked: Any, line: str, *words: str, title: str = "") -> Message:
        """The card of a job that was asked for in `asked`, when it has ended."""
        job = await self.ended(self.number(asked))
        for sentence in (job.failure, job.advice) if job.state is JobState.FAILED else ():
            assert not sentence or in_words_of(FRENCH, sentence) != sentence, f"not in French: {sentence}"
        card = self.card(job.id)
        assert all(word in card.words for word in words), f"{words} are not all in {card.words}"
        self._noted(title or words[0], line, card.words)
        return card

    def number(self, asked: Any) -> int:
        """The number of the job that an answer tells of."""
        found = FOUND.search(asked.words)
        assert found is not None, asked.words
        return int(found[1])

    def card(self, number: int) -> Message:
        """The card of a job in #gw."""
        return self.night.card(f"Job {number} at")

    async def ended(self, number: int) -> Job:
        """A job when it has ended, with its card told."""
        for _ in range(LONGEST):
            await self.night.tracker.track_due()
            job = await self.night.world.hub.jobs.job(number)
            if job.state.ended:
                await self._told()
                return job
            await self.night.world.clock.advance(ROUND)
        raise AssertionError(f"job {number} does not end: {job}")

    async def rounds(self, count: int = 1) -> None:
        """So many rounds of the tracker, a minute between them."""
        for _ in range(count):
            await self.night.tracker.track_due()
            await self.night.world.clock.advance(ROUND)
        await self.night.world.settle()

    def protocol(self) -> str:
        """What was typed and what was read, without what differs from one run to the next."""
        whole = "\n".join(self.read)
        for name, url in self.places().items():
            whole = whole.replace(url, f"http://{name}.test")
        return re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", whole)

    def places(self) -> dict[str, str]:
        return {"mmoda": self.mmoda.url, "treasuremap": self.treasure_map.url, "nmma": self.nmma.url}

    def holds_no_secret(self) -> None:
        """Nothing that Slack shows, or ever showed, holds a token, HTML or an inside of a server."""
        slack = self.night.chats.slack
        shown = [(m.words, *m.history) for m in slack.messages] + [(w.words,) for w in slack.whispers]
        for words in shown:
            for secret in SECRETS:
                assert not any(secret in each for each in words), f"{secret} in {words}"

    async def _told(self) -> None:
        """Let the card be brought up to date, which waits a little after the last time."""
        await self.night.world.clock.advance(QUIET.total_seconds())
        await self.night.tracker.track_due()
        await self.night.world.settle()

    def _noted(self, title: str, typed: str, words: str) -> None:
        self.read.append(f"## {title}\n> {typed}\n{words}\n")


def scripted(standin: MmodaStandIn | TreasureMapStandIn | NmmaStandIn, exchanges: Iterable[Exchange]) -> None:
    """Have these recorded answers given to the next calls that they were recorded of."""
    standin.script.clear()
    standin.script.extend(exchanges)


@asynccontextmanager
async def open_archives(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **sections: Any
) -> AsyncIterator[Archives]:
    """A night with one event that has a map, and MMODA, Treasure Map and NMMA beside the SkyPortal."""
    async with AsyncExitStack() as stack:
        mmoda = await stack.enter_async_context(MmodaStandIn())
        treasure_map = await stack.enter_async_context(TreasureMapStandIn())
        nmma = await stack.enter_async_context(NmmaStandIn())
        treasure_map.events = {EVENT: "GW261120"}
        configured = {
            "mmoda": {"url": mmoda.url, "token": DESKS["mmoda"]},
            "treasuremap": {"url": treasure_map.url, "token": DESKS["treasuremap"]},
            "nmma": {"url": nmma.url},
        }
        night = await stack.enter_async_context(
            open_follow_up(folder, monkeypatch, in_discord=False, **{**configured, **sections})
        )
        await night.alert(candidate(EVENT, skymap=skymap(6.0, 308.0, 14.0)))
        archives = Archives(night, mmoda, treasure_map, nmma)
        yield archives
        archives.holds_no_secret()
