"""A notice comes back from the store as it went in."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from events.notice_storage import notice_from_row, notice_to_row
from events.tables import RevisionRow
from gcn.notice import Coincidence, MapSource, Notice, NoticeError, Position, SkyMapRef
from gcn.registry import parse_notice
from skymaps.shapes import Annulus, Box, Cone, Ellipse, Polygon, Shape
from store import blobs
from store.database import Database
from tests.events.story import attach, burst, superevent

SHAPES: list[Shape] = [
    Cone(ra=10.0, dec=-20.0, radius=3.0, containment=0.68, systematics=((0.8, 3.7), (0.2, 13.7))),
    Annulus(ra=10.0, dec=-20.0, radius=30.0, half_width=2.0),
    Ellipse(ra=10.0, dec=-20.0, semi_major=3.0, semi_minor=1.0, position_angle=30.0),
    Polygon(vertices=((10.0, 10.0), (12.0, 10.0), (11.0, 12.0))),
    Box(ra=10.0, dec=-20.0, width=3.0, height=1.0, position_angle=30.0),
]


def stored(notice: Notice) -> Notice:
    """There and back through JSON text."""
    parts = notice_to_row(notice)
    row = json.loads(json.dumps(parts.row, allow_nan=False))
    return notice_from_row(row, skymap=parts.skymap, combined_skymap=parts.combined_skymap)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_every_shape_comes_back(shape: Shape) -> None:
    notice = burst(skymap=SkyMapRef(MapSource.SHAPE, shape=shape))
    assert stored(notice) == notice


def test_everything_a_notice_can_say_comes_back() -> None:
    notice = superevent(
        position=Position(1.5, -2.5, 0.1, 0.9, True, 0.0466),
        aliases=("GW 170817", "GRB 170817A"),
        properties={"HasNS": 1.0, "instruments": ["H1", "L1"], "nested": {"n": None, "b": False}},
        skymap=SkyMapRef(MapSource.EMBEDDED, url="https://gracedb.ligo.org/x", content=b"SIMPLE"),
        coincidence=Coincidence("Fermi", "GRB", 1.7, 1e-15, 1e-18, b"COMBINED"),
        tags=frozenset({"pycbc"}),
        links={"GraceDB": "https://gracedb.ligo.org"},
        gates=("mock",),
    )
    assert stored(notice) == notice


def test_numbers_that_json_does_not_know_are_unknown() -> None:
    notice = burst(properties={"far": float("nan"), "snr": [1.0, float("inf")], "text": "a\x00b"})
    assert stored(notice).properties == {"far": None, "snr": [1.0, None], "text": "ab"}


def test_what_a_later_version_has_written_is_passed_over() -> None:
    row = notice_to_row(burst()).row
    assert notice_from_row({**row, "mood": "cheerful"}) == burst()


def test_every_real_notice_comes_back(shared_data: Path) -> None:
    count = 0
    for folder in ("gcn-schema", "voevent", "lvk-json/S230518h", "snews-json", "circulars"):
        for path in sorted((shared_data / folder).rglob("*")):
            if path.suffix not in (".json", ".xml", ".gz"):
                continue
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            try:
                notice = parse_notice(raw)
            except NoticeError:
                continue
            assert stored(notice) == notice, path
            count += 1
    assert count > 300


async def test_the_maps_of_a_notice_are_kept_beside_it(any_database: Database) -> None:
    content = bytes(range(256)) * 1000
    notice = superevent(
        skymap=SkyMapRef(MapSource.EMBEDDED, content=content),
        coincidence=Coincidence(observatory="Fermi", combined_skymap=b"both"),
    )
    async with any_database.write() as session:
        await attach(session, notice)
        await attach(session, replace(notice, far=2e-10))  # the same map once more
    async with any_database.read() as session:
        rows = list((await session.execute(select(RevisionRow))).scalars())
        assert len({row.skymap_blob for row in rows}) == 1
        row = rows[0]
        assert row.skymap_blob is not None
        assert row.combined_blob is not None
        kept = await blobs.get(session, row.skymap_blob)
        both = await blobs.get(session, row.combined_blob)
    assert (kept, both) == (content, b"both")
    assert notice_from_row(row.notice, skymap=kept, combined_skymap=both) == notice


def test_the_hub_s_side_of_events_stays_light() -> None:
    heavy = ("astropy.coordinates", "astropy.io.fits", "matplotlib", "healpy", "mocpy", "distributed", "dask")
    program = (
        "import sys, events.service, events.analyst, events.coincidences, events.context, events.changes\n"
        "import events.map_fetch, events.local_compute, events.dask_compute\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "[]"
