"""Absences out of somebody's iCalendar (RFC 5545): whole days where they live, hours as instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from shifts.errors import RosterError
from shifts.exceptions import Absence
from shifts.local_times import moment_interval
from shifts.wall_clock import DAY
from shifts.zones import zone_info

LARGEST = 2_000_000
"""Bytes of a calendar; ten years of a busy one are less."""

MOST_EVENTS = 5000
MOST_RECURRING = 300
MOST_ABSENCES = 200
"""In a year; who has more has named the calendar of their work, not of their leave."""

_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}
_TOO_FINE = {"BYSECOND", "BYMINUTE", "BYHOUR"}
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
"""What the libraries raise on calendars that are none."""


@dataclass(frozen=True, order=True)
class Away:
    """An absence as a roster's file writes it: dates from midnight to midnight, or instants."""

    begins: str
    ends: str
    timezone: str | None


def read_absences(
    content: bytes, *, timezone: str, start: datetime, end: datetime, matching: str | None = None
) -> tuple[Away, ...]:
    """The events of a calendar that touch [start, end), recurring ones one by one, as absences in order.

    `timezone` is where the person lives: whole days and times without a zone are meant there. With `matching`
    only events whose title has that word. Cancelled ones are left out. Raises `RosterError`.
    """
    if len(content) > LARGEST:
        raise RosterError(f"the calendar has {len(content)} bytes, more than the {LARGEST} that are read")
    try:
        calendar = Calendar.from_ical(content)
        _check(calendar)
        # the library meets whole days by another clock than the person's: so more is asked for, then cut
        events = recurring_ical_events.of(calendar).between(start - 2 * DAY, end + 2 * DAY)
        found = {
            away
            for event in events
            if str(event.get("STATUS", "")).upper() != "CANCELLED"
            and (matching is None or matching.casefold() in str(event.get("SUMMARY", "")).casefold())
            for away in [_away(event, timezone)]
            if _touches(away, start, end)
        }
    except RosterError:
        raise
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise RosterError(f"is not a calendar (iCalendar, RFC 5545) that can be read: {reason}") from None
    if len(found) > MOST_ABSENCES:
        raise RosterError(
            f"the calendar has {len(found)} events until {end:%Y-%m-%d}, more than {MOST_ABSENCES}: name one "
            "of absences only, or a word their titles have"
        )
    return tuple(sorted(found))


def _check(calendar: Any) -> None:
    """Refuse what would take for ever to write out."""
    events = calendar.walk("VEVENT")
    recurring = [event for event in events if "RRULE" in event]
    if calendar.name != "VCALENDAR":
        raise RosterError("is not a calendar: it does not begin with BEGIN:VCALENDAR")
    if len(events) > MOST_EVENTS or len(recurring) > MOST_RECURRING:
        raise RosterError(
            f"the calendar has {len(events)} events, {len(recurring)} of them recurring; at most "
            f"{MOST_EVENTS} and {MOST_RECURRING} are read"
        )
    for rule in (rule for event in recurring for rule in _rules(event)):
        if {str(each).upper() for each in rule.get("FREQ", [])} & _TOO_OFTEN or _TOO_FINE & set(rule):
            raise RosterError("the calendar has an event that recurs more often than daily: no absence does")


def _rules(event: Any) -> Iterator[Any]:
    rules = event["RRULE"]
    yield from rules if isinstance(rules, list) else [rules]


def _away(event: Any, timezone: str) -> Away:
    begins = event["DTSTART"].dt
    ends = event["DTEND"].dt if "DTEND" in event else begins
    if not isinstance(begins, datetime):
        last = ends.date() if isinstance(ends, datetime) else ends
        # an event of one day may leave its end out, or (against the RFC) name the day itself
        return Away(_day(begins), _day(max(last, begins + timedelta(days=1))), timezone)
    zone = zone_info(timezone)
    start, end = (
        each.replace(tzinfo=zone).astimezone(UTC) if each.tzinfo is None else each.astimezone(UTC)
        for each in (begins, ends)
    )
    whole = end.replace(second=0, microsecond=0)
    end = whole if whole == end else whole + timedelta(minutes=1)
    start = start.replace(second=0, microsecond=0)
    return Away(_moment(start), _moment(max(end, start + timedelta(minutes=1))), None)


def _touches(away: Away, start: datetime, end: datetime) -> bool:
    absence = Absence.from_dict({"person": "somebody", "from": away.begins, "to": away.ends})
    begins, ends = moment_interval(absence.begins, absence.ends, away.timezone or "UTC")
    return begins < end and ends > start


def _day(day: date) -> str:
    return day.isoformat()


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"
