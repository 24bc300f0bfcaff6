"""Who can see it: against astropy cell by cell, and where the answer is known without computing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from facilities.facility import Facility, FacilityError
from facilities.observability import Closure, FacilityObservability, best_first, observability, report_to_dict
from facilities.registry import load_registry
from skymaps.skymap import SkyMap
from tests.facilities.maps import banana, cone, even_sky, speck
from tests.facilities.peers import BEYOND_THE_TABLES, astropy_observability
from tests.facilities.test_ephemeris import far_north

REGISTRY = load_registry()
pytestmark = pytest.mark.filterwarnings(*BEYOND_THE_TABLES)
AT = datetime(2023, 5, 18, 13, 38, tzinfo=UTC)


def seen(
    skymap: SkyMap, facility: Facility | str, at: datetime = AT, **options: object
) -> FacilityObservability:
    facility = REGISTRY.get(facility) if isinstance(facility, str) else facility
    (row,) = observability(skymap, [facility], at, **options)  # type: ignore[arg-type]
    return row


DAYS = {
    "DECam": AT,
    "ZTF": datetime(2020, 1, 5, 8, 12, tzinfo=UTC),
    "LCO-ELP": datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
    "TAROT-TRE": datetime(2029, 8, 1, 19, 3, 20, tzinfo=UTC),
    "Lisnyky-AZT8": datetime(2024, 6, 21, 20, 0, tzinfo=UTC),
}
MAPS = {"banana": banana(100.0, 10.0), "sky": even_sky(4), "cone": cone(310.0, -20.0, 8.0, order=5)}


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("banana", "DECam"),
        ("banana", "LCO-ELP"),
        ("banana", "Lisnyky-AZT8"),
        ("sky", "TAROT-TRE"),
        ("sky", "ZTF"),
        ("cone", "DECam"),
        ("cone", "TAROT-TRE"),
    ],
)
def test_probabilities_are_those_of_altaz_cell_by_cell(shape: str, name: str) -> None:
    skymap, facility, at = MAPS[shape], REGISTRY.get(name), DAYS[name]
    expected = astropy_observability(skymap, facility, at)
    row = seen(skymap, facility, at)
    assert row.probability_now == pytest.approx(expected.now, abs=0.005)
    assert row.probability_tonight == pytest.approx(expected.tonight, abs=0.005)
    assert row.hours == pytest.approx(expected.hours, abs=0.03)


@pytest.mark.shared
def test_a_real_map_of_o4_gives_what_altaz_gives(shared_data: Path) -> None:
    from skymaps.reader import read_skymap

    skymap = read_skymap(shared_data / "skymaps" / "o3-real" / "S190412m_bayestar.fits.gz")
    at = datetime(2019, 4, 12, 6, 0, tzinfo=UTC)
    expected = astropy_observability(skymap, REGISTRY.get("ZTF"), at)
    row = seen(skymap, "ZTF", at)
    assert row.probability_now == pytest.approx(expected.now, abs=0.005)
    assert row.probability_tonight == pytest.approx(expected.tonight, abs=0.005)


def test_first_and_last_are_the_instants_of_the_90_percent_area() -> None:
    skymap, facility = cone(150.0, 5.0, 1.0, order=7), REGISTRY.get("ZTF")
    at = datetime(2026, 2, 1, tzinfo=UTC)
    expected = astropy_observability(skymap, facility, at)
    ranked = np.argsort(-skymap.density, kind="stable")
    inside = ranked[: np.searchsorted(np.cumsum(skymap.probability[ranked]), 0.9) + 1]
    rows = np.flatnonzero(expected.counts[:, inside].any(axis=1))
    row = seen(skymap, facility, at)
    assert row.first is not None
    assert row.last is not None
    assert abs(row.first - (at + timedelta(minutes=10 * int(rows[0])))) <= timedelta(minutes=10)
    assert abs(row.last - (at + timedelta(minutes=10 * int(rows[-1])))) <= timedelta(minutes=10)


def test_a_map_below_the_horizon_is_not_observable() -> None:
    """SkyPortal counted it: secz(-30°) = -2 is below 2.5 (facts, trap L2)."""
    at = datetime(2026, 6, 21, 4, 0, tzinfo=UTC)
    row = seen(cone(0.0, 88.0, 0.5), "DECam", at)
    assert row.probability_now == row.probability_tonight == row.hours == 0.0
    assert row.first is row.last is row.best_airmass is row.minutes_to_peak is None
    assert row.reason == "peak never above airmass 2.5" or row.reason_code == "declination"


def test_a_map_half_above_the_limit_counts_half() -> None:
    """One point cannot say so (facts, trap L3): a narrow ring of the equator seen from near the equator."""
    facility = Facility.from_dict(
        REGISTRY.get("Swope").to_dict()
        | {"latitude": 0.01, "airmass_limit": 1e6, "moon_separation_limit": 0, "sun_altitude_limit": 0}
    )
    row = seen(even_sky(), facility, datetime(2026, 3, 20, 5, 0, tzinfo=UTC))
    assert row.probability_now == pytest.approx(0.5, abs=0.01)
    assert row.probability_tonight == pytest.approx(1.0, abs=0.01)


def test_an_even_sky_counts_by_solid_angle() -> None:
    """Above airmass 2 lies a cap of 60°: (1 - cos 60°) / 2 = a quarter of the sky."""
    facility = REGISTRY.get("DECam").model_copy(
        update={"airmass_limit": 2.0, "declination_max": 90.0, "moon_separation_limit": 0.0}
    )
    row = seen(even_sky(6), facility, datetime(2026, 6, 21, 4, 0, tzinfo=UTC))
    assert row.probability_now == pytest.approx(0.25, abs=0.002)


def test_a_circumpolar_map_counts_all_night() -> None:
    facility = REGISTRY.get("Lisnyky-AZT8").model_copy(update={"moon_separation_limit": 0.0})
    row = seen(cone(0.0, 89.0, 0.3), facility, datetime(2026, 12, 10, 12, 0, tzinfo=UTC))
    assert row.night_starts is not None
    assert row.night_ends is not None
    assert row.hours == pytest.approx((row.night_ends - row.night_starts).total_seconds() / 3600.0, abs=0.2)
    assert row.best_airmass == pytest.approx(1.0 / np.sin(np.radians(51.3)), abs=0.02)


def test_polar_night_counts_for_24_hours_and_polar_day_for_none() -> None:
    facility = far_north(sun_altitude_limit=-6, moon_separation_limit=0.0)
    overhead = cone(10.0, 80.0, 1.0)
    assert seen(overhead, facility, datetime(2026, 12, 20, tzinfo=UTC)).hours == pytest.approx(24.0)
    light = seen(overhead, facility, datetime(2026, 6, 20, tzinfo=UTC))
    assert light.probability_tonight == 0.0
    assert light.night_starts is None
    assert light.reason_code == "no_night"
    assert light.reason == "not dark within 24 h (sun above -6°)"


def test_the_peak_tells_when_it_comes_up() -> None:
    facility, skymap = REGISTRY.get("ZTF"), cone(150.0, 5.0, 0.2, order=8)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    before = seen(skymap, facility, at)
    assert not before.peak_visible_now
    assert before.minutes_to_peak is not None
    later = seen(skymap, facility, at + timedelta(minutes=before.minutes_to_peak))
    assert later.peak_visible_now
    assert later.minutes_to_peak == 0.0
    earlier = seen(skymap, facility, at + timedelta(minutes=before.minutes_to_peak - 10))
    assert not earlier.peak_visible_now


def test_declination_limits_are_respected() -> None:
    facility = REGISTRY.get("ZTF").model_copy(update={"declination_min": 10.0})
    row = seen(cone(150.0, 5.0, 0.5), facility, datetime(2026, 2, 1, tzinfo=UTC))
    assert row.probability_tonight == 0.0
    assert row.reason == "declination outside its limits (10..90°)"


def test_the_moon_hides_what_is_near_it() -> None:
    from facilities.ephemeris import sky_from
    from skymaps import healpix

    at = datetime(2026, 2, 1, 4, 0, tzinfo=UTC)
    sky = sky_from(at, 24.0, 10.0)
    towards = sky.moon_direction[20] @ sky.to_date
    ra, dec = healpix.degrees_from_vectors(towards)
    row = seen(
        cone(float(ra), float(dec), 0.5),
        REGISTRY.get("ZTF").model_copy(update={"moon_separation_limit": 30.0}),
        at,
    )
    assert row.moon_separation is not None
    assert row.moon_separation < 5.0
    assert row.probability_tonight == 0.0
    assert row.reason == "closer than 30° to the moon"


def test_daylight_is_the_reason_where_the_sun_is_beside_the_map() -> None:
    row = seen(cone(90.0, 23.4, 2.0), "ZTF", datetime(2026, 6, 21, 0, 0, tzinfo=UTC))
    assert row.probability_tonight == 0.0
    assert row.reason == "above airmass 2.5 only in daylight"


def test_a_short_hour_angle_limit_keeps_only_the_meridian() -> None:
    skymap, at = cone(150.0, 5.0, 0.5), datetime(2026, 2, 1, tzinfo=UTC)
    narrow = REGISTRY.get("ZTF").model_copy(update={"hour_angle_limit": 0.5, "moon_separation_limit": 0.0})
    assert seen(skymap, narrow, at).hours == pytest.approx(1.0, abs=0.2)


def test_a_closed_facility_sees_nothing_until_it_opens() -> None:
    skymap = cone(0.0, 89.0, 0.3)
    facility = REGISTRY.get("Lisnyky-AZT8").model_copy(update={"moon_separation_limit": 0.0})
    at = datetime(2026, 12, 10, 16, 0, tzinfo=UTC)
    free = seen(skymap, facility, at)
    until = at + timedelta(hours=5)
    row = seen(skymap, facility, at, closures={facility.name: Closure(facility.name, until, "weather")})
    assert row.probability_now == 0.0
    assert row.first == until
    assert row.hours == pytest.approx(free.hours - 5.0, abs=0.2)
    closed = {facility.name: Closure(facility.name, at + timedelta(hours=30), "weather")}
    row = seen(skymap, facility, at, closures=closed)
    assert row.probability_tonight == 0.0
    assert row.reason == "closed until 2026-12-11 22:00 UTC: weather"
    assert row.reason_code == "closed"


def test_a_facility_marked_closed_says_why() -> None:
    shut = REGISTRY.get("ZTF").model_copy(update={"status": "closed", "status_reason": "mirror coating"})
    row = seen(cone(150.0, 5.0, 0.5), shut, datetime(2026, 2, 1, tzinfo=UTC))
    assert (row.probability_tonight, row.reason) == (0.0, "closed: mirror coating")


@pytest.mark.parametrize("step", [10, 5, 2])
def test_finer_steps_change_little(step: float) -> None:
    skymap = banana(100.0, 10.0)
    coarse, fine = seen(skymap, "DECam"), seen(skymap, "DECam", step_minutes=step)
    assert fine.probability_tonight == pytest.approx(coarse.probability_tonight, abs=0.03)
    assert fine.probability_tonight >= coarse.probability_tonight - 1e-9
    assert fine.hours == pytest.approx(coarse.hours, abs=0.1)


def test_chunks_of_facilities_give_what_all_at_once_give() -> None:
    skymap, everyone = banana(200.0, -30.0), REGISTRY.all()
    whole = observability(skymap, everyone, AT)
    parts = [
        row
        for start in range(0, len(everyone), 31)
        for row in observability(skymap, everyone[start : start + 31], AT)
    ]
    assert best_first(parts) == whole
    assert [row.probability_tonight for row in whole] == sorted(
        (row.probability_tonight for row in whole), reverse=True
    )


def test_every_row_is_consistent_with_itself() -> None:
    for row in observability(banana(200.0, -30.0), REGISTRY.all(), AT):
        assert 0.0 <= row.probability_now <= row.probability_tonight + 1e-12 <= 1.0 + 1e-9
        assert (row.probability_tonight == 0.0) == (row.reason is not None) == (row.reason_code is not None)
        assert row.peak_visible_now == (row.minutes_to_peak == 0.0)
        facility = REGISTRY.get(row.name)
        if row.best_airmass is not None:
            assert 1.0 <= row.best_airmass <= facility.airmass_limit + 1e-4
        if row.first is not None and row.last is not None:
            assert AT <= row.first <= row.last <= AT + timedelta(hours=24)
        assert row.tiles_50 is not None
        assert row.tiles_90 is not None
        assert 1 <= row.tiles_50 <= row.tiles_90


def test_the_report_has_the_keys_of_the_contract() -> None:
    report = report_to_dict(
        observability(cone(150.0, 5.0, 0.5), [REGISTRY.get("ZTF"), REGISTRY.get("HST")], AT), AT
    )
    assert json.loads(json.dumps(report)) == report
    assert report["at"] == "2023-05-18T13:38:00Z"
    assert report["until"] == "2023-05-19T13:38:00Z"
    expected = {
        "name", "probability_now", "probability_tonight", "first", "last", "hours", "best_airmass",
        "peak_visible_now", "minutes_to_peak", "night", "moon_illumination", "moon_separation",
        "tiles_50", "tiles_90", "reason",
    }  # fmt: skip
    for row in report["facilities"]:
        assert expected <= set(row)
        assert set(row["night"]) == {"starts", "ends"}


def test_a_naive_instant_or_a_coarse_grid_is_refused() -> None:
    with pytest.raises(FacilityError, match="aware"):
        observability(even_sky(), [REGISTRY.get("ZTF")], datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(FacilityError, match="at most 10"):
        observability(even_sky(), [REGISTRY.get("ZTF")], AT, step_minutes=15)


@pytest.mark.parametrize("year", [1, 1960, 2100, 9999])
def test_a_year_without_ephemeris_is_refused(year: int) -> None:
    with pytest.raises(FacilityError, match="expected a year from 1972 to 2099"):
        observability(even_sky(), [REGISTRY.get("ZTF")], datetime(year, 12, 31, tzinfo=UTC))


def test_fractions_of_a_second_are_kept_in_the_grid() -> None:
    at = datetime(2026, 12, 10, 20, 0, 0, 400_001, tzinfo=UTC)
    row = seen(cone(0.0, 89.0, 0.3), "Lisnyky-AZT8", at)
    assert row.first == at
    assert row.minutes_to_peak == 0.0


def test_an_arcsecond_map_is_seen_whole_or_not_at_all() -> None:
    skymap = speck(150.0, 5.0)
    row = seen(skymap, "ZTF", datetime(2026, 2, 1, tzinfo=UTC))
    assert row.probability_tonight == 1.0
    assert (row.tiles_50, row.tiles_90) == (1, 1)


def test_the_hub_imports_rows_and_registry_without_the_machinery() -> None:
    import subprocess
    import sys

    program = (
        "import sys, facilities.observability, facilities.registry as r; r.load_registry();"
        "heavy = {'erfa', 'astropy.coordinates', 'scipy', 'healpy', 'mocpy'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
