"""Bugs that people met in other on-call systems, each a test that it is not here, by the issue's number."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from shifts.errors import RosterError
from shifts.resolver import resolve
from tests.shifts.rosters import at, layer, roster

PARIS = {"timezone": "Europe/Paris"}
OFFICE = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "20:00"}]


def test_goalert_4362_cover_over_several_shifts_keeps_them_apart_and_their_gaps() -> None:
    cover = {
        "role": "advocate",
        "person": "chidi",
        "replaces": "ana",
        "from": "2026-11-02",
        "to": "2026-11-07",
    }
    week = layer(["ana"], {"weeks": 1}, "2026-11-02", "00:00", hours=OFFICE)
    period = (at("2026-11-02T00:00"), at("2026-11-07T00:00"))
    plain, covered = (resolve(roster(week, **rest), *period) for rest in ({}, {"overrides": [cover]}))
    assert [(s.start, s.end) for s in covered.shifts] == [(s.start, s.end) for s in plain.shifts]
    assert {s.person for s in covered.shifts} == {"chidi"} and len(covered.shifts) == 5
    assert covered.gaps == plain.gaps


def test_goalert_55_a_weekday_rotation_leaves_nobody_out_for_ever() -> None:
    people = ["ana", "bo", "chidi", "dee", "eli", "fay", "gus"]
    desk = roster(layer(people, {"days": 1}, "2026-11-02", "00:00", hours=OFFICE))
    shifts = resolve(desk, at("2026-11-02T00:00"), at("2027-11-01T00:00")).shifts
    shares = Counter(shift.person for shift in shifts)
    assert set(shares) == set(people) and max(shares.values()) - min(shares.values()) <= 1
    assert [s.person for s in shifts[:8]] == [*people, "ana"]


def test_grafana_3261_nothing_moves_by_an_hour_when_summer_time_ends() -> None:
    desk = roster(layer(["ana", "bo"], {"days": 1}, "2026-10-01", "09:00"), **PARIS)
    shifts = resolve(desk, at("2026-10-20T00:00"), at("2026-11-05T00:00")).shifts
    assert {f"{s.start.astimezone(ZoneInfo('Europe/Paris')):%H:%M}" for s in shifts} == {"09:00"}


@pytest.mark.parametrize("starts", ["2026-03-01", "2026-10-01"])
def test_grafana_5247_a_weekly_rotation_has_no_hour_of_gap_or_overlap_at_a_change(starts: str) -> None:
    desk = roster(layer(["ana", "bo"], {"weeks": 1}, starts, "09:00"), **PARIS)
    resolution = resolve(desk, at(f"{starts}T12:00"), at(f"{starts}T12:00") + timedelta(weeks=12))
    assert resolution.gaps == () and resolution.overlaps == ()


def test_grafana_4208_a_seven_day_recurrence_never_has_an_hour_of_gap() -> None:
    desk = roster(layer(["ana", "bo"], {"days": 7}, "2026-01-05", "00:00"), timezone="America/New_York")
    assert resolve(desk, at("2026-01-06T00:00"), at("2028-01-06T00:00")).gaps == ()


def test_grafana_5455_a_shift_made_across_a_change_keeps_its_local_end() -> None:
    added = {"role": "advocate", "person": "bo", "from": "2026-10-24T20:00", "to": "2026-10-25T08:00"}
    desk = roster(layer(["ana"], {"weeks": 1}, "2026-10-19"), overrides=[added], **PARIS)
    (bo,) = (
        s for s in resolve(desk, at("2026-10-24T00:00"), at("2026-10-26T00:00")).shifts if s.person == "bo"
    )
    assert (bo.start, bo.end) == (at("2026-10-24T18:00"), at("2026-10-25T07:00"))
    assert bo.end - bo.start == timedelta(hours=13)


def test_grafana_4197_a_daily_rotation_on_some_weekdays_outside_utc_has_one_person_on() -> None:
    hours = [{"days": ["mon", "wed", "fri"], "from": "00:00", "to": "24:00"}]
    desk = roster(
        layer(["ana", "bo", "chidi"], {"days": 1}, "2026-11-02", "00:00", hours=hours),
        timezone="Pacific/Auckland",
    )
    resolution = resolve(desk, at("2026-11-02T00:00"), at("2026-11-16T00:00"))
    assert resolution.overlaps == ()
    local = [
        (f"{s.start.astimezone(ZoneInfo('Pacific/Auckland')):%a}", s.person) for s in resolution.shifts[:4]
    ]
    assert local == [("Mon", "ana"), ("Wed", "bo"), ("Fri", "chidi"), ("Mon", "ana")]


def test_grafana_4182_a_swap_moves_with_its_shift_when_the_rule_is_edited() -> None:
    def on(handoff: str) -> list[tuple[str, str, str]]:
        desk = roster(
            layer(["ana", "bo"], {"weeks": 1}, "2026-11-02", handoff),
            swaps=[{"shift": "desk/main/1/bo", "person": "chidi"}],
        )
        shifts = resolve(desk, at("2026-11-10T00:00"), at("2026-11-15T00:00")).shifts
        return [(s.person, s.source, f"{s.start:%m-%dT%H:%M}") for s in shifts]

    assert on("09:00") == [("chidi", "swap", "11-09T09:00")]
    assert on("18:00") == [("chidi", "swap", "11-09T18:00")]


def test_grafana_576_a_whole_day_is_duty_not_a_gap() -> None:
    hours = [{"from": "00:00", "to": "24:00"}]
    desk = roster(layer(["ana", "bo"], {"days": 1}, "2026-11-02", "00:00", hours=hours), **PARIS)
    assert resolve(desk, at("2026-11-02T12:00"), at("2026-12-02T12:00")).gaps == ()


def test_grafana_3096_who_is_on_is_said_after_swaps() -> None:
    desk = roster(
        layer(["ana", "bo"], {"weeks": 1}, "2026-11-02"),
        swaps=[{"shift": "desk/main/0/ana", "person": "chidi"}],
    )
    instant = at("2026-11-05T00:00")
    assert [s.person for s in resolve(desk, instant, instant + timedelta(seconds=1)).on_at(instant)] == [
        "chidi"
    ]


def test_grafana_2787_two_swaps_of_one_shift_are_refused() -> None:
    swaps = [{"shift": "desk/main/0/ana", "person": person} for person in ("bo", "chidi")]
    with pytest.raises(RosterError, match="swaps: 'desk/main/0/ana' stands twice"):
        roster(layer(["ana", "bo"], {"weeks": 1}, "2026-11-02"), swaps=swaps)


@pytest.mark.parametrize(("turn", "expected"), [({"days": 1}, 28), ({"hours": 12}, 56), ({"days": 3}, 10)])
def test_linkedin_215_rotations_need_not_be_weekly(turn: dict[str, int], expected: int) -> None:
    desk = roster(layer(["ana", "bo"], turn, "2026-11-02", "00:00"))
    resolution = resolve(desk, at("2026-11-02T00:00"), at("2026-11-30T00:00"))
    assert len(resolution.shifts) == expected and resolution.gaps == ()


def test_linkedin_424_a_rotation_may_be_monthly() -> None:
    desk = roster(layer(["ana", "bo"], {"months": 1}, "2026-11-01", "00:00"))
    shifts = resolve(desk, at("2026-11-01T00:00"), at("2027-03-01T00:00")).shifts
    assert [(s.person, f"{s.start:%m-%d}") for s in shifts] == [
        ("ana", "11-01"),
        ("bo", "12-01"),
        ("ana", "01-01"),
        ("bo", "02-01"),
    ]


def test_skyportal_who_ever_had_a_shift_is_not_on_for_ever() -> None:
    desk = roster(layer(["ana", "bo"], {"weeks": 1}, "2026-11-02"))
    resolution = resolve(desk, at("2026-11-02T09:00"), at("2026-11-30T09:00"))
    assert [s.person for s in resolution.on_at(at("2026-11-02T09:00"))] == ["ana"]
    assert [s.person for s in resolution.on_at(at("2026-11-09T08:59"))] == ["ana"]
    assert [s.person for s in resolution.on_at(at("2026-11-09T09:00"))] == ["bo"]
