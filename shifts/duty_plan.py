"""What will have to be told about the shifts ahead, and when: written down, so that no restart forgets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.duty_tables import DutyNewsRow, DutyWatchRow
from shifts.intervals import Interval, union
from shifts.news import News, owe
from shifts.people_file import Person
from shifts.people_store import everybody
from shifts.reminders import AllReminders, all_reminders, reminded_at
from shifts.roster_file import Roster, rules_of
from shifts.service import text_in
from shifts.tables import RosterRow, ShiftRow
from store.clock import Clock
from store.database import Database

AHEAD = timedelta(days=2)
"""How far ahead everything is planned; reminders reach further by their own time."""

BEFORE_DUSK = timedelta(hours=2)

PLANNED = (News.REMINDER, News.DUSK, News.COMES_ON, News.GOES_OFF)

Dusk = Callable[[str, datetime], datetime | None]
"""The first dusk (end of evening twilight) of a facility after an instant; None where there is none soon."""


@dataclass(frozen=True)
class Stand:
    """A time in which a person is on in a role without a break, whatever shifts it is made of."""

    role: str
    person: str
    span: Interval


@dataclass(frozen=True)
class Planned:
    """A piece of news that will be due."""

    kind: News
    key: str
    person: str
    due: datetime
    document: dict[str, Any]


class DutyPlanner:
    """Keeps the plan of what is to be told in agreement with the shifts ahead.

    Promises: what became due since it last ran, while no process was there, is owed now; what an edit made
    wrong before it was due is taken back; run twice it changes nothing.
    """

    def __init__(self, database: Database, clock: Clock, dusk: Dusk | None = None) -> None:
        self._database = database
        self._clock = clock
        self._dusk = dusk

    async def plan(self) -> datetime | None:
        """Bring the plan up to date; the instant at which the next piece of news is due."""
        now = self._clock.now()
        async with self._database.write() as session:
            wishes = await all_reminders(session)
            people = (await everybody(session)).by_name()
            for row in await session.scalars(select(RosterRow).order_by(RosterRow.name)):
                rules = rules_of((await text_in(session, row.name))[0])
                stands = stands_of(await _shifts(session, row, now + AHEAD + wishes.longest))
                planned = [
                    *_handovers(rules.name, stands, now + AHEAD),
                    *_reminders(rules.name, stands, now + AHEAD, wishes, people),
                    *(_dusks(rules, stands, now, self._dusk) if self._dusk is not None else ()),
                ]
                await _keep(session, rules.name, planned, now)
            due: datetime | None = await session.scalar(
                select(func.min(DutyNewsRow.due)).where(DutyNewsRow.done.is_(None))
            )
            return due


def stands_of(rows: Sequence[ShiftRow]) -> list[Stand]:
    """The shifts of each person in each role, joined where they touch."""
    spans: defaultdict[tuple[str, str], list[Interval]] = defaultdict(list)
    for row in rows:
        spans[row.role, row.person].append((row.starts, row.ends))
    return [
        Stand(role, person, span) for (role, person), each in sorted(spans.items()) for span in union(each)
    ]


async def _shifts(session: AsyncSession, row: RosterRow, until: datetime) -> list[ShiftRow]:
    rows = select(ShiftRow).where(ShiftRow.roster_id == row.id, ShiftRow.starts < until)
    return list(await session.scalars(rows))


def _handovers(roster: str, stands: Sequence[Stand], until: datetime) -> Iterator[Planned]:
    for stand in stands:
        for kind, at in ((News.COMES_ON, stand.span[0]), (News.GOES_OFF, stand.span[1])):
            if at < until:
                key = f"{roster}|{stand.role}|{stand.person}|{at.isoformat()}"
                yield Planned(kind, key, stand.person, at, _document(stand))


def _reminders(
    roster: str,
    stands: Sequence[Stand],
    until: datetime,
    wishes: AllReminders,
    people: dict[str, Person],
) -> Iterator[Planned]:
    for stand in stands:
        for reminder in wishes.of(stand.person, roster):
            start = stand.span[0]
            due = reminded_at(reminder, start, people.get(stand.person))
            if due < until:
                minutes = int(reminder.before.total_seconds()) // 60
                key = f"{roster}|{stand.role}|{stand.person}|{start.isoformat()}|{minutes}"
                document = {**_document(stand), "way": reminder.way}
                yield Planned(News.REMINDER, key, stand.person, due, document)


def _dusks(rules: Roster, stands: Sequence[Stand], now: datetime, dusk: Dusk) -> Iterator[Planned]:
    for stand in stands:
        rule = rules.role_rules.get(stand.role)
        if rule is None or rule.facility is None:
            continue
        at = max(stand.span[0], now - BEFORE_DUSK)
        while (falls := dusk(rule.facility, at)) is not None:
            if falls >= stand.span[1] or falls >= now + AHEAD:
                break
            key = f"{rules.name}|{rule.facility}|{stand.person}|{falls:%Y-%m-%dT%H}"
            document = {**_document(stand), "facility": rule.facility, "dusk": falls.isoformat()}
            yield Planned(News.DUSK, key, stand.person, falls - BEFORE_DUSK, document)
            at = falls + timedelta(hours=6)


def _document(stand: Stand) -> dict[str, Any]:
    return {"role": stand.role, "span": [at.isoformat() for at in stand.span]}


async def _keep(session: AsyncSession, roster: str, planned: Sequence[Planned], now: datetime) -> None:
    """Owe what is planned and was not due before the last look; take back what is planned no more."""
    watch = await session.get(DutyWatchRow, roster)
    if watch is None:
        watch = DutyWatchRow(roster=roster, planned=now)  # what began before is nobody's news
        session.add(watch)
    wanted = {f"{each.kind.value}|{each.key}": each for each in planned if each.due > watch.planned}
    ahead = select(DutyNewsRow).where(
        DutyNewsRow.roster == roster,
        DutyNewsRow.kind.in_([kind.value for kind in PLANNED]),
        DutyNewsRow.done.is_(None),
        DutyNewsRow.due > now,
    )
    for row in await session.scalars(ahead):
        again = wanted.pop(row.key, None)
        if again is None:
            await session.delete(row)
        else:
            row.due, row.document = again.due, again.document
    await session.flush()
    for each in wanted.values():
        await owe(
            session,
            each.kind,
            each.key,
            roster=roster,
            person=each.person,
            due=each.due,
            document=each.document,
        )
    watch.planned = max(watch.planned, now)
