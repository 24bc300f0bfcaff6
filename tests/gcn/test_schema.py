"""GCN Schema notices: the core vocabulary, identity, times, localisation and how a notice is known.

Every notice here is made by hand in this file; the examples of the missions are in
`test_schema_examples.py`.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from gcn.notice import AlertType, MapSource, Notice, NoticeError, Role
from gcn.registry import parse_notice
from skymaps.shapes import Cone, Ellipse, Polygon

EP: Mapping[str, Any] = {
    "$schema": "https://gcn.nasa.gov/schema/v4.1.0/gcn/notices/einstein_probe/wxt/alert.schema.json",
    "instrument": "WXT",
    "trigger_time": "2026-05-02T18:35:45.549Z",
    "id": ["01709261576"],
    "ra": 167.335,
    "dec": -77.502,
    "ra_dec_error": 0.05,
    "image_energy_range": [0.5, 4.0],
    "net_count_rate": 0.09,
    "image_snr": 7.1,
}


def read(content: Mapping[str, Any], topic: str | None = None) -> Notice:
    return parse_notice(json.dumps(content).encode(), topic=topic)


def ep(**changes: Any) -> dict[str, Any]:
    """The Einstein Probe notice above with other values; None takes a field away."""
    return {name: value for name, value in {**EP, **changes}.items() if value is not None}


def notice_of(schema: str, **fields: Any) -> dict[str, Any]:
    return {"$schema": f"https://gcn.nasa.gov/schema/main/gcn/notices/{schema}.schema.json", **fields}


# Einstein Probe, the first of the missions


def test_an_einstein_probe_alert_says_who_what_when_and_where() -> None:
    notice = read(EP)
    assert (notice.format, notice.mission, notice.instrument) == ("gcn-json", "Einstein Probe", "WXT")
    assert notice.event == "Einstein Probe:01709261576"
    assert notice.alert_type is AlertType.INITIAL
    assert notice.role is Role.OBSERVATION
    assert notice.trigger_time == datetime(2026, 5, 2, 18, 35, 45, 549000, tzinfo=UTC)
    assert notice.issued is None
    assert notice.properties["net_count_rate"] == 0.09
    assert notice.properties["image_snr"] == 7.1


def test_an_absent_containment_is_nine_tenths_so_the_gaussian_is_the_radius_over_2_146() -> None:
    position = read(EP).position
    assert position is not None
    assert (position.ra, position.dec, position.radius) == (167.335, -77.502, 0.05)
    assert position.containment == 0.9
    assert position.systematic_included is None
    assert position.sigma == pytest.approx(0.05 / 2.1460, rel=1e-4)


def test_a_stated_containment_of_68_percent_divides_by_1_510() -> None:
    position = read(ep(containment_probability=0.68)).position
    assert position is not None
    assert position.sigma == pytest.approx(0.05 / 1.5096, rel=1e-4)


def test_the_error_circle_is_drawn_as_a_cone_with_its_containment() -> None:
    skymap = read(ep(containment_probability=0.68)).skymap
    assert skymap is not None
    assert skymap.source is MapSource.SHAPE
    assert skymap.shape == Cone(167.335, -77.502, 0.05, 0.68)


@pytest.mark.parametrize("radius", [0, 0.0, -1.0, [0.0, 0.0, 0], [0.3, 0.0]])
def test_a_radius_that_is_zero_or_negative_means_no_position(radius: Any) -> None:
    notice = read(ep(ra_dec_error=radius))
    assert notice.position is None
    assert notice.skymap is None


def test_right_ascension_and_declination_zero_without_a_radius_mean_no_position() -> None:
    assert read(ep(ra=0, dec=0, ra_dec_error=None)).position is None
    assert read(ep(ra=0, dec=0, ra_dec_error=0)).position is None


def test_a_source_at_the_origin_with_a_radius_is_a_position() -> None:
    position = read(ep(ra=0, dec=0)).position
    assert position is not None
    assert position.radius == 0.05


def test_a_position_without_a_radius_stands_without_a_shape() -> None:
    notice = read(ep(ra_dec_error=None))
    assert notice.position is not None
    assert (notice.position.ra, notice.position.radius, notice.position.sigma) == (167.335, None, None)
    assert notice.skymap is None


def test_a_position_needs_both_coordinates() -> None:
    assert read(ep(dec=None)).position is None


def test_unknown_written_as_nan_is_unknown() -> None:
    raw = json.dumps(EP).replace("167.335", "NaN").encode()
    assert parse_notice(raw).position is None
