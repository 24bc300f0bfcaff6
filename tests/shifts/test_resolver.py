from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shifts.errors import RosterError
from shifts.resolver import resolve
from shifts.roster_file import Roster
from tests.shifts.rosters import at, layer, roster

WEEK = layer(["ana", "bo"], {"weeks": 1}, "2026-10-19")
PARIS = {"timezone": "Europe/Paris"}


def told(desk: Roster, start: str, end: str) -> list[tuple[str, str, str]]:
    """Who is on from when to when, in the resolver's order."""
    return [
        (s.person, f"{s.start:%m-%dT%H:%M}", f"{s.end:%m-%dT%H:%M}")
        for s in resolve(desk, at(start), at(end)).shifts
    ]


def test_a_week_is_seven_local_days_also_when_the_clocks_change() -> None:
    assert told(roster(WEEK, **PARIS), "2026-10-19T07:00", "2026-11-02T08:00") == [
        ("ana", "10-19T07:00", "10-26T08:00"),
        ("bo", "10-26T08:00", "11-02T08:00"),
    ]


def test_a_handoff_in_the_repeated_hour_overlaps_by_that_hour_and_the_overlap_is_told() -> None:
    desk = roster(layer(["ana", "bo"], {"days": 1}, "2026-10-24", "02:30"), **PARIS)
    resolution = resolve(desk, at("2026-10-24T01:00"), at("2026-10-26T00:00"))
    ana, bo = resolution.shifts[:2]
    assert (ana.end, bo.start) == (at("2026-10-25T01:30"), at("2026-10-25T00:30"))
    (overlap,) = resolution.overlaps
    assert (overlap.start, overlap.end, overlap.people) == (bo.start, ana.end, ("ana", "bo"))


def test_hours_turns_count_elapsed_hours_from_the_first_handoff() -> None:
    desk = roster(layer(["ana", "bo", "chidi"], {"hours": 8}, "2026-10-24", "09:00"), **PARIS)
    starts = [s.start for s in resolve(desk, at("2026-10-24T07:00"), at("2026-10-31T07:00")).shifts]
    assert starts == [at("2026-10-24T07:00") + timedelta(hours=8 * k) for k in range(21)]


def test_months_keep_the_day_or_take_the_months_last_and_never_drift() -> None:
    desk = roster(layer(["ana", "bo"], {"months": 1}, "2027-10-31", "00:00"))
    starts = [
        f"{s.start:%Y-%m-%d}" for s in resolve(desk, at("2027-10-31T00:00"), at("2028-05-31T00:00")).shifts
    ]
    assert starts == [
        "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30",
    ]  # fmt: skip


def test_a_turn_that_starts_on_a_leap_day_comes_on_the_last_of_february_in_other_years() -> None:
    desk = roster(layer(["ana", "bo"], {"months": 12}, "2028-02-29", "00:00"))
    starts = [
        f"{s.start:%Y-%m-%d}" for s in resolve(desk, at("2028-02-29T00:00"), at("2032-03-01T00:00")).shifts
    ]
    assert starts == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_people_who_share_a_turn_are_on_together_and_that_is_no_overlap() -> None:
    resolution = resolve(
        roster(
            layer([["ana", "bo"], "chidi"], {"weeks": 1}, "2026-11-02"), roles={"advocate": {"minimum": 2}}
        ),
        at("2026-11-02T09:00"),
        at("2026-11-16T09:00"),
    )
    assert [s.person for s in resolution.shifts] == ["ana", "bo", "chidi"]
    assert resolution.overlaps == ()
    (gap,) = resolution.gaps
    assert (gap.start, gap.end, gap.on) == (at("2026-11-09T09:00"), at("2026-11-16T09:00"), 1)


def test_a_later_layer_wins_where_it_has_somebody_and_only_there() -> None:
    night = layer(["chidi"], {"days": 1}, "2026-11-01", "12:00", hours=[{"from": "22:00", "to": "06:00"}])
    assert told(
        roster(layer(["ana"], {"weeks": 1}, "2026-10-26"), night), "2026-11-03T12:00", "2026-11-04T12:00"
    ) == [
        ("ana", "11-03T06:00", "11-03T22:00"),
        ("chidi", "11-03T22:00", "11-04T06:00"),
        ("ana", "11-04T06:00", "11-04T22:00"),
    ]


def test_a_later_layer_of_another_role_takes_nothing_away() -> None:
    other = {**layer(["chidi"], {"weeks": 1}, "2026-10-26"), "role": "deputy"}
    shifts = resolve(
        roster(layer(["ana"], {"weeks": 1}, "2026-10-26"), other),
        at("2026-10-27T00:00"),
        at("2026-10-28T00:00"),
    ).shifts
    assert {(s.role, s.person) for s in shifts} == {("advocate", "ana"), ("deputy", "chidi")}


