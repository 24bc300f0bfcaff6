"""`nightdesk people …`, as a person types it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.app import main
from tests.shifts.test_roster_commands import EXAMPLES


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


Program = Callable[..., Done]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Program:
    """The program in this process (starting it takes longer than what it does), on a database of its own."""
    monkeypatch.setenv("NIGHTDESK_DATABASE__URL", f"sqlite:///{tmp_path / 'desk.sqlite'}")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, status: int = 0) -> Done:
        monkeypatch.setattr(sys, "argv", ["nightdesk", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = Done(*capfd.readouterr())
        assert (ended.value.code or 0) == status, said.stderr
        return said

    run("people", "import", EXAMPLES / "people.yaml")
    return run


def test_people_are_listed_shown_and_changed(desk: Program) -> None:
    listed = desk("people", "list").stdout
    assert "Asia/Tokyo" in listed and "shifter" in listed
    desk("people", "set", "emi", "quiet", "{from: '22:00', to: '07:00', days: [mon, tue]}")
    desk("people", "permissions", "emi", "roster manager", "trigger:ZTF")
    desk("people", "set", "emi", "email", "emi@example.org")
    emi = json.loads(desk("people", "show", "emi", "--json").stdout)
    assert emi["permissions"] == ["roster_manager", "trigger:ZTF"] and emi["usable"] == ["slack"]
    assert set(emi["now"]) == {"quiet", "on_shift", "on_leave", "working", "holiday"}
    assert "a code is on its way" in desk("people", "verify", "emi", "email").stderr
    assert "enough codes" in desk("people", "verify", "emi", "email", status=1).stderr
    desk("people", "verify", "emi", "email", "--vouch")
    assert "emi@example.org (confirmed)" in desk("people", "show", "emi").stdout
    assert "what is left: email" in desk("people", "unlink", "emi", "slack").stderr
    code = desk("people", "link", "emi").stdout.strip()
    assert re.fullmatch(r"[A-Z2-9]{10}", code)
    desk("people", "remove", "emi")
    assert "emi" not in desk("people", "export", "-").stdout


def test_a_calendars_address_is_shown_once_and_taken_back(desk: Program) -> None:
    made = desk("people", "calendar", "create", "--person", "ana", "--alarm", "30")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/calendar/[\w-]{32,}\.ics\n", made.stdout)
    desk("people", "calendar", "create", "--night", "ZTF")
    feeds = json.loads(desk("people", "calendar", "list", "--json").stdout)
    assert [(f["kind"], f["of"], f["alarms"]) for f in feeds] == [
        ("person", "ana", [30]),
        ("night", "ZTF", []),
    ]
    desk("people", "calendar", "revoke", "1")
    assert json.loads(desk("people", "calendar", "list", "--json").stdout)[0]["revoked"]


def test_conflicts_ahead_are_named_and_none_is_said(desk: Program) -> None:
    assert "Nothing in the next 28 days" in desk("people", "conflicts").stdout
    desk("roster", "import", EXAMPLES / "grandma-like.yaml")
    desk("people", "unlink", "bo", "slack")
    found = json.loads(desk("people", "conflicts", "--json").stdout)
    assert found[0]["text"] == "bo has no verified way to be paged: no address at all"
    assert {each["kind"] for each in found} >= {"unreachable", "holiday"}


def test_the_zones_of_a_country_come_with_the_time_it_is_there(desk: Program) -> None:
    assert "America/Santiago, where it is" in desk("people", "zones", "Chile").stdout


def test_each_thing_that_cannot_be_done_is_said_in_one_line(desk: Program) -> None:
    for said, arguments in {
        "did you mean ana": ("people", "show", "anna"),
        "did you mean Chile": ("people", "zones", "Chille"),
        "has no country": ("people", "set", "ana", "phone", "0612345678"),
        "by sms, voice or whatsapp": ("people", "verify", "ana", "phone", "--by", "pigeon"),
        "no code counts": ("people", "verify", "ana", "email", "--code", "123456"),
        "one of slack, discord": ("people", "link", "ana", "email", "a@b.org"),
        "did you mean ZTF": ("people", "calendar", "create", "--night", "ZTFF"),
        "one of --person, --roster and --night": ("people", "calendar", "create"),
        "there is no calendar #7": ("people", "calendar", "revoke", "7"),
    }.items():
        refused = desk(*arguments, status=1)
        assert said in refused.stderr and refused.stderr.count("\n") == 1
