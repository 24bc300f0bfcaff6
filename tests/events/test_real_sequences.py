"""Real series of notices, in any order and as often as you like, tell their stories once."""

from __future__ import annotations

import gzip
import hashlib
import random
from pathlib import Path

import pytest

from events.service import EventFilter, EventService
from events.state import EventState
from gcn.notice import AlertType
from gcn.registry import parse_notice
from store.database import Database
from tests.events.story import at

pytestmark = pytest.mark.shared

SERVICE = EventService()


async def play(database: Database, files: list[Path]) -> tuple[EventState, ...]:
    """Attach the notices of these files, each in its own transaction, and read all events."""
    for number, path in enumerate(files):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        async with database.write() as session:
            await SERVICE.attach(
                session,
                parse_notice(raw),
                message_id=None,
                arrived=at(number),
                content_hash=hashlib.sha256(raw).hexdigest(),
            )
    async with database.read() as session:
        return await SERVICE.list(session, EventFilter(limit=1000))


@pytest.fixture
def bursts(shared_data: Path) -> list[Path]:
    """The notices of 14 Fermi GBM triggers of 2026, in the order in which they were sent."""
    folder = shared_data / "replay" / "gcn-notice-parser-sequences"
    return sorted(folder.rglob("*.xml"), key=lambda path: path.name)


def told(states: tuple[EventState, ...]) -> dict[str, list[str]]:
    return {s.event: [r.notice.kind for r in s.revisions] for s in states}


async def test_fourteen_triggers_of_fermi_gbm_are_fourteen_stories(
    database: Database, bursts: list[Path]
) -> None:
    states = await play(database, bursts)
    assert {s.event for s in states} == {f"Fermi:{path.parent.name}" for path in bursts}
    assert len(states) == 14
    assert sum(len(s.revisions) for s in states) == len(bursts) == 107
    for state in states:
        assert not state.retracted
        assert {"GRB", "Fermi"} <= state.tags
        kinds = [r.notice.kind for r in state.revisions]
        assert kinds[0] == "FERMI_GBM_ALERT"
        assert state.described.notice.kind == "FERMI_GBM_FIN_POS"
    assert sum(shrank(state) for state in states) >= 12


def shrank(state: EventState) -> bool:
    """Whether the last statistical radius is smaller than the first: now and then a burst's is not."""
    radii = [r.notice.position.radius for r in state.revisions if r.notice.position is not None]
    first, last = radii[0], radii[-1]
    return first is not None and last is not None and last < first


async def test_played_twice_and_in_any_order_they_are_the_same_stories(
    database: Database, bursts: list[Path], tmp_path: Path
) -> None:
    sent = told(await play(database, [*bursts, *bursts[:20]]))
    shuffled = [*bursts, *bursts[::4]]
    random.Random(170817).shuffle(shuffled)
    other = Database(f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite'}")
    await other.create_all()
    try:
        assert told(await play(other, shuffled)) == sent
    finally:
        await other.dispose()


async def test_s230518h_and_its_voevent_twin_are_one_event(database: Database, shared_data: Path) -> None:
    alerts = sorted((shared_data / "lvk-json" / "S230518h").glob("*.json*"))
    # Beside them lies an early warning of this name: another event of 24 May, renamed by who kept it.
    twins = sorted((shared_data / "voevent" / "tracet").glob("*[yl]S230518h.xml"))
    assert len(alerts) == 3
    assert len(twins) == 2
    (state,) = await play(database, [*twins, *alerts])
    assert state.event == "LVK:S230518h"
    assert [r.notice.alert_type for r in state.revisions] == [
        AlertType.PRELIMINARY,
        AlertType.PRELIMINARY,
        AlertType.INITIAL,
        AlertType.INITIAL,
        AlertType.UPDATE,
    ]
    assert {"GW", "NSBH", "H1", "L1", "significant", "1 per year"} <= state.tags
    assert "BNS" not in state.tags
    assert state.described.notice.far == pytest.approx(3.218e-10, rel=1e-3)
