from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from shifts.wall_clock import Occurrence, end_instant, local_days, occurrence, start_instant
from shifts.zones import check_zone, known_zones
from tests.shifts.rosters import at
from tests.shifts.zone_changes import Change, changes, occurrences, offset

START, END = at("2026-01-01T00:00"), at("2028-01-01T00:00")
APIA = (at("2011-12-01T00:00"), at("2012-02-01T00:00"))


def every_change() -> list[tuple[ZoneInfo, Change]]:
    zones = [ZoneInfo(name) for name in sorted(known_zones())]
    found = [(zone, change) for zone in zones for change in changes(zone, START, END)]
    apia = ZoneInfo("Pacific/Apia")
    return [*found, *((apia, change) for change in changes(apia, *APIA))]


def test_the_walk_finds_the_changes_of_the_zones_that_are_known_for_theirs() -> None:
    changing = {zone.key for zone, _ in every_change()}
    assert {
        "Europe/Paris",
        "America/Santiago",
        "Asia/Beirut",
        "Africa/Cairo",
        "Australia/Lord_Howe",
    } <= changing
    assert len(every_change()) > 500


def test_around_every_change_a_start_is_the_first_and_an_end_the_last_instant_that_shows_the_time() -> None:
    for zone, change in every_change():
        width = change.later_wall - change.earlier_wall
        for local in (
            change.earlier_wall - timedelta(minutes=1),
            change.earlier_wall,
            change.earlier_wall + width / 2,
            change.later_wall - timedelta(minutes=1),
            change.later_wall,
            change.later_wall + timedelta(minutes=1),
        ):
            shown = occurrences(local, zone)
            expected = (shown[0], shown[-1]) if shown else (change.instant, change.instant)
            assert (start_instant(local, zone), end_instant(local, zone)) == expected, (zone, local)
            kind = {0: Occurrence.NEVER, 1: Occurrence.ONCE, 2: Occurrence.TWICE}[len(shown)]
            assert occurrence(local, zone) is kind, (zone, local)


def test_what_is_later_on_the_wall_never_starts_or_ends_earlier() -> None:
    for zone, change in every_change():
        walls = [change.earlier_wall + timedelta(minutes=15 * step) for step in range(-8, 12)]
        starts = [start_instant(wall, zone) for wall in walls]
        ends = [end_instant(wall, zone) for wall in walls]
        assert starts == sorted(starts) and ends == sorted(ends), zone
        assert all(start <= end for start, end in zip(starts, ends, strict=True)), zone


@pytest.mark.parametrize(
    ("zone", "local", "start", "end"),
    [
        ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
        ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T01:00"),
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00", "2026-09-06T04:00"),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30", "2026-04-05T03:30"),
        ("Asia/Beirut", "2026-03-29T00:00", "2026-03-28T22:00", "2026-03-28T22:00"),
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00", "2026-04-23T22:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        ("Asia/Kathmandu", "2026-06-01T00:00", "2026-05-31T18:15", "2026-05-31T18:15"),
    ],
)
def test_instants_worked_out_by_hand(zone: str, local: str, start: str, end: str) -> None:
    wall = datetime.fromisoformat(local)
    assert start_instant(wall, ZoneInfo(zone)) == at(start)
    assert end_instant(wall, ZoneInfo(zone)) == at(end)


def test_the_local_days_of_every_zone_join_without_gap_and_hold_their_own_date() -> None:
    for zone, change in every_change():
        start, end = change.instant - timedelta(days=2, hours=5), change.instant + timedelta(days=2)
        days = list(local_days(start, end, zone))
        assert days[0][1] == start and days[-1][2] == end
        assert all(a[2] == b[1] for a, b in pairwise(days)), zone
        for day, begins, ends in days:
            assert begins.astimezone(zone).date() == day, (zone, change)
            assert (
                offset(ends, zone) is not None
                and (ends - timedelta(seconds=1)).astimezone(zone).date() >= day
            )


def test_samoa_had_no_thirtieth_of_december_2011() -> None:
    zone = ZoneInfo("Pacific/Apia")
    days = [day for day, _, _ in local_days(at("2011-12-28T12:00"), at("2012-01-02T12:00"), zone)]
    assert date(2011, 12, 30) not in days and date(2011, 12, 29) in days and date(2011, 12, 31) in days


@pytest.mark.parametrize(
    ("wrong", "offered"),
    [
        ("Europe/Pariss", "Europe/Paris"),
        ("america/santiago", "America/Santiago"),
        ("La_Silla/Santiago", "America/Santiago"),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest_names(wrong: str, offered: str) -> None:
    with pytest.raises(ValueError, match=offered):
        check_zone(wrong)


def test_instants_are_of_utc() -> None:
    assert start_instant(datetime.fromisoformat("2026-07-01"), ZoneInfo("Europe/Paris")).tzinfo is UTC
