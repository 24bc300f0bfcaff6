"""`nightdesk roster import|export`, `people import|export` and `duty`, as a person types them."""

from __future__ import annotations

import io
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from bot.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


class Desk(Protocol):
    """The program in this process (starting it takes longer than what it does), on a database of its own."""

    def __call__(self, *arguments: str | Path, status: int = 0, says: str = "") -> Done: ...


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.setenv("NIGHTDESK_DATABASE__URL", f"sqlite:///{tmp_path / 'desk.sqlite'}")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, status: int = 0, says: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["nightdesk", *map(str, arguments)])
        monkeypatch.setattr("bot.cli.rosters._on_a_terminal", lambda: bool(says))
        monkeypatch.setattr("sys.stdin", io.StringIO(says))
        with pytest.raises(SystemExit) as ended:
            main()
        said = Done(*capfd.readouterr())
        assert (ended.value.code or 0) == status, said.stderr
        return said

    return run


def test_what_was_imported_is_exported_and_says_who_is_on(desk: Desk, tmp_path: Path) -> None:
    desk("people", "import", EXAMPLES / "people.yaml")
    imported = desk("roster", "import", EXAMPLES / "grandma-like.yaml")
    assert "+672" in imported.stderr and imported.stdout == ""
    desk("roster", "export", tmp_path / "out.yaml")
    assert (tmp_path / "out.yaml").read_bytes() == (EXAMPLES / "grandma-like.yaml").read_bytes()
    desk("people", "export", tmp_path / "people.yaml")
    assert "10 people: 0 added, 0 changed" in desk("people", "import", tmp_path / "people.yaml").stderr
    said = json.loads(desk("duty", "--at", "2050-01-03T12:00:00Z", "--json").stdout)
    assert {each["role"] for each in said["on"]} == {"advocate", "coordinator"} and said["gaps"] == []
    assert all(each["start"] <= said["at"] < each["end"] for each in said["on"])
    assert "coordinator" in desk("duty").stdout
    ahead = json.loads(desk("duty", "--json").stdout)
    assert {each["role"] for each in ahead["next"]} == {"advocate", "coordinator"}
    assert all(each["start"] > ahead["at"] for each in ahead["next"])


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


def test_on_a_terminal_nothing_that_takes_shifts_from_anybody_is_published_unasked(
    desk: Desk, tmp_path: Path
) -> None:
    file, edited = EXAMPLES / "growth-like.yaml", tmp_path / "edited.yaml"
    edited.write_text(file.read_text().replace("members: [bo, ana, ivo]", "members: [bo, ivo]"))
    first = desk("roster", "import", file, says="\n")
    assert "version 1 is published" in first.stderr
    refused = desk("roster", "import", edited, says="n\n", status=1)
    assert "not published; version 1 of growth-like stays" in refused.stderr
    assert "version 2 is published" in desk("roster", "import", edited, says="y\n").stderr
    again = desk("roster", "import", "--yes", file, says="n\n")
    assert "version 3 is published" in again.stderr and "publish this" not in again.stderr


def test_a_preview_shows_each_in_their_own_time_and_what_to_look_at_twice(desk: Desk, tmp_path: Path) -> None:
    file, edited = EXAMPLES / "growth-like.yaml", tmp_path / "edited.yaml"
    edited.write_text(
        file.read_text()
        .replace("members: [bo, ana, ivo]", "members: [bo, gus]")
        .replace('to: "17:00"', 'to: "15:00"')
        + "absences: [{person: bo, from: 2026-11-24, to: 2026-11-25}]\n"
    )
    asked = ("roster", "preview", edited, "--against", file, "--people", EXAMPLES / "people.yaml")
    period = ("--from", "2026-11-16", "--to", "2026-12-14")
    said = desk(*asked, *period).stdout
    assert "gus (America/Los_Angeles)" in said and "PST" in said
    assert "a gap opens: 16 Nov 23:00 – 17 Nov 00:00 UTC; ana would be paged" in said
    assert "gus rests only" in said and "gus gains" in said and "in their nights" in said
    told = json.loads(desk(*asked, *period, "--json").stdout)
    assert told["touches"] == sorted({each["person"] for each in told["changes"]})
    assert told["fairness"]["gus"]["after"]["nights"] > told["fairness"]["gus"]["before"]["nights"] == 0
    assert len(told["gaps_opened"]) == 28 and told["while_away"] == {}


def test_shifts_go_out_as_a_table_and_come_back_over_a_roster(desk: Desk, tmp_path: Path) -> None:
    desk("people", "import", EXAMPLES / "people.yaml")
    desk("roster", "import", EXAMPLES / "growth-like.yaml")
    for name in ("out.csv", "out.ics"):
        period = ("--from", "2099-03-02T09:00", "--to", "2099-03-09T09:00")
        desk("roster", "export", tmp_path / name, *period)
        over = ("--preview", "--over", "growth-like")
        said = desk("roster", "import", tmp_path / name, *over)
        assert "No shift changes" in said.stdout
    table = (tmp_path / "out.csv").read_text().splitlines()
    assert table[0].startswith("role,person,from,to,") and len(table) >= 21
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("person,from,to\nanna,2099-03-02,2099-03-03\n")
    refused = desk("roster", "import", wrong, "--role", "advocate", status=1)
    assert "wrong.csv: line 2: no person is called 'anna'; did you mean" in refused.stderr


def test_a_roster_is_generated_checked_and_the_fairness_of_a_period_told(desk: Desk, tmp_path: Path) -> None:
    people = ("--people", EXAMPLES / "people.yaml")
    out = tmp_path / "sun.yaml"
    period = ("--from", "2030-12-30", "--to", "2031-03-03")
    made = desk("roster", "generate", *period, *people, "-o", out)
    assert "the day divided" in made.stderr and "Fairness" in made.stderr
    checked = desk("roster", "check", out, "--from", "2031-01-01", "--to", "2031-02-01", *people)
    assert "No gaps." in checked.stdout
    desk("people", "import", EXAMPLES / "people.yaml")
    desk("roster", "import", out)
    fairness = ("roster", "fairness", "--from", "2031-01-01", "--to", "2031-02-01", "--json")
    told = json.loads(desk(*fairness).stdout)
    assert sum(each["hours"] for each in told.values()) == pytest.approx(31 * 24)
    carried = tmp_path / "carried.json"
    carried.write_text(json.dumps(told | {"ana": {"hours": 500, "pages": 9}}))
    less = desk("roster", "generate", *period, *people, "--carried", carried, "-o", "-").stdout
    assert not [line for line in less.splitlines() if "members" in line and re.search(r"\bana\b", line)]
    lonely = desk("roster", "generate", *period, *people, "--person", "bo")
    assert "nobody is awake from 21:00 to 07:00 UTC" in lonely.stderr
    for wrong in (("--waking", "8-22"), ("--person", "bob"), ("--longest", "2")):
        refused = desk("roster", "generate", *period, *people, *wrong, status=1)
        assert refused.stderr.count("\n") == 1 and refused.stdout == ""
