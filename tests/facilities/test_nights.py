"""Nights by the dozen agree with the night that observability knows, and with astroplan."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from facilities.facility import FacilityError
from facilities.nights import nights
from facilities.registry import load_registry
from facilities.visibility import night_of


@pytest.mark.parametrize("name", ["ZTF", "DECam"])
def test_each_night_is_the_one_that_observability_has(name: str) -> None:
    facility = load_registry().get(name)
    found = nights(facility, date(2026, 11, 20), 5)
    assert len(found) == 5
    for dusk, dawn in found:
        starts, ends = night_of(facility, dusk + timedelta(hours=2))
        assert starts is not None and ends is not None
        assert abs(starts - dusk) < timedelta(seconds=20) and abs(ends - dawn) < timedelta(seconds=20)


def test_a_night_is_the_same_whatever_days_are_asked_for() -> None:
    facility = load_registry().get("DECam")
    assert set(nights(facility, date(2026, 11, 22), 2)) < set(nights(facility, date(2026, 11, 20), 6))


def test_dusk_is_when_another_program_says(monkeypatch: pytest.MonkeyPatch) -> None:
    astropy_time = pytest.importorskip("astropy.time")
    coordinates = pytest.importorskip("astropy.coordinates")
    facility = load_registry().get("ZTF")
    place = coordinates.EarthLocation.from_geodetic(facility.longitude, facility.latitude, facility.elevation)
    for instant in nights(facility, date(2026, 3, 1), 1)[0]:
        frame = coordinates.AltAz(obstime=astropy_time.Time(instant), location=place)
        altitude = coordinates.get_sun(astropy_time.Time(instant)).transform_to(frame).alt.deg
        assert altitude == pytest.approx(facility.sun_altitude_limit, abs=0.01)


def test_polar_summer_and_winter_have_no_nights_and_space_has_none_to_ask_for() -> None:
    registry = load_registry()
    north = registry.get("ZTF").model_copy(update={"latitude": 84.0})
    assert nights(north, date(2026, 6, 10), 5) == nights(north, date(2026, 12, 10), 5) == ()
    space = next(each for each in registry if each.space)
    with pytest.raises(FacilityError, match="no night"):
        nights(space, datetime(2026, 11, 20, tzinfo=UTC).date(), 1)
