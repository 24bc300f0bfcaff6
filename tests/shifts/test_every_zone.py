"""What holds for a roster in every zone of the IANA database, two years around, and in Samoa in 2011."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shifts.resolver import resolve
from shifts.roster_file import Roster
from shifts.shift import Resolution
from shifts.zones import known_zones
from tests.shifts.rosters import at, layer, roster
from tests.shifts.zone_changes import Change, changes, occurrences, offset

START, END = at("2026-01-01T00:00"), at("2028-01-01T00:00")
ZONES = sorted(known_zones())
DAY = timedelta(days=1)


def one_per_rule() -> list[tuple[str, Change]]:
    """Each change of each zone, aliases of the same zone left out: same changes, same rules."""
    seen: dict[tuple[Change, ...], str] = {}
    for name in ZONES:
        seen.setdefault(changes(ZoneInfo(name), START, END), name)
    found = [(name, change) for rules, name in seen.items() for change in rules]
    apia = changes(ZoneInfo("Pacific/Apia"), at("2011-12-01T00:00"), at("2012-02-01T00:00"))
    return [*found, *(("Pacific/Apia", change) for change in apia)]


def one_of_each_kind() -> list[tuple[str, Change]]:
    """A zone for each pair of offsets and each time of day at which the clocks of some zone change."""
    kinds = {(c.before, c.after, c.earlier_wall.time()): (zone, c) for zone, c in one_per_rule()}
    return list(kinds.values())


def one_per_clock() -> list[str]:
    """Every zone but those whose clocks show the same as another's through the two years."""
    seen: dict[tuple[object, ...], str] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        seen.setdefault((offset(START, zone), *changes(zone, START, END)), name)
    return list(seen.values())


def around(change: Change) -> tuple[datetime, datetime]:
    return change.instant - timedelta(days=6), change.instant + timedelta(days=6)


def daily(zone: str, change: Change, clock: str, **rest: object) -> Roster:
    first = (change.instant - timedelta(days=20)).date().isoformat()
    return roster(layer(["ana", "bo", "chidi"], {"days": 1}, first, clock, **rest), timezone=zone)


def clocks_of(change: Change) -> set[str]:
    inside = change.earlier_wall + (change.later_wall - change.earlier_wall) / 2
    walls = (change.earlier_wall, inside, change.later_wall, change.later_wall - timedelta(minutes=1))
    return {f"{wall:%H:%M}" for wall in walls} | {"00:00", "09:00"}


def covers(resolution: Resolution) -> bool:
    edge = resolution.start
    for shift in resolution.shifts:
        if shift.start > edge:
            return False
        edge = max(edge, shift.end)
    return edge >= resolution.end


def test_a_daily_rotation_round_the_clock_leaves_no_gap_at_any_change_in_any_zone() -> None:
    for zone, change in one_per_rule():
        for clock in clocks_of(change):
            resolution = resolve(daily(zone, change, clock), *around(change))
            assert covers(resolution) and resolution.gaps == (), (zone, change, clock)


def test_every_handoff_keeps_its_local_time_and_where_it_comes_twice_starts_at_the_first() -> None:
    for zone, change in one_per_rule():
        info = ZoneInfo(zone)
        for clock in clocks_of(change):
            for shift in resolve(daily(zone, change, clock), *around(change)).shifts:
                local = shift.start.astimezone(info)
                if f"{local:%H:%M}" == clock:
                    assert shift.start == occurrences(local.replace(tzinfo=None, fold=0), info)[0]
                else:
                    assert shift.start == change.instant and change.forward, (zone, clock, shift)
                local_end = shift.end.astimezone(info)
                if f"{local_end:%H:%M}" == clock:
                    assert shift.end == occurrences(local_end.replace(tzinfo=None, fold=0), info)[-1]
                else:
                    assert shift.end == change.instant and change.forward, (zone, clock, shift)


def test_turns_follow_one_another_and_overlap_only_by_the_hour_that_comes_twice() -> None:
    for zone, change in one_per_rule():
        for clock in clocks_of(change):
            resolution = resolve(daily(zone, change, clock), *around(change))
            for before, after in pairwise(resolution.shifts):
                repeated = timedelta() if change.forward else change.before - change.after
                assert before.end - after.start in (timedelta(), repeated), (zone, clock)
            lengths = Counter(s.end - s.start for s in resolution.shifts)
            assert lengths.most_common(1)[0][0] == DAY


@pytest.mark.parametrize("turn", [{"weeks": 1}, {"days": 5}, {"months": 1}, {"hours": 12}])
def test_two_years_in_every_zone_have_no_gap_and_shares_that_differ_by_one_turn(turn: dict[str, int]) -> None:
    people = ["ana", "bo", "chidi"]
    for zone in ZONES if turn == {"weeks": 1} else one_per_clock():
        desk = roster(layer(people, turn, "2025-12-31", "02:30"), timezone=zone)
        resolution = resolve(desk, START, END)
        assert covers(resolution) and resolution.gaps == (), zone
        shares = Counter(shift.person for shift in resolution.shifts)
        assert max(shares.values()) - min(shares.values()) <= 1, zone
        assert len({shift.id for shift in resolution.shifts}) == len(resolution.shifts)
        if "weeks" in turn or "days" in turn:
            info = ZoneInfo(zone)
            length = {"weeks": 7, "days": 5}[next(iter(turn))]
            for shift in resolution.shifts:
                days = (shift.end.astimezone(info).date() - shift.start.astimezone(info).date()).days
                assert days == length, (zone, shift)


def test_resolving_part_by_part_gives_the_same_shifts_with_the_same_ids_as_resolving_at_once() -> None:
    for zone, change in one_of_each_kind():
        hours = [{"days": ["mon", "wed", "sat", "sun"], "from": "22:30", "to": "06:30"}]
        for desk in (daily(zone, change, "02:30"), daily(zone, change, "02:30", hours=hours)):
            start, end = around(change)
            whole = resolve(desk, start, end).shifts
            parts = {
                s.id: s
                for k in range(24)
                for s in resolve(desk, start + k * DAY / 2, start + (k + 1) * DAY / 2).shifts
            }
            assert {shift.id: shift for shift in whole} == parts, zone


def test_night_windows_begin_and_end_on_the_wall_clock_through_every_change() -> None:
    for zone, change in one_per_rule():
        info = ZoneInfo(zone)
        desk = daily(zone, change, "12:00", hours=[{"from": "20:00", "to": "08:00"}])
        for shift in resolve(desk, *around(change)).shifts:
            # where 20:00 or 08:00 itself is skipped, the instant of the change counts instead
            if change.forward and change.instant in (shift.start, shift.end):
                continue
            assert f"{shift.start.astimezone(info):%H:%M}" == "20:00", (zone, shift)
            assert f"{shift.end.astimezone(info):%H:%M}" == "08:00", (zone, shift)
