"""News about duty on their way to people: what is due is made into cards and owed through the outbox."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from notifiers import outbox
from notifiers.duty_audience import Audience, Told
from notifiers.duty_digest import MoreOpen
from notifiers.duty_words import Words, words_for
from notifiers.messages import notify, notify_desk
from shifts.duty_tables import DutyNewsRow
from shifts.news import News
from shifts.people_store import everybody
from shifts.quiet_hours import quiet_at
from shifts.zones import zone_info
from store.claims import claim, hold, release
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

BELL = "duty"
"""The bell to ring once news has been committed."""

AT_ONCE = 50
CLAIM = timedelta(minutes=2)
LATEST_LOOK = 30.0  # s; rings come from this process only

STALE = {News.GOES_OFF: timedelta(hours=12), News.SWAP: timedelta(days=2), News.COVER: timedelta(days=2)}
"""Older than this it is no news any more, such as after a process was down for days."""


@dataclass(frozen=True)
class Settings:
    """`warnings` are the configured channels told about the desk itself, with who reads there."""

    warnings: Mapping[str, Reader]
    more_open: MoreOpen | None = None


class RosterNews:
    """Tells people what is due about their duty.

    Promises: each piece of news is in the outbox exactly once, in the transaction that marks it done, however
    often a process dies; what is due while no process runs is told by the next one, unless it is no news any
    more. People in their quiet hours are told of what can wait when those end.
    """

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, *, bell: Bell, owner: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._bell = bell
        self._owner = owner

    async def run(self) -> None:
        """Tell for ever."""
        while True:
            due = await self.step()
            now = self._clock.now()
            seconds = LATEST_LOOK if due is None else (due - now).total_seconds()
            await self._bell.wait(BELL, min(max(seconds, 0.05), LATEST_LOOK))

    async def step(self) -> datetime | None:
        """Tell everything that is due; when the next is due."""
        while await self._some():
            pass
        async with self._database.read() as session:
            open_news = select(func.min(DutyNewsRow.due)).where(
                DutyNewsRow.done.is_(None), DutyNewsRow.claimed_by.is_(None)
            )
            due: datetime | None = await session.scalar(open_news)
            return due

    async def _some(self) -> int:
        now = self._clock.now()
        async with self._database.write() as session:
            rows = await claim(
                session,
                DutyNewsRow,
                where=DutyNewsRow.done.is_(None) & (DutyNewsRow.due <= now),
                order_by=[DutyNewsRow.due, DutyNewsRow.id],
                limit=AT_ONCE,
                owner=self._owner,
                now=now,
                until=now + CLAIM,
            )
            claimed = [(row.id, row.key) for row in rows]
        for number, key in claimed:
            try:
                async with self._database.write() as session:
                    row = await hold(session, DutyNewsRow, number, self._owner)
                    if row is not None and row.done is None:
                        await self._tell(session, row)
            except Exception:  # one piece of news must not keep the others back; it is tried again
                log.exception("the news %s could not be told", key)
        if claimed:
            self._bell.ring(outbox.BELL)
        return len(claimed)

    async def _tell(self, session: AsyncSession, row: DutyNewsRow) -> None:
        now = self._clock.now()
        kind = News(row.kind)
        row.done = now
        release(row)
        if now - row.due > STALE.get(kind, timedelta.max):
            row.dropped = "stale"
            return
        audience = Audience(await everybody(session))
        told = await audience.of(session, row, now)
        words = await words_for(session, row, now, self._settings.more_open)
        if words is None:
            row.dropped = "overtaken"
            return
        for each in told:
            await self._owe(session, row, each, words, now)
        if kind is News.COVER or not told:
            await self._warn(session, row, words, now)

    async def _owe(
        self, session: AsyncSession, row: DutyNewsRow, told: Told, words: Words, now: datetime
    ) -> None:
        card = await words.card(told.reader, told.person.name)
        await notify(
            session,
            card,
            [told.channel],
            key=f"duty|{row.id}",
            now=now,
            subject=f"duty:{row.roster}",
            held_until=held_until(told, words.concerns, now) if words.can_wait else None,
            not_after=words.not_after,
        )

    async def _warn(self, session: AsyncSession, row: DutyNewsRow, words: Words, now: datetime) -> None:
        """Say it where the desk's warnings go: holes in cover, and news that nobody can be told directly."""
        if row.person is not None:
            row.dropped = "no way to reach them"
            return
        for channel, reader in self._settings.warnings.items():
            card = await words.card(reader, None)
            await notify_desk(session, card, [channel], key=f"duty {row.id}", now=now)


def held_until(told: Told, concerns: datetime | None, now: datetime) -> datetime | None:
    """When the person's quiet hours end, if it can wait until then: what it `concerns` begins later."""
    quiet = quiet_at(told.person.quiet, zone_info(told.person.timezone), now)
    if quiet is None or (concerns is not None and concerns <= quiet[1] + timedelta(hours=1)):
        return None
    return quiet[1]
