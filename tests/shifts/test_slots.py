"""Fixed shifts of the day in their short form are the same shifts as written out, and mistakes are told."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shifts.errors import RosterError
from shifts.resolver import resolve
from shifts.roster_file import Roster, parse_roster
from tests.shifts.rosters import at, layer, roster

HEAD = "roster: desk\ntimezone: Europe/Paris\nlayers:\n"
TIMES = ["00:00", "06:00", "12:00", "18:00"]


def slots(line: str) -> Roster:
    return parse_roster(f"{HEAD}  - {{name: day, role: advocate, starts: 2026-10-05, {line}}}\n")


def test_four_shifts_a_day_equal_four_layers_written_out() -> None:
    names = [["emi", "fay"], ["hana", "chidi"], ["ana", "bo"], ["dana", "gus"]]
    short = slots("slots: {00:00: [emi, fay], 06:00: [hana, chidi], 12:00: [ana, bo], 18:00: [dana, gus]}")
    long = roster(
        *(
            layer(
                members,
                {"days": 1},
                "2026-10-05",
                "00:00",
                name=f"day {begins}",
                hours=[{"from": begins, "to": ends}],
            )
            for members, begins, ends in zip(names, TIMES, [*TIMES[1:], "24:00"], strict=True)
        ),
        timezone="Europe/Paris",
    )
    period = (at("2026-10-06T00:00"), at("2027-10-06T00:00"))
    assert resolve(short, *period).shifts == resolve(long, *period).shifts
    assert resolve(short, *period).gaps == ()


@pytest.mark.parametrize("count", [1, 3, 4, 6, 7])
def test_members_take_the_slots_one_after_another_whatever_their_number(count: int) -> None:
    people = [f"p{number}" for number in range(count)]
    desk = slots(f"slots: [00:00, 06:00, 12:00, 18:00], members: [{', '.join(people)}]")
    shifts = resolve(desk, at("2026-10-24T22:00"), at("2026-11-21T23:00")).shifts
    order = [people.index(shift.person) for shift in shifts]
    assert all((b - a) % count == 1 % count for a, b in pairwise(order))
    local = Counter(f"{shift.start.astimezone(ZoneInfo('Europe/Paris')):%H:%M}" for shift in shifts)
    assert local == dict.fromkeys(TIMES, 28)
    assert max(Counter(order).values()) - min(Counter(order).values()) <= 1


def test_slots_that_do_not_begin_at_midnight_cover_the_day_through_both_changes() -> None:
    desk = slots("slots: {03:00: [ana], 11:30: [bo, chidi], 20:00: [[dana, gus]]}, turn: {weeks: 1}")
    resolution = resolve(desk, at("2026-10-06T00:00"), at("2027-10-06T00:00"))
    assert resolution.gaps == ()
    assert max(shift.end - shift.start for shift in resolution.shifts) <= timedelta(hours=9, minutes=30)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("slots: {00:00: [ana]}", "layers day slots: expected two to 48 times of day"),
        ("slots: [06:00, 00:00], members: [ana]", "06:00, 00:00 are not in the order of the day"),
        ("slots: [00:00, 06:00]", "layers day members: is a rotation of nobody"),
        ("slots: {00:00: [ana], 06:00: []}", "layers day 06:00 members: is a rotation of nobody"),
        ("slots: {00:00: [ana], 25:00: [bo]}", "layers day slots: '25:00' is not a time of day"),
        ("slots: {00:00: [ana], 06:00: [bo]}, members: [ana]", "the slots name their members"),
        ("slots: {00:00: [ana], 06:00: [bo]}, handoff: 09:00", "leave handoff out"),
        ("slots: {00:00: [ana], 06:00: [bo]}, trun: {days: 1}", "did you mean turn?"),
    ],
)
def test_each_mistake_in_slots_gets_one_clear_sentence(line: str, said: str) -> None:
    with pytest.raises(RosterError) as refused:
        slots(line)
    assert said in str(refused.value) and "\n" not in str(refused.value)
