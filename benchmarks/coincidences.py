"""Coincidences: a new superevent against 10,000 stored events, and the comparison of two maps.

`python -m benchmarks.coincidences` prints the figures. The peer of the look-up reads every stored event and
tries each, as a search without an index on time has to; that of the overlap rasters both maps at nside 512.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.table import Table
from ligo.skymap.moc import rasterize
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.timing import Measurement, table, timeit
from events.coincidences import companions
from events.loading import load_states
from events.notice_storage import notice_to_row
from events.searches import in_window, search_of
from events.service import EventService
from events.state import EventState
from events.tables import AnalysisKind, AnalysisRow, AnalysisState, EventRow, RevisionRow
from gcn.notice import AlertType, Notice
from skymaps.overlap import overlap
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap
from store.database import Database

STORED = 10_000
DAYS = 30.0  # ten times the rate of all public notices together
T0 = datetime(2026, 11, 1, tzinfo=UTC)


def run() -> list[Measurement]:
    """The figures, each beside its peer, all measured now on this machine."""
    ours, peer, pairs = asyncio.run(look_up())
    wide, small = Cone(100.0, -30.0, 12.0).to_skymap(), Cone(103.0, -28.0, 0.05).to_skymap()
    return [
        Measurement(
            f"companions of a new event among {STORED:,}",
            ours,
            peer,
            goal="< 1,000 ms",
            note=f"SQLite, {DAYS:.0f} days of events, {pairs} found; peer: every event read and tried",
        ),
        Measurement(
            "overlap integral, 12° and 3' cones",
            timeit(lambda: overlap(wide, small), 5),
            timeit(lambda: rastered(wide, small), 1),
            note=f"{wide.uniq.size:,} and {small.uniq.size:,} cells; peer: both rastered at nside 512",
        ),
    ]


async def look_up() -> tuple[float, float, int]:
    """Milliseconds of the look-up, of trying every event, and the number of pairs both find."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}")
        await database.create_all()
        async with database.write() as session:
            await store(session, [burst(number) for number in range(STORED)])
            new = await EventService().attach(
                session, superevent(), message_id=None, arrived=T0, content_hash="f" * 64
            )
        spent, found = [], 0
        for _ in range(9):
            async with database.read() as session:
                start = time.perf_counter()
                (state,) = await load_states(session, [new.event_id])
                found = len(await companions(session, state))
                spent.append(1e3 * (time.perf_counter() - start))
        async with database.read() as session:
            start = time.perf_counter()
            (state,) = await load_states(session, [new.event_id])
            tried = await try_all(session, state)
            scanned = 1e3 * (time.perf_counter() - start)
        await database.dispose()
    assert tried == found > 0, f"{tried} pairs by trying all, {found} by the index"
    return sorted(spent)[len(spent) // 2], scanned, found


async def try_all(session: AsyncSession, state: EventState) -> int:
    ids = list((await session.execute(select(EventRow.id).where(EventRow.id != state.id))).scalars())
    found = 0
    for first in range(0, len(ids), 500):
        for other in await load_states(session, ids[first : first + 500]):
            search = search_of(state.described.notice, other.described.notice)
            assert state.trigger_time is not None
            assert other.trigger_time is not None
            late = (other.trigger_time - state.trigger_time).total_seconds()
            found += search is not None and in_window(search, late)
    return found


def rastered(a: SkyMap, b: SkyMap) -> float:
    """RAVEN's I on the pixels of nside 512, both maps brought there by ligo.skymap."""
    flat = [
        rasterize(Table({"UNIQ": m.uniq, "PROBDENSITY": m.density}), order=9)["PROBDENSITY"] for m in (a, b)
    ]
    return 4.0 * math.pi * float(np.sum(flat[0] * flat[1])) * 4.0 * math.pi / len(flat[0])


def superevent() -> Notice:
    middle = T0 + timedelta(days=DAYS / 2)
    return Notice(
        format="igwn-json",
        mission="LVK",
        kind="PRELIMINARY",
        event="LVK:S261116a",
        alert_type=AlertType.PRELIMINARY,
        trigger_time=middle,
        issued=middle + timedelta(seconds=40),
        far=1e-9,
        significant=True,
    )


def burst(number: int) -> Notice:
    """One of a stream of bursts, neutrinos and FRBs; number STORED / 2 comes 1.7 s after the superevent."""
    mission = ("Fermi", "Swift", "IceCube", "CHIME")[number % 4]
    trigger = T0 + timedelta(days=DAYS * number / STORED, seconds=1.7)
    return Notice(
        format="voevent",
        mission=mission,
        kind="alert",
        event=f"{mission}:{number}",
        alert_type=AlertType.INITIAL,
        trigger_time=trigger,
        issued=trigger + timedelta(seconds=20),
    )


async def store(session: AsyncSession, notices: list[Notice]) -> None:
    """Rows as `EventService.attach` writes them, in bulk."""
    await session.execute(insert(EventRow), [event_row(n, notice) for n, notice in enumerate(notices, 1)])
    await session.execute(
        insert(RevisionRow), [revision_row(n, notice) for n, notice in enumerate(notices, 1)]
    )
    analyses = [
        {"revision_id": n, "kind": AnalysisKind.SKYMAP.value, "state": AnalysisState.DONE.value, "wanted": T0}
        for n in range(1, len(notices) + 1)
    ]
    await session.execute(insert(AnalysisRow), analyses)


def event_row(number: int, notice: Notice) -> dict[str, object]:
    return {
        "id": number,
        "key": notice.event,
        "name": notice.event,
        "mission": notice.mission,
        "role": notice.role.value,
        "retracted": False,
        "trigger_time": notice.trigger_time,
        "created": T0,
        "changed": T0,
    }


def revision_row(number: int, notice: Notice) -> dict[str, object]:
    return {
        "id": number,
        "event_id": number,
        "content_hash": f"{number:064x}",
        "alert_type": notice.alert_type.value,
        "issued": notice.issued,
        "arrived": T0,
        "said": notice.issued,
        "notice": notice_to_row(notice).row,
    }


if __name__ == "__main__":
    print(table(run()))
