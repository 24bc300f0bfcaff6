"""A year of fifty rosters for two hundred people each, beside the same rotations expanded out of iCal.

Run as `python -m benchmarks.rosters`. One core, one run. The peer is `icalendar` with
`recurring-ical-events`: one VEVENT with an RRULE for each person's turns, over the same year. Reading either
format is left out on both sides, and both results are first checked to be the same shifts.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event
from sqlalchemy import text

from benchmarks.timing import Measurement, figure, table, timeit
from shifts.fairness import fairness
from shifts.follow_the_sun import Wishes, follow_the_sun
from shifts.people_file import Person
from shifts.resolver import resolve
from shifts.roster_file import Horizon, Roster, write_roster
from shifts.service import RosterService
from shifts.shift import Shift
from shifts.who_is_on import who_is_on as who_is_on_in
from store.clock import ManualClock
from store.database import Database

START, END = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2027, 11, 2, 9, tzinfo=UTC)
ZONES = ("Europe/Paris", "America/Santiago", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland")
PEOPLE = 200
ROSTERS = 50
FIRST = datetime(2026, 10, 19, 9)
DAYS = 1
"""Length of a turn: as short as a turn of calendar days can be, so that there is most to resolve."""


def rosters() -> list[Roster]:
    people = [f"person {number}" for number in range(PEOPLE)]
    return [
        Roster.from_dict(
            {
                "roster": f"roster {number}",
                "timezone": ZONES[number % len(ZONES)],
                "people": people,
                "roles": {"advocate": {"fallback": people[0]}},
                "layers": [
                    {
                        "name": "main",
                        "role": "advocate",
                        "members": people,
                        "starts": "2026-10-19",
                        "handoff": "09:00",
                        "turn": {"days": DAYS},
                    }
                ],
            }
        )
        for number in range(ROSTERS)
    ]


def _a_year_ahead(roster: Roster) -> Roster:
    return roster.model_copy(update={"horizon": Horizon(weeks=52)})


def as_calendar(roster: Roster) -> Calendar:
    """The same rotation as iCal can say it: for each person a turn that repeats after everyone's."""
    zone = ZoneInfo(roster.timezone)
    calendar = Calendar()
    for place, person in enumerate(roster.people or ()):
        event = Event()
        begins = (FIRST + timedelta(days=DAYS * place)).replace(tzinfo=zone)
        event.add("uid", f"{roster.name}/{person}")
        event.add("summary", person)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(days=DAYS))
        event.add("rrule", {"freq": "daily", "interval": DAYS * PEOPLE})
        calendar.add_component(event)
    return calendar


def expanded(calendar: Calendar) -> list[tuple[str, datetime, datetime]]:
    """Person, start and end (UTC) of each occurrence in the year."""
    occurrences = recurring_ical_events.of(calendar).between(START, END)
    spans = [
        (str(o["SUMMARY"]), o["DTSTART"].dt.astimezone(UTC), o["DTEND"].dt.astimezone(UTC))
        for o in occurrences
    ]
    return sorted(spans, key=lambda span: span[1])


def as_spans(shifts: tuple[Shift, ...]) -> list[tuple[str, datetime, datetime]]:
    return [(shift.person, shift.start, shift.end) for shift in shifts]


async def who_is_on(rules: list[Roster], at: datetime) -> tuple[float, float, float]:
    """Median ms of "who is on at T" out of an SQLite store with all rosters.

    Asked as pages ask (one statement on a kept connection), asked inside a session's transaction, and
    `SELECT 1` in a session: what the second cannot be faster than.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/bench.sqlite")
        await database.create_all()
        service = RosterService(database, ManualClock(START))
        for roster in rules:
            await service.publish(write_roster(roster), by="bench")
        assert len(await service.shifts_at(at)) == ROSTERS

        async def nothing() -> None:
            async with database.read() as session:
                await session.execute(text("SELECT 1"))

        async def in_a_session() -> None:
            async with database.read() as session:
                assert len(await who_is_on_in(session, at)) == ROSTERS

        medians = (
            await median_ms(lambda: service.shifts_at(at)),
            await median_ms(in_a_session),
            await median_ms(nothing),
        )
        await database.dispose()
    return medians


async def median_ms(act: Callable[[], Awaitable[object]]) -> float:
    spent = []
    for _ in range(101):
        begun = time.perf_counter()
        await act()
        spent.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(spent)


def run() -> list[Measurement]:
    rules = rosters()
    calendars = [as_calendar(roster) for roster in rules[:5]]
    for roster, calendar in zip(rules, calendars, strict=False):
        assert as_spans(resolve(roster, START, END).shifts) == expanded(calendar), roster.name
    resolved = timeit(lambda: [resolve(roster, START, END) for roster in rules], repeat=3)
    peer = timeit(lambda: [expanded(calendar) for calendar in calendars], repeat=1) * ROSTERS / len(calendars)
    results = [resolve(roster, START, END) for roster in rules]

    def weigh() -> None:
        for roster, result in zip(rules, results, strict=True):
            zone = ZoneInfo(roster.timezone)
            fairness(result.shifts, roster.people or (), START, END, lambda _, zone=zone: zone, lambda _: {})  # type: ignore[misc]

    one = rules[0]
    sun = [Person.from_dict({"name": f"p{n}", "timezone": ZONES[n % len(ZONES)]}) for n in range(40)]
    at = START + timedelta(days=200)
    stored, in_session, floor = asyncio.run(who_is_on([_a_year_ahead(roster) for roster in rules], at))
    return [
        Measurement(
            "50 rosters × 200 people × 1 year",
            resolved / 1e3,
            peer / 1e3,
            "s",
            "< 2 s",
            f"{sum(len(r.shifts) for r in results)} shifts, gaps and overlaps too; peer: icalendar + "
            "recurring-ical-events, measured on 5 rosters, spans only",
        ),
        Measurement("their fairness: hours, nights, weekends", timeit(weigh, repeat=3) / 1e3, None, "s"),
        Measurement(
            "who is on at T, out of the rules",
            timeit(lambda: resolve(one, at, at + timedelta(seconds=1)), repeat=101),
            timeit(lambda: recurring_ical_events.of(calendars[0]).at(at), repeat=3),
            "ms",
            "< 1 ms",
            "one roster; no store, nothing materialised",
        ),
        Measurement(
            "who is on at T, out of the store",
            stored,
            None,
            "ms",
            "< 1 ms",
            f"{ROSTERS} on among {len(rules) * 364} shifts, SQLite, median of 101; inside a session's "
            f"transaction {figure(in_session)} ms, of which `SELECT 1` takes {figure(floor)} ms",
        ),
        Measurement(
            "a year that follows the sun, generated",
            timeit(lambda: follow_the_sun("sun", sun, FIRST.date(), END.date(), Wishes()), repeat=1) / 1e3,
            None,
            "s",
            note=f"{len(sun)} people in {len(ZONES)} zones, turns of a week, shares evened out",
        ),
    ]


if __name__ == "__main__":
    print(table(run()))
