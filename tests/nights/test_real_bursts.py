"""Fourteen real bursts of Fermi GBM go the whole way from the inbox to two channels, in and out of order."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import func, select

from bot.hub import HubOptions, Role
from bot.settings import Settings
from events.service import EventFilter
from events.state import EventState
from events.tables import AnalysisRow, AnalysisState
from gcn.message import RawMessage
from gcn.tables import Message, MessageState
from notifiers.tables import OPEN, Kind, OutboxRow, State, ThreadRow
from store.clock import SystemClock
from tests.nights.desk import HubOfWords
from tests.patience import PATIENCE

pytestmark = [pytest.mark.long, pytest.mark.shared, pytest.mark.timeout(900)]

TOPIC = "gcn.classic.voevent.FERMI_GBM_FLT_POS"
CHANNELS = ("advocates", "observers")


@pytest.fixture(scope="module")
def notices(shared_data: Path) -> list[bytes]:
    """107 notices of 14 triggers, in the order in which they were sent."""
    folder = shared_data / "replay" / "gcn-notice-parser-sequences"
    return [path.read_bytes() for path in sorted(folder.rglob("*.xml"), key=lambda path: path.name)]


def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{tmp_path / 'nightdesk.sqlite'}"},
            "channels": [{"name": name, "kind": "terminal"} for name in CHANNELS],
            "facilities": {"names": ["ZTF"]},
            "gcn": {"fetch_maps": False},
        }
    )


@asynccontextmanager
async def a_desk(tmp_path: Path) -> AsyncIterator[HubOfWords]:
    options = HubOptions(
        roles=frozenset({Role.ANALYSE, Role.NOTIFY}), console=Console(file=io.StringIO()), pictures=tmp_path
    )
    hub = HubOfWords(settings(tmp_path), SystemClock(), options)
    async with hub.running():
        yield hub


async def told(hub: HubOfWords, contents: list[bytes]) -> int:
    """Bring notices in as the stream does and wait until all is said; how many were new."""
    now = hub.clock.now()
    counts = await hub.inbox.store([RawMessage(TOPIC, content, now) for content in contents])
    began = hub.clock.monotonic()
    while await owed(hub):
        assert hub.clock.monotonic() - began < 3 * PATIENCE
        await hub.clock.sleep(0.2)
    return counts.new


async def owed(hub: HubOfWords) -> int:
    """Messages unread, numbers uncomputed, words unsaid; pictures, which this desk has none of, aside."""
    undone = (AnalysisState.WANTED.value, AnalysisState.RUNNING.value)
    open_work = (
        (Message, Message.state == MessageState.NEW),
        (AnalysisRow, AnalysisRow.state.in_(undone)),
        (OutboxRow, OutboxRow.state.in_(OPEN)),
    )
    async with hub.database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table).where(which))
            for table, which in open_work
        ]
    return sum(count or 0 for count in counts)


async def stories(hub: HubOfWords) -> tuple[EventState, ...]:
    """Fermi's events: the desk's own mock event of every day is there as well."""
    async with hub.database.read() as session:
        return await hub.events.list(session, EventFilter(mission="Fermi", limit=100))


async def posts(hub: HubOfWords) -> Counter[str]:
    async with hub.database.read() as session:
        rows = await session.scalars(
            select(OutboxRow).where(OutboxRow.kind == Kind.POST.value, OutboxRow.state == State.SENT.value)
        )
        return Counter(row.channel for row in rows)


async def cards(hub: HubOfWords) -> dict[tuple[str, str], str]:
    async with hub.database.read() as session:
        return {
            (row.channel, row.event): str(row.card["title"])
            for row in await session.scalars(select(ThreadRow))
        }


def kinds(states: tuple[EventState, ...]) -> dict[str, list[str]]:
    return {state.event: [r.notice.kind for r in state.revisions] for state in states}


async def test_fourteen_bursts_are_fourteen_cards_a_channel_in_order_again_and_at_random(
    notices: list[bytes], tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert len(notices) == 107
    async with a_desk(tmp_path / "one") as hub:
        # In the order of time, some at once as after a short outage.
        for first in range(0, len(notices), 27):
            await told(hub, notices[first : first + 27])
        in_order, titles = await stories(hub), await cards(hub)
        assert len(in_order) == 14
        assert set(titles) == {(channel, state.event) for channel in CHANNELS for state in in_order}
        assert await posts(hub) == dict.fromkeys(CHANNELS, 14)
        assert all(shrank(state) for state in in_order)
        # Played again in another order: known, all of them, and nothing more is said.
        assert await told(hub, in_any_order(notices)) == 0
        assert await stories(hub) == in_order
        assert await posts(hub) == dict.fromkeys(CHANNELS, 14)
    # A desk that hears six of them in any order from the first tells the same stories.
    some = [state for state in in_order if len(state.revisions) < 8][:6]
    triggers = [state.event.partition(":")[2].encode() for state in some]
    theirs = [notice for notice in notices if any(trigger in notice for trigger in triggers)]
    async with a_desk(tmp_path / "two") as hub:
        assert await told(hub, in_any_order(theirs)) == len(theirs)
        at_random = await stories(hub)
        assert await cards(hub) == {key: title for key, title in titles.items() if key[1] in told_of(some)}
        assert await posts(hub) == dict.fromkeys(CHANNELS, 6)
    for one, other in zip(some, at_random, strict=True):
        assert [r.notice for r in one.revisions] == [r.notice for r in other.revisions]
        assert [r.statistics for r in one.revisions] == [r.statistics for r in other.revisions]


def in_any_order(contents: list[bytes]) -> list[bytes]:
    return random.Random(170817).sample(contents, len(contents))


def told_of(states: list[EventState]) -> set[str]:
    return {state.event for state in states}


def shrank(state: EventState) -> bool:
    """Whether the last region, systematics and all, is smaller than the first."""
    areas = [r.statistics.area_90 for r in state.revisions if r.statistics is not None]
    return areas[-1] < areas[0]
