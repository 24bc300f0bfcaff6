"""Drills and self-tests: a mock event of our own that goes the whole way, and what it measured."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gcn.inbox import Inbox
from gcn.message import RawMessage
from notifiers.paging.tables import DrillRow, PageLogRow, PageRow
from notifiers.routes import Route
from notifiers.rules import compile_rule
from notifiers.tables import Kind, OutboxRow, State
from simulation.gravitational_wave import simulate_superevent
from store.clock import Clock
from store.database import Database
from store.upsert import insert
from store.wakeup import Bell

TAG = "drill"
"""The tag by which every card of the event says DRILL before everything else."""

ANY = compile_rule("mock || !mock")
"""A drill goes a route's way whatever its rule says: it asks whether people are reached, not what is told."""


@dataclass(frozen=True)
class Drill:
    """A drill that was asked for."""

    event: str
    asked: datetime
    route: str | None
    silent: bool


@dataclass(frozen=True)
class DrillReport:
    """What a drill has shown so far; times count from when it was asked for, None where it is not there yet.

    `asked` are the people it asked, in order; `answered` who has it; `gaps` what meant nobody.
    """

    decided: timedelta | None = None
    card: timedelta | None = None
    page: timedelta | None = None
    acknowledged: timedelta | None = None
    asked: tuple[str, ...] = ()
    answered: str | None = None
    gaps: tuple[str, ...] = ()
    pages: int = 0

    @property
    def silent_people(self) -> tuple[str, ...]:
        """Who was asked and did not answer."""
        return tuple(name for name in self.asked if name != self.answered)


async def begin_drill(
    database: Database,
    clock: Clock,
    *,
    route: str | None = None,
    silent: bool = False,
    self_test: bool = False,
    by: str = "",
    at: datetime | None = None,
    seed: int | None = None,
) -> Drill:
    """Put a mock merger into the inbox, as the stream does; whichever hub reads it takes it the whole way.

    The same `seed` and `at` (now, where it is not given) make the same event, and it is put in once.
    """
    now = at or clock.now()
    name, topic, content = await asyncio.to_thread(
        _notice, now, secrets.randbits(64) if seed is None else seed
    )
    async with database.write() as session:
        row = insert(session, DrillRow).values(
            event=f"LVK:{name}", route=route, silent=silent, self_test=self_test, asked_by=by, asked=now
        )
        await session.execute(row.on_conflict_do_nothing())
    await Inbox(database, clock, Bell(clock)).store([RawMessage(topic, content, now)])
    return Drill(f"LVK:{name}", now, route, silent)


async def drill_of(session: AsyncSession, event: str) -> DrillRow | None:
    """The drill that made an event, locked until the transaction ends; None for every other event."""
    row: DrillRow | None = await session.scalar(
        select(DrillRow).where(DrillRow.event == event).with_for_update()
    )
    return row


def routes_of(drill: DrillRow, routes: Sequence[Route]) -> tuple[Route, ...]:
    """The routes a drill takes: the one it names, or all that page."""
    wanted = [each for each in routes if each.name == drill.route or (drill.route is None and each.page)]
    return tuple(replace(each, rule=ANY, max_age=None) for each in wanted)


async def report_of(session: AsyncSession, drill: Drill) -> DrillReport:
    """What has become of a drill until now."""
    row = await session.scalar(select(DrillRow).where(DrillRow.event == drill.event))
    pages = (await session.scalars(select(PageRow).where(PageRow.event == drill.event))).all()
    numbers = [page.id for page in pages]
    log = (
        await session.scalars(
            select(PageLogRow).where(PageLogRow.page_id.in_(numbers)).order_by(PageLogRow.id)
        )
    ).all()

    def after(at: datetime | None) -> timedelta | None:
        return None if at is None else at - drill.asked

    first_step = next((each.at for each in log if each.what == "step"), None)
    had = [page.acknowledged for page in pages if page.acknowledged is not None]
    return DrillReport(
        decided=after(row.decided) if row is not None else None,
        card=after(await _first_sent(session, drill.event, Kind.POST)),
        page=after(first_step if drill.silent else await _first_sent(session, drill.event, Kind.MESSAGE)),
        acknowledged=after(min(had, default=None)),
        asked=tuple(dict.fromkeys(each.person or "?" for each in log if each.what == "asked")),
        answered=next((page.holder for page in pages if page.acknowledged is not None), None),
        gaps=tuple(str(gap) for each in log if each.what == "gap" for gap in each.details["targets"]),
        pages=len(pages),
    )


async def _first_sent(session: AsyncSession, event: str, kind: Kind) -> datetime | None:
    sent: datetime | None = await session.scalar(
        select(func.min(OutboxRow.sent)).where(
            OutboxRow.event == event, OutboxRow.kind == kind.value, OutboxRow.state == State.SENT.value
        )
    )
    return sent


def _notice(now: datetime, seed: int) -> tuple[str, str, bytes]:
    """Name, topic and content of a mock merger that happened half a minute ago."""
    rng = np.random.default_rng(seed)
    made = simulate_superevent("bns", now - timedelta(seconds=30), rng, retracted=False)
    message = next(each for each in made.messages if b"PRELIMINARY" in each.content)
    return made.name, message.topic, message.content
