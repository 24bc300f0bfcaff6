"""The life of a roster on the command line: exceptions previewed and made, shifts offered and taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app
from shifts.errors import RosterError

ROSTER = """
roster: gw
timezone: Europe/Paris
people: [ana, bo, chidi]
roles: {advocate: {fallback: chidi}}
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-01-05, handoff: "09:00", turn: {weeks: 1}}
"""
PEOPLE = """
- {name: ana, timezone: Europe/Paris, slack: U0ANA}
- {name: bo, timezone: UTC, slack: U0BOB}
- {name: chidi, timezone: Africa/Lagos}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NIGHTDESK_DATABASE__URL", f"sqlite:///{tmp_path / 'nightdesk.sqlite'}")
    (tmp_path / "gw.yaml").write_text(ROSTER)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    run("people", "import", "people.yaml")
    run("roster", "import", "gw.yaml")
    yield tmp_path


def day(ahead: int) -> str:
    """A date so many days ahead: the command line goes by the machine's clock."""
    return f"{datetime.now(UTC) + timedelta(days=ahead):%Y-%m-%d}"


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def a_shift_of(person: str) -> str:
    """The id of the last shift of a person in the weeks ahead: one that has not begun."""
    return run("roster", "shifts", "--person", person, "--days", "25").stdout.split()[-1]


def test_an_override_is_previewed_made_and_taken_back(folder: Path) -> None:
    span = ("--from", f"{day(20)}T08:00", "--to", f"{day(21)}T08:00")
    words = ("roster", "override", "gw", "advocate", *span, "--person", "chidi")
    assert "chidi" in run(*words, "--preview").stdout
    assert "overrides" not in run("roster", "export", "-").stdout
    assert "version 2 is published" in run(*words, "--version", "1").stderr
    exported = run("roster", "export", "-").stdout
    assert exported.startswith(ROSTER) and "overrides:\n  - {role: advocate, person: chidi" in exported
    with pytest.raises(RosterError, match=r"published version 2 at .* overrides: nothing"):
        run(*words, "--version", "1")
    run("roster", "undo", "gw", "overrides", "1")
    assert "overrides" not in run("roster", "export", "-").stdout


def test_a_shift_is_offered_countered_and_taken(folder: Path) -> None:
    shift = a_shift_of("bo")
    assert "bo (advocate)" in run("roster", "swap", "offer", shift, "--to", "chidi", "--as", "bo").stdout
    with pytest.raises(RosterError, match="offer 1 was not made to ana but to chidi"):
        run("roster", "swap", "accept", "1", "--as", "ana")
    assert "is published" in run("roster", "swap", "accept", "1", "--as", "chidi").stderr
    assert run("roster", "swap", "list").stdout == ""
    assert "taken by chidi" in run("roster", "swap", "list", "--all").stdout
    assert a_shift_of("chidi") == shift.replace("/bo", "/chidi")


def test_absences_notes_reminders_and_holes(folder: Path) -> None:
    assert "gw: version 2" in run("roster", "absent", "ana", "--from", day(30), "--to", day(39)).stderr
    run("roster", "note", "gw", "advocate", "All quiet.", "--as", "ana")
    shown = run("roster", "remind", "ana", "--before", "2h", "--before", "30min", "--by", "slack").stdout
    assert shown == "2 h before, by slack\n30 min before, by slack\n"
    run("roster", "remind", "ana", "--never")
    assert run("roster", "remind", "ana").stdout == ""
    assert "before" in run("roster", "remind", "bo").stdout
    shift = a_shift_of("bo")
    run("roster", "swap", "give", shift, "chidi")
    assert "chidi (advocate) has no verified way to be paged" in run("roster", "holes").stdout
