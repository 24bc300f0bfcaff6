"""What of an event's jobs can be taken back: cancelled while it runs, undone once it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from platforms.job import Job, JobState
from platforms.jobs import Wanted

Undo: TypeAlias = Callable[[Job], Wanted | None]
"""The job that undoes what a job that is done did out there; None where it did nothing."""


class Way(StrEnum):
    """How a job can be taken back."""

    CANCEL = "cancel"  # it runs
    UNDO = "undo"  # it is done, and what it did out there can be undone
    RECALL = "recall"  # a plan that went to a telescope's people as a message: they are told not to
    NOTHING = "nothing"


@dataclass(frozen=True)
class Back:
    """One job, how it can be taken back, and what undoes it; `undone` is the job that does so already.

    `recalled`: whether those who read the plan as a message were told that it does not count; None where it
    was no message.
    """

    job: Job
    way: Way
    undo: Wanted | None = None
    undone: Job | None = None
    recalled: bool | None = None

    @property
    def possible(self) -> bool:
        return self.way is not Way.NOTHING


def backs_of(jobs: Sequence[Job], recalled: Mapping[int, bool] | None = None) -> tuple[Back, ...]:
    """How each of an event's jobs (newest first) can be taken back; those that undo another are left out.

    `recalled` are the jobs whose plans went out as messages, and whether those were taken back.
    """
    recalled = recalled or {}
    undoing = {wanted.fingerprint for job in jobs if (wanted := _undo(job)) is not None}
    by_fingerprint = {fingerprint_of(job): job for job in reversed(jobs) if fingerprint_of(job) in undoing}
    return tuple(
        _back(job, by_fingerprint, recalled.get(job.id)) for job in jobs if fingerprint_of(job) not in undoing
    )


def fingerprint_of(job: Job) -> str:
    """Of what was asked, as `Wanted.fingerprint`."""
    return Wanted(
        job.kind, job.platform, job.parameters, event=job.event, facility=job.facility, source=job.source
    ).fingerprint


def _back(job: Job, undoing: Mapping[str, Job], recalled: bool | None) -> Back:
    if not job.state.ended:
        way = Way.NOTHING if job.state is JobState.CANCELLING else Way.CANCEL
        return Back(job, way, recalled=recalled)
    if recalled is not None:
        return Back(job, Way.NOTHING if recalled else Way.RECALL, recalled=recalled)
    undo = _undo(job) if job.state is JobState.DONE else None
    if undo is None:
        return Back(job, Way.NOTHING)
    undone = undoing.get(undo.fingerprint)
    if undone is not None and (undone.state is JobState.DONE or not undone.state.ended):
        return Back(job, Way.NOTHING, undo, undone)
    return Back(job, Way.UNDO, undo, undone)


def _undo(job: Job) -> Wanted | None:
    undo = UNDOES.get(job.kind)
    return undo(job) if undo is not None else None


def _queue(job: Job) -> Wanted | None:
    """A plan in its telescope's queue is taken out of it."""
    if job.parameters.get("do") != "send":
        return None
    parameters = {**job.parameters, "do": "take_back"}
    return Wanted(job.kind, job.platform, parameters, event=job.event, facility=job.facility)


UNDOES: Mapping[str, Undo] = {"skyportal.queue": _queue}
"""What undoes a job that is done, by its kind. Nothing undoes a computation: it harms nobody."""
