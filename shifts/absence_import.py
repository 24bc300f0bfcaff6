"""Absences that come from somebody's calendar: taken into their rosters, and kept as the calendar says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts import people_store
from shifts.actor import Actor
from shifts.calendar_reading import Away, read_absences
from shifts.errors import RosterError, worded
from shifts.exceptions import Absence
from shifts.file_edits import with_entry, without_entry
from shifts.local_times import moment_interval
from shifts.news import News, owe
from shifts.preview import Preview
from shifts.roster_file import Roster, parse_roster
from shifts.service import RosterService, publish_in, text_in
from shifts.tables import RosterRow
from store import audit
from store.clock import Clock
from store.database import Database

AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Taken:
    """What a calendar brought into one roster: absences added and removed, and whose shifts that moves."""

    roster: str
    added: tuple[Away, ...]
    removed: tuple[Away, ...]
    preview: Preview


class AbsenceImport:
    """Takes the absences of a person's calendar into the rosters that name the person.

    Promises: an import says what the calendar says, so a second one changes only what changed there;
    absences that were noted otherwise, and those that have passed, are left alone; each changed roster is a
    new version.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def preview(
        self, person: str, calendar: str, content: bytes, *, matching: str | None = None
    ) -> list[Taken]:
        """What `put` would do. Nothing is written. Raises `RosterError`."""
        rosters = RosterService(self._database, self._clock)
        async with self._database.read() as session:
            planned = await self._planned(session, person, calendar, content, matching)
        return [
            Taken(name, added, removed, await rosters.preview(edited))
            for name, edited, added, removed in planned
        ]

    async def put(
        self, actor: Actor, person: str, calendar: str, content: bytes, *, matching: str | None = None
    ) -> list[Taken]:
        """Make the absences from `calendar` (a name for it) those of `content`; gives what changed where.

        Everybody may do it for themselves, roster managers for all. Raises `RosterError`.
        """
        actor.must_be(person, "import absences")
        now = self._clock.now()
        done = []
        async with self._database.write() as session:
            for name, edited, added, removed in await self._planned(
                session, person, calendar, content, matching
            ):
                published = await publish_in(session, edited, by=actor.name, now=now, expected_version=None)
                details = {
                    "person": person,
                    "calendar": calendar,
                    "added": len(added),
                    "removed": len(removed),
                }
                await audit.record(
                    session, who=actor.name, where=actor.where, what="roster.absences.calendar", subject=name,
                    result=f"version {published.version}", details=details, at=now,
                )  # fmt: skip
                touched = list(published.preview.touches)
                document = {
                    "by": actor.name,
                    "what": "roster.absences.calendar",
                    **details,
                    "touched": touched,
                }
                key = f"{name}|version {published.version}"
                await owe(session, News.EDITED, key, roster=name, person=None, due=now, document=document)
                done.append(Taken(name, added, removed, published.preview))
        return done

    async def _planned(
        self, session: AsyncSession, person: str, calendar: str, content: bytes, matching: str | None
    ) -> list[tuple[str, str, tuple[Away, ...], tuple[Away, ...]]]:
        now = self._clock.now()
        zone = (await people_store.person(session, person)).timezone
        wanted = read_absences(content, timezone=zone, start=now, end=now + AHEAD, matching=matching)
        planned, stands = [], False
        for name in await session.scalars(select(RosterRow.name).order_by(RosterRow.name)):
            text, _ = await text_in(session, name)
            roster = parse_roster(text)
            if person not in {*(roster.people or ()), *(each for each, _ in roster.names_in_use())}:
                continue
            stands = True
            edited, added, removed = _edited(text, roster, person, calendar, wanted, now)
            if added or removed:
                planned.append((name, edited, added, removed))
        if not stands:
            raise RosterError(
                worded("{person} stands in no roster, so there is nothing to be absent from"), person=person
            )
        return planned


def _edited(
    text: str, roster: Roster, person: str, calendar: str, wanted: Collection[Away], now: datetime
) -> tuple[str, tuple[Away, ...], tuple[Away, ...]]:
    """The roster's file with the absences of this calendar as they are wanted; what was added and removed."""
    there = dict(_ahead(roster, person, calendar, now))
    added = tuple(away for away in wanted if away not in there.values())
    gone = {number: away for number, away in there.items() if away not in wanted}
    for number in sorted(gone, reverse=True):
        text = without_entry(text, "absences", number)
    for away in added:
        text = with_entry(text, "absences", _entry(person, calendar, away))
    return text, added, tuple(gone.values())


def _ahead(roster: Roster, person: str, calendar: str, now: datetime) -> Iterator[tuple[int, Away]]:
    """The absences from this calendar that have not passed, with their numbers in the file."""
    for number, absence in enumerate(roster.absences, start=1):
        if absence.person != person or absence.calendar != calendar:
            continue
        if moment_interval(absence.begins, absence.ends, roster.zone_of(absence))[1] > now:
            written = absence.to_dict()
            yield number, Away(written["from"], written["to"], written.get("timezone"))


def _entry(person: str, calendar: str, away: Away) -> dict[str, Any]:
    entry = {"person": person, "from": away.begins, "to": away.ends, "calendar": calendar}
    if away.timezone is not None:
        entry["timezone"] = away.timezone
    Absence.from_dict(entry)
    return entry
