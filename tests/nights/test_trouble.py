"""Nights in which something around the desk fails: the stream, the clock, the database, Slack."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot import schema
from events.analysis import analyse
from events.tables import AnalysisRow, AnalysisState
from store.database import Database
from tests.nights.alerts import retraction, skymap, superevent
from tests.nights.clocks import SteppedClock
from tests.nights.desk import open_night
from tests.nights.labour import Deadly
from tests.standins.slack import Fault

pytestmark = pytest.mark.long


async def test_silence_of_the_stream_is_told_once_and_so_is_its_end(tmp_path: Path) -> None:
    async with open_night(tmp_path, warnings="ops", gcn={"heartbeat_silence": 8.0}) as night:
        async with night.pulse():
            began = night.hub.heartbeat.last
            await night.until(lambda: night.hub.heartbeat.last > began or None, "the desk to hear the pulse")
            await night.until_true(night.ready, "the desk to be ready")
        await night.warning("GCN has been silent for", "Alerts may be missed", channel="ops")
        assert not await night.ready()
        await night.alert(superevent("S261119h"))
        await night.card("S261119h")
        async with night.pulse():
            await night.warning("GCN is back after", channel="ops")
            await night.until_true(night.ready, "the desk to be ready again")
            await night.quiet()


async def test_a_clock_that_is_set_forward_and_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    clock = SteppedClock()
    async with open_night(tmp_path, clock=clock) as night:
        await night.alert(superevent("S261119j", skymap=skymap(8.0)))
        card = await night.card("S261119j", "201 deg²")
        clock.step(timedelta(hours=5))
        await night.alert(superevent("S261119j", "INITIAL", minute=30, skymap=skymap(6.0)))
        await night.reply(card, "201 → *113 deg²*")

        # Slack is away, so something waits for an hour that the clock will not show for long.
        night.slack.fail("chat.postMessage", Fault("http", number=503))
        await night.alert(superevent("S261119k"))
        await night.until(lambda: night.slack.calls_of("chat.postMessage")[2:] or None, "the call that fails")
        clock.step(timedelta(hours=-11))
        await night.card("S261119k")

        await night.alert(superevent("S261119j", "UPDATE", minute=900, skymap=skymap(4.0)))
        await night.reply(card, "113 → *50.2 deg²*")
        clock.step(timedelta(hours=30))
        await night.alert(retraction("S261119j", minute=1000))
        await night.reply(card, "Retracted.")
        await night.quiet()
        assert [r.number for r in (await night.state("S261119j")).revisions] == [1, 2, 3, 4]


async def test_work_put_off_by_a_clock_that_is_then_set_back_is_not_put_off_by_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SteppedClock()
    monkeypatch.setattr("events.analyst.analyse", Deadly(analyse, str(tmp_path)))
    async with open_night(tmp_path, clock=clock) as night:
        await night.alert(superevent("S261119j"))

        async def put_off() -> bool:
            async with night.hub.database.read() as session:
                row = await session.scalar(select(AnalysisRow))
            return row is not None and row.error is not None and row.state == AnalysisState.WANTED

        await night.until_true(put_off, "the analysis to be put off")
        clock.step(timedelta(hours=-11))
        (tmp_path / "go").touch()
        await night.card("S261119j", "113 deg²")


async def test_a_locked_database_file_only_delays_the_night(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119l"))
        await night.card("S261119l")
        await night.quiet()
        with closing(sqlite3.connect(tmp_path / "nightdesk.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await night.alert(superevent("S261119m"), retraction("S261119l"))
            lock = night.hub.database._write_lock
            assert lock is not None
            await night.until(lambda: lock.locked() or None, "the hub to want the database")
            other.execute("ROLLBACK")
        await night.card("S261119m")
        await night.reply(await night.card("S261119l", "*retracted*"), "Retracted.")


@asynccontextmanager
async def server_away(url: str) -> AsyncIterator[None]:
    """All connections to a PostgreSQL database are cut, and new ones refused, until the block ends."""
    database = Database(url).url
    name = database.database
    server = create_async_engine(database.set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
        await connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": name},
        )
        yield
        await connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
    await server.dispose()


async def test_a_database_server_that_goes_away_only_delays_the_night(
    tmp_path: Path, postgres_url: str
) -> None:
    database = Database(postgres_url)
    await schema.upgrade(database)
    await database.dispose()
    async with open_night(tmp_path, database={"url": postgres_url}) as night:
        await night.alert(superevent("S261119l"))
        card = await night.card("S261119l")
        await night.quiet()
        async with server_away(postgres_url):
            await night.alert(superevent("S261119m"), retraction("S261119l"))
            stream = night.hub.stream
            await night.until(lambda: None if stream.state.reading else True, "the stream to notice")
            assert not await night.ready()
        await night.card("S261119m")
        await night.reply(card, "Retracted.")
        await night.until_true(night.ready, "the desk to be ready again")


async def test_each_way_in_which_slack_can_fail_delays_one_message_and_doubles_none(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        night.slack.fail(
            "chat.postMessage",
            Fault("rate", number=1),
            Fault("http", number=503),
            Fault("reset", accepted=True),
            Fault("error", value="fatal_error"),
        )
        names = ["S261119p", "S261119q"]
        await night.alert(*[superevent(name) for name in names])
        for name in names:
            await night.card(name)
        await night.quiet()
        assert len(night.slack.channel("gw").messages) == len(names)


async def test_what_was_said_first_stands_first_in_the_thread_whatever_slack_does(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119o", skymap=skymap(8.0)))
        card = await night.card("S261119o")
        await night.quiet()
        night.slack.fail("chat.postMessage", Fault("http", number=503))
        await night.alert(superevent("S261119o", "INITIAL", minute=30, skymap=skymap(6.0)))
        await night.analysed("S261119o", 2)
        await night.alert(superevent("S261119o", "UPDATE", minute=900, skymap=skymap(4.0)))
        await night.analysed("S261119o", 3)
        await night.alert(retraction("S261119o", minute=1000))
        await night.settled()
        first, second, third = night.replies(card)
        assert "201 → *113 deg²*" in first.words
        assert "113 → *50.2 deg²*" in second.words
        assert "Retracted." in third.words


async def test_a_channel_that_is_closed_is_told_of_in_another_and_keeps_nobody_else_waiting(
    tmp_path: Path,
) -> None:
    async with open_night(tmp_path, routes={"significant": ["gw", "copy"]}, warnings="ops") as night:
        night.slack.channel("gw").archived = True
        await night.alert(superevent("S261119z"))
        await night.card("S261119z", channel="copy")
        await night.warning("Not delivered: S261119z to gw", "the channel is archived", channel="ops")
        await night.quiet()
        assert (await night.metrics())['nightdesk_outbox{channel="gw",state="dead"}'] == 1
        night.slack.channel("gw").archived = False
        await night.alert(retraction("S261119z"))
        await night.reply(await night.card("S261119z", "*retracted*", channel="copy"), "Retracted.")
        # A channel that never had a card gets the one that is true now.
        assert night.replies(await night.card("S261119z", "*retracted*", channel="gw")) == []
