"""How long before a shift a person wants to be reminded, and by which way: per person and roster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.contact import ADDRESS_OF, Way
from shifts.duty_tables import ReminderRow
from shifts.errors import RosterError, did_you_mean
from shifts.people_file import Person
from shifts.quiet_hours import quiet_at
from shifts.zones import zone_info
from store.database import Database

LONGEST = timedelta(days=60)
NONE = -1


@dataclass(frozen=True)
class Reminder:
    """A reminder `before` each shift, by `way` (None: how the person is usually told)."""

    before: timedelta
    way: Way | None = None
    asked_for: bool = True


USUAL = (
    Reminder(timedelta(hours=24), asked_for=False),
    Reminder(timedelta(hours=1), asked_for=False),
)
"""For those who have not said what they want."""


class Reminders:
    """What each person wants to be reminded of; a roster's own wishes count before those for all rosters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, person: str, reminders: Iterable[Reminder], *, roster: str = "") -> None:
        """Have these and no others; none at all means not to be reminded. Raises `RosterError`."""
        wanted = list(reminders)
        for each in wanted:
            if not timedelta(0) < each.before <= LONGEST:
                raise RosterError(
                    f"a reminder comes between a minute and {LONGEST.days} days before a shift, "
                    f"not {each.before} before it"
                )
            if each.way is not None and each.way not in ADDRESS_OF:
                raise RosterError(
                    f"{each.way!r} is not a way to reach people; {did_you_mean(each.way, ADDRESS_OF)}"
                )
        async with self._database.write() as session:
            own = (ReminderRow.person == person, ReminderRow.roster == roster)
            await session.execute(delete(ReminderRow).where(*own))
            by_minutes = {int(each.before.total_seconds()) // 60: each.way for each in wanted} or {NONE: None}
            session.add_all(
                ReminderRow(person=person, roster=roster, minutes=minutes, way=way)
                for minutes, way in by_minutes.items()
            )

    async def of(self, person: str, roster: str = "") -> tuple[Reminder, ...]:
        """What counts for a person in a roster."""
        async with self._database.read() as session:
            return (await all_reminders(session)).of(person, roster)


@dataclass(frozen=True)
class AllReminders:
    """Everybody's wishes at one instant."""

    rows: dict[tuple[str, str], tuple[Reminder, ...]]

    def of(self, person: str, roster: str) -> tuple[Reminder, ...]:
        for key in ((person, roster), (person, "")):
            if key in self.rows:
                return self.rows[key]
        return USUAL

    @property
    def longest(self) -> timedelta:
        """The longest time ahead that anybody is reminded."""
        return max(each.before for own in (*self.rows.values(), USUAL) for each in own)


async def all_reminders(session: AsyncSession) -> AllReminders:
    """Everybody's wishes."""
    rows: dict[tuple[str, str], tuple[Reminder, ...]] = {}
    for row in await session.scalars(select(ReminderRow).order_by(ReminderRow.minutes.desc())):
        own = rows.setdefault((row.person, row.roster), ())
        if row.minutes != NONE:
            way = next((each for each in ADDRESS_OF if each == row.way), None)
            rows[row.person, row.roster] = (*own, Reminder(timedelta(minutes=row.minutes), way))
    return AllReminders(rows)


def reminded_at(reminder: Reminder, start: datetime, person: Person | None) -> datetime:
    """When the reminder of a shift that begins at `start` comes.

    What a person asked for comes when they asked for it. What comes because they said nothing does not come
    in their quiet hours but before them.
    """
    due = start - reminder.before
    if reminder.asked_for or person is None or reminder.before < timedelta(hours=12):
        return due
    quiet = quiet_at(person.quiet, zone_info(person.timezone), due)
    return due if quiet is None else quiet[0]
