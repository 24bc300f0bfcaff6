"""Quiet hours, shifts, leave and days off at an instant: right in every zone, over every change of clocks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shifts.errors import RosterError
from shifts.people_file import Person
from shifts.permissions import Permission, may, may_trigger
from shifts.quiet_hours import Quiet, quiet_intervals
from shifts.roster_file import WEEKDAYS
from shifts.service import RosterService
from shifts.standing import quiet_until, rules_that_hold, standing_of
from shifts.standing_store import standings
from shifts.zones import known_zones
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at
from tests.shifts.zone_changes import changes

ZONES = sorted(known_zones())


def person(timezone: str = "UTC", **rest: object) -> Person:
    return Person.from_dict({"name": "ana", "timezone": timezone, **rest})


def quiet(who: Person, instant: datetime) -> bool:
    return standing_of(who, instant, on_shift=False).quiet


def by_the_wall_clock(hours: Quiet, local: datetime) -> bool:
    """Quiet or not by weekday and time of day alone, which is right wherever no clock changes."""
    clock, today = local.time(), WEEKDAYS[local.weekday()]
    yesterday = WEEKDAYS[(local.weekday() - 1) % 7]
    if hours.begins < hours.ends:
        return today in hours.days and hours.begins <= clock < hours.ends
    return (today in hours.days and clock >= hours.begins) or (yesterday in hours.days and clock < hours.ends)


clocks = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0))
instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: at("2025-01-01T00:00") + timedelta(minutes=n))


@settings(max_examples=300)
@given(
    zone=st.sampled_from(ZONES),
    begins=clocks,
    ends=clocks,
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    instant=instants,
)
def test_away_from_changes_of_clocks_quiet_is_what_the_wall_clock_says(
    zone: str, begins: time, ends: time, days: set[str], instant: datetime
) -> None:
    assume(begins != ends)
    rules = ZoneInfo(zone)
    offsets = {(instant + timedelta(hours=h)).astimezone(rules).utcoffset() for h in range(-50, 51, 10)}
    assume(len(offsets) == 1)
    hours = {"days": sorted(days), "from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}
    ana = person(zone, quiet=hours)
    assert quiet(ana, instant) == by_the_wall_clock(ana.quiet[0], instant.astimezone(rules))


@pytest.mark.parametrize("hours", [("23:00", "07:00"), ("00:00", "02:30"), ("02:15", "03:00")])
def test_around_every_change_of_every_zone_quiet_hours_come_once_a_day_and_end_when_they_say(
    hours: tuple[str, str],
) -> None:
    begins, ends = (time.fromisoformat(each) for each in hours)
    nightly = Quiet.from_dict({"from": hours[0], "to": hours[1]})
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in changes(zone, at("2026-01-01T00:00"), at("2028-01-01T00:00")):
            start, end = change.instant - timedelta(days=3), change.instant + timedelta(days=3)
            found = quiet_intervals([nightly], zone, start, end)
            assert all(a[1] < b[0] for a, b in pairwise(found)), name
            firsts = {(a - timedelta(seconds=1)).astimezone(zone).date() for a, _ in found}
            assert len(firsts) == len(found), name
            for first, last in found:
                # the clock on the wall shows the time written, or jumps over it at that very instant
                assert shows(first, zone, begins), (name, first)
                assert shows(last, zone, ends), (name, last)
                assert (last + timedelta(minutes=1)).astimezone(zone).time() > ends, (name, last)


def shows(instant: datetime, zone: ZoneInfo, clock: time) -> bool:
    before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    local = instant.astimezone(zone).replace(tzinfo=None)
    days = {before.date(), local.date()}
    return local.time() == clock or any(before < datetime.combine(day, clock) <= local for day in days)


def test_in_the_repeated_hour_it_stays_quiet_to_the_last_time_the_clock_shows_the_end() -> None:
    ana = person("Europe/Paris", quiet={"from": "23:00", "to": "02:30"})
    assert quiet(ana, at("2026-10-25T00:15")) and quiet(ana, at("2026-10-25T00:45"))
    assert quiet(ana, at("2026-10-25T01:15")) and not quiet(ana, at("2026-10-25T01:30"))
    assert quiet_until(ana, at("2026-10-25T00:45")) == at("2026-10-25T01:30")


def test_a_missing_midnight_begins_the_quiet_hours_with_the_first_instant_there_is() -> None:
    ana = person("America/Santiago", quiet={"from": "00:00", "to": "06:00"})
    assert not quiet(ana, at("2026-09-06T03:59")) and quiet(ana, at("2026-09-06T04:00"))


def test_days_name_the_day_on_which_the_quiet_begins_and_several_hours_add_up() -> None:
    hours = [
        {"from": "22:00", "to": "07:00"},
        {"days": ["sat", "sun"], "from": "00:00", "to": "24:00"},
        {"days": ["fri"], "from": "18:00", "to": "22:00"},
    ]
    ana = person("Europe/Paris", quiet=hours)
    friday = at("2026-11-20T17:30")
    assert quiet_until(ana, at("2026-11-20T16:30")) is None
    assert quiet_until(ana, friday) == at("2026-11-23T06:00")
    assert Person.from_dict(ana.to_dict()) == ana


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"from": "22:00", "to": "22:00"}, "is no time, or always"),
        ({"days": [], "from": "22:00", "to": "07:00"}, "no weekday is named"),
        ({"days": ["sunday"], "from": "22:00", "to": "07:00"}, "'sunday'"),
    ],
)
def test_quiet_hours_that_say_nothing_are_refused(hours: dict[str, object], said: str) -> None:
    with pytest.raises(RosterError, match=said):
        person(quiet=hours)


def test_who_lives_where_it_is_a_holiday_has_a_day_off_by_the_local_date() -> None:
    emi = person("Asia/Tokyo", country="JP")
    assert standing_of(emi, at("2026-11-02T15:00"), on_shift=False).holiday == "Culture Day"
    assert standing_of(emi, at("2026-11-02T14:59"), on_shift=False).holiday is None
    ours = person("America/Santiago", holidays=[{"date": "2026-11-20", "name": "mirror washing"}])
    off = standing_of(ours, at("2026-11-20T12:00"), on_shift=True)
    assert (off.holiday, off.working, off.on_shift) == ("mirror washing", False, True)
    state = person("Europe/Berlin", holidays=[{"calendar": "DE", "subdivision": "BY"}])
    assert standing_of(state, at("2026-01-06T12:00"), on_shift=False).holiday is not None


def test_working_days_are_local_days() -> None:
    ana = person("Pacific/Auckland", working_days=["sun", "mon"])
    assert standing_of(ana, at("2026-11-20T12:00"), on_shift=False).working is False
    assert standing_of(ana, at("2026-11-21T12:00"), on_shift=False).working is True


def test_leave_is_half_open_and_the_states_are_independent() -> None:
    away = [(at("2026-11-20T00:00"), at("2026-11-21T00:00"))]
    ana = person(quiet={"from": "22:00", "to": "06:00"})
    inside = standing_of(ana, at("2026-11-20T23:00"), on_shift=True, absences=away)
    assert (inside.quiet, inside.awake, inside.on_shift, inside.on_leave) == (True, False, True, True)
    assert not standing_of(ana, at("2026-11-21T00:00"), on_shift=False, absences=away).on_leave


def test_the_contact_rules_that_count_are_those_of_the_state_over_ways_that_are_usable() -> None:
    rules = [
        {"after": 5, "by": "voice", "when": "quiet"},
        {"after": 0, "by": "slack"},
        {"after": 2, "by": "email", "when": "awake"},
        {"after": 1, "by": "sms", "when": "on_leave"},
        {"after": 3, "by": "sms", "when": "on_shift"},
    ]
    ana = person(
        slack="U0ANA", email="a@b.org", phone="+33612345678", verified=["phone"], contact=rules,
        quiet={"from": "22:00", "to": "06:00"},
    )  # fmt: skip

    def ways(instant: str, *, on_shift: bool) -> list[tuple[int, str]]:
        standing = standing_of(ana, at(instant), on_shift=on_shift)
        return [(rule.after, rule.by) for rule in rules_that_hold(ana, standing)]

    assert ways("2026-11-20T23:00", on_shift=False) == [(0, "slack"), (5, "voice")]
    assert ways("2026-11-20T12:00", on_shift=True) == [(0, "slack"), (3, "sms")]


async def test_the_store_says_of_everybody_how_they_stand_and_ever_on_a_shift_is_not_on(
    database: Database, clock: ManualClock
) -> None:
    from shifts.people import PeopleService
    from shifts.people_file import parse_people

    text = """
