"""The picture, and the examples that ship."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shifts.check import check
from shifts.people_file import read_people
from shifts.resolver import resolve
from shifts.roster_file import parse_roster, read_roster, write_roster
from shifts.timeline import gap_rows, nights, role_colours, timeline_png
from tests.shifts.rosters import at, layer, roster

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
FILES = sorted(EXAMPLES.glob("*-like.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_read_exported_checked_and_drawn(path: Path) -> None:
    rules = read_roster(path)
    assert parse_roster(write_roster(rules)) == rules
    people = read_people(EXAMPLES / "people.yaml")
    checked = check(rules, at("2026-10-19T00:00"), at("2026-11-02T00:00"), people)
    assert checked.resolution.shifts and not [
        w for w in checked.warnings if "people file" in w or "paged" in w
    ]
    picture = timeline_png(checked, rules.timezone)
    assert picture.startswith(b"\x89PNG") and len(picture) > 10_000


def test_the_examples_cover_every_hour_of_a_year_but_for_the_gap_that_is_meant() -> None:
    for path in FILES:
        gaps = resolve(read_roster(path), at("2026-10-06T00:00"), at("2027-10-06T00:00")).gaps
        meant = [(at("2026-10-28T17:00"), at("2026-10-28T23:00"))] if path.stem == "grandma-like" else []
        assert [(gap.start, gap.end) for gap in gaps] == meant, path.stem


def test_nobody_of_the_example_that_follows_the_sun_is_on_at_night() -> None:
    people = read_people(EXAMPLES / "people.yaml")
    rules = read_roster(EXAMPLES / "growth-like.yaml")
    checked = check(rules, at("2026-10-06T00:00"), at("2027-10-06T00:00"), people)
    assert all(burden.nights == 0 for burden in checked.fairness.values())


def test_nights_are_shaded_from_22_to_6_where_the_person_lives() -> None:
    period = (at("2026-11-02T00:00"), at("2026-11-05T00:00"))
    shaded = list(nights(period, ZoneInfo("America/Santiago")))
    assert shaded == [
        (at("2026-11-02T01:00") + timedelta(days=k), at("2026-11-02T09:00") + timedelta(days=k))
        for k in range(3)
    ]


def test_a_picture_fits_a_phone_and_shows_trainees_gaps_and_the_change_of_clocks() -> None:
    desk = roster(
        layer(["ana", "bo"], {"days": 1}, "2026-10-21", "09:00"),
        timezone="Europe/Paris",
        shadows=[{"person": "nia", "follows": "bo"}],
    )
    for days in (2, 14, 60):
        checked = check(desk, at("2026-10-20T00:00"), at("2026-10-20T00:00") + timedelta(days=days))
        picture = timeline_png(checked, "Europe/Paris")
        assert int.from_bytes(picture[16:20], "big") == 1350  # dots, in the header of a PNG
    assert role_colours(checked)["advocate"] == role_colours(checked)["advocate shadow"]
    assert gap_rows(checked) == ["advocate"]


def test_a_roster_in_which_nobody_is_on_is_drawn_too() -> None:
    checked = check(
        roster(layer(["ana"], {"days": 1}, "2030-01-01")), at("2026-10-20T00:00"), at("2026-10-21T00:00")
    )
    assert timeline_png(checked, "UTC").startswith(b"\x89PNG")
