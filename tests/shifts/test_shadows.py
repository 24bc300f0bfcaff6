"""Trainees go along with whom they shadow, and are counted and paged for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from shifts.check import check
from shifts.errors import RosterError
from shifts.resolver import resolve
from tests.shifts.rosters import at, layer, roster

WEEK = layer(["ana", "bo"], {"weeks": 1}, "2026-11-02")
FROM, TO = at("2026-11-02T09:00"), at("2026-11-30T09:00")


def shadowed(shadow: dict[str, Any], **rest: Any) -> list[tuple[str, str, str]]:
    resolution = resolve(roster(WEEK, shadows=[shadow], **rest), FROM, TO)
    return [
        (s.person, f"{s.start:%m-%dT%H}", f"{s.end:%m-%dT%H}")
        for s in resolution.shifts
        if s.role == "advocate shadow"
    ]


def test_a_trainee_has_the_shifts_of_whom_they_follow_within_their_time() -> None:
    assert shadowed({"person": "nia", "follows": "ana", "to": "2026-11-20"}) == [
        ("nia", "11-02T09", "11-09T09"),
        ("nia", "11-16T09", "11-20T00"),
    ]


def test_a_trainee_follows_swaps_and_overrides_and_is_not_on_while_away() -> None:
    swap = {"shift": "desk/main/1/bo", "person": "ana"}
    away = {"person": "nia", "from": "2026-11-10", "to": "2026-11-11"}
    off = {"role": "advocate", "replaces": "ana", "from": "2026-11-16", "to": "2026-11-30"}
    told = shadowed({"person": "nia", "follows": "ana"}, swaps=[swap], absences=[away], overrides=[off])
    assert told == [
        ("nia", "11-02T09", "11-09T09"),
        ("nia", "11-09T09", "11-10T00"),
        ("nia", "11-11T00", "11-16T00"),
    ]


def test_who_shadows_a_layer_is_on_with_everybody_of_it_and_not_beside_themselves() -> None:
    assert [span[1] for span in shadowed({"person": "nia", "layer": "main"})] == [
        "11-02T09", "11-09T09", "11-16T09", "11-23T09",
    ]  # fmt: skip
    assert [span[1] for span in shadowed({"person": "bo", "layer": "main"})] == ["11-02T09", "11-16T09"]


def test_a_trainee_fills_no_gap_makes_no_overlap_and_is_not_the_advocate() -> None:
    shadow = {"person": "nia", "follows": "ana"}
    for rules in ({}, {"roles": {"advocate": {"minimum": 2}}}):
        plain = resolve(roster(WEEK, **rules), FROM, TO)
        resolution = resolve(roster(WEEK, shadows=[shadow], **rules), FROM, TO)
        assert (resolution.gaps, resolution.overlaps) == (plain.gaps, plain.overlaps)
    assert [s.person for s in resolution.on_at(at("2026-11-03T00:00"), "advocate")] == ["ana"]
    assert roster(WEEK, shadows=[shadow]).role_rules["advocate shadow"].minimum == 0


def test_hours_that_a_trainee_went_along_count_in_fairness() -> None:
    desk = roster(WEEK, shadows=[{"person": "nia", "follows": "ana"}])
    assert check(desk, FROM, TO).fairness["nia"].hours == 14 * 24


def test_two_shadows_of_one_trainee_give_one_shift_with_one_id() -> None:
    desk = roster(WEEK, shadows=[{"person": "nia", "follows": "ana"}, {"person": "nia", "layer": "main"}])
    shifts = resolve(desk, FROM, TO).shifts
    assert len({s.id for s in shifts}) == len(shifts) == 8


def test_a_shadow_reads_the_same_from_whatever_interval() -> None:
    shadow = {"person": "nia", "follows": "ana", "from": "2026-11-04"}
    desk = roster(
        WEEK, shadows=[shadow], absences=[{"person": "nia", "from": "2026-11-06", "to": "2026-11-07"}]
    )
    whole = {s.id: s for s in resolve(desk, FROM, TO).shifts}
    for day in range(3, 29):
        for each in resolve(desk, at(f"2026-11-{day:02}T06:00"), at(f"2026-11-{day:02}T07:00")).shifts:
            assert whole[each.id] == each


@pytest.mark.parametrize(
    ("shadow", "said"),
    [
        ({"person": "nia"}, "shadows #1: expected either follows, with a person, or layer"),
        ({"person": "nia", "follows": "nia"}, "nia cannot shadow nia"),
        ({"person": "nia", "layer": "mian"}, "shadows #1: no layer is called 'mian'; did you mean main?"),
        ({"person": "nia", "follows": "ana", "role": "advocat"}, "did you mean advocate?"),
        ({"person": "nia", "follows": "ana", "from": "2026-11-04", "to": "2026-11-03"}, "is not after from"),
    ],
)
def test_each_mistake_in_a_shadow_gets_one_clear_sentence(shadow: dict[str, str], said: str) -> None:
    with pytest.raises(RosterError) as refused:
        roster(WEEK, shadows=[shadow])
    assert said in str(refused.value)


def test_a_role_that_is_called_like_a_trainees_is_refused() -> None:
    with pytest.raises(RosterError, match="trainees are listed under shadows"):
        roster(WEEK, roles={"advocate": {}, "advocate shadow": {}})
