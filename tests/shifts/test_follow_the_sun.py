"""The generated roster keeps everybody's nights, leaves open what nobody can stand, and shares fairly."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from shifts.division import Part, divide, fair_load
from shifts.errors import RosterError
from shifts.fairness import Burden
from shifts.follow_the_sun import Generated, Wishes, follow_the_sun
from shifts.people_file import Person
from shifts.resolver import resolve
from shifts.roster_file import parse_roster, write_roster
from shifts.shift import Resolution
from tests.shifts.rosters import at, roster

ZONES = {
    "ana": "Europe/Paris", "bo": "Europe/Stockholm", "dana": "America/Santiago", "emi": "Asia/Tokyo",
    "fay": "Pacific/Auckland", "gus": "America/Los_Angeles", "hana": "Asia/Kolkata",
}  # fmt: skip
FIRST, LAST = date(2026, 9, 1), date(2027, 9, 1)


def somebody(name: str, zone: str, **rest: Any) -> Person:
    return Person.from_dict({"name": name, "timezone": zone, **rest})


WORLD = [somebody(name, zone) for name, zone in ZONES.items()]
EUROPE = [somebody(name, "Europe/Paris") for name in ("ana", "bo", "chidi")]


def resolved(generated: Generated, first: date = FIRST, last: date = LAST) -> Resolution:
    """What comes out between the second day's begin and the last one's, out of the file as it is written."""
    start, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    again = parse_roster(write_roster(generated.roster))
    return resolve(again, start + timedelta(days=1), end - timedelta(days=1))


@pytest.fixture(scope="module")
def year() -> Generated:
    return follow_the_sun("sun", WORLD, FIRST, LAST, Wishes())


def test_a_year_is_covered_without_gap_or_overlap_through_every_change_of_clocks(year: Generated) -> None:
    resolution = resolved(year)
    assert year.covered and resolution.gaps == () and resolution.overlaps == ()


def test_nobody_is_on_outside_their_waking_hours_on_any_day(year: Generated) -> None:
    for shift in resolved(year).shifts:
        instant = shift.start
        while instant < shift.end:
            local = instant.astimezone(ZoneInfo(ZONES[shift.person])).time()
            assert time(8) <= local < time(22), (shift, local)
            instant += timedelta(minutes=10)


def test_who_can_stand_the_same_hours_differ_by_at_most_one_turn_and_all_by_a_tenth(year: Generated) -> None:
    weights = {name: burden.weight for name, burden in year.burden.items()}
    a_week_of = {
        layer.name: 8.0 * ((b.hour - a.hour) % 24)  # seven days, of which the weekend counts one and a half
        for layer in year.roster.layers
        for a, b in [(layer.hours[0].begins, layer.hours[0].ends)]  # type: ignore[index]
    }
    for layer in year.roster.layers:
        together = {weights[name] for turn in layer.members for name in turn}
        assert max(together) - min(together) <= max(a_week_of.values())
    assert max(weights.values()) <= 1.1 * sum(weights.values()) / len(weights)
    assert year.without_turn == () and all(burden.nights == 0 for burden in year.burden.values())


def test_of_people_in_one_zone_each_has_the_same_but_for_one_turn() -> None:
    generated = follow_the_sun("sun", EUROPE, date(2026, 11, 2), date(2027, 1, 4), Wishes(turn_days=1))
    hours = [burden.hours for burden in generated.burden.values()]
    assert max(hours) - min(hours) <= 8


def test_each_rests_as_long_as_was_agreed(year: Generated) -> None:
    last: dict[str, datetime] = {}
    for shift in resolved(year).shifts:
        assert shift.start - last.get(shift.person, at("2026-01-01T00:00")) >= timedelta(hours=11)
        last[shift.person] = shift.end


def test_the_hours_at_which_nobody_is_awake_are_said_and_are_the_only_gaps() -> None:
    generated = follow_the_sun("sun", EUROPE, date(2026, 11, 2), date(2027, 1, 4), Wishes())
    (era,) = generated.eras
    assert era.asleep == ((time(21), time(7)),) and not generated.covered
    gaps = resolved(generated, date(2026, 11, 2), date(2027, 1, 4)).gaps
    whole = [gap for gap in gaps if gap.end - gap.start == timedelta(hours=10)]
    assert len(whole) == len(gaps) - 2  # cut by the interval at either end
    assert {(gap.start.time(), gap.end.time()) for gap in whole} == {(time(21), time(7))}


def test_the_hours_move_with_the_clocks_of_those_who_stand_them() -> None:
    generated = follow_the_sun("sun", EUROPE, date(2026, 10, 1), date(2026, 12, 1), Wishes())
    assert [(era.first, era.asleep) for era in generated.eras if (era.last - era.first).days > 1] == [
        (date(2026, 10, 1), ((time(20), time(6)),)),
        (date(2026, 10, 25), ((time(21), time(7)),)),
    ]


def test_nights_that_are_shared_by_all_weigh_more_and_the_weight_is_shared_evenly() -> None:
    wishes = Wishes(by_night=True, turn_days=1)
    six = [*EUROPE, *(somebody(name, "Europe/Paris") for name in ("dee", "eli", "fay"))]
    generated = follow_the_sun("sun", six, date(2026, 11, 2), date(2027, 1, 4), wishes)
    resolution = resolved(generated, date(2026, 11, 2), date(2027, 1, 4))
    assert resolution.gaps == ()
    assert sum(burden.nights for burden in generated.burden.values()) == 63
    weights = [burden.weight for burden in generated.burden.values()]
    assert max(weights) - min(weights) <= 10 + 4  # ten hours, and that they are a night


def test_who_carried_more_gets_less_until_all_have_the_same() -> None:
    carried = {"ana": Burden(hours=100), "bo": Burden(pages=100), "chidi": Burden(holiday_hours=50, hours=50)}
    people = [*EUROPE, somebody("dee", "Europe/Paris")]
    wishes = Wishes(carried=carried, turn_days=1)
    generated = follow_the_sun("sun", people, date(2026, 11, 2), date(2027, 1, 4), wishes)
    weights = {name: burden.weight for name, burden in generated.burden.items()}
    assert max(weights.values()) - min(weights.values()) <= 8 * 2.5
    assert generated.burden["dee"].hours > generated.burden["bo"].hours + 80


def test_who_is_away_has_no_turn_in_that_time() -> None:
    away = (at("2026-11-16T00:00"), at("2026-11-30T00:00"))
    wishes = Wishes(absences={"ana": [away]})
    generated = follow_the_sun("sun", WORLD, date(2026, 11, 2), date(2027, 1, 4), wishes)
    shifts = resolved(generated, date(2026, 11, 2), date(2027, 1, 4)).shifts
    assert not [s for s in shifts if s.person == "ana" and s.start < away[1] and s.end > away[0]]


def test_quiet_hours_are_kept_instead_of_the_agreed_ones() -> None:
    owl = somebody("owl", "Europe/Paris", quiet={"from": "04:00", "to": "12:00"})
    generated = follow_the_sun("sun", [*EUROPE, owl], date(2026, 11, 2), date(2027, 1, 4), Wishes())
    shifts = resolved(generated, date(2026, 11, 2), date(2027, 1, 4)).shifts
    assert {s.person for s in shifts if s.start.time() >= time(21) or s.end.time() <= time(3)} == {"owl"}
    (era,) = generated.eras
    assert era.asleep == ((time(3), time(7)),)


def test_a_base_keeps_its_other_roles_and_what_was_written_about_people() -> None:
    base = roster(
        {"members": ["ana"], "turn": {"weeks": 1}, "starts": "2026-11-02", "name": "old"},
        {
            "members": ["bo"],
            "turn": {"weeks": 1},
            "starts": "2026-11-02",
            "name": "boss",
            "role": "coordinator",
        },
        absences=[{"person": "ana", "from": "2026-12-01", "to": "2026-12-05"}],
        swaps=[{"shift": "desk/old/0/ana", "person": "bo"}, {"shift": "desk/boss/0/bo", "person": "ana"}],
    )
    generated = follow_the_sun("desk", WORLD, date(2026, 11, 2), date(2027, 1, 4), Wishes(), base)
    names = [layer.name for layer in generated.roster.layers]
    assert "boss" in names and "old" not in names
    assert generated.roster.absences == base.absences
    assert [swap.shift for swap in generated.roster.swaps] == ["desk/boss/0/bo"]


@pytest.mark.parametrize(
    ("people", "last", "wishes", "said"),
    [
        ([], LAST, Wishes(), "a roster of nobody"),
        (EUROPE, FIRST, Wishes(), "the last day 2026-09-01 is not after the first day"),
        (EUROPE, date(2030, 1, 1), Wishes(), "is longer than 732 days"),
        (EUROPE, LAST, Wishes(turn_days=0), "a turn of 0 days is no turn"),
        (EUROPE, LAST, Wishes(shortest=timedelta(hours=9)), "duty of 9 to 8 hours a day"),
    ],
)
def test_each_wish_that_makes_no_sense_gets_one_sentence(
    people: list[Person], last: date, wishes: Wishes, said: str
) -> None:
    with pytest.raises(RosterError, match=said):
        follow_the_sun("sun", people, FIRST, last, wishes)


PARTS = st.lists(st.tuples(st.integers(1, 16), st.integers(1, 63)), min_size=1, max_size=5)


@settings(max_examples=60)
@given(PARTS)
def test_the_fair_load_is_what_linear_programming_finds(parts: list[tuple[int, int]]) -> None:
    sixths = [Part(0, length, people) for length, people in parts]
    shares = [(n, p) for n, part in enumerate(sixths) for p in range(6) if part.people >> p & 1]
    whole = [[float(n == number) for n, _ in shares] + [0.0] for number in range(len(sixths))]
    loads = [[float(p == person) for _, p in shares] + [-1.0] for person in range(6)]
    found = linprog(
        [0.0] * len(shares) + [1.0], A_ub=loads, b_ub=[0.0] * 6, A_eq=whole, b_eq=[p.length for p in sixths]
    )
    assert fair_load(sixths) == pytest.approx(found.fun)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 47), st.integers(1, 30)), min_size=1, max_size=6))
def test_a_division_covers_just_what_somebody_is_awake_for(wakes: list[tuple[int, int]]) -> None:
    cells = tuple(
        sum(1 << p for p, (start, length) in enumerate(wakes) if (cell - start) % 48 < length)
        for cell in range(48)
    )
    parts = divide(cells, 8, 16).parts
    assert [cell for part in parts for cell in range(part.start, part.end)] == [
        cell for cell in range(48) if cells[cell]
    ]
    for part in parts:
        assert part.people and all(cells[c] & part.people == part.people for c in range(part.start, part.end))
        assert part.length <= 16
