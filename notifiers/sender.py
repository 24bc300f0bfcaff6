"""The sender: one claimed message is brought to its channel, and what became of it is written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.channels.base import Channel, DeliveryError, Never, Receipt, TryAgain
from notifiers.dead_letters import DeadLetters
from notifiers.delivery import deliver, upload
from notifiers.destinations import provider_of
from notifiers.ledger import Item, record_failure, record_picture, record_sent
from notifiers.pacing import Traffic
from notifiers.switchboard import Switchboard
from notifiers.tables import Kind, State
from store.clock import Clock
from store.database import DATABASE_AWAY, Database

log = logging.getLogger(__name__)

BREATH = 1.0  # s after something went wrong that is not a message's fault (the database, say)


@dataclass(frozen=True)
class Leases:
    """How long a claim stands and, shorter, how long a call may take, in seconds.

    What a replica had in hand when it died is another's within `words` and a `POLL`: together under 15 s.
    """

    words: float = 13.0
    picture: float = 60.0

    def of(self, kind: Kind) -> float:
        return self.picture if kind is Kind.PICTURE else self.words


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: what metrics count. `issued`: when the notice was that it tells of."""

    channel: str
    kind: Kind
    state: State
    created: datetime
    at: datetime
    urgent: bool = False
    issued: datetime | None = None
    failure: str | None = None  # the class of what went wrong


class Sender:
    """Sends claimed messages, any number at a time.

    Promises: whatever goes wrong with a message ends that message only, and is written down with it. What a
    provider took is written down for as long as it takes the database to come back.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        switchboard: Switchboard,
        dead_letters: DeadLetters,
        leases: Leases,
        rng: Random,
        observe: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._switchboard = switchboard
        self._dead_letters = dead_letters
        self._leases = leases
        self._rng = rng
        self._observe = observe

    async def attempt(self, item: Item, traffic: Traffic) -> State | None:
        """Send a claimed message and write down what became of it; None where it was not ours any more."""
        failure = None
        try:
            state: State | None = await self._send(item, traffic)
            traffic.arrived(item.channel)
        except DeliveryError as error:
            traffic.failed(item.channel, error)
            failure = type(error).__name__
            state = await self._failed(item, error)
        if self._observe is not None and state is not None:
            self._observe(
                Outcome(
                    item.channel,
                    item.kind,
                    state,
                    item.created,
                    self._clock.now(),
                    item.urgent,
                    item.issued,
                    failure,
                )
            )
        return state

    async def _send(self, item: Item, traffic: Traffic) -> State:
        async with self._database.read() as session:
            channel = await self._switchboard.connect(session, item.channel)
        traffic.take(item.channel, item.kind, channel)
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
        await self._write_down(
            item, lambda session: self._arrived(session, item, channel, receipt, reference)
        )
        return State.SENT

    async def _arrived(
        self, session: AsyncSession, item: Item, channel: Channel, receipt: Receipt | None, reference: str
    ) -> None:
        now = self._clock.now()
        if receipt is None:
            await record_picture(session, item, reference, now)
        else:
            await record_sent(session, item, receipt, now, provider_of(channel.config.kind))

    async def _failed(self, item: Item, error: DeliveryError) -> State | None:
        state: State | None = None

        async def write(session: AsyncSession) -> None:
            nonlocal state
            now = self._clock.now()
            state = await record_failure(session, item, error, now, rng=self._rng)
            if state in (State.DEAD, State.EXPIRED):
                await self._dead_letters.undelivered(session, item, error, now)

        await self._write_down(item, write)
        if state in (State.DEAD, State.EXPIRED):
            log.error("message %d to %s was given up: %s", item.id, item.channel, error)
        else:
            log.warning("message %d to %s waits: %s", item.id, item.channel, error)
        return state

    async def _write_down(self, item: Item, write: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """Record what became of a message, however long the database is away.

        Who forgot it would have to look for it at the provider, and some providers cannot be searched.
        Should another replica have taken the message over meanwhile, the record is theirs.
        """
        while True:
            try:
                async with self._database.write() as session:
                    await write(session)
                return
            except (DataError, IntegrityError, ProgrammingError):
                raise
            except DATABASE_AWAY as error:
                log.warning(
                    "what became of message %d to %s cannot be written down yet: %s",
                    item.id,
                    item.channel,
                    type(error).__name__,
                )
                await self._clock.sleep(BREATH)
