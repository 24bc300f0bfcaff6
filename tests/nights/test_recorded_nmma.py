"""Every recorded error of a real NMMA service: its answers to what is typed in Slack, and its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from platforms.job import JobState
from tests.cards.goldens import assert_golden
from tests.nights.archives import Archives, open_archives, scripted
from tests.nights.recorded_refusals import calls_of, dishonest, gaps, recorded_of, refusals
from tests.nights.world import PUBLIC
from tests.standins.recordings import Exchange

GOLDEN = Path(__file__).parent / "golden"
LIGHT = '"filter,mjd,mag,magerr; ztfr,57982.9,19.0,0.1; ztfg,57983.9,19.5,0.1"'
MJD = 61364.0  # 2026-11-20T00:00


@dataclass(frozen=True)
class Row:
    """A recorded error and the words that tell of it."""

    number: str
    words: tuple[str, ...]


OTHERWISE = "Another model may work"
COLUMNS = "filter, mjd, mag, magerr"
CALLED_BACK = (
    Row("04", ("model failed to converge", "tmin, tmax")),
    Row("05", ("problem running the model sampler stopped", OTHERWISE)),
    Row("07", ("not in the expected format", COLUMNS)),
    Row("08", ("not in the expected format", COLUMNS)),
    Row("09", ("ended without an answer that can be read", "try another model")),
    Row("10", ("the request lacks resource_id", "tell whoever runs this desk")),
)
"""Taken at first; what is wrong is posted to the desk later."""

NO_FAULT = "Nothing that you typed is wrong"
REFUSED = (
    Row("12", ("missing required key inputs", NO_FAULT)),
    Row("13", ("missing required key callback_url", NO_FAULT)),
    Row("14", ("missing required key callback_method", NO_FAULT)),
    Row("15", ("must be one of: Me2017, Piro2021", "Another model may work")),
    Row("16", ("model not specified", NO_FAULT)),
    Row("17", ("Invalid JSON", NO_FAULT)),
    Row("18", ("HTTP 404", "[nmma] url")),
)


EXEMPT = {"01": "whether it lives is asked where fits are begun, and OK is no error"}


async def posted(night: Archives, recorded: Exchange | None = None) -> None:
    """The service calls the desk with what came of the oldest fit."""
    asked = night.nmma.asked.pop(0)
    here = asked["callback_url"].replace(PUBLIC, night.night.world.web_at)
    assert await night.nmma.answer(recorded, {**asked, "callback_url": here}) == 204


async def fit(night: Archives, number: int, recorded: Exchange | None, *words: str, title: str) -> None:
    """A fit that the service takes, and answers by a call."""
    line = f"nmma Me2017 0.0098 {LIGHT} source:AT2017gfo nlive={number}"
    asked = await night.night.says(line, "is asked of")
    await night.rounds()
    await posted(night, recorded)
    await night.ends(asked, line, *words, title=title)


async def test_every_recorded_error_is_a_sentence_in_slack_and_the_desk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = recorded_of("nmma")
    async with open_archives(tmp_path, monkeypatch) as night:
        for number, row in enumerate(CALLED_BACK, 64):
            await fit(night, number, recorded[row.number], *row.words, title=recorded[row.number].name)
        for number, row in enumerate(REFUSED, 80):
            scripted(night.nmma, [replace(recorded[row.number])])
            line = f"nmma Me2017 0.0098 {LIGHT} nlive={number}"
            await night.follows(line, *row.words, title=recorded[row.number].name)
        await fit(night, 100, recorded["03"], "12.34", title="and goes on")
        await _it_is_away_for_a_while(night)
        await _it_never_calls(night, recorded)
        await _a_source_of_the_portal(night, recorded)
        assert_golden("recorded-nmma.txt", night.protocol(), GOLDEN)


async def _it_is_away_for_a_while(night: Archives) -> None:
    """Nobody answers: the card says so, and the fit is asked for once when somebody does."""
    night.nmma.away, before = True, len(night.nmma.asked)
    line = f"nmma Me2017 0.0098 {LIGHT} nlive=200"
    asked = await night.night.says(line, "is asked of")
    await night.rounds(3)
    waits = night.card(night.number(asked))
    assert "NMMA cannot be reached" in waits.words, waits.words
    night.nmma.away = False
    await night.rounds(4)
    assert len(night.nmma.asked) == before + 1
    await posted(night)
    await night.ends(asked, line, "21.50", title="it was away for a while")


async def _it_never_calls(night: Archives, recorded: Mapping[str, Exchange]) -> None:
    """As recorded of a method that it does not call by, and of a service that was started again."""
    scripted(night.nmma, [recorded["11"]])
    line = f"nmma Me2017 0.0098 {LIGHT} nlive=201"
    asked = await night.night.says(line, "is asked of")
    await night.rounds(2)
    await night.night.world.clock.advance(8 * 3600.0)
    await night.ends(asked, line, "had not finished it after 8", title="it never calls")
    job = await night.night.world.hub.jobs.job(night.number(asked))
    assert job.state is JobState.TIMED_OUT


async def _a_source_of_the_portal(night: Archives, recorded: Mapping[str, Exchange]) -> None:
    """`fit` with what a SkyPortal knows of a source: a failure, then a success, compared by `fits`."""
    sources = night.night.sources
    sources.add_source("AT2026abc", 307.9, 13.8, redshift=0.01)
    seen = [(MJD + 0.1 * i, "ztfr", 18.0 + 0.1 * i, 0.05, 20.5) for i in range(4)]
    sources.add_points("AT2026abc", *seen)
    for line, answer, words in (
        ("fit AT2026abc direct/Me2017", recorded["04"], ("model failed to converge",)),
        ("fit AT2026abc direct/Piro2021", recorded["06"], ("12.34",)),
    ):
        asked = await night.night.says(line, "is asked of nmma")
        await night.rounds()
        await posted(night, answer)
        await night.ends(asked, line, *words, title=answer.name)
    await night.asks("fits AT2026abc", "Piro2021", "failed")


def test_no_recorded_error_is_passed_over() -> None:
    refused = refusals("nmma")
    assert gaps(refused, [row.number for row in (*CALLED_BACK, *REFUSED)], EXEMPT) == []
    assert dishonest(refused, EXEMPT, calls_of("platforms/nmma.py")) == []
