"""Leases: which one of several replicas does what only one may do, such as materialising rosters."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import String, delete, or_
from sqlalchemy.orm import Mapped, mapped_column

from store.clock import Clock
from store.database import Base, Database
from store.upsert import insert


class LeaseRow(Base):
    """Who holds which lease, and until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]


class Lease:
    """One named lease in the eyes of one owner.

    Promises: at most one owner holds a name at an instant of the shared clock, on every database. A holder
    that crashed is succeeded once `seconds` have passed since it last acquired.
    """

    def __init__(self, database: Database, clock: Clock, name: str, owner: str, seconds: float) -> None:
        self.name = name
        self.owner = owner
        self._database = database
        self._clock = clock
        self._term = timedelta(seconds=seconds)

    async def acquire(self) -> bool:
        """Take the lease, or renew it for another term; False while somebody else holds it."""
        now = self._clock.now()
        async with self._database.write() as session:
            wish = insert(session, LeaseRow).values(name=self.name, owner=self.owner, until=now + self._term)
            # One statement, so that two replicas that ask at the same moment cannot both be told yes.
            taken = wish.on_conflict_do_update(
                index_elements=[LeaseRow.name],
                set_={"owner": wish.excluded.owner, "until": wish.excluded.until},
                where=or_(LeaseRow.owner == self.owner, LeaseRow.until <= now),
            ).returning(LeaseRow.owner)
            return await session.scalar(taken) is not None

    async def release(self) -> None:
        """Let the next one have it at once. Releasing what another holds does nothing."""
        async with self._database.write() as session:
            mine = (LeaseRow.name == self.name, LeaseRow.owner == self.owner)
            await session.execute(delete(LeaseRow).where(*mine))
