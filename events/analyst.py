"""The analyst: takes revisions whose numbers are wanted, has them computed, and lands the result."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case
from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import AnalysisInput, AnalysisResult, Desk, MapSource, analyse, joined, shares
from events.compute import Compute, ComputeError
from events.loading import facility_to_row
from events.map_source import combined_source, map_source
from events.matchmaker import Matchmaker
from events.service import EventService
from events.tables import AnalysisKind, AnalysisRow, AnalysisState, RevisionRow
from store.claims import claim, hold, release
from store.clock import Clock
from store.database import Database
from store.upsert import insert
from store.wakeup import Bell

ANALYSIS_WANTED = "analysis wanted"
"""The bell to ring when an attached revision has been committed."""

ANALYSIS_LANDED = "analysis landed"
"""The bell the analyst rings when the numbers of a revision, and what `landed` wrote, are committed."""

ATTEMPTS = 3
_BACKOFF_SECONDS = (2.0, 10.0)
_ATTEMPT_SECONDS = 60.0
_CLAIM = timedelta(seconds=300)  # longer than all attempts of one computation together
_LOOK_AGAIN_SECONDS = 5.0

Landed = Callable[[AsyncSession, int, int], Awaitable[None]]
"""Told of (session, event id, revision id) inside the transaction that writes the numbers."""

_MAPS_FIRST = case(
    (AnalysisRow.kind == AnalysisKind.SKYMAP.value, 0),
    (AnalysisRow.kind == AnalysisKind.COMBINED.value, 1),
    else_=2,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Task:
    analysis_id: int
    kind: AnalysisKind
    revision_id: int
    event_id: int
    attempt: int
    source: MapSource | None
    event_time: datetime | None


class Analyst:
    """Works through the wanted analyses, the newest first: what was said last is what people wait for.

    Promises: numbers land in one transaction with whatever `landed` writes, once, on their own
    revision (an old revision's numbers never touch a newer one's). A revision without a map, or with
    one that cannot be read, lands too, with the reason in words; so does one whose computation
    failed ATTEMPTS times. Several analysts share the work by claims.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        compute: Compute,
        desk: Callable[[], Desk],
        landed: Landed,
        *,
        owner: str,
        bell: Bell,
    ) -> None:
        self._database = database
        self._clock = clock
        self._compute = compute
        self._desk = desk
        self._landed = landed
        self._owner = owner
        self._bell = bell
        self._service = EventService()
        self._matchmaker = Matchmaker(database, compute, desk)
        self._running = 0

    async def run(self) -> None:
        """Work for ever, on as many alerts at a time as there are workers and one more to fetch for them."""
        slots = asyncio.Semaphore(self._compute.workers + 1)
        async with asyncio.TaskGroup() as group:
            while True:
                await slots.acquire()
                task = await self._claim()
                if task is None:
                    slots.release()
                    await self._bell.wait(ANALYSIS_WANTED, _LOOK_AGAIN_SECONDS)
                else:
                    job = group.create_task(self._supervised(task))
                    job.add_done_callback(lambda _: slots.release())

    async def analyse_next(self) -> bool:
        """One step: claim, compute, land. False where nothing is wanted."""
        task = await self._claim()
        if task is None:
            return False
        await self._do(task)
        return True

    async def observability_from(
        self, event_id: int, at: datetime, desk: Desk | None = None
    ) -> AnalysisResult:
        """Who can see an event's newest map from `at` on, computed now and not stored.

        `error` says where there is no map. Raises LookupError for an unknown event, ComputeError.
        """
        async with self._database.read() as session:
            state = await self._service.state(session, event_id)
            described = state.newest_with_map or state.described
            revision = await session.get_one(RevisionRow, described.id)
            source = await map_source(session, revision)
        if source is None:
            return AnalysisResult(error=f"{state.name} has neither a sky map nor a position")
        work = AnalysisInput(source, at=at, desk=desk or self._desk(), statistics=False)
        return await self._computed(work)

    async def _supervised(self, task: _Task) -> None:
        try:
            await self._do(task)
        except Exception as error:  # a fault of ours: the next attempt comes soon, and the other alerts go on
            log.exception("analysis %d of revision %d failed", task.analysis_id, task.revision_id)
            try:
                await self._put_back(task, ComputeError(f"{type(error).__name__}: {error}"))
            except Exception:
                log.exception("analysis %d could not be put back; its claim has to run out", task.analysis_id)

    async def _claim(self) -> _Task | None:
        now = self._clock.now()
        async with self._database.write() as session:
            rows = await claim(
                session,
                AnalysisRow,
                where=AnalysisRow.state.in_((AnalysisState.WANTED.value, AnalysisState.RUNNING.value))
                & (AnalysisRow.attempts <= ATTEMPTS),
                order_by=(_MAPS_FIRST, AnalysisRow.wanted.desc(), AnalysisRow.id.desc()),
                limit=1,
                owner=self._owner,
                now=now,
                until=now + _CLAIM,
            )
            if not rows:
                return None
            row = rows[0]
            row.state = AnalysisState.RUNNING.value
            row.attempts += 1
            revision = await session.get_one(RevisionRow, row.revision_id)
            trigger_time = revision.notice["trigger_time"]
            return _Task(
                analysis_id=row.id,
                kind=AnalysisKind(row.kind),
                revision_id=revision.id,
                event_id=revision.event_id,
                attempt=row.attempts,
                source=await _source(session, AnalysisKind(row.kind), revision),
                event_time=None if trigger_time is None else datetime.fromisoformat(trigger_time),
            )

    async def _do(self, task: _Task) -> None:
        try:
            if task.kind is AnalysisKind.COINCIDENCES:
                await self._coincidences(task)
            else:
                await self._map(task)
        except ComputeError as error:
            await self._put_back(task, error)

    async def _map(self, task: _Task) -> None:
        at = self._clock.now()
        result = AnalysisResult()
        if task.attempt > ATTEMPTS:  # its analyst died each time: what kills analysts is not tried for ever
            result = AnalysisResult(error=f"its computation failed {ATTEMPTS} times")
        elif task.source is not None:
            result = await self._computed(
                AnalysisInput(task.source, at=at, desk=self._desk(), event_time=task.event_time)
            )
        await self._land(task, at, result)

    async def _computed(self, work: AnalysisInput) -> AnalysisResult:
        self._running += 1
        try:
            # Alone, an alert takes all workers; in a burst each worker takes one alert, which is less work.
            parts = shares(work, self._compute.workers if self._running == 1 else 1)
            runs = (self._compute.run(analyse, part, timeout=_ATTEMPT_SECONDS) for part in parts)
            return joined(await asyncio.gather(*runs))
        finally:
            self._running -= 1

    async def _land(self, task: _Task, at: datetime, result: AnalysisResult) -> None:
        async with self._database.write() as session:
            row = await hold(session, AnalysisRow, task.analysis_id, self._owner)
            if row is None:
                return
            row.statistics = None if result.statistics is None else result.statistics.to_dict()
            row.observability = (
                None if result.observability is None else [facility_to_row(r) for r in result.observability]
            )
            await self._settle(session, row, at, result.error)
            await self._service.refresh(session, task.event_id, at)
            await self._landed(session, task.event_id, task.revision_id)
            state = await self._service.state(session, task.event_id)
            paired = task.kind is AnalysisKind.SKYMAP and await self._matchmaker.has_work(session, state)
            if paired:
                await self._want_coincidences(session, task.revision_id, at)
        self._bell.ring(ANALYSIS_LANDED)
        if paired:
            self._bell.ring(ANALYSIS_WANTED)

    async def _coincidences(self, task: _Task) -> None:
        at = self._clock.now()
        found = await self._matchmaker.look(task.event_id, at)
        async with self._database.write() as session:
            row = await hold(session, AnalysisRow, task.analysis_id, self._owner)
            if row is None:
                return
            await self._settle(session, row, at, None)
            for event_id in await self._matchmaker.write(session, found, at):
                await self._service.refresh(session, event_id, at)
                state = await self._service.state(session, event_id)
                await self._landed(session, event_id, state.newest.id)
        self._bell.ring(ANALYSIS_LANDED)

    async def _settle(self, session: AsyncSession, row: AnalysisRow, at: datetime, error: str | None) -> None:
        row.state = (AnalysisState.DONE if error is None else AnalysisState.FAILED).value
        row.error = error
        row.at = at
        release(row)
        await session.flush()

    async def _want_coincidences(self, session: AsyncSession, revision_id: int, at: datetime) -> None:
        fresh = {"state": AnalysisState.WANTED.value, "wanted": at, "attempts": 0}
        wish = insert(session, AnalysisRow).values(
            revision_id=revision_id, kind=AnalysisKind.COINCIDENCES.value, **fresh
        )
        await session.execute(
            wish.on_conflict_do_update(index_elements=[AnalysisRow.revision_id, AnalysisRow.kind], set_=fresh)
        )

    async def _put_back(self, task: _Task, error: ComputeError) -> None:
        log.warning("analysis %d, attempt %d: %s", task.analysis_id, task.attempt, error)
        last = task.attempt >= ATTEMPTS
        if last and task.kind is not AnalysisKind.COINCIDENCES:
            await self._land(task, self._clock.now(), AnalysisResult(error=str(error)))
            return
        async with self._database.write() as session:
            row = await hold(session, AnalysisRow, task.analysis_id, self._owner)
            if row is not None and last:
                await self._settle(session, row, self._clock.now(), str(error))
            elif row is not None:
                release(row)
                row.state = AnalysisState.WANTED.value
                row.error = str(error)
                wait = _BACKOFF_SECONDS[min(task.attempt, len(_BACKOFF_SECONDS)) - 1]
                row.claimed_until = self._clock.now() + timedelta(seconds=wait)


async def _source(session: AsyncSession, kind: AnalysisKind, revision: RevisionRow) -> MapSource | None:
    if kind is AnalysisKind.COMBINED:
        return await combined_source(session, revision)
    return await map_source(session, revision)
