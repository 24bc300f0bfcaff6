"""Calendar feeds: secret addresses that can be taken back, and what is read under them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts import people_store
from shifts.calendar import Entry, shift_entries, write_calendar
from shifts.errors import Nearest, RosterError, worded
from shifts.rows import past_shift, shift_of
from shifts.shift import Shift
from shifts.tables import CalendarFeedRow, DutyRow, RosterRow, ShiftRow
from store import audit
from store.clock import Clock
from store.database import Database

PAST = timedelta(days=60)
"""How far back a feed goes; calendar programs take away what is no longer in it."""

USE_NOTED = timedelta(hours=1)
"""A feed's last use is written down no more often than that."""

MOST_REMINDERS = 5
LONGEST_REMINDER = timedelta(days=28)


class FeedKind(StrEnum):
    """What a feed holds: a person's shifts, a roster's, or the nights of a facility."""

    PERSON = "person"
    ROSTER = "roster"
    NIGHT = "night"


class NoSuchFeed(RosterError):
    """The address is not one of ours. `gone`: it was, and has been taken back."""

    def __init__(self, *, gone: bool) -> None:
        super().__init__("this calendar was taken back" if gone else "there is no calendar at this address")
        self.gone = gone


@dataclass(frozen=True)
class Feed:
    """A calendar feed as it is listed: its address is told once, when it is made."""

    id: int
    kind: FeedKind
    subject: str
    owner: str
    reminders: tuple[timedelta, ...]
    created: datetime
    used: datetime | None
    revoked: datetime | None


@dataclass(frozen=True)
class NewFeed:
    """A feed and the secret part of its address, `/calendar/{token}.ics`. It is not stored: tell it now."""

    feed: Feed
    token: str = field(repr=False)


@dataclass(frozen=True)
class FeedText:
    """What is read under a feed's address; `modified` is when it last came to say something else."""

    content: bytes
    etag: str
    modified: datetime


class FeedService:
    """Calendar feeds in the store.

    Promises: only who has the address reads it, a taken-back one is never served again, and the same content
    has the same ETag and DTSTAMP on whichever replica it is read.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(
        self,
        kind: FeedKind,
        subject: str,
        *,
        by: str,
        where: str = "terminal",
        reminders: Sequence[timedelta] = (),
    ) -> NewFeed:
        """A new address of a calendar, with alarms so long before each start.

        Raises `RosterError` for a person or roster there is not. The caller knows the facilities.
        """
        leads = _checked(reminders)
        token = secrets.token_urlsafe(24)
        now = self._clock.now()
        async with self._database.write() as session:
            await _check_subject(session, kind, subject)
            row = CalendarFeedRow(
                token=_hash(token),
                kind=kind.value,
                subject=subject,
                owner=by,
                reminders=[int(lead.total_seconds()) for lead in leads],
                created=now,
            )
            session.add(row)
            await session.flush()
            details = {"kind": kind.value, "feed": row.id}
            await audit.record(
                session, who=by, where=where, what="calendar.create", subject=subject, result="created",
                details=details, at=now,
            )  # fmt: skip
            return NewFeed(_feed(row), token)

    async def revoke(self, feed_id: int, *, by: str, where: str = "terminal") -> Feed:
        """Take an address back: from now on it gives nothing. Raises `RosterError` for an unknown one."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await session.get(CalendarFeedRow, feed_id, with_for_update=True)
            if row is None:
                raise RosterError(worded("there is no calendar #{number}"), number=feed_id)
            if row.revoked is None:
                row.revoked = now
                await audit.record(
                    session, who=by, where=where, what="calendar.revoke", subject=row.subject,
                    result="revoked", details={"kind": row.kind, "feed": row.id}, at=now,
                )  # fmt: skip
            return _feed(row)

    async def feeds(self, *, owner: str | None = None) -> list[Feed]:
        """Every feed that was made (by `owner`, or of the person `owner`), the oldest first."""
        async with self._database.read() as session:
            rows = await session.scalars(select(CalendarFeedRow).order_by(CalendarFeedRow.id))
            return [
                _feed(row)
                for row in rows
                if owner is None
                or row.owner == owner
                or (row.kind == FeedKind.PERSON and row.subject == owner)
            ]

    async def opened(self, token: str) -> Feed:
        """The feed of an address. Raises `NoSuchFeed`."""
        async with self._database.read() as session:
            row: CalendarFeedRow | None = await session.scalar(
                select(CalendarFeedRow).where(CalendarFeedRow.token == _hash(token))
            )
        if row is None or row.revoked is not None:
            raise NoSuchFeed(gone=row is not None)
        return _feed(row)

    async def entries(self, feed: Feed) -> tuple[Entry, ...]:
        """The shifts of a person's or a roster's feed, oldest first; nothing for the nights of a facility."""
        now = self._clock.now()
        async with self._database.read() as session:
            if feed.kind is FeedKind.NIGHT:
                return ()
            shifts = await _shifts(session, feed, now - PAST)
            zones = {each.name: each.timezone for each in (await people_store.everybody(session)).people}
        return shift_entries(shifts, zones)

    async def text(self, feed: Feed, entries: Sequence[Entry]) -> FeedText:
        """The feed as calendar programs read it; its ETag and time of change move only when it does."""
        now = self._clock.now().replace(microsecond=0)
        async with self._database.read() as session:
            row = await session.get_one(CalendarFeedRow, feed.id)
        before = row.modified or now
        content, etag = await asyncio.to_thread(_written, feed, entries, before)
        modified = before
        if etag != row.etag:  # something else than at that time: then it is of now
            content, etag = await asyncio.to_thread(_written, feed, entries, now)
            modified = now
        if etag != row.etag or row.used is None or now - row.used > USE_NOTED:
            async with self._database.write() as session:
                row = await session.get_one(CalendarFeedRow, feed.id, with_for_update=True)
                row.etag, row.modified, row.used = etag, modified, now
        return FeedText(content, etag, modified)


