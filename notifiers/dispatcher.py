"""The dispatcher: takes what is owed from the outbox and sends it, each channel at its own pace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from sqlalchemy import select

from notifiers.channels.base import Channel, DeliveryError, Never, TryAgain, TryLater
from notifiers.delivery import deliver, upload
from notifiers.ledger import (
    LONGEST_WAIT,
    USUAL_PATIENCE,
    Item,
    claim_next,
    is_due,
    record_failure,
    record_picture,
    record_sent,
)
from notifiers.outbox import BELL, requeue_dead
from notifiers.pacing import Pacer
from notifiers.tables import OPEN, Kind, OutboxRow, State
from store.clock import Clock
from store.database import DATABASE_AWAY, Database
from store.wakeup import Bell

log = logging.getLogger(__name__)

SPEAKING = (Kind.POST, Kind.MESSAGE, Kind.NOTE, Kind.REPLY)
CHANGING = (Kind.EDIT,)
PICTURES = (Kind.PICTURE,)
POLL = 1.0  # s between looks when nobody rings: other replicas do not ring here
BREATH = 1.0  # s after something went wrong that is not a message's fault (the database, say)


@dataclass(frozen=True)
class Leases:
    """How long a claim stands and, shorter, how long a call may take, in seconds."""

    words: float = 15.0
    picture: float = 60.0

    def of(self, kind: Kind) -> float:
        return self.picture if kind is Kind.PICTURE else self.words


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: what metrics count."""

    channel: str
    kind: Kind
    state: State
    created: datetime
    at: datetime


