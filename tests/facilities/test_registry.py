"""The telescopes that ship with nightdesk, against other people's lists of the same."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import erfa
import pytest
import yaml

from facilities.facility import Facility, FacilityError
from facilities.geography import check_position
from facilities.registry import BUILT_IN, load_registry

REGISTRY = load_registry()
GROUND = [facility for facility in REGISTRY if not facility.space]
SPACE = [facility for facility in REGISTRY if facility.space]

CONTRACT = {
    "name", "aliases", "site", "latitude", "longitude", "elevation", "timezone", "space",
    "sun_altitude_limit", "airmass_limit", "hour_angle_limit", "declination_min", "declination_max",
    "moon_separation_limit",
    "field_of_view", "filters", "status", "source",
}  # fmt: skip


def kilometres(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Great-circle distance of two (latitude, longitude) in degrees, by the dot product."""
    a, b = ([math.radians(value) for value in pair] for pair in (first, second))
    cosine = math.sin(a[0]) * math.sin(b[0]) + math.cos(a[0]) * math.cos(b[0]) * math.cos(a[1] - b[1])
    return 6371.0 * math.acos(max(-1.0, min(1.0, cosine)))


@pytest.fixture(scope="module")
def observatory_codes(shared_data: Path) -> dict[str, tuple[float, float, float]]:
    """Latitude, longitude, elevation by MPC code, from its parallax constants."""
    table = gzip.decompress((shared_data / "telescopes" / "MPC_ObsCodes.txt.gz").read_bytes()).decode()
    places = {}
    for line in table.splitlines()[1:]:
        try:
            longitude, across, up = float(line[4:13]), float(line[13:21]), float(line[21:30])
        except ValueError:
            continue
        turn, radius = math.radians(longitude), 6378137.0
        east, lat, height = erfa.gc2gd(
            1, [radius * across * math.cos(turn), radius * across * math.sin(turn), radius * up]
        )
        places[line[:3]] = (math.degrees(lat), math.degrees(east), float(height))
    return places


def test_there_are_sixty_ground_telescopes_and_a_handful_in_space() -> None:
    assert len(GROUND) >= 60
    assert len(SPACE) >= 8


def test_every_facility_has_the_keys_of_the_contract() -> None:
    for entry in json.loads(json.dumps(REGISTRY.to_dicts())):
        assert set(entry) >= CONTRACT
        assert set(entry["field_of_view"]) >= {"shape", "width", "height"}
        assert entry["source"]
        assert entry["filters"]


def test_a_facility_survives_the_way_to_json_and_back() -> None:
    for facility in REGISTRY:
        assert Facility.from_dict(json.loads(json.dumps(facility.to_dict()))) == facility


@pytest.mark.shared
def test_places_agree_with_the_minor_planet_center(
    observatory_codes: dict[str, tuple[float, float, float]],
) -> None:
    coded = [facility for facility in GROUND if facility.mpc_code]
    assert len(coded) >= 60
    for facility in coded:
        assert facility.latitude is not None
        assert facility.longitude is not None
        assert facility.elevation is not None
        latitude, longitude, height = observatory_codes[str(facility.mpc_code)]
        away = kilometres((facility.latitude, facility.longitude), (latitude, longitude))
        assert away < 2.0, f"{facility.name} is {away:.1f} km from MPC {facility.mpc_code}"
        # the codes give heights above the ellipsoid from rounded constants; one (807) is off by 170 m
        assert abs(facility.elevation - height) < 250.0, f"{facility.name}: MPC has {height:.0f} m"


@pytest.mark.shared
def test_places_without_a_code_agree_with_other_lists(shared_data: Path) -> None:
    theirs = []
    for source in ("skyportal", "grandma"):
        theirs += yaml.safe_load((shared_data / "telescopes" / source / "telescopes.yaml").read_text())
    lisnyky = (50.297817, 30.524632)
    places = [(row["lat"], row["lon"]) for row in theirs if row.get("lat") is not None] + [lisnyky]
    for facility in GROUND:
        if facility.mpc_code is None and facility.name != "DOT":
            assert facility.latitude is not None
            assert facility.longitude is not None
            here = (facility.latitude, facility.longitude)
            nearest = min(kilometres(here, place) for place in places if abs(place[0]) <= 90)
            assert nearest < 3.0, (
                f"{facility.name} is {nearest:.1f} km from any telescope of SkyPortal or GRANDMA"
            )