def test_where_all_of_a_later_layer_are_away_the_earlier_layer_is_on() -> None:
    above = layer(["chidi"], {"weeks": 1}, "2026-10-26")
    away = [{"person": "chidi", "from": "2026-10-28", "to": "2026-10-29"}]
    desk = roster(layer(["ana"], {"weeks": 1}, "2026-10-26"), above, absences=away)
    assert told(desk, "2026-10-27T09:00", "2026-10-30T09:00") == [
        ("chidi", "10-26T09:00", "10-28T00:00"),
        ("ana", "10-28T00:00", "10-29T00:00"),
        ("chidi", "10-29T00:00", "11-02T09:00"),
    ]


def test_a_layer_ends_with_the_handoff_of_its_until_day() -> None:
    desk = roster(layer(["ana", "bo"], {"weeks": 1}, "2026-10-19", until="2026-10-29"))
    assert told(desk, "2026-10-19T09:00", "2026-12-01T00:00") == [
        ("ana", "10-19T09:00", "10-26T09:00"),
        ("bo", "10-26T09:00", "10-29T09:00"),
    ]


def test_an_absent_members_turn_goes_to_the_next_who_is_present_and_nobody_else_moves() -> None:
    people = ["ana", "bo", "chidi"]
    away = [
        {"person": "bo", "from": "2026-10-25", "to": "2026-11-08"},
        {"person": "chidi", "from": "2026-10-25", "to": "2026-11-01"},
    ]
    plain = roster(layer(people, {"weeks": 1}, "2026-10-19"))
    with_absences = roster(layer(people, {"weeks": 1}, "2026-10-19"), absences=away)
    period = (at("2026-10-19T09:00"), at("2026-12-28T09:00"))
    before = {(s.turn, s.person) for s in resolve(plain, *period).shifts}
    after = resolve(with_absences, *period).shifts
    second_turn = [(s.person, s.start) for s in after if s.turn == "desk/main/1"]
    assert second_turn == [("ana", at("2026-10-26T09:00")), ("chidi", at("2026-11-01T00:00"))]
    assert {(s.turn, s.person) for s in after if s.turn != "desk/main/1"} == {
        b for b in before if b[0] != "desk/main/1"
    }


def test_an_absence_inside_a_turn_gives_away_only_its_own_time() -> None:
    desk = roster(WEEK, absences=[{"person": "ana", "from": "2026-10-21", "to": "2026-10-23"}])
    assert told(desk, "2026-10-19T09:00", "2026-10-26T09:00") == [
        ("ana", "10-19T09:00", "10-21T00:00"),
        ("bo", "10-21T00:00", "10-23T00:00"),
        ("ana", "10-23T00:00", "10-26T09:00"),
    ]


def test_when_everyone_is_away_the_gap_stays_a_gap_and_names_the_fallback() -> None:
    away = [{"person": person, "from": "2026-12-24", "to": "2026-12-26"} for person in ("ana", "bo")]
    desk = roster(WEEK, absences=away, roles={"advocate": {"fallback": "chidi"}})
    resolution = resolve(desk, at("2026-12-21T09:00"), at("2026-12-28T09:00"))
    (gap,) = resolution.gaps
    assert (gap.start, gap.end, gap.fallback) == (at("2026-12-24T00:00"), at("2026-12-26T00:00"), "chidi")
    assert resolution.on_at(at("2026-12-25T00:00")) == ()


def test_absences_from_midnight_work_where_midnight_never_comes() -> None:
    desk = roster(
        layer(["ana", "bo"], {"weeks": 1}, "2026-09-01", "12:00"),
        timezone="America/Santiago",
        absences=[{"person": "ana", "from": "2026-09-06", "to": "2026-09-07"}],
    )
    bo = next(
        s for s in resolve(desk, at("2026-09-02T00:00"), at("2026-09-08T00:00")).shifts if s.person == "bo"
    )
    assert (bo.start, bo.end) == (at("2026-09-06T04:00"), at("2026-09-07T03:00"))


def test_an_override_adds_replaces_or_takes_off() -> None:
    span = {"role": "advocate", "from": "2026-10-20T12:00", "to": "2026-10-20T18:00"}

    def on(**override: str) -> set[str]:
        desk = roster(WEEK, overrides=[{**span, **override}])
        return {
            s.person
            for s in resolve(desk, at("2026-10-19T09:00"), at("2026-10-26T09:00")).on_at(
                at("2026-10-20T15:00")
            )
        }

    assert on(person="chidi") == {"ana", "chidi"}
    assert on(person="chidi", replaces="ana") == {"chidi"}
    assert on(replaces="ana") == set()


def test_an_override_that_finds_nobody_to_replace_adds_its_person_and_says_so() -> None:
    desk = roster(
        WEEK,
        overrides=[
            {
                "role": "advocate",
                "person": "chidi",
                "replaces": "bo",
                "from": "2026-10-20T12:00",
                "to": "2026-10-20T18:00",
            }
        ],
    )
    resolution = resolve(desk, at("2026-10-19T09:00"), at("2026-10-26T09:00"))
    assert {s.person for s in resolution.on_at(at("2026-10-20T15:00"))} == {"ana", "chidi"}
    assert resolution.idle_overrides == (1,)


