"""Real notices against what a reader copied out of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gcn.notice import Notice
from gcn.registry import parse_notice
from tests.gcn.expected_voevent import EXPECTED, Expected

RAYLEIGH_DIVISOR = {0.68: 1.510, 0.9: 2.146}
"""sqrt(-2 ln(1 - c)), from the table in the Rayleigh literature, to four digits."""


@pytest.fixture(params=EXPECTED, ids=lambda row: row.file.rpartition("/")[2])
def row(request: pytest.FixtureRequest) -> Expected:
    assert isinstance(request.param, Expected)
    return request.param


@pytest.fixture
def notice(row: Expected, shared_data: Path) -> Notice:
    return parse_notice((shared_data / row.file).read_bytes())


def test_a_notice_says_who_what_and_of_which_event(row: Expected, notice: Notice) -> None:
    assert notice.format == "voevent"
    assert notice.mission == row.expected_mission
    assert notice.event == row.event
    assert notice.alert_type.value == row.alert_type
    assert notice.role.value == row.role


def test_a_notice_says_when_it_happened_and_when_it_was_said(row: Expected, notice: Notice) -> None:
    assert_instant(notice.trigger_time, row.trigger_time)
    assert_instant(notice.issued, row.issued)


def test_a_notice_says_where_with_the_width_that_follows(row: Expected, notice: Notice) -> None:
    if row.place is None:
        assert notice.position is None
        return
    assert notice.position is not None
    ra, dec, radius, containment, sigma = row.place
    assert (notice.position.ra, notice.position.dec) == pytest.approx((ra, dec), abs=1e-6)
    assert notice.position.radius == pytest.approx(radius, rel=1e-5)
    assert notice.position.containment == containment
    if containment is None:
        assert notice.position.sigma is None
    else:
        assert notice.position.sigma == pytest.approx(sigma, rel=2e-3)
        assert radius / RAYLEIGH_DIVISOR[containment] == pytest.approx(sigma, rel=2e-3)


def test_a_notice_says_how_rare_its_map_its_tags_and_its_gates(row: Expected, notice: Notice) -> None:
    assert notice.far == (None if row.far is None else pytest.approx(row.far, rel=1e-4))
    url = notice.skymap.url if notice.skymap else None
    assert (url or "").rpartition("/")[2] == (row.map_name or "")
    assert row.tags <= notice.tags
    assert bool(notice.gates) is row.gated, notice.gates


def assert_instant(found: datetime | None, expected: str | None) -> None:
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.utcoffset() == timedelta(0)
    assert abs(found - datetime.fromisoformat(expected).replace(tzinfo=UTC)) < timedelta(milliseconds=1)
