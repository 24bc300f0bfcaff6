"""The dispatcher: takes what is owed from the outbox and sends it, each place and provider at its pace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.channels.base import Channel, Pace
from notifiers.dead_letters import DeadLetters
from notifiers.ledger import (
    USUAL_PATIENCE,
    Item,
    claim_one,
    expire,
)
from notifiers.outbox import BELL, requeue_dead
from notifiers.pacing import CHANGING, SPEAKING, Traffic
from notifiers.pool import Pool, Turn
from notifiers.queue import next_of, waiting
from notifiers.sender import BREATH, Leases, Outcome, Sender
from notifiers.switchboard import Switchboard
from notifiers.tables import OPEN, Kind, OutboxRow, State
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

WORDS = (*SPEAKING, *CHANGING)
PICTURES = (Kind.PICTURE,)
SENDERS = 16  # messages of one kind of channel that are under way at once
PICTURE_SENDERS = 2
POLL = 1.0  # s between looks when nobody rings: other replicas do not ring here
OWN_SERVERS = frozenset({"webhook", "apprise", "terminal"})
"""Kinds of which every destination has a server of its own."""


class Dispatcher:
    """Sends what the outbox holds, to configured channels and to people.

    Promises: a message is marked `sending` and that is committed before its provider is called; after a
    crash anywhere in between it is looked for before it is sent again. Messages of one event to one channel
    keep their order. No destination waits for another, and no words for pictures. Whatever goes wrong with
    one message, the next is sent. What a provider took is written down for as long as it takes the database
    to come back. Several dispatchers may share a database.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel] | Switchboard,
        *,
        bell: Bell | None = None,
        owner: str = "dispatcher",
        rng: Random | None = None,
        warnings: Sequence[str] = (),
        leases: Leases | None = None,
        paces: Mapping[str, Pace] | None = None,
        observe: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._switchboard = channels if isinstance(channels, Switchboard) else Switchboard(channels)
        self._bell = bell or Bell(clock)
        self._owner = owner
        self._dead_letters = DeadLetters(self._switchboard, tuple(warnings))
        self._leases = leases or Leases()
        self._sender = Sender(
            database,
            clock,
            self._switchboard,
            self._dead_letters,
            self._leases,
            rng or Random(),
            observe,
        )
        self._own_bell = Bell(clock)
        self._pools = [
            Pool(kind, kinds, traffic, senders)
            for kind in self._switchboard.kinds
            for traffic in [Traffic(clock, (paces or {}).get(kind, Pace()), shared=kind not in OWN_SERVERS)]
            for kinds, senders in ((WORDS, SENDERS), (PICTURES, PICTURE_SENDERS))
        ]
        self._look = asyncio.Lock()
        self._looked: float | None = None

    async def run(self) -> None:
        """Send until cancelled."""
        await self._take_up_again()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pass_on_rings())
            for pool in self._pools:
                tasks.create_task(self._serve(pool, tasks))

    async def deliver_due(self) -> int:
        """Send everything that is due and that each place's pace allows now; says how many were tried."""
        tried = 0
        while True:
            self._looked = None
            before = tried
            for pool in self._pools:
                for item in await self._take(pool):
                    await self._attempt(pool, item)
                    tried += 1
            if tried == before:
                return tried

    async def idle(self) -> None:
        """Return once nothing is owed any more that is not waiting for a retry, while `run` runs."""
        reachable = or_(
            OutboxRow.channel.in_(list(self._switchboard.channels)),
            OutboxRow.channel.like("@%"),
            OutboxRow.channel.like("#%~%"),
        )
        open_now = select(OutboxRow.id).where(
            OutboxRow.state.in_(OPEN), reachable, OutboxRow.state != State.RETRY.value
        )
        while True:
            unheld = or_(OutboxRow.held_until.is_(None), OutboxRow.held_until <= self._clock.now())
            async with self._database.read() as session:
                if await session.scalar(open_now.where(unheld).limit(1)) is None:
                    return
            await self._clock.sleep(0.05)

    # --- whose turn it is

    async def _serve(self, pool: Pool, tasks: asyncio.TaskGroup) -> None:
        while True:
            try:
                items = await self._take(pool)
            except Exception:
                log.exception("the outbox of %s could not be served; going on", pool.kind)
                await self._clock.sleep(BREATH)
                continue
            for item in items:
                tasks.create_task(self._see_to(pool, item))
            if not items:
                pause = pool.wait() if pool.free else None
                await self._own_bell.wait(_bell_of(pool), min(POLL, pause) if pause else POLL)

    async def _see_to(self, pool: Pool, item: Item) -> None:
        try:
            await self._attempt(pool, item)
        except Exception:
            log.exception("message %d to %s was left as it is; going on", item.id, item.channel)

    async def _attempt(self, pool: Pool, item: Item) -> None:
        try:
            state = await self._sender.attempt(item, pool.traffic)
        finally:
            pool.done(item.channel)
            self._own_bell.ring(_bell_of(pool))
        if item.kind is Kind.PICTURE or state in (State.DEAD, State.EXPIRED):
            self._ring()  # an edit or a warning was written

    async def _take(self, pool: Pool) -> list[Item]:
        """Claim what may go now, one message of each destination whose turn it is."""
        if not pool.free:
            return []
        await self._look_around()
        turns = pool.turns()
        if not turns:
            return []
        now = self._clock.now()
        async with self._database.read() as session:
            found = {turn.channel: await next_of(session, turn.channel, turn.kinds, now) for turn in turns}
        pool.nothing_for([name for name, candidates in found.items() if not candidates])
        turns = [turn for turn in turns if found[turn.channel]]
        if not turns:
            return []
        async with self._database.write() as session:
            items = [await self._claim(session, turn, found[turn.channel], now) for turn in turns]
        for turn, item in zip(turns, items, strict=True):
            if item is None:
                pool.nothing_for([turn.channel])
            else:
                pool.serve(item)
        return [item for item in items if item is not None]

    async def _claim(
        self, session: AsyncSession, turn: Turn, candidates: Sequence[int], now: datetime
    ) -> Item | None:
        owner = f"{self._owner}/{uuid4().hex[:12]}"
        lease = timedelta(seconds=max(map(self._leases.of, turn.kinds)))
        item = await claim_one(
            session, turn.channel, turn.kinds, candidates, owner=owner, now=now, lease=lease
        )
        if item is not None and item.late and (ended := await expire(session, turn.channel, now)):
            log.error("%d messages to %s were not sent while they were of use", ended, turn.channel)
            await self._dead_letters.expired(session, turn.channel, ended, now)
        return item

    async def _look_around(self) -> None:
        """Line up who waits, once for all pools; again when somebody rang, and after a POLL."""
        async with self._look:
            if self._looked is not None and 0.0 <= self._clock.monotonic() - self._looked < POLL:
                return
            self._looked = self._clock.monotonic()
            try:
                async with self._database.read() as session:
                    found = await waiting(session, self._clock.now())
            except BaseException:
                self._looked = None
                raise
            for pool in self._pools:
                pool.line_up(each for each in found if self._switchboard.kind_of(each.channel) == pool.kind)

    async def _take_up_again(self) -> None:
        """Owe again what was given up lately: whoever mends a token or a channel starts the desk anew."""
        try:
            async with self._database.write() as session:
                now = self._clock.now()
                again = await requeue_dead(session, now, since=now - USUAL_PATIENCE)
            if again:
                log.info("%d messages that were given up are tried again", again)
        except DATABASE_AWAY as error:
            log.warning("what was given up stays so, the database is away: %s", type(error).__name__)

    async def _pass_on_rings(self) -> None:
        # One ear for the desk's bell: a ring heard by one pool must not be lost for the others.
        while True:
            if await self._bell.wait(BELL, 60.0):
                self._ring()

    def _ring(self) -> None:
        self._looked = None
        for pool in self._pools:
            self._own_bell.ring(_bell_of(pool))


def _bell_of(pool: Pool) -> str:
    return f"{pool.kind}|{pool.kinds[0].value}"