roster: desk
timezone: UTC
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-11-20, handoff: "00:00", turn: {days: 1}}
absences: [{person: bo, from: "2026-11-19", to: "2026-11-20"}]
"""
    await clock.advance(-clock.now().timestamp() + at("2026-11-19T12:00").timestamp())
    await RosterService(database, clock).publish(text, by="root")
    people = parse_people("- {name: ana, timezone: UTC}\n- {name: bo, timezone: UTC}\n")
    await PeopleService(database, clock).put(people, by="root")
    async with database.read() as session:
        before = await standings(session, at("2026-11-19T18:00"))
        later = await standings(session, at("2026-11-20T18:00"), ["ana"])
    assert [before[name].on_shift for name in ("ana", "bo")] == [False, False]
    assert [before[name].on_leave for name in ("ana", "bo")] == [False, True]
    assert list(later) == ["ana"] and later["ana"].on_shift


def test_ranks_include_those_below_and_no_rank_triggers_a_telescope() -> None:
    ranks = {
        "viewer": (True, False, False, False),
        "shifter": (True, True, False, False),
        "roster manager": (True, True, True, False),
        "administrator": (True, True, True, True),
    }
    for text, expected in ranks.items():
        who = person(permissions=[text])
        assert tuple(may(who, rank) for rank in Permission) == expected
        assert not may_trigger(who, "ZTF")
    assert may(person(), Permission.SHIFTER) and not may(person(permissions=[]), Permission.VIEWER)
    assert not may(None, Permission.VIEWER) and not may_trigger(None, "ZTF")
    assert may_trigger(person(permissions=["trigger:ztf"]), "ZTF")
    assert not may_trigger(person(permissions=["trigger:ztf"]), "DECam")
    assert may_trigger(person(permissions=["trigger:*"]), "DECam")


@pytest.mark.parametrize(
    ("text", "said"),
    [("shiftr", "did you mean shifter"), ("trigger:", "names no facility"), ("root", "is not a permission")],
)
def test_a_permission_there_is_not_is_answered_with_the_nearest(text: str, said: str) -> None:
    with pytest.raises(RosterError, match=said):
        person(permissions=[text])


def test_a_day_that_a_zone_skips_has_no_quiet_hours_of_its_own() -> None:
    apia = ZoneInfo("Pacific/Apia")
    day = Quiet.from_dict({"days": ["fri"], "from": "09:00", "to": "17:00"})
    assert day.on(date(2011, 12, 30), apia) is None
    night = Quiet.from_dict({"days": ["fri"], "from": "22:00", "to": "07:00"})
    assert night.on(date(2011, 12, 30), apia) == (at("2011-12-30T10:00"), at("2011-12-30T17:00"))