def _written(feed: Feed, entries: Sequence[Entry], stamp: datetime) -> tuple[bytes, str]:
    title = f"{feed.subject}: {'nights' if feed.kind is FeedKind.NIGHT else 'duty'}"
    content = write_calendar(entries, title=title, now=stamp, reminders=feed.reminders)
    return content, hashlib.sha256(content).hexdigest()[:32]


def _checked(reminders: Sequence[timedelta]) -> tuple[timedelta, ...]:
    leads = tuple(sorted(set(reminders), reverse=True))
    if len(leads) > MOST_REMINDERS:
        raise RosterError(
            worded("{count} alarms before each shift are too many; at most {most}"),
            count=len(leads),
            most=MOST_REMINDERS,
        )
    for lead in leads:
        if not timedelta() <= lead <= LONGEST_REMINDER:
            raise RosterError(
                worded("an alarm {lead} before is not from 0 to {days} days before"),
                lead=lead,
                days=LONGEST_REMINDER.days,
            )
    return leads


async def _check_subject(session: AsyncSession, kind: FeedKind, subject: str) -> None:
    if kind is FeedKind.PERSON:
        await people_store.person_row(session, subject)
    elif kind is FeedKind.ROSTER:
        names = list(await session.scalars(select(RosterRow.name)))
        if subject not in names:
            raise RosterError(
                worded("no roster is called “{name}”; {hint}"),
                name=subject,
                hint=Nearest(subject, tuple(names)),
            )


async def _shifts(session: AsyncSession, feed: Feed, since: datetime) -> list[Shift]:
    """What was stood since, by the history, then what is published ahead; a running shift once, whole."""
    past, ahead = select(DutyRow).where(DutyRow.ends > since), select(ShiftRow).where(ShiftRow.ends > since)
    if feed.kind is FeedKind.PERSON:
        past, ahead = past.where(DutyRow.person == feed.subject), ahead.where(ShiftRow.person == feed.subject)
    else:
        of_roster = RosterRow.name == feed.subject
        past = past.join(RosterRow, RosterRow.id == DutyRow.roster_id).where(of_roster)
        ahead = ahead.join(RosterRow, RosterRow.id == ShiftRow.roster_id).where(of_roster)
    published = [shift_of(row) for row in await session.scalars(ahead)]
    running = {(shift.id, shift.person) for shift in published}
    stood = [past_shift(row) for row in await session.scalars(past.order_by(DutyRow.starts))]
    shifts = _in_one([shift for shift in stood if (shift.id, shift.person) not in running]) + published
    return sorted(shifts, key=lambda shift: (shift.start, shift.role, shift.id))


def _in_one(stood: Sequence[Shift]) -> list[Shift]:
    """Duty that the history keeps in pieces, together; a second piece after a pause has an id of its own."""
    joined: list[Shift] = []
    last: dict[tuple[str, str], int] = {}
    for shift in stood:
        at = last.get((shift.id, shift.person))
        if at is not None and joined[at].end >= shift.start:
            joined[at] = replace(joined[at], end=max(joined[at].end, shift.end))
            continue
        last[shift.id, shift.person] = len(joined)
        joined.append(shift if at is None else replace(shift, id=f"{shift.id}~{shift.start:%Y%m%dT%H%M%SZ}"))
    return joined


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _feed(row: CalendarFeedRow) -> Feed:
    return Feed(
        row.id,
        FeedKind(row.kind),
        row.subject,
        row.owner,
        tuple(timedelta(seconds=seconds) for seconds in row.reminders),
        row.created,
        row.used,
        row.revoked,
    )