class Dispatcher:
    """Sends what the outbox holds.

    Promises: a message is marked `sending` and that is committed before its provider is called; after a
    crash anywhere in between it is looked for before it is sent again. Messages of one event to one channel
    keep their order. No channel waits for another, and no words for pictures. Whatever goes wrong with one
    message, the next is sent. Several dispatchers may share a database.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        channels: Mapping[str, Channel],
        *,
        bell: Bell | None = None,
        owner: str = "dispatcher",
        rng: Random | None = None,
        warnings: Sequence[str] = (),
        leases: Leases = Leases(),
        observe: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = dict(channels)
        self._bell = bell or Bell(clock)
        self._owner = owner
        self._rng = rng or Random()
        self._warnings = tuple(warnings)
        self._leases = leases
        self._observe = observe
        self._own_bell = Bell(clock)
        self._pacers = {
            name: {
                **dict.fromkeys(SPEAKING, Pacer(clock, channel.speaking)),
                **dict.fromkeys(CHANGING, Pacer(clock, channel.changing)),
            }
            for name, channel in self._channels.items()
        }

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._take_up_again())
            tasks.create_task(self._pass_on_rings())
            for name in self._channels:
                tasks.create_task(self._serve(name, (*SPEAKING, *CHANGING)))
                tasks.create_task(self._serve(name, PICTURES))

    async def deliver_next(self, channel: str, kinds: Sequence[Kind]) -> bool:
        """Send the channel's next due message of these kinds, as far as its pace allows; False for none."""
        ready = [kind for kind in kinds if self._wait_for(channel, kind) == 0.0]
        if not ready:
            return False
        async with self._database.read() as session:
            if not await is_due(session, channel, ready, self._clock.now()):
                return False
        owner = f"{self._owner}/{uuid4().hex[:12]}"
        lease = timedelta(seconds=max(map(self._leases.of, ready)))
        async with self._database.write() as session:
            item = await claim_next(session, channel, ready, owner=owner, now=self._clock.now(), lease=lease)
        if item is None:
            return False
        await self._attempt(item)
        return True

    async def deliver_due(self) -> int:
        """Send everything that is due and that the channels' pace allows now; says how many were tried."""
        tried = 0
        for name in self._channels:
            for kinds in ((*SPEAKING, *CHANGING), PICTURES, (*SPEAKING, *CHANGING)):
                while await self.deliver_next(name, kinds):
                    tried += 1
        return tried

    async def idle(self) -> None:
        """Return once nothing is owed any more that is not waiting for a retry, while `run` runs."""
        open_now = select(OutboxRow.id).where(
            OutboxRow.state.in_(OPEN),
            OutboxRow.channel.in_(list(self._channels)),
            OutboxRow.state != State.RETRY.value,
        )
        while True:
            async with self._database.read() as session:
                if await session.scalar(open_now.limit(1)) is None:
                    return
            await self._clock.sleep(0.05)

    async def _take_up_again(self) -> None:
        """Owe again what was given up lately: whoever mends a token or a channel starts the desk anew."""
        try:
            async with self._database.write() as session:
                now = self._clock.now()
                for channel in self._channels:
                    again = await requeue_dead(session, channel, now, since=now - USUAL_PATIENCE)
                    if again:
                        log.info("%d messages to %s that were given up are tried again", again, channel)
        except DATABASE_AWAY as error:
            log.warning("what was given up stays so, the database is away: %s", type(error).__name__)

    async def _serve(self, channel: str, kinds: Sequence[Kind]) -> None:
        bell = f"{channel}|{kinds[0].value}"
        while True:
            try:
                busy = await self.deliver_next(channel, kinds)
            except Exception:
                log.exception("the outbox of channel %s could not be served; going on", channel)
                await self._clock.sleep(BREATH)
                continue
            if not busy:
                waits = [self._wait_for(channel, kind) for kind in kinds]
                await self._own_bell.wait(bell, min([POLL, *(wait for wait in waits if wait > 0.0)]))

    async def _pass_on_rings(self) -> None:
        # One ear for the desk's bell: a ring heard by one server must not be lost for the others.
        while True:
            if await self._bell.wait(BELL, 60.0):
                self._ring()

    def _ring(self) -> None:
        for name in self._channels:
            for kinds in ((*SPEAKING, *CHANGING), PICTURES):
                self._own_bell.ring(f"{name}|{kinds[0].value}")

    def _wait_for(self, channel: str, kind: Kind) -> float:
        pacer = self._pacers[channel].get(kind)
        return pacer.wait_for() if pacer is not None else 0.0

    async def _attempt(self, item: Item) -> None:
        pacer = self._pacers[item.channel].get(item.kind)
        if pacer is not None:
            pacer.take()
        try:
            state: State | None = await self._send(item)
        except DeliveryError as error:
            state = await self._failed(item, error)
        if self._observe is not None and state is not None:
            self._observe(Outcome(item.channel, item.kind, state, item.created, self._clock.now()))
        if item.kind is Kind.PICTURE or state is State.DEAD:
            self._ring()  # an edit or a warning was written

    async def _send(self, item: Item) -> State:
        channel = self._channels[item.channel]
        try:
            async with asyncio.timeout(self._leases.of(item.kind) * 0.8):
                if item.kind is Kind.PICTURE:
                    reference, receipt = await upload(channel, item), None
                else:
                    reference, receipt = "", await deliver(channel, item)
        except TimeoutError:
            raise TryAgain(f"{item.channel} did not answer in time") from None
        except DeliveryError:
            raise
        except Exception as error:
            # One bad item never stops the sender: what a channel did not foresee ends this message only.
            log.exception("message %d to %s could not be sent", item.id, item.channel)
            raise Never(
                f"nightdesk itself failed on this message ({type(error).__name__}); see the log"
            ) from error
        async with self._database.write() as session:
            if receipt is None:
                await record_picture(session, item, reference, self._clock.now())
            else:
                await record_sent(session, item, receipt, self._clock.now())
        return State.SENT

    async def _failed(self, item: Item, error: DeliveryError) -> State | None:
        if isinstance(error, TryLater):
            for pacer in self._pacers[item.channel].values():
                pacer.hold(min(error.retry_after, LONGEST_WAIT))
        async with self._database.write() as session:
            state = await record_failure(
                session, item, error, self._clock.now(), rng=self._rng, warnings=self._warnings
            )
        if state is State.DEAD:
            log.error("message %d to %s was given up: %s", item.id, item.channel, error)
        else:
            log.warning("message %d to %s waits: %s", item.id, item.channel, error)
        return state
