"""Exceptions to a published roster: overrides, fixed schedules, absences; each a new version of its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.actor import Actor
from shifts.errors import Nearest, RosterError, did_you_mean, worded
from shifts.file_edits import Section, with_entry, without_entry
from shifts.news import News, owe
from shifts.preview import Preview
from shifts.roster_file import Roster, parse_roster
from shifts.service import Published, RosterService, publish_in, text_in
from shifts.tables import RosterRow
from store import audit
from store.clock import Clock
from store.database import Database

SECTIONS: tuple[Section, ...] = ("overrides", "swaps", "absences", "fixed")


@dataclass(frozen=True)
class Edit:
    """One exception that is added to a roster (`entry`) or taken back (`number`, from 1)."""

    section: Section
    entry: dict[str, Any] | None = None
    number: int | None = None

    def applied(self, text: str) -> str:
        """The file with it. Raises `RosterError`."""
        if self.entry is not None:
            return with_entry(text, self.section, self.entry)
        assert self.number is not None
        return without_entry(text, self.section, self.number)


def override(
    role: str,
    begins: str,
    ends: str,
    *,
    person: str | None = None,
    replaces: str | None = None,
    timezone: str | None = None,
) -> Edit:
    """`person` is on in addition; with `replaces` in that person's place; `replaces` alone is taken off."""
    entry = {"role": role, "person": person, "replaces": replaces, "from": begins, "to": ends}
    return Edit("overrides", _without_empty({**entry, "timezone": timezone}))


def fixed_schedule(
    role: str,
    begins: str,
    ends: str,
    turnouts: Sequence[tuple[str, str, str]],
    *,
    timezone: str | None = None,
) -> Edit:
    """For a time only these people, each (name, from, to), stand the role."""
    shifts = [{"person": person, "from": start, "to": end} for person, start, end in turnouts]
    entry = {"role": role, "from": begins, "to": ends, "timezone": timezone, "shifts": shifts}
    return Edit("fixed", _without_empty(entry))


def absence(person: str, begins: str, ends: str, *, timezone: str | None = None) -> Edit:
    """`person` is away; dates run from midnight to midnight, the last one not included."""
    entry = {"person": person, "from": begins, "to": ends, "timezone": timezone}
    return Edit("absences", _without_empty(entry))


def taken_back(section: str, number: int) -> Edit:
    """The exception of this number is no more. Raises `RosterError` for a section there is not."""
    for known in SECTIONS:
        if section == known:
            return Edit(known, number=number)
    raise RosterError(f"{section!r} is not a part of a roster; {did_you_mean(section, SECTIONS)}")


class RosterChanges:
    """Makes exceptions to published rosters.

    Promises: each is a new version of the roster's file, by whom it was asked, in the audit; everybody whose
    shifts differ is owed the news, and so are those who manage the roster. Only roster managers make them;
    everybody may say of themselves that they are away.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rosters = RosterService(database, clock)

    async def preview(self, roster: str, edit: Edit) -> Preview:
        """What the edit would change for whom. Nothing is written. Raises `RosterError`."""
        text, _ = await self._rosters.text(roster)
        return await self._rosters.preview(edit.applied(text))

    async def make(
        self, actor: Actor, roster: str, edit: Edit, *, expected_version: int | None = None
    ) -> Published:
        """Publish the roster with the edit.

        `expected_version` is the one that `actor` looked at. Raises `RosterError`, `StaleRosterError` when
        somebody published another since.
        """
        async with self._database.write() as session:
            return await self._make(session, actor, roster, edit, expected_version)

    async def away(
        self, actor: Actor, person: str, begins: str, ends: str, *, timezone: str | None = None
    ) -> list[Published]:
        """Note an absence in every roster whose rules name `person`. Raises `RosterError` if none does."""
        edit = absence(person, begins, ends, timezone=timezone)
        async with self._database.write() as session:
            names = list(await session.scalars(select(RosterRow.name).order_by(RosterRow.name)))
            rosters = {name: parse_roster((await text_in(session, name))[0]) for name in names}
            stands = [name for name, roster in rosters.items() if person in _people_of(roster)]
            if not stands:
                known = {each for roster in rosters.values() for each in _people_of(roster)}
                raise RosterError(
                    worded("“{name}” stands in no roster; {hint}"),
                    name=person,
                    hint=Nearest(person, tuple(known)),
                )
            return [await self._make(session, actor, name, edit, None) for name in stands]

    async def _make(
        self, session: AsyncSession, actor: Actor, roster: str, edit: Edit, expected: int | None
    ) -> Published:
        text, version = await text_in(session, roster)
        _check_allowed(actor, parse_roster(text), edit)
        now = self._clock.now()
        edited = edit.applied(text) if expected in (None, version) else text
        published = await publish_in(session, edited, by=actor.name, now=now, expected_version=expected)
        what = f"roster.{edit.section}.{'add' if edit.entry is not None else 'remove'}"
        details = {"entry": edit.entry, "number": edit.number, "version": published.version}
        await audit.record(
            session, who=actor.name, where=actor.where, what=what, subject=roster,
            result=f"version {published.version}", details=details, at=now,
        )  # fmt: skip
        await owe(
            session,
            News.EDITED,
            f"{roster}|version {published.version}",
            roster=roster,
            person=None,
            due=now,
            document={"by": actor.name, "what": what, **details, "touched": list(published.preview.touches)},
        )
        return published


def moment(at: datetime) -> str:
    """An instant as a roster's file writes it, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _check_allowed(actor: Actor, roster: Roster, edit: Edit) -> None:
    if edit.section == "absences":
        entry = edit.entry
        if entry is None and edit.number is not None and edit.number <= len(roster.absences):
            actor.must_be(roster.absences[edit.number - 1].person, "take back an absence")
        elif entry is not None:
            actor.must_be(str(entry["person"]), "note an absence")
        return
    actor.must_manage(f"edit the {edit.section} of {roster.name}")


def _people_of(roster: Roster) -> set[str]:
    return {*(roster.people or ()), *(name for name, _ in roster.names_in_use())}


def _without_empty(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}
