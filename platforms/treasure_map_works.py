"""Pointings of ours at Treasure Map as jobs: reported, marked as observed, cancelled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facilities.facility import Facility
from facilities.plan import Plan
from facilities.treasure_map_bands import band_of
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.treasure_map import BATCH, MapInstrument, Pointing, TreasureMap

REPORT = "treasuremap.report"
COMPLETE = "treasuremap.complete"
CANCEL = "treasuremap.cancel"
PATIENCE = 6 * 3600.0  # s

Tokens = Callable[[Job], Awaitable[str | None]]


@dataclass(frozen=True)
class Report:
    """Pointings of one instrument at an event, by its name there: what `treasuremap.report` asks for."""

    event: str
    instrument: int
    pointings: tuple[Pointing, ...]

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        rows = [each.to_json() for each in self.pointings]
        return {"event": self.event, "instrument": self.instrument, "pointings": rows}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Report:
        rows = tuple(Pointing.from_json(each) for each in kept.get("pointings") or ())
        return cls(str(kept["event"]), int(kept["instrument"]), rows)


def report_of_plan(plan: Plan, facility: Facility, event: str, instrument: MapInstrument) -> Report:
    """A plan's exposures as planned pointings; the depth is the facility's own for the filter and time."""
    depths = {each.filter: each.magnitude for each in facility.depth}
    rows = tuple(
        Pointing(
            ra=each.ra % 360.0,
            dec=each.dec,
            status="planned",
            time=each.start,
            band=band_of(each.filter),
            depth=depths.get(each.filter) if each.filter is not None else None,
            depth_unit="ab_mag" if each.filter in depths else None,
            pos_angle=0.0,
        )
        for each in plan.exposures
    )
    return Report(event, instrument.id, rows)


class ReportWork:
    """`treasuremap.report`.

    Promises: a pointing is stored there once by this job, whatever dies when: before each batch what is
    there is read, and what is there already is not sent. Cancelling it cancels what it reported.
    """

    kind = REPORT
    patience = PATIENCE

    def __init__(self, treasure_map: TreasureMap, tokens: Tokens) -> None:
        self._map = treasure_map
        self._tokens = tokens

    async def start(self, job: Job) -> Moved:
        return await self._next_batch(job)

    async def look(self, job: Job) -> Moved:
        return await self._next_batch(job)

    async def cancel(self, job: Job) -> Moved:
        report = Report.from_json(job.parameters)
        there = await self._stored(report)
        ids = [number for number in there.values() if number is not None]
        count = await self._map.cancel(ids, token=await _needed(self._tokens, job))
        return Moved(
            JobState.CANCELLED,
            said=f"{count} of {len(ids)} pointings are cancelled at Treasure Map.",
            results={"cancelled": count},
        )

    async def _next_batch(self, job: Job) -> Moved:
        report, token = Report.from_json(job.parameters), await _needed(self._tokens, job)
        there = await self._stored(report)
        refused = list(job.remote.get("refused") or ())
        given_up = set(job.remote.get("given_up") or ())
        left = [i for i, _ in enumerate(report.pointings) if there.get(i) is None and i not in given_up]
        batch = left[:BATCH]
        if batch:
            done = await self._map.report(
                report.event, report.instrument, [report.pointings[i] for i in batch], token=token
            )
            refused += done.refused
            if len(done.ids) == len(batch):
                there |= dict(zip(batch, done.ids, strict=True))
            else:  # what was stored is known only by reading; what is not there then was refused
                there = await self._stored(report)
                given_up |= {i for i in batch if there.get(i) is None}
        left = [i for i in left if there.get(i) is None and i not in given_up]
        stored = [number for number in there.values() if number is not None]
        remote = {"ids": stored, "refused": refused, "given_up": sorted(given_up)}
        said = f"{len(stored)} of {len(report.pointings)} pointings are at Treasure Map."
        if left:
            share = len(stored) / len(report.pointings)
            return Moved(JobState.RUNNING, remote=remote, progress=share, said=said, look_after=1.0)
        results = {"stored": len(stored), "asked": len(report.pointings), "refused": refused[:10],
                   "link": self._map.page}  # fmt: skip
        if not stored:
            why = refused[0] if refused else "there is nothing to report"
            return Moved(
                JobState.FAILED, remote=remote, failure=f"Treasure Map took none of the pointings: {why}",
                advice=_advice(refused), results=results,
            )  # fmt: skip
        return Moved(JobState.DONE, remote=remote, progress=1.0, said=said, results=results)

    async def _stored(self, report: Report) -> dict[int, int | None]:
        """Which of the pointings are there already, by their place in the report. Each id counts once."""
        free = list(await self._map.pointings(report.event, instrument=report.instrument))
        found: dict[int, int | None] = {}
        for index, pointing in enumerate(report.pointings):
            same = next(
                (each for each in free if each.status != "cancelled" and each.same_as(pointing)), None
            )
            if same is not None:
                free.remove(same)
                found[index] = same.id
        return found


class CompleteWork:
    """`treasuremap.complete`: `event`, `marks` (id → time). Those completed already are left as they are."""

    kind = COMPLETE
    patience = PATIENCE

    def __init__(self, treasure_map: TreasureMap, tokens: Tokens) -> None:
        self._map = treasure_map
        self._tokens = tokens

    async def start(self, job: Job) -> Moved:
        event = str(job.parameters["event"])
        wanted = {int(n): datetime.fromisoformat(t) for n, t in dict(job.parameters["marks"]).items()}
        planned = {p.id for p in await self._map.pointings(event, status="planned")}
        marks = {number: at for number, at in wanted.items() if number in planned}
        refused: list[str] = []
        token = await _needed(self._tokens, job)
        for batch in _batches(sorted(marks)):
            done = await self._map.complete(event, {n: marks[n] for n in batch}, token=token)
            refused += done.refused
        completed = {p.id for p in await self._map.pointings(event, status="completed")}
        count = len(completed & set(wanted))
        results = {"completed": count, "asked": len(wanted), "refused": refused[:10]}
        if wanted and not count:
            why = refused[0] if refused else "none of them is planned there"
            return Moved(
                JobState.FAILED,
                failure=f"Treasure Map marked no pointing as observed: {why}",
                advice=f"“pointings {event}” shows how they stand there; who reported them marks them.",
                results=results,
            )
        return Moved(JobState.DONE, progress=1.0, results=results,
                     said=f"{count} of {len(wanted)} pointings are marked as observed.")  # fmt: skip

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        raise PlatformError("Treasure Map does not take back that a pointing was observed.")


class CancelWork:
    """`treasuremap.cancel`: `event` and `ids`. Those that are cancelled or observed already are left."""

    kind = CANCEL
    patience = PATIENCE

    def __init__(self, treasure_map: TreasureMap, tokens: Tokens) -> None:
        self._map = treasure_map
        self._tokens = tokens

    async def start(self, job: Job) -> Moved:
        event, ids = str(job.parameters["event"]), [int(each) for each in job.parameters["ids"]]
        await self._map.cancel(ids, token=await _needed(self._tokens, job))
        # The count that it answers leaves out what an interrupted call has cancelled: it is read.
        now = {p.id: p.status for p in await self._map.pointings(event)}
        cancelled = [n for n in ids if now.get(n) == "cancelled"]
        planned = [n for n in ids if now.get(n) == "planned"]
        results = {"cancelled": len(cancelled), "asked": len(ids), "still_planned": planned[:20]}
        if planned:
            return Moved(
                JobState.FAILED,
                failure=f"Treasure Map left {len(planned)} of {len(ids)} pointings planned.",
                advice="They belong to another account: who reported them cancels them.",
                results=results,
            )
        return Moved(JobState.DONE, progress=1.0, results=results,
                     said=f"{len(cancelled)} of {len(ids)} pointings are cancelled.")  # fmt: skip

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        raise PlatformError("What is cancelled at Treasure Map stays so; report it again instead.")


def _advice(refused: Sequence[str]) -> str:
    if refused and all("already submitted" in each for each in refused):
        return "It takes them for others that it has: look at “pointings” before they are reported again."
    return "Mend what it names and report again."


async def _needed(tokens: Tokens, job: Job) -> str:
    token = await tokens(job)
    if token is None:
        raise PlatformError(
            "There is no token for Treasure Map.",
            advice="Give yours with “me token treasuremap”; the desk's own is [treasuremap] token.",
        )
    return token


def _batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[i : i + BATCH] for i in range(0, len(numbers), BATCH)]
