"""Parts of shifts that change hands, schedules that are fixed for a time, and what a change means to each."""

from __future__ import annotations

from typing import Any

import pytest

from shifts.errors import RosterError
from shifts.intervals import union
from shifts.personal import ShiftChange, personal_changes
from shifts.resolver import resolve
from shifts.roster_file import Roster
from tests.shifts.rosters import at, layer, roster

WEEKLY = layer(["ana", "bo"], {"weeks": 1}, "2026-10-19", "09:00")
FROM, TO = at("2026-10-19T09:00"), at("2026-11-16T09:00")


def spans(rules: Roster) -> list[tuple[str, str, str]]:
    shifts = resolve(rules, FROM, TO).shifts
    return [(s.person, f"{s.start:%m-%dT%H}", f"{s.end:%m-%dT%H}") for s in shifts]


def test_a_part_of_a_shift_changes_hands_and_the_rest_stays() -> None:
    part = {
        "shift": "desk/main/0/ana", "person": "chidi", "from": "2026-10-20T18:00Z", "to": "2026-10-21T06:00Z",
    }  # fmt: skip
    rules = roster(WEEKLY, swaps=[part])
    assert spans(rules)[:3] == [
        ("ana", "10-19T09", "10-20T18"),
        ("chidi", "10-20T18", "10-21T06"),
        ("ana", "10-21T06", "10-26T09"),
    ]
    assert resolve(rules, FROM, TO).gaps == ()
    ids = [shift.id for shift in resolve(rules, FROM, TO).shifts]
    assert len(set(ids)) == len(ids)


def test_a_part_is_cut_to_the_shift_when_the_shift_moves() -> None:
    part = {"shift": "desk/main/0/ana", "person": "chidi", "to": "2026-10-19T12:00Z"}
    later = roster({**WEEKLY, "handoff": "11:00"}, swaps=[part])
    assert spans(later)[0] == ("chidi", "10-19T11", "10-19T12")
    gone = roster({**WEEKLY, "handoff": "15:00"}, swaps=[part])
    assert spans(gone)[0] == ("ana", "10-19T15", "10-26T15")


def test_two_parts_of_one_shift_may_go_to_two_people_but_not_overlap() -> None:
    first = {"shift": "desk/main/0/ana", "person": "chidi", "to": "2026-10-20T12:00Z"}
    second = {"shift": "desk/main/0/ana", "person": "dee", "from": "2026-10-20T12:00Z"}
    assert [person for person, _, _ in spans(roster(WEEKLY, swaps=[first, second]))][:2] == ["chidi", "dee"]
    with pytest.raises(RosterError, match="swaps #1 and #2 overlap: both hand over 'desk/main/0/ana'"):
        roster(WEEKLY, swaps=[first, {**second, "from": "2026-10-20T11:00Z"}])


def test_the_part_of_a_swap_names_its_zone() -> None:
    with pytest.raises(RosterError, match="swaps #1: from 2026-10-20T18:00 names no zone"):
        roster(WEEKLY, swaps=[{"shift": "desk/main/0/ana", "person": "bo", "from": "2026-10-20T18:00"}])


CAMPAIGN = {
    "role": "advocate",
    "from": "2026-10-22T00:00",
    "to": "2026-10-29T00:00",
    "shifts": [
        {"person": "chidi", "from": "2026-10-22T00:00", "to": "2026-10-25T00:00"},
        {"person": "dee", "from": "2026-10-25T00:00", "to": "2026-10-28T00:00"},
    ],
}


def test_a_fixed_schedule_has_its_role_to_itself_for_its_time() -> None:
    rules = roster(WEEKLY, fixed=[CAMPAIGN])
    assert spans(rules)[:4] == [
        ("ana", "10-19T09", "10-22T00"),
        ("chidi", "10-22T00", "10-25T00"),
        ("dee", "10-25T00", "10-28T00"),
        ("bo", "10-29T00", "11-02T09"),
    ]
    (gap,) = resolve(rules, FROM, TO).gaps
    assert (gap.start, gap.end) == (at("2026-10-28T00:00"), at("2026-10-29T00:00"))


