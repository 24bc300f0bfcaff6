"""Whom a piece of news about duty is for, and by which way they are usually told things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from notifiers.destinations import direct
from shifts.contact import Way
from shifts.duty_tables import DutyNewsRow
from shifts.people_file import People, Person
from shifts.permissions import RANKS, Permission, may
from shifts.who_is_on import who_is_on

WRITTEN: tuple[Way, ...] = ("slack", "discord", "email", "sms", "whatsapp")
"""Ways that can be read later, the quiet ones first. A telephone that rings is for pages."""

COORDINATOR = "coordinator"
"""The role whose people answer for a roster while they are on."""


@dataclass(frozen=True)
class Told:
    """One person, the outbox's name of the way to them, and how they read."""

    person: Person
    channel: str
    reader: Reader


def usual_way(person: Person) -> Way | None:
    """The written way that the person's own contact rules name first, else the quietest there is."""
    usable = person.usable()
    own = [rule.by for rule in sorted(person.contact, key=lambda rule: rule.after)]
    return next((way for way in (*own, *WRITTEN) if way in usable and way in WRITTEN), None)


class Audience:
    """Whom news is for, out of everybody the desk knows."""

    def __init__(self, people: People) -> None:
        self._people = people.by_name()

    async def of(self, session: AsyncSession, row: DutyNewsRow, now: datetime) -> list[Told]:
        """Those who can be told: the person of the news, or those who manage its roster."""
        if row.person is not None:
            person = self._people.get(row.person)
            told = None if person is None else self._by(person, row.document.get("way"))
            return [] if told is None else [told]
        managers = await self.managers(session, row.roster, now)
        told_each = [self._by(person, None) for person in managers if person.name != row.document.get("by")]
        return [each for each in told_each if each is not None]

    async def managers(self, session: AsyncSession, roster: str, now: datetime) -> list[Person]:
        """Who answers for a roster: the coordinators who are on; without any the roster managers.

        Administrators only where there is neither.
        """
        on = [
            shift.person
            for shift in await who_is_on(session, now)
            if shift.role == COORDINATOR and shift.id.startswith(f"{roster}/")
        ]
        coordinators = [self._people[name] for name in dict.fromkeys(on) if name in self._people]
        if coordinators:
            return coordinators
        managing = [
            person
            for person in self._people.values()
            if any(RANKS.get(text) is Permission.ROSTER_MANAGER for text in person.permissions)
        ]
        return managing or [p for p in self._people.values() if may(p, Permission.ADMINISTRATOR)]

    def _by(self, person: Person, asked: object) -> Told | None:
        way = asked if isinstance(asked, str) and asked in person.usable() else usual_way(person)
        if way is None:
            return None
        return Told(person, direct(person.name, way), Reader(person.locale, person.timezone))
