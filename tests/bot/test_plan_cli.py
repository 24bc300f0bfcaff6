"""`nightdesk plan`: tables, files and pictures from a sky map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.cli.inputs import InputError
from facilities.plan_json import plan_from_dict
from facilities.planning import PlanSettingsError
from skymaps.writer import write_skymap
from tests.facilities.maps import cone

RUN = CliRunner()
AT = ("--at", "2023-05-18T13:38")


@pytest.fixture
def sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "map.fits"
    path.write_bytes(write_skymap(cone(200.0, -30.0, 3.0)))
    return str(path)


def test_a_plan_is_told_as_a_table_and_as_json(sky: str) -> None:
    told = RUN.invoke(app, ["plan", sky, "--facility", "decam", *AT, "--set", "max_tiles=5"])
    assert told.exit_code == 0, told.output
    assert "5 fields in 5 exposures" in " ".join(told.output.split())
    given = RUN.invoke(app, ["plan", sky, "--facility", "DECam", *AT, "--set", "max_tiles=5", "--json"])
    assert plan_from_dict(json.loads(given.stdout)).fields == 5


def test_several_telescopes_are_compared_and_written_with_their_pictures(sky: str, tmp_path: Path) -> None:
    words = ["--facility", "DECam", "--facility", "GOTO-S", "--set", "max_tiles=4", "--out", "plans"]
    told = RUN.invoke(app, ["plan", sky, *words, *AT])
    assert told.exit_code == 0, told.output
    assert "Together" in told.output
    names = {path.name for path in (tmp_path / "plans").iterdir()}
    for facility in ("DECam", "GOTO-S"):
        for ending in (".csv", ".ecsv", ".json", ".geojson", "-tiles.png", "-night.png"):
            assert f"map-{facility}{ending}" in names
    assert "comparison.png" in names


def test_one_format_goes_to_standard_output(sky: str) -> None:
    told = RUN.invoke(app, ["plan", sky, "--facility", "DECam", *AT, "--format", "geojson"])
    assert json.loads(told.stdout)["type"] == "FeatureCollection"


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (["--set", "exposure=3"], PlanSettingsError, "did you mean exposure_time"),
        (["--set", "fast"], InputError, "expected key=value"),
        (["--format", "pdf"], InputError, "expected csv, ecsv, json, geojson, treasuremap"),
        (["--format", "csv", "--json"], InputError, "leave --json"),
    ],
)
def test_what_cannot_be_is_told(sky: str, words: list[str], kind: type[Exception], sentence: str) -> None:
    told = RUN.invoke(app, ["plan", sky, "--facility", "DECam", *AT, *words])
    assert isinstance(told.exception, kind)
    assert sentence in str(told.exception)