def test_a_fixed_schedule_reads_the_same_from_whatever_interval() -> None:
    rules = roster(WEEKLY, fixed=[CAMPAIGN])
    whole = {shift.id: shift for shift in resolve(rules, FROM, TO).shifts}
    for day in range(19, 31):
        for shift in resolve(rules, at(f"2026-10-{day}T10:00"), at(f"2026-10-{day}T11:00")).shifts:
            assert whole[shift.id] == shift


def test_an_override_acts_on_a_fixed_schedule() -> None:
    instead = {
        "role": "advocate", "person": "eli", "replaces": "dee", "from": "2026-10-26", "to": "2026-10-27",
    }  # fmt: skip
    rules = roster(WEEKLY, fixed=[CAMPAIGN], overrides=[instead])
    assert ("eli", "10-26T00", "10-27T00") in spans(rules)


def changes(before: Roster | None, after: Roster) -> dict[str, tuple[ShiftChange, ...]]:
    return personal_changes(None if before is None else resolve(before, FROM, TO), resolve(after, FROM, TO))


def test_a_shift_that_moves_is_told_with_before_and_after() -> None:
    found = changes(roster(WEEKLY), roster({**WEEKLY, "handoff": "12:00"}))
    assert [(c.before, c.after) for c in found["bo"]] == [
        (
            (at("2026-10-26T09:00"), at("2026-11-02T09:00")),
            (at("2026-10-26T12:00"), at("2026-11-02T12:00")),
        ),
        (
            (at("2026-11-09T09:00"), at("2026-11-16T09:00")),
            (at("2026-11-09T12:00"), at("2026-11-16T09:00")),
        ),
    ]


def test_a_shift_that_changes_hands_is_told_to_both_with_the_other() -> None:
    after = roster(WEEKLY, swaps=[{"shift": "desk/main/1/bo", "person": "chidi"}])
    found = changes(roster(WEEKLY), after)
    span = (at("2026-10-26T09:00"), at("2026-11-02T09:00"))
    assert found == {
        "bo": (ShiftChange("advocate", span, None, "chidi"),),
        "chidi": (ShiftChange("advocate", None, span, "bo"),),
    }


def test_what_is_only_called_otherwise_is_no_change() -> None:
    renamed = roster({**WEEKLY, "name": "renamed"})
    assert changes(roster(WEEKLY), renamed) == {}


def test_all_that_is_gained_and_lost_is_told() -> None:
    before, after = roster(WEEKLY), roster(WEEKLY, fixed=[CAMPAIGN])
    for person, each in changes(before, after).items():
        for which, other in ((before, "before"), (after, "after")):
            own = union(
                (max(s.start, FROM), min(s.end, TO))
                for s in resolve(which, FROM, TO).shifts
                if s.person == person
            )
            told = union(span for change in each if (span := getattr(change, other)) is not None)
            assert all(any(a <= span[0] and span[1] <= b for a, b in own) for span in told)
    assert set(changes(before, after)) == {"ana", "bo", "chidi", "dee"}


@pytest.mark.parametrize(
    ("fixed", "said"),
    [
        (
            [CAMPAIGN, {**CAMPAIGN, "from": "2026-10-28", "shifts": []}],
            "fixed #1 and #2 overlap: both fill the role",
        ),
        (
            [{**CAMPAIGN, "to": "2026-10-27"}],
            "fixed #1 shifts #2: dee from 2026-10-25T00:00Z to 2026-10-28T00:00Z",
        ),
        ([{**CAMPAIGN, "to": "2026-10-20"}], "fixed #1: to 2026-10-20 is not after from 2026-10-22"),
    ],
)
def test_each_mistake_in_a_fixed_schedule_gets_one_clear_sentence(fixed: list[Any], said: str) -> None:
    with pytest.raises(RosterError) as refused:
        roster(WEEKLY, fixed=fixed)
    assert said in str(refused.value) and "\n" not in str(refused.value)
