"""`nightdesk roster import|export`, `people import|export` and `duty`, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"


class Desk:
    """The program on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "NIGHTDESK_DATABASE__URL": f"sqlite:///{folder / 'desk.sqlite'}"}

    def __call__(self, *arguments: str | Path, status: int = 0) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "bot", *map(str, arguments)]
        done = subprocess.run(
            program, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False, env=self._environment
        )
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_was_imported_is_exported_and_says_who_is_on(desk: Desk, tmp_path: Path) -> None:
    desk("people", "import", EXAMPLES / "people.yaml")
    assert "+672" in desk("roster", "import", EXAMPLES / "grandma-like.yaml").stdout
    desk("roster", "export", tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_bytes() == (EXAMPLES / "grandma-like.yaml").read_bytes()
    desk("people", "export", tmp_path / "people.yaml")
    assert "10 people: 0 added, 0 changed" in desk("people", "import", tmp_path / "people.yaml").stderr
    said = json.loads(desk("duty", "--at", "2050-01-03T12:00:00Z", "--json").stdout)
    assert {each["role"] for each in said["on"]} == {"advocate", "coordinator"} and said["gaps"] == []
    assert all(each["start"] <= said["at"] < each["end"] for each in said["on"])
    assert "coordinator" in desk("duty").stdout


def test_a_preview_writes_nothing_and_an_edit_of_an_old_version_is_refused(desk: Desk) -> None:
    file = EXAMPLES / "growth-like.yaml"
    desk("roster", "import", "--version", "0", file)
    assert "No shift changes" in desk("roster", "import", "--preview", file).stdout
    refused = desk("roster", "import", "--version", "0", file, status=1)
    assert "published version 1" in refused.stderr and refused.stderr.count("\n") == 1


def test_each_of_the_commands_says_in_one_line_what_is_missing(desk: Desk, tmp_path: Path) -> None:
    for arguments in (
        ("duty",),
        ("roster", "export", str(tmp_path / "out.yaml")),
        ("roster", "import", "nowhere.yaml"),
        ("people", "import", "nowhere.yaml"),
    ):
        refused = desk(*arguments, status=1)
        assert refused.stderr.count("\n") == 1 and refused.stdout == ""
    desk("people", "import", EXAMPLES / "people.yaml")
    assert "which roster? there is none" in desk("roster", "export", "-", status=1).stderr
