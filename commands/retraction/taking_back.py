"""What of an event's jobs can be taken back: cancelled while it runs, undone once it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from platforms.job import Job, JobState
from platforms.jobs import Wanted
from platforms.skyportal.plan_work import QUEUE, Do
from platforms.treasure_map_works import CANCEL, COMPLETE, REPORT

Undo: TypeAlias = Callable[[Job, Sequence[Job]], Wanted | None]
"""The job that undoes what a job that has ended did out there, among all jobs of its event; None where it
did nothing that can be undone."""


class Way(StrEnum):
    """How a job can be taken back."""

    CANCEL = "cancel"  # it runs
    UNDO = "undo"  # it has ended, and what it did out there can be undone
    RECALL = "recall"  # a plan that went to a telescope's people as a message: they are told not to
    NOTHING = "nothing"


@dataclass(frozen=True)
class Back:
    """One job, how it can be taken back, and what undoes it; `undone` is the job that does so already.

    `recalled`: whether those who read the plan as a message were told that it does not count; None where it
    was no message. `beside`: the job names a source and no event, and these other events, which stand, hold
    that source too: taking it back is for somebody who knows for which it was asked.
    """

    job: Job
    way: Way
    undo: Wanted | None = None
    undone: Job | None = None
    recalled: bool | None = None
    beside: tuple[str, ...] = ()

    @property
    def possible(self) -> bool:
        return self.way is not Way.NOTHING and not self.beside


def backs_of(jobs: Sequence[Job], recalled: Mapping[int, bool] | None = None) -> tuple[Back, ...]:
    """How each of an event's jobs (newest first) can be taken back; those that undo another are left out.

    `recalled` are the jobs whose plans went out as messages, and whether those were taken back.
    """
    recalled = recalled or {}
    undoing = {wanted.fingerprint for job in jobs if (wanted := _undo(job, jobs)) is not None}
    by_fingerprint = {fingerprint_of(job): job for job in reversed(jobs) if fingerprint_of(job) in undoing}
    return tuple(
        _back(job, jobs, by_fingerprint, recalled.get(job.id))
        for job in jobs
        if fingerprint_of(job) not in undoing
    )


def fingerprint_of(job: Job) -> str:
    """Of what was asked, as `Wanted.fingerprint`."""
    return Wanted(
        job.kind, job.platform, job.parameters, event=job.event, facility=job.facility, source=job.source
    ).fingerprint


def _back(job: Job, jobs: Sequence[Job], undoing: Mapping[str, Job], recalled: bool | None) -> Back:
    if not job.state.ended:
        way = Way.NOTHING if job.state is JobState.CANCELLING else Way.CANCEL
        return Back(job, way, recalled=recalled)
    if recalled is not None:
        return Back(job, Way.NOTHING if recalled else Way.RECALL, recalled=recalled)
    undo = _undo(job, jobs)
    if undo is None:
        return Back(job, Way.NOTHING)
    undone = undoing.get(undo.fingerprint)
    if undone is not None and (undone.state is JobState.DONE or not undone.state.ended):
        return Back(job, Way.NOTHING, undo, undone)
    return Back(job, Way.UNDO, undo, undone)


def _undo(job: Job, jobs: Sequence[Job]) -> Wanted | None:
    undo = UNDOES.get(job.kind)
    return undo(job, jobs) if undo is not None and job.state.ended else None


def _queue(job: Job, jobs: Sequence[Job]) -> Wanted | None:
    """A plan in its telescope's queue is taken out of it, unless it was deleted since."""
    plan = job.parameters.get("plan")
    if job.state is not JobState.DONE or job.parameters.get("do") != Do.SEND.value:
        return None
    gone = {"do": Do.DELETE.value, "plan": plan}
    if any(
        each.kind == QUEUE
        and each.platform == job.platform
        and each.state is JobState.DONE
        and gone.items() <= each.parameters.items()
        for each in jobs
    ):
        return None
    parameters = {**job.parameters, "do": Do.TAKE_BACK.value}
    return Wanted(job.kind, job.platform, parameters, event=job.event, facility=job.facility)


def _pointings(job: Job, jobs: Sequence[Job]) -> Wanted | None:
    """What was reported as planned is cancelled, also where reporting ended half way.

    What was marked as observed since stays; so does what somebody cancelled together with other reports.
    """
    if job.state is JobState.CANCELLED:
        return None
    done = [each for each in jobs if each.platform == job.platform and each.state is JobState.DONE]
    observed = {int(n) for each in done if each.kind == COMPLETE for n in each.parameters.get("marks") or ()}
    left = sorted({int(number) for number in job.remote.get("ids") or ()} - observed)
    cancels = [list(each.parameters.get("ids") or ()) for each in done if each.kind == CANCEL]
    left = [number for number in left if not any(number in ids for ids in cancels if ids != left)]
    if not left:
        return None
    parameters = {"event": job.parameters.get("event"), "ids": left}
    return Wanted(CANCEL, job.platform, parameters, event=job.event, facility=job.facility)


UNDOES: Mapping[str, Undo] = {QUEUE: _queue, REPORT: _pointings}
"""What undoes a job that has ended, by its kind. Nothing undoes a computation: it harms nobody."""
