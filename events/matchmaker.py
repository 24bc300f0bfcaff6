"""Looks at an event beside all others: finds its pairs, has their maps compared, writes what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import AnalysisInput, Desk, MapSource
from events.coincidences import Pair, associated, companions, dissolve, maps_of, write_association
from events.compute import Compute
from events.joint import JointResult, joint
from events.loading import load_states
from events.state import EventState
from store.database import Database

_JOINT_SECONDS = 60.0


@dataclass(frozen=True)
class Found:
    """The pairs of an event and what their maps say together (None where one has no map)."""

    event_id: int
    pairs: tuple[tuple[Pair, JointResult | None], ...]


class Matchmaker:
    """Promises: after `look` and `write` the stored associations of the event are those that hold now."""

    def __init__(self, database: Database, compute: Compute, desk: Callable[[], Desk]) -> None:
        self._database = database
        self._compute = compute
        self._desk = desk

    async def has_work(self, session: AsyncSession, state: EventState) -> bool:
        """Whether the event has companions, or associations that may have to be taken back."""
        return bool(await associated(session, state.id)) or bool(await companions(session, state))

    async def look(self, event_id: int, at: datetime) -> Found:
        """Find the pairs and compare their maps in the compute pool. Raises ComputeError."""
        async with self._database.read() as session:
            (state,) = await load_states(session, [event_id])
            pairs = [(pair, await maps_of(session, pair)) for pair in await companions(session, state)]
        compared = [(pair, await self._compare(pair, maps, at)) for pair, maps in pairs]
        return Found(event_id, tuple(compared))

    async def write(self, session: AsyncSession, found: Found, at: datetime) -> list[int]:
        """Write the associations and take back those that hold no more. Ids of all events concerned."""
        standing = await associated(session, found.event_id)
        for pair, result in found.pairs:
            await write_association(session, pair, result, at)
        ends = {end.id for pair, _ in found.pairs for end in (pair.first, pair.companion)}
        await dissolve(session, found.event_id, standing - ends)
        return sorted(standing | ends | {found.event_id})

    async def _compare(
        self, pair: Pair, maps: tuple[MapSource, MapSource] | None, at: datetime
    ) -> JointResult | None:
        if maps is None:
            return None
        mine, other = maps
        work = AnalysisInput(mine, at=at, desk=self._desk(), event_time=pair.first.trigger_time)
        return await self._compute.run(joint, work, other, timeout=_JOINT_SECONDS)
