"""`notice`, `skymap`, `observability`, `facilities`, `simulate`: the contract that scripts rely on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from simulation.night import KINDS, simulate, write_series
from skymaps.shapes import Cone
from skymaps.writer import write_skymap
from tests.bot.program import nightdesk

NOTICE = {
    "format",
    "mission",
    "instrument",
    "kind",
    "event",
    "alert_type",
    "role",
    "trigger_time",
    "issued",
    "significant",
    "far",
    "classification",
    "properties",
    "position",
    "skymap",
    "coincidence",
    "tags",
    "links",
}
POSITION = {"ra", "dec", "radius", "containment", "systematic_included", "sigma"}
SKYMAP = {
    "pixels",
    "max_order",
    "area_50",
    "area_90",
    "probability_in_100_deg2",
    "probability_in_500_deg2",
    "peak",
    "distance_mean",
    "distance_std",
    "distance_05",
    "distance_50",
    "distance_95",
    "volume_50",
    "volume_90",
    "galactic_fraction",
    "sun_separation",
    "moon_separation",
    "modes_90",
}
ROW = {
    "name",
    "probability_now",
    "probability_tonight",
    "first",
    "last",
    "hours",
    "best_airmass",
    "peak_visible_now",
    "minutes_to_peak",
    "night",
    "moon_illumination",
    "moon_separation",
    "tiles_50",
    "tiles_90",
    "reason",
}
FACILITY = {
    "name",
    "aliases",
    "site",
    "latitude",
    "longitude",
    "elevation",
    "timezone",
    "space",
    "sun_altitude_limit",
    "airmass_limit",
    "hour_angle_limit",
    "declination_min",
    "declination_max",
    "moon_separation_limit",
    "field_of_view",
    "filters",
    "status",
    "source",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A burst and a neutrino of our own making, a FITS map, and things that are none of these."""
    folder = tmp_path_factory.mktemp("files")
    grb = write_series(simulate("grb"), folder / "grb")
    neutrino = write_series(simulate("neutrino"), folder / "neutrino")
    made = {"grb": grb[-1], "alert": grb[0], "neutrino": neutrino[0], "folder": folder / "grb"}
    contents = {
        "fits": ("map.fits", write_skymap(Cone(197.45, -23.38, 2.0).to_skymap())),
        "gz": ("neutrino.json.gz", gzip.compress(neutrino[0].read_bytes())),
        "cut": ("cut.json.gz", gzip.compress(neutrino[0].read_bytes())[:-20]),
        "broken": ("broken.json", b'{"a": NaN'),
        "empty": ("empty.json", b""),
    }
    for name, (file, content) in contents.items():
        made[name] = folder / file
        made[name].write_bytes(content)
    return made


def _refused(words: str, *arguments: object, folder: Path) -> None:
    """Status 1, nothing on standard output, one line on standard error, and that says `words`."""
    ended = nightdesk(*arguments, folder=folder)
    assert ended.status == 1, ended.errors
    assert ended.out == ""
    assert len(ended.errors.splitlines()) == 1, ended.errors
    assert words in ended.errors


def test_one_notice_is_one_object_with_the_keys_of_the_contract(
    files: dict[str, Path], tmp_path: Path
) -> None:
    ended = nightdesk("notice", files["neutrino"], "--json", folder=tmp_path)
    assert ended.status == 0
    assert set(ended.json) >= NOTICE
    assert set(ended.json["position"]) == POSITION
    assert ended.json["mission"] == "IceCube"
    assert ended.json["tags"] == sorted(ended.json["tags"])
    assert ended.errors == ""


def test_a_packed_notice_says_the_same(files: dict[str, Path], tmp_path: Path) -> None:
    plain = nightdesk("notice", files["neutrino"], "--json", folder=tmp_path)
    assert nightdesk("notice", files["gz"], "--json", folder=tmp_path).json == plain.json


def test_several_notices_are_an_array_and_a_bad_one_among_them_is_told(
    files: dict[str, Path], tmp_path: Path
) -> None:
    ended = nightdesk("notice", files["grb"], files["broken"], files["neutrino"], "--json", folder=tmp_path)
    assert ended.status == 1
    assert [each["mission"] for each in ended.json] == ["Fermi", "IceCube"]
    assert "broken.json" in ended.errors
    assert "Traceback" not in ended.errors


def test_a_folder_is_read_in_the_order_of_its_names(files: dict[str, Path], tmp_path: Path) -> None:
    ended = nightdesk("notice", files["folder"], "--json", folder=tmp_path)
    assert ended.status == 0
    assert [each["kind"] for each in ended.json] == [
        "FERMI_GBM_ALERT", "FERMI_GBM_FLT_POS", "FERMI_GBM_GND_POS", "FERMI_GBM_FIN_POS"
    ]  # fmt: skip
    assert "read 4, refused 0" in ended.errors


