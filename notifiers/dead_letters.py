"""Dead letters: who mends the desk is told what was not delivered, by another way than the failed one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from cards.desk_card import expired_card, undelivered_card
from cards.reader import Reader
from notifiers.channels.base import DeliveryError
from notifiers.destinations import direct
from notifiers.directory import administrators, reader_of
from notifiers.ledger import Item
from notifiers.outbox import notify_desk
from notifiers.switchboard import Switchboard
from notifiers.tables import Kind

BY = ("email", "slack", "discord", "sms")
"""Ways to an administrator, the first that may be used and is not the one that failed."""


@dataclass(frozen=True)
class DeadLetters:
    """Warns of what was given up: in the channels of `warnings` but the one that failed.

    Where all of them are of the kind that failed, the administrators are told by another way, too: a token
    that was revoked fails in every channel. One warning an hour for one reason and channel, however many
    messages it ends. Nobody is warned of a warning.
    """

    switchboard: Switchboard
    warnings: Sequence[str] = ()

    async def undelivered(
        self, session: AsyncSession, item: Item, error: DeliveryError, now: datetime
    ) -> None:
        """Owe the news that a message was given up."""
        if item.kind is Kind.NOTE:
            return
        what = (item.event or "").split(":")[-1]
        reason = str(error)

        def words(reader: Reader) -> Card:
            return undelivered_card(
                what or reader.say("a message"), item.channel, reason, item.attempts, reader
            )

        await self._tell(session, item.channel, reason, words, now)

    async def expired(self, session: AsyncSession, channel: str, count: int, now: datetime) -> None:
        """Owe the news that messages were not sent while they were of use."""
        await self._tell(
            session, channel, "too late", lambda reader: expired_card(count, channel, reader), now
        )

    async def _tell(
        self,
        session: AsyncSession,
        failed: str,
        reason: str,
        words: Callable[[Reader], Card],
        now: datetime,
    ) -> None:
        key = f"undelivered|{failed}|{hashlib.sha256(reason.encode()).hexdigest()[:12]}|{now:%Y-%m-%dT%H}"
        for name, reader in await self._readers(session, failed):
            await notify_desk(session, words(reader), [name], key=key, now=now)

    async def _readers(self, session: AsyncSession, failed: str) -> list[tuple[str, Reader]]:
        channels, ways = self.switchboard.channels, self.switchboard.ways
        found = [
            (name, channels[name].config.reader)
            for name in self.warnings
            if name != failed and name in channels
        ]
        kind = self.switchboard.kind_of(failed)
        if all(self.switchboard.kind_of(name) == kind for name, _ in found):
            for person in await administrators(session):
                usable = person.usable().intersection(ways)
                by = next((way for way in BY if way in usable and way != kind), None)
                if by is not None:
                    found.append((direct(person.name, by), reader_of(person)))
        return found