@pytest.mark.shared
def test_places_agree_with_the_sites_of_astropy(shared_data: Path) -> None:
    sites = json.loads((shared_data / "telescopes" / "sites.json").read_text())
    pairs = {
        "Rubin": "rubin", "SALT": "salt", "Gemini North": "gemini_north", "Gemini South": "gemini_south",
        "WIYN": "wiyn", "OAJ-T80": "OAJ", "Asiago": "ekar", "VLT": "paranal", "TNT-Thai": "TNO", "GIT": "iao",
        "CAHA 2.2m": "CAHA", "OHP-T193": "ohp", "Keck I": "keck", "CFHT": "cfht", "LBT": "lbt",
        "P200": "Palomar",
    }  # fmt: skip
    for name, key in pairs.items():
        facility, site = REGISTRY.get(name), sites[key]
        assert facility.latitude is not None
        assert facility.longitude is not None
        longitude = (site["longitude"] + 180.0) % 360.0 - 180.0
        assert kilometres((facility.latitude, facility.longitude), (site["latitude"], longitude)) < 3.0, name


def test_clocks_fit_longitudes() -> None:
    """The sun is highest within 2.6 h of noon on the wall."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    for facility in GROUND:
        offset = datetime(2026, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(facility.timezone)).utcoffset()
        assert offset is not None
        assert facility.longitude is not None
        assert abs(offset.total_seconds() / 3600.0 - facility.longitude / 15.0) < 2.6, facility.name


def test_a_facility_is_found_by_any_of_its_names_in_any_case() -> None:
    for facility in REGISTRY:
        for name in facility.names:
            assert REGISTRY.get(name) is facility
            assert REGISTRY.get(f" {name.upper()} ") is facility
            assert name in REGISTRY


def test_a_misspelt_name_is_met_with_the_nearest() -> None:
    with pytest.raises(FacilityError, match=r"no facility is called 'DECm'; did you mean DECam"):
        REGISTRY.get("DECm")
    with pytest.raises(FacilityError, match="nightdesk facilities"):
        REGISTRY.get("qqqqqq")


def test_no_entry_of_the_file_repeats_a_default() -> None:
    """The file is for people: what is said there differs from what goes without saying."""
    defaults = {
        "sun_altitude_limit": -12,
        "airmass_limit": 2.5,
        "moon_separation_limit": 15,
        "status": "open",
    }
    for entry in yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))["facilities"]:
        for key, value in defaults.items():
            assert entry.get(key) != value, f"{entry['name']}: {key} {value} is the default"


@pytest.mark.shared
def test_the_mistakes_of_real_files_are_caught(shared_data: Path) -> None:
    """Rows of SkyPortal's telescope list that are wrong, with what is said about each."""
    rows = yaml.safe_load((shared_data / "telescopes" / "skyportal" / "telescopes.yaml").read_text())
    wrong = {
        "TNG": ("Atlantic/Canary", "would be -17.883"),
        "KPNO4m": ("America/Phoenix", "if these are feet it would be 2158 m"),
        "XL216": ("Asia/Shanghai", "latitude 117.964 is outside -90..90; swapped"),
        "C18": ("Asia/Jerusalem", "look swapped"),
        "Ekar": ("Europe/Rome", "look swapped"),
        "PS1": ("Pacific/Honolulu", "latitude 204.5317 is outside"),
        "Swift": ("UTC", "placeholder"),
        "HST": ("UTC", "latitude and longitude and elevation missing"),
        "KMTNet": ("Asia/Seoul", "placeholder"),
        "MASTER-SAAO": ("Africa/Johannesburg", "look swapped"),
    }
    seen = set()
    for row in rows:
        if row["nickname"] in wrong:
            zone, words = wrong[row["nickname"]]
            with pytest.raises(ValueError) as caught:
                check_position(row.get("lat"), row.get("lon"), row.get("elevation"), zone)
            assert words in str(caught.value)
            seen.add(row["nickname"])
    assert seen == set(wrong)