def test_a_replacement_is_the_same_seen_through_any_interval() -> None:
    override = {
        "role": "advocate",
        "person": "chidi",
        "replaces": "ana",
        "from": "2026-10-20T12:00",
        "to": "2026-11-10T12:00",
    }
    desk = roster(WEEK, overrides=[override])
    whole = resolve(desk, at("2026-10-19T09:00"), at("2026-11-16T09:00"))
    assert "chidi" not in {
        s.person for s in resolve(desk, at("2026-10-28T00:00"), at("2026-10-29T00:00")).shifts
    }
    for day in range(20, 46):
        instant = at("2026-10-01T00:00") + timedelta(days=day, hours=11)
        assert resolve(desk, instant, instant + timedelta(minutes=1)).shifts == whole.on_at(instant)


def test_before_the_first_handoff_there_is_a_gap() -> None:
    (gap,) = resolve(roster(WEEK), at("2026-10-18T00:00"), at("2026-10-20T00:00")).gaps
    assert (gap.start, gap.end) == (at("2026-10-18T00:00"), at("2026-10-19T09:00"))


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-10-20T00:00", "2026-10-20T00:00", "not after its start"),
        ("1800-01-01T00:00", "1800-01-02T00:00", "not within the years"),
        ("2026-01-01T00:00", "2100-01-02T00:00", "longer than"),
    ],
)
def test_an_interval_that_makes_no_sense_is_refused_in_a_sentence(start: str, end: str, said: str) -> None:
    with pytest.raises(RosterError, match=said):
        resolve(roster(WEEK), at(start), at(end))


PEOPLE = ["ana", "bo", "chidi", "dee"]
ZONES = ["UTC", "Europe/Paris", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
CLOCKS = st.sampled_from(["00:00", "02:30", "06:00", "09:00", "18:00", "23:30"])
HOURS = st.lists(
    st.fixed_dictionaries(
        {
            "days": st.lists(st.sampled_from(["mon", "wed", "sat", "sun"]), min_size=1, unique=True),
            "from": CLOCKS,
            "to": CLOCKS,
        }
    ),
    min_size=1,
    max_size=2,
)
LAYERS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["advocate", "deputy"]),
        "members": st.lists(st.sampled_from(PEOPLE) | st.just(["ana", "dee"]), min_size=1, max_size=4),
        "turn": st.sampled_from(
            [{"hours": 6}, {"hours": 36}, {"days": 1}, {"days": 3}, {"weeks": 1}, {"months": 1}]
        ),
        "starts": st.sampled_from(["2026-09-01", "2026-10-19", "2026-10-24"]),
        "handoff": CLOCKS,
        "timezone": st.sampled_from(ZONES),
    },
    optional={"hours": HOURS, "until": st.just("2026-10-27")},
)
MOMENTS = st.datetimes(
    at("2026-10-15T00:00").replace(tzinfo=None), at("2026-11-01T00:00").replace(tzinfo=None)
)
SPANS = st.tuples(MOMENTS, st.integers(1, 200)).map(
    lambda span: {
        "from": f"{span[0]:%Y-%m-%dT%H:%M}",
        "to": f"{span[0] + timedelta(hours=span[1]):%Y-%m-%dT%H:%M}",
    }
)
ABSENCES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), SPANS).map(lambda a: {"person": a[0], **a[1]}), max_size=3
)
OVERRIDES = st.lists(
    st.tuples(st.permutations(PEOPLE), SPANS, st.booleans()).map(
        lambda o: {"role": "advocate", "person": o[0][0], **o[1], **({"replaces": o[0][1]} if o[2] else {})}
    ),
    max_size=1,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(LAYERS, min_size=1, max_size=3), ABSENCES, OVERRIDES)
def test_any_roster_counts_people_as_looking_at_every_instant_does(layers, absences, overrides) -> None:  # type: ignore[no-untyped-def]
    desk = roster(*layers, timezone="Europe/Paris", absences=absences, overrides=overrides)
    start, end = at("2026-10-20T00:00"), at("2026-10-30T00:00")
    resolution = resolve(desk, start, end)
    assert max(Counter(shift.id for shift in resolution.shifts).values(), default=1) == 1
    instant = start
    while instant < end:
        alone = resolve(desk, instant, instant + timedelta(seconds=1))
        assert set(resolution.on_at(instant)) == set(alone.on_at(instant))
        for role in desk.role_rules:
            on = {shift.person for shift in resolution.on_at(instant, role)}
            in_gap = any(g.role == role and g.start <= instant < g.end for g in resolution.gaps)
            assert in_gap == (len(on) < 1)
            if any(o.role == role and o.start <= instant < o.end for o in resolution.overlaps):
                assert len(on) > 1
        instant += timedelta(hours=7, minutes=13)
