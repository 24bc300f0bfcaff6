"""Cover watched ahead: each hole in a roster is told 4 weeks, a week, 48 h, 4 h before, and when it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.duty_tables import CoverWarningRow
from shifts.intervals import Interval
from shifts.news import News, owe
from shifts.people_file import Person
from shifts.people_store import everybody
from shifts.resolver import resolve
from shifts.roster_file import Layer, Roster, rules_of
from shifts.service import text_in
from shifts.shift import Resolution, Shift
from shifts.tables import RosterRow
from shifts.wall_clock import DAY
from store.clock import Clock
from store.database import Database

LEADS = (timedelta(weeks=4), timedelta(weeks=1), timedelta(hours=48), timedelta(hours=4), timedelta(0))
"""How long before a hole it is told, longest first; the last when it is there."""

BACK = timedelta(days=8)
"""How far back is looked for the beginning of a hole that is there already."""

BEYOND = timedelta(weeks=2)
"""How much further is looked for where a hole ends."""

FAR = timedelta(hours=48)
PAUSE = timedelta(hours=20)
"""What is further ahead than FAR is told together, not more often than every PAUSE."""

SHORTEST_ALONE = timedelta(days=3)


@dataclass(frozen=True)
class Hole:
    """Something wrong with cover. `key` says which it is, however often it is looked at."""

    key: str
    kind: str
    role: str
    span: Interval
    on: int = 0
    minimum: int = 1
    fallback: str | None = None
    person: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "role": self.role,
            "span": [at.isoformat() for at in self.span],
            "on": self.on,
            "minimum": self.minimum,
            "fallback": self.fallback,
            "person": self.person,
            "days": round((self.span[1] - self.span[0]) / DAY),
        }


class CoverWatch:
    """Looks at every roster's future and owes those who manage it the holes they have not been told of.

    Promises: each hole is told once for each time ahead (`LEADS`), also by several processes; one that
    turns up late is told at once, with the time ahead that it has.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self) -> int:
        """Owe what is new; how many holes that were."""
        now = self._clock.now()
        told = 0
        async with self._database.write() as session:
            people = (await everybody(session)).by_name()
            for name in list(await session.scalars(select(RosterRow.name).order_by(RosterRow.name))):
                rules = rules_of((await text_in(session, name))[0])
                told += await _owe_new(session, rules, holes(rules, people, now), now)
        return told


def holes(roster: Roster, people: Mapping[str, Person], now: datetime) -> list[Hole]:
    """Everything wrong with the roster's cover from `now` to four weeks ahead, soonest first."""
    window = resolve(roster, now - BACK, now + LEADS[0] + BEYOND)
    found = [*_gaps(roster, window), *_unreachable(roster, window, people), *_alone(roster, window)]
    ahead = [hole for hole in found if hole.span[1] > now and hole.span[0] <= now + LEADS[0]]
    return sorted(ahead, key=lambda hole: (hole.span[0], hole.role, hole.kind, hole.key))


def _gaps(roster: Roster, window: Resolution) -> Iterator[Hole]:
    rules = roster.role_rules
    for gap in window.gaps:
        span = (gap.start, gap.end)
        key = f"gap|{gap.role}|{gap.on}|{_known_by(span, window)}"
        yield Hole(key, "gap", gap.role, span, gap.on, rules[gap.role].minimum, gap.fallback)


def _unreachable(roster: Roster, window: Resolution, people: Mapping[str, Person]) -> Iterator[Hole]:
    rules = roster.role_rules
    for shift in window.shifts:
        person = people.get(shift.person)
        if (person is None or not person.usable()) and rules[shift.role].minimum > 0:
            key = f"unreachable|{shift.person}|{shift.id}"
            fallback = rules[shift.role].fallback
            yield Hole(
                key,
                "unreachable",
                shift.role,
                (shift.start, shift.end),
                person=shift.person,
                fallback=fallback,
            )


def _alone(roster: Roster, window: Resolution) -> Iterator[Hole]:
    """Runs in which one person has every shift of a role, longer than its turns explain."""
    for role, rule in roster.role_rules.items():
        if rule.minimum == 0:
            continue
        turns = [_length(layer) for layer in roster.layers if layer.role == role]
        longest = max([SHORTEST_ALONE, *(1.5 * turn for turn in turns)])
        for run in _runs([shift for shift in window.shifts if shift.role == role]):
            span = (run[0].start, max(shift.end for shift in run))
            inside = min(span[1], window.end) - max(span[0], window.start)
            if inside > longest:
                key = f"alone|{run[0].person}|{role}|{_known_by(span, window)}"
                yield Hole(key, "alone", role, span, 1, rule.minimum, rule.fallback, run[0].person)


def _runs(shifts: list[Shift]) -> Iterator[list[Shift]]:
    run: list[Shift] = []
    for shift in sorted(shifts, key=lambda each: (each.start, each.end)):
        if run and run[0].person != shift.person:
            yield run
            run = []
        run.append(shift)
    if run:
        yield run


def _length(layer: Layer) -> timedelta:
    unit = {"hours": timedelta(hours=1), "days": DAY, "weeks": 7 * DAY, "months": 31 * DAY}[layer.turn.unit]
    return layer.turn.count * unit


def _known_by(span: Interval, window: Resolution) -> str:
    """Its beginning, which stays the same at the next look; of one that reaches further back, its end."""
    if span[0] > window.start:
        return f"{span[0]:%Y-%m-%dT%H:%MZ}"
    return f"long to {span[1]:%Y-%m-%dT%H:%MZ}" if span[1] < window.end else "long"


async def _owe_new(session: AsyncSession, rules: Roster, found: list[Hole], now: datetime) -> int:
    given = CoverWarningRow.roster == rules.name
    known = set(await session.scalars(select(CoverWarningRow.key).where(given)))
    new = [(f"{rules.name}|{hole.key}|{_lead(hole, now)}"[:400], hole) for hole in found]
    new = [(key, hole) for key, hole in new if key not in known]
    if not new:
        return 0
    last: datetime | None = await session.scalar(select(func.max(CoverWarningRow.given)).where(given))
    if last is not None and now - last < PAUSE and all(hole.span[0] - now > FAR for _, hole in new):
        return 0
    session.add_all(CoverWarningRow(key=key, roster=rules.name, given=now) for key, _ in new)
    document = {"holes": [hole.to_dict() for _, hole in new]}
    key = f"{rules.name}|{now.isoformat()}"
    await owe(session, News.COVER, key, roster=rules.name, person=None, due=now, document=document)
    return len(new)


def _lead(hole: Hole, now: datetime) -> str:
    """The shortest of the times ahead that the hole is within."""
    ahead = max(hole.span[0] - now, timedelta(0))
    lead = min(lead for lead in LEADS if ahead <= lead)
    return f"{lead / timedelta(hours=1):.0f} h"
