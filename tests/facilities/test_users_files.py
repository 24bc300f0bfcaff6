"""What users write themselves: additions, changes of one key, and mistakes that are told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from facilities.facility import FacilityError
from facilities.registry import load_registry

COMPLETE = """
facilities:
  - name: Backyard
    aliases: [BY]
    kind: imager
    site: Behind the house
    latitude: 48.1
    longitude: 11.6
    elevation: 520
    timezone: Europe/Berlin
    field_of_view: {shape: rectangle, width: 0.5, height: 0.4}
    filters: [clear]
    source: measured with a telephone
"""


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str) -> str:
    assert old in COMPLETE
    return COMPLETE.replace(old, new)


def test_a_new_facility_is_added(tmp_path: Path) -> None:
    registry = load_registry([written(tmp_path, COMPLETE)])
    assert len(registry) == len(load_registry()) + 1
    assert registry.get("by").latitude == 48.1
    assert registry.get("Backyard").sun_altitude_limit == -12.0


def test_one_key_is_changed_by_name_or_alias_and_the_others_stay(tmp_path: Path) -> None:
    before = load_registry().get("ZTF")
    path = written(
        tmp_path, "- {name: P48, airmass_limit: 1.8}\n- {name: decam, status: closed, status_reason: snow}\n"
    )
    registry = load_registry([path])
    assert registry.get("ZTF") == before.model_copy(update={"airmass_limit": 1.8})
    assert (registry.get("DECam").status, registry.get("DECam").status_reason) == ("closed", "snow")
    assert registry.get("DECam").name == "DECam"


def test_later_files_win(tmp_path: Path) -> None:
    first = written(tmp_path, "- {name: ZTF, airmass_limit: 1.8, moon_separation_limit: 40}\n", "a.yaml")
    second = written(tmp_path, "- {name: ZTF, airmass_limit: 1.5}\n", "b.yaml")
    ztf = load_registry([first, second]).get("ZTF")
    assert (ztf.airmass_limit, ztf.moon_separation_limit) == (1.5, 40.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            changed("latitude: 48.1\n    longitude: 11.6", "latitude: 11.6\n    longitude: 48.1"),
            "look swapped",
        ),
        (changed("latitude: 48.1", "latitude: 148.1"), "latitude 148.1 is outside -90..90; swapped"),
        (changed("longitude: 11.6", "longitude: 348.4"), "counted 0..360 it would be -11.6"),
        (changed("longitude: 11.6", "longitude: -411.6"), "outside -180..180"),
        (changed("longitude: 11.6", "longitude: -118.2"), "does not fit time zone Europe/Berlin"),
        (changed("elevation: 520", "elevation: 9186"), "if these are feet it would be 2800 m"),
        (changed("elevation: 520", "elevation: -2000"), "below every shore"),
        (changed("elevation: 520", "elevation: null"), "elevation missing"),
        (changed("latitude: 48.1\n    longitude: 11.6", "latitude: 0\n    longitude: 0"), "placeholder"),
        (
            changed(
                "latitude: 48.1\n    longitude: 11.6\n    elevation: 520",
                "latitude: 1\n    longitude: 1\n    elevation: 1",
            ),
            "placeholder",
        ),
        (changed("Europe/Berlin", "Europe/Berln"), "near are Europe/Berlin"),
        (changed("elevation: 520", "elevation: high"), "elevation is 'high': input should be a valid number"),
        (changed("elevation: 520", "elevation: .nan"), "finite number"),
        (
            changed("filters: [clear]", "airmass_limit: 0.9"),
            "airmass_limit is 0.9: input should be greater than or equal to 1",
        ),
        (
            changed("filters: [clear]", "airmas_limit: 2"),
            "airmas_limit is not a key of a facility; did you mean airmass_limit?",
        ),
        (changed("shape: rectangle, width", "shape: rectangle, widht"), "did you mean width?"),
        (changed("shape: rectangle", "shape: circle"), "a circle is as wide as high"),
        (changed("height: 0.4", "height: 0.4, area: 3"), "more than the outline"),
        (
            changed("filters: [clear]", "declination_min: 20\n    declination_max: 10"),
            "not below declination_max",
        ),
        (changed("    source: measured with a telephone\n", ""), "source is missing"),
        (changed("kind: imager", "kind: imager\n    space: true"), "a space facility has no latitude"),
    ],
)
def test_mistakes_are_told_with_file_entry_and_expectation(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FacilityError) as caught:
        load_registry([path])
    assert str(path) in str(caught.value)
    assert "Backyard" in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("facilities: 3\n", "expected a list of facilities"),
        ("", "expected a list of facilities"),
        ("- 3\n", "entry 1: expected keys and values"),
        ("- {airmass_limit: 2}\n", "`name` among them"),
        ("- {name: ZTF}\n- {name: ztf}\n", "stands twice"),
        ("- {name: ZTF, aliases: [DECam]}\n", "belongs to"),
        ("- [name: {\n", "is not YAML"),
        ("- {name: ZTF, latitude: 243.14}\n", "ZTF: latitude 243.14 is outside"),
    ],
)
def test_files_that_cannot_be_used_are_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(FacilityError) as caught:
        load_registry([path])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(FacilityError, match=r"nowhere\.yaml: cannot be read"):
        load_registry([tmp_path / "nowhere.yaml"])
    (tmp_path / "binary.yaml").write_bytes(b"\x80\x81\xff")
    with pytest.raises(FacilityError, match=r"binary\.yaml: is not YAML"):
        load_registry([tmp_path / "binary.yaml"])


def test_a_space_facility_needs_its_sun_limit(tmp_path: Path) -> None:
    text = """
- name: Cubesat
  kind: satellite
  site: low Earth orbit
  space: true
  field_of_view: {shape: circle, width: 2}
  source: the proposal
"""
    with pytest.raises(FacilityError, match="needs sun_separation_limit"):
        load_registry([written(tmp_path, text)])
    with pytest.raises(FacilityError, match="needs orbit_altitude"):
        load_registry([written(tmp_path, text + "  sun_separation_limit: 45\n  earth_limb_limit: 20\n")])
    cubesat = load_registry([written(tmp_path, text + "  sun_separation_limit: 45\n")]).get("Cubesat")
    assert cubesat.field_of_view.height == 2.0
