"""What changed between two revisions is said in numbers, and told again only where it matters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from events.changes import Change, NamedChange, Policy, difference, great_circle, is_material, material
from events.state import RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Coincidence, Notice
from skymaps.statistics import Peak, SkyMapStatistics
from tests.events.story import at, superevent

MAP = SkyMapStatistics(
    pixels=20000,
    max_order=9,
    area_50=266.0,
    area_90=1002.0,
    probability_in_100_deg2=0.3,
    probability_in_500_deg2=0.7,
    peak=Peak(ra=97.0, dec=-45.0),
    distance_mean=276.0,
    distance_std=79.0,
    distance_05=150.0,
    distance_50=270.0,
    distance_95=400.0,
    volume_50=1e6,
    volume_90=5e6,
    galactic_fraction=0.2,
    sun_separation=71.0,
    moon_separation=86.0,
    modes_90=1,
)


def seen(name: str, tonight: float) -> FacilityObservability:
    return FacilityObservability(
        name, 0.0, tonight, None, None, 0.0, None, False, None, None, None, None, None, None, None
    )


def revision(
    notice: Notice | None = None, tonight: dict[str, float] | None = None, **statistics: Any
) -> RevisionState:
    return RevisionState(
        id=1,
        number=1,
        notice=notice or superevent(),
        arrived=at(100),
        statistics=replace(MAP, **statistics),
        observability=tuple(seen(*pair) for pair in (tonight or {}).items()),
    )


def test_the_same_said_again_is_no_difference() -> None:
    found = difference(revision(), revision())
    assert found == replace(found, peak_moved=0.0)
    assert not is_material(found)


def test_an_update_is_said_in_numbers() -> None:
    before = revision(tonight={"ZTF": 0.12, "DECam": 0.61, "GOTO": 0.3})
    after = revision(
        superevent(
            alert=AlertType.INITIAL,
            far=1e-12,
            classification={"BNS": 0.02, "NSBH": 0.93, "Terrestrial": 0.05},
        ),
        tonight={"ZTF": 0.31, "DECam": 0.61, "GOTO": 0.302},
        area_90=666.0,
        area_50=180.0,
        peak=Peak(ra=97.0, dec=-48.1),
        distance_mean=278.0,
        distance_std=68.0,
    )
    found = difference(before, after)
    assert found.area_90 == Change(1002.0, 666.0)
    assert found.area_50 == Change(266.0, 180.0)
    assert found.peak_moved == pytest.approx(3.1)
    assert found.facilities == (NamedChange("ZTF", 0.12, 0.31),)
    assert found.classification == (NamedChange("BNS", 0.9, 0.02), NamedChange("NSBH", 0.05, 0.93))
    assert found.likeliest == Change("BNS", "NSBH")
    assert found.far == Change(1e-10, 1e-12)
    assert found.distance is not None
    assert (found.distance.before.mean, found.distance.after.mean) == (276.0, 278.0)
    assert material(found) == ("vetted", "class", "far", "observability")


CASES = [
    ("area", {"area_90": 501.0}, True),
    ("area", {"area_90": 502.0}, False),
    ("area", {"area_90": 2004.0}, True),
    ("distance", {"distance_mean": 276.0 + 79.5}, True),
    ("distance", {"distance_mean": 276.0 - 79.5}, True),
    ("distance", {"distance_mean": 276.0 + 78.5}, False),
    ("distance", {"distance_mean": None}, False),
    # The disc of 1002 deg² has a radius of 17.86°.
    ("position", {"peak": Peak(ra=97.0, dec=-45.0 + 17.8)}, False),
    ("position", {"peak": Peak(ra=97.0, dec=-45.0 + 17.9)}, True),
]


@pytest.mark.parametrize(("reason", "statistics", "tells"), CASES)
def test_a_map_is_told_again_from_a_limit_on(reason: str, statistics: dict[str, Any], tells: bool) -> None:
    assert material(difference(revision(), revision(**statistics))) == ((reason,) if tells else ())


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ({"alert": AlertType.RETRACTION}, ("retracted",)),
        ({"alert": AlertType.INITIAL}, ("vetted",)),
        ({"alert": AlertType.UPDATE}, ()),
        ({"significant": False}, ("significant",)),
        ({"far": 9e-10}, ()),
        ({"far": 1e-9}, ("far",)),
        ({"classification": {"BNS": 0.6, "NSBH": 0.3, "Terrestrial": 0.1}}, ("class",)),
        ({"classification": {"BNS": 0.7, "NSBH": 0.2, "Terrestrial": 0.1}}, ()),
        ({"classification": {"BNS": 0.4, "Terrestrial": 0.6}}, ("class",)),
        ({"coincidence": Coincidence(observatory="Fermi", time_difference=1.7)}, ("coincidence",)),
    ],
)
def test_a_notice_is_told_again_for_its_reasons(said: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert material(difference(revision(), revision(superevent(**said)))) == reasons


def test_what_a_later_notice_leaves_out_has_not_changed() -> None:
    circular = superevent(
        alert=AlertType.OTHER, format="circular", far=None, significant=None, classification={}
    )
    found = difference(revision(), RevisionState(2, 2, circular, at(200)))
    assert material(found) == ()
    assert (found.far, found.classification, found.area_90, found.peak_moved) == (None, (), None, None)


def test_a_retraction_taken_back_is_told_but_a_circular_about_it_is_not() -> None:
    retraction = RevisionState(1, 1, superevent(alert=AlertType.RETRACTION), at(100))
    assert "reinstated" in material(difference(retraction, revision()))
    circular = superevent(alert=AlertType.OTHER, format="circular")
    assert "reinstated" not in material(difference(retraction, revision(circular)))


def test_a_facility_that_crosses_a_threshold_is_told_either_way() -> None:
    policy = Policy(observability_thresholds=(0.2,))
    up = difference(revision(tonight={"ZTF": 0.12}), revision(tonight={"ZTF": 0.31}))
    down = difference(revision(tonight={"ZTF": 0.31}), revision(tonight={"ZTF": 0.12}))
    within = difference(revision(tonight={"ZTF": 0.21}), revision(tonight={"ZTF": 0.9}))
    assert material(up, policy) == material(down, policy) == ("observability",)
    assert material(within, policy) == ()


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 360), st.floats(-90, 90))
def test_the_way_of_the_peak_is_that_of_astropy(ra: float, dec: float, ra2: float, dec2: float) -> None:
    expected = SkyCoord(ra * u.deg, dec * u.deg).separation(SkyCoord(ra2 * u.deg, dec2 * u.deg)).deg
    assert great_circle(Peak(ra, dec), Peak(ra2, dec2)) == pytest.approx(expected, abs=1e-9)
