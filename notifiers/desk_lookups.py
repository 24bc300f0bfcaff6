"""What channels ask the desk's database: pictures, what is known of an event, which calls are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from events.service import EventService
from events.state import EventState
from notifiers.rule_names import rule_values
from notifiers.tables import OutboxRow
from shifts.contact import same
from shifts.tables import StoppedAddressRow
from store import blobs
from store.clock import Clock
from store.database import Database


class DeskLookups:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._events = EventService()

    async def picture(self, sha256: str) -> bytes | None:
        """The picture stored under this hash, None where there is none."""
        async with self._database.read() as session:
            try:
                return await blobs.get(session, sha256)
            except blobs.BlobMissing:
                return None

    async def facts(self, event: str) -> Mapping[str, object] | None:
        """Every name of the rule language that an event (`MISSION:ID`) has, with its value."""
        async with self._database.read() as session:
            found = await self._events.resolve(session, event)
        return rule_values(found, self._clock.now()) if isinstance(found, EventState) else None

    async def spoken(self, nonce: str) -> str | None:
        """What the message that carries this nonce says aloud; None where there is none."""
        if not nonce:
            return None
        async with self._database.read() as session:
            card = await session.scalar(select(OutboxRow.card).where(OutboxRow.nonce == nonce).limit(1))
        return str(card.get("spoken") or card.get("summary") or "") or None if card else None

    async def stopped(self, address: str) -> bool:
        """Whether whoever reads at an e-mail address has asked for no more mail there."""
        async with self._database.read() as session:
            return await session.get(StoppedAddressRow, ("email", same("email", address))) is not None

    async def sent(self, message_ids: Collection[str]) -> frozenset[str]:
        """Those of a provider's ids that belong to messages known to be sent."""
        async with self._database.read() as session:
            found = await session.scalars(select(OutboxRow.message).where(OutboxRow.message.in_(message_ids)))
            return frozenset(each for each in found if each is not None)
