# ruff: noqa: E501 - rosters of one line each
"""`nightdesk roster check`: the JSON, fairness counted by hand, warnings, exit status."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shifts.check import check
from shifts.fairness import burden
from shifts.people_file import People
from tests import warm_program
from tests.shifts.rosters import at, layer, roster

ROOT = Path(__file__).resolve().parents[2]
WEEK = layer(["ana", "bo"], {"weeks": 1}, "2026-10-19")


def nightdesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = warm_program.run(["bot", *arguments], cwd=ROOT)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "roster.yaml"
    path.write_text(
        "roster: desk\ntimezone: Europe/Paris\nroles: {advocate: {fallback: ana}}\n"
        "layers:\n- {name: main, role: advocate, members: [ana, bo], starts: 2026-10-19, handoff: 09:00, "
        "turn: {weeks: 1}, until: 2026-11-02}\n"
    )
    return path


def test_the_json_has_the_keys_that_stay(file: Path) -> None:
    done = nightdesk("roster", "check", str(file), "--from", "2026-10-20", "--to", "2026-11-03", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["shifts"] == [
        {
            "id": "desk/main/0/ana",
            "role": "advocate",
            "person": "ana",
            "start": "2026-10-20T00:00:00Z",
            "end": "2026-10-26T08:00:00Z",
            "source": "rotation",
            "local_start": "2026-10-20T02:00:00+02:00",
            "local_end": "2026-10-26T09:00:00+01:00",
            "timezone": "Europe/Paris",
        },
        {
            "id": "desk/main/1/bo",
            "role": "advocate",
            "person": "bo",
            "start": "2026-10-26T08:00:00Z",
            "end": "2026-11-02T08:00:00Z",
            "source": "rotation",
            "local_start": "2026-10-26T09:00:00+01:00",
            "local_end": "2026-11-02T09:00:00+01:00",
            "timezone": "Europe/Paris",
        },
    ]
    gap = {
        "role": "advocate",
        "start": "2026-11-02T08:00:00Z",
        "end": "2026-11-03T00:00:00Z",
        "fallback": "ana",
    }
    assert said["gaps"] == [{**gap, "on": 0}]
    assert said["overlaps"] == [] and said["warnings"] == []
    assert (said["roster"], said["from"], said["to"]) == (
        "desk",
        "2026-10-20T00:00:00Z",
        "2026-11-03T00:00:00Z",
    )
    assert said["fairness"] == {
        "ana": {"hours": 152.0, "nights": 7, "weekend_hours": 49.0, "holiday_hours": 0.0, "pages": 0},
        "bo": {"hours": 168.0, "nights": 7, "weekend_hours": 48.0, "holiday_hours": 0.0, "pages": 0},
    }


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nowhere.yaml", "--from", "2026-10-20", "--to", "2026-11-03"], 1, "nowhere.yaml: cannot be read"),
        (["{file}", "--from", "2026-11-20", "--to", "2026-11-03"], 1, "--to 2026-11-03 is not after --from"),
        (["{file}", "--from", "yesterday", "--to", "2026-11-03"], 1, "'yesterday' is not a time"),
        (["{file}", "--from", "0001-01-01", "--to", "2026-11-03"], 1, "is not within the years"),
        (["{file}", "--from", "2026-11-03"], 2, "--to"),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(
    file: Path, arguments: list[str], status: int, said: str
) -> None:
    done = nightdesk("roster", "check", *(each.format(file=file) for each in arguments))
    assert done.returncode == status
    assert said in done.stderr and "Traceback" not in done.stderr and done.stdout == ""
    if status == 1:
        assert done.stderr.count("\n") == 1


def test_a_person_reads_a_table(file: Path) -> None:
    done = nightdesk("roster", "check", str(file), "--from", "2026-10-20", "--to", "2026-11-03")
    assert done.returncode == 0
    assert "Mon 26 Oct 09:00 – Mon 02 Nov 09:00 CET" in done.stdout
    assert "Gaps" in done.stdout and "Fairness" in done.stdout


def test_people_read_their_shifts_and_count_their_nights_in_their_own_zone() -> None:
    people = People.from_dict(
        {
            "people": [
                {"name": "ana", "timezone": "America/Santiago", "country": "CL", "email": "ana@example.org"},
                {"name": "bo", "timezone": "Asia/Tokyo"},
            ]
        }
    )
    desk = roster(
        layer([["ana", "bo"]], {"days": 1}, "2026-11-01", "00:00", hours=[{"from": "01:00", "to": "05:00"}]),
        holidays=[{"calendar": "FR"}],
    )
    checked = check(desk, at("2026-12-07T00:00"), at("2026-12-09T00:00"), people)
    ana, bo = checked.fairness["ana"], checked.fairness["bo"]
    # 01:00 to 05:00 UTC is 22:00 to 02:00 in Santiago, 10:00 to 14:00 in Tokyo; 8 December is a holiday in Chile
    assert (ana.hours, ana.nights, ana.holiday_hours) == (8.0, 2, 2.0)
    assert (bo.hours, bo.nights, bo.holiday_hours) == (8.0, 0, 0.0)
    first: dict[str, Any] = next(s for s in checked.to_dict()["shifts"] if s["person"] == "ana")
    assert first["local_start"] == "2026-12-06T22:00:00-03:00" and first["timezone"] == "America/Santiago"
    assert "bo cannot be paged: no slack, discord, email or phone" in checked.warnings


def test_burden_of_a_night_that_is_an_hour_longer() -> None:
    paris = ZoneInfo("Europe/Paris")
    once = burden([(at("2026-10-24T20:00"), at("2026-10-25T05:00"))], paris, {})
    assert (once.hours, once.nights, once.weekend_hours) == (9.0, 1, 9.0)


def test_less_than_an_hour_of_a_night_is_no_night() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert burden([(at("2026-11-02T16:00"), at("2026-11-02T21:59"))], paris, {}).nights == 0
    assert burden([(at("2026-11-02T16:00"), at("2026-11-02T22:00"))], paris, {}).nights == 1


def test_time_in_two_roles_at_once_counts_once() -> None:
    deputy = {**layer(["ana"], {"weeks": 1}, "2026-10-19"), "role": "deputy"}
    desk = roster(layer(["ana"], {"weeks": 1}, "2026-10-19"), deputy)
    assert check(desk, at("2026-10-20T00:00"), at("2026-10-22T00:00")).fairness["ana"].hours == 48.0


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ({"roles": {"advocate": {}, "deputy": {}}}, "roles deputy: no layer fills it"),
        ({"people": ["ana", "bo", "chidi"]}, "people: chidi has no turn, no override and is nobody's fallback"),
        (
            {"overrides": [{"role": "advocate", "person": "chidi", "replaces": "bo", "from": "2026-10-25T02:30", "to": "2026-10-25T12:00"}]},
            "overrides #1: from 2026-10-25T02:30 comes twice in Europe/Paris; the first is meant, 2026-10-25T00:30Z",
        ),
        (
            {"overrides": [{"role": "advocate", "person": "chidi", "replaces": "bo", "from": "2026-10-25T01:30", "to": "2026-10-25T12:00"}]},
            "overrides #1: bo has no shift as advocate from 2026-10-25T01:30 to 2026-10-25T12:00, so chidi is added",
        ),
        (
            {
                "overrides": [{"role": "advocate", "person": "chidi", "from": "2026-10-25T01:30", "to": "2026-10-25T12:00"}],
                "absences": [{"person": "chidi", "from": "2026-10-25", "to": "2026-10-26"}],
            },
            "chidi is on as advocate by override from 2026-10-24T23:30Z to 2026-10-25T11:00Z, but away then",
        ),
        (
            {"fixed": [{"role": "advocate", "from": "2026-10-24", "to": "2026-10-26", "shifts": [{"person": "bo", "from": "2026-10-24", "to": "2026-10-25T02:15"}]}]},
            "fixed #1 shifts #1: to 2026-10-25T02:15 comes twice in Europe/Paris; the last is meant, 2026-10-25T01:15Z",
        ),
        (
            {"absences": [{"person": p, "from": "2026-10-25", "to": "2026-10-26"} for p in ("ana", "bo")]},
            "roles advocate: nobody would be paged in its gaps (the first from 2026-10-24T22:00Z): name a fallback",
        ),
    ],
)  # fmt: skip
def test_what_to_look_at_twice_is_said(rest: dict[str, Any], said: str) -> None:
    checked = check(
        roster(WEEK, timezone="Europe/Paris", **rest), at("2026-10-20T00:00"), at("2026-11-02T00:00")
    )
    assert said in checked.warnings


def test_a_handoff_that_never_comes_is_told_with_its_day() -> None:
    desk = roster(layer(["ana", "bo"], {"days": 1}, "2026-03-01", "02:30"), timezone="Europe/Paris")
    (said,) = check(desk, at("2026-03-20T00:00"), at("2026-04-01T00:00")).warnings
    assert (
        said
        == "layers main: on 2026-03-29 02:30 in Europe/Paris never comes: the first instant after it counts"
    )
