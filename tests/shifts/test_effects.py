"""What an edit means to people: counted by the clocks and calendars where they live."""

from __future__ import annotations

from typing import Any

from shifts.effects import Resolved, at_night, full_preview
from shifts.people_file import People
from shifts.preview import Preview
from shifts.resolver import resolve
from tests.shifts.rosters import at, layer, roster

FROM, TO = at("2026-11-02T00:00"), at("2026-11-16T00:00")
OFFICE = layer(["ana", "bo"], {"days": 1}, "2026-11-01", "09:00", hours=[{"from": "09:00", "to": "17:00"}])
PEOPLE = People.from_dict(
    {
        "people": [
            {"name": "ana", "timezone": "UTC"},
            {"name": "bo", "timezone": "UTC", "holidays": [{"date": "2026-11-11", "name": "ours"}]},
            {"name": "tui", "timezone": "Pacific/Auckland"},
        ]
    }
)


def edited(before: dict[str, Any], after: dict[str, Any]) -> Preview:
    old, new = (roster(OFFICE, **rest) for rest in (before, after))
    return full_preview(Resolved(old, resolve(old, FROM, TO)), Resolved(new, resolve(new, FROM, TO)), PEOPLE)


def override(begins: str, ends: str, person: str, **rest: str) -> dict[str, Any]:
    return {"overrides": [{"role": "advocate", "person": person, "from": begins, "to": ends, **rest}]}


def test_duty_gained_in_the_night_of_where_one_lives_is_told_and_only_that() -> None:
    noon = override("2026-11-04T09:00", "2026-11-04T12:00", "tui")
    assert edited({}, noon).at_night == {
        "tui": ((at("2026-11-04T09:00"), at("2026-11-04T12:00")),)  # 22:00 to 01:00 in Auckland
    }
    assert edited(noon, noon).at_night == {}
    assert edited({}, override("2026-11-04T09:00", "2026-11-04T12:00", "ana")).at_night == {}


def test_duty_gained_while_away_is_told() -> None:
    away = {"absences": [{"person": "tui", "from": "2026-11-04T10:00", "to": "2026-11-05"}]}
    after = override("2026-11-04T09:00", "2026-11-04T12:00", "tui", replaces="bo") | away
    found = edited(away, after)
    assert found.while_away == {"tui": ((at("2026-11-04T10:00"), at("2026-11-04T12:00")),)}
    assert found.takes_away == ("bo",) and found.touches == ("bo", "tui")
    assert found.worth_asking


def test_rest_is_short_by_what_was_agreed_and_only_where_it_was_not_so_before() -> None:
    late = override("2026-11-03T20:00", "2026-11-03T23:00", "bo")
    ten_hours = (("bo", (at("2026-11-03T23:00"), at("2026-11-04T09:00"))),)
    assert edited({}, late).short_rests == ten_hours
    assert edited({}, late | {"rest": {"hours": 10}}).short_rests == ()
    assert edited({}, late | {"rest": {"hours": 10.5}}).short_rests == ten_hours
    assert edited(late, late).short_rests == ()


def test_fairness_before_and_after_counts_each_ones_own_holidays() -> None:
    found = edited({}, override("2026-11-11T18:00", "2026-11-11T20:00", "bo"))
    was, now = found.fairness["bo"]
    assert now.hours - was.hours == 2.0 and now.holiday_hours - was.holiday_hours == 2.0


def test_two_on_at_once_is_an_overlap_that_is_told_once() -> None:
    both = override("2026-11-04T09:00", "2026-11-04T12:00", "tui")
    (overlap,) = edited({}, both).overlaps_opened
    assert (overlap.start, overlap.end) == (at("2026-11-04T09:00"), at("2026-11-04T12:00"))
    assert edited(both, both).overlaps_opened == ()


def test_nights_are_found_whole_within_long_duty() -> None:
    found = at_night([(at("2026-11-02T00:00"), at("2026-11-04T00:00"))], "UTC")
    assert found == [
        (at("2026-11-02T00:00"), at("2026-11-02T06:00")),
        (at("2026-11-02T22:00"), at("2026-11-03T06:00")),
        (at("2026-11-03T22:00"), at("2026-11-04T00:00")),
    ]