@pytest.mark.parametrize(
    ("command", "name", "words"),
    [
        ("notice", "fits", "is a FITS file, not a notice; `nightdesk skymap"),
        ("notice", "cut", "is gzip, but cut short"),
        ("notice", "broken", "broken.json: "),
        ("notice", "empty", "empty message"),
        ("skymap", "alert", "carries no sky map and no position"),
        ("skymap", "broken", "is neither a FITS file nor a notice that can be read"),
        ("skymap", "folder", "cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    files: dict[str, Path], tmp_path: Path, command: str, name: str, words: str
) -> None:
    _refused(words, command, files[name], "--json", folder=tmp_path)


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    _refused("cannot be read: No such file", "notice", tmp_path / "absent.json", folder=tmp_path)


@pytest.mark.parametrize("name", ["fits", "grb"])
def test_a_map_has_the_statistics_of_the_contract(files: dict[str, Path], tmp_path: Path, name: str) -> None:
    ended = nightdesk("skymap", files[name], "--json", folder=tmp_path)
    assert ended.status == 0, ended.errors
    assert set(ended.json) >= SKYMAP
    assert set(ended.json["peak"]) == {"ra", "dec"}
    assert ended.json["distance_mean"] is None
    assert 0.0 < ended.json["area_50"] < ended.json["area_90"]


def test_observability_has_the_rows_of_the_contract_best_first(
    files: dict[str, Path], tmp_path: Path
) -> None:
    arguments = ["--at", "2026-04-01T00:00:00Z", "--facility", "decam", "--facility", "P48", "--json"]
    ended = nightdesk("observability", files["fits"], *arguments, folder=tmp_path)
    assert ended.status == 0, ended.errors
    assert set(ended.json) >= {"at", "until", "facilities"}
    assert (ended.json["at"], ended.json["until"]) == ("2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z")
    rows: list[dict[str, Any]] = ended.json["facilities"]
    assert {row["name"] for row in rows} == {"DECam", "ZTF"}
    assert all(set(row) >= ROW for row in rows)
    assert set(rows[0]["night"]) == {"starts", "ends"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--at", "tomorrow"], "'tomorrow' is not a time; expected ISO 8601"),
        (["--at", "2026-04-01T00:00:00Z", "--facility", "ZFT"], "did you mean ZTF"),
        (["--at", "9999-12-31T23:00:00Z", "--facility", "ZTF"], "expected a year from"),
    ],
)
def test_a_wrong_time_or_name_is_told_with_what_was_expected(
    files: dict[str, Path], tmp_path: Path, arguments: list[str], words: str
) -> None:
    _refused(words, "observability", files["fits"], *arguments, "--json", folder=tmp_path)


def test_facilities_have_the_keys_of_the_contract(tmp_path: Path) -> None:
    facilities = nightdesk("facilities", "--json", folder=tmp_path).json
    assert len(facilities) >= 60
    assert all(set(each) >= FACILITY for each in facilities)
    assert len({each["name"] for each in facilities}) == len(facilities)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["simulate", "supernova", "--out", "x"],
        ["observability", "x.fits"],
        ["run", "--only", "sleep"],
        ["replay", "x", "--speed", "0"],
    ],
)
def test_a_wrong_command_line_ends_with_status_2(tmp_path: Path, arguments: list[str]) -> None:
    ended = nightdesk(*arguments, folder=tmp_path)
    assert ended.status == 2
    assert ended.out == ""
    assert "Traceback" not in ended.errors


def test_simulate_writes_the_same_bytes_for_the_same_seed(tmp_path: Path) -> None:
    for out in ("one", "two"):
        ended = nightdesk("simulate", "grb", "--seed", "7", "--out", out, folder=tmp_path)
        assert ended.status == 0
        assert all(Path(tmp_path, line).is_file() for line in ended.out.splitlines())
    one, two = ([p.read_bytes() for p in sorted((tmp_path / out).iterdir())] for out in ("one", "two"))
    assert one == two
    assert "grb" in KINDS


def test_asking_creates_no_database(tmp_path: Path) -> None:
    for command in (["notice"], ["db", "check"], ["db", "downgrade"]):
        _refused("there is no database yet", *command, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_real_alerts_are_read_and_the_cut_examples_named(shared_data: Path, tmp_path: Path) -> None:
    folders = [shared_data / "lvk-json" / name for name in ("userguide", "S230518h", "skyportal")]
    ended = nightdesk("notice", *folders, "--json", folder=tmp_path)
    assert len(ended.json) == 10
    refused = [line for line in ended.errors.splitlines() if line.startswith("nightdesk: ")]
    assert len(refused) == 3
    assert all("displayexample" in line for line in refused)
    assert json.dumps(ended.json, allow_nan=False)
