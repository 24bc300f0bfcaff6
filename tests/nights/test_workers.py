"""Nights in which those who compute and draw are slow, hang, die, or sit on other machines."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.hub import Hub
from cards.drawing import draw
from events.analysis import analyse
from notifiers.tables import DrawingRow, DrawingState
from tests.nights.alerts import EVENING, skymap, superevent
from tests.nights.clocks import StoppedClock
from tests.nights.desk import Night, open_night
from tests.nights.labour import Held, hang_over_riddles, kill_the_painter

pytestmark = pytest.mark.long


def workers_in(folder: Path) -> list[int]:
    """The pids of the workers that began the work that is held in a folder."""
    return [int(file.name.removeprefix("pid-")) for file in folder.glob("pid-*")]


async def drawings(night: Night) -> list[tuple[str, str | None]]:
    """How far each drawing has come, and what went wrong with it."""
    async with night.hub.database.read() as session:
        rows = await session.scalars(select(DrawingRow).order_by(DrawingRow.id))
        return [(row.state, row.error) for row in rows]


async def test_words_never_wait_for_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifiers.illustrator.draw", Held(draw, str(tmp_path)))
    async with open_night(tmp_path, hub=Hub) as night:
        await night.alert(superevent("S261119a", skymap=skymap(8.0)))
        first = await night.card("S261119a", "201 deg²")
        await night.until(lambda: workers_in(tmp_path) or None, "a worker to begin")
        await night.alert(superevent("S261119a", "INITIAL", minute=30), superevent("S261119b"))
        await night.reply(first, "201 → *113 deg²*")
        second = await night.card("S261119b", "113 deg²")
        assert first.pictures == second.pictures == []
        (tmp_path / "go").touch()
        await night.until(lambda: len(first.pictures) == len(second.pictures) == 2 or None, "the pictures")
        await night.quiet()
        for file in (*first.pictures, *second.pictures):
            content = night.slack.files[file]
            assert content is not None and content.startswith(b"\x89PNG")
        assert len(set(first.pictures)) == 2


async def test_a_map_that_kills_whoever_draws_it_leaves_its_card_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifiers.illustrator.draw", kill_the_painter)
    async with open_night(tmp_path, hub=Hub) as night:
        await night.alert(superevent("S261119a"))
        card = await night.card("S261119a", "113 deg²")
        await night.quiet()
        [(state, error)] = await drawings(night)
        assert state == DrawingState.FAILED
        assert "its worker died" in (error or "")
        monkeypatch.setattr("notifiers.illustrator.draw", draw)
        await night.alert(superevent("S261119b"))
        good = await night.card("S261119b", "113 deg²")
        await night.until(lambda: len(good.pictures) == 2 or None, "the pictures of the next")
        assert card.pictures == []
        assert card.edits == 0


async def test_a_worker_killed_in_the_middle_of_an_analysis_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.analyst.analyse", Held(analyse, str(tmp_path)))
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119a"))
        [victim] = await night.until(lambda: workers_in(tmp_path) or None, "a worker to begin")
        os.kill(victim, signal.SIGKILL)
        (tmp_path / "go").touch()
        await night.card("S261119a", "113 deg²")
        await night.quiet()
        assert len(workers_in(tmp_path)) == 2


async def test_a_notice_that_hangs_its_reader_is_given_up_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.read_message", hang_over_riddles)
    monkeypatch.setattr("bot.intake.READING_TIME", 0.5)
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119a", comment="a riddle"), superevent("S261119b"))
        await night.card("S261119b", "113 deg²")
        await night.quiet()
        [failed] = await night.hub.inbox.failed()
        assert "given up" in failed.error
        assert "no result after 0.5 s" in failed.error


async def test_a_dask_cluster_says_the_same_words_as_the_workers_of_this_machine(tmp_path: Path) -> None:
    from distributed import LocalCluster

    clock = StoppedClock(EVENING + timedelta(minutes=2))
    words = []
    cluster_of: Any = LocalCluster
    async with cluster_of(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        asynchronous=True,
        dashboard_address=None,
        host="127.0.0.1",
    ) as cluster:
        for name, compute in (("here", {}), ("dask", {"dask_address": cluster.scheduler_address})):
            async with open_night(tmp_path / name, clock=clock, compute=compute) as night:
                await night.alert(superevent("S261119a"))
                card = await night.card("S261119a", "113 deg²", "DECam")
                words.append(card.words)
                assert (name == "dask") == ("Dask" in (await night.hub.compute.health()).detail)
    assert words[0] == words[1]
