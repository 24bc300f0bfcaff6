"""What a job's row says is to be done next, and what an answer of its platform makes of the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.tables import JobRow

FIRST_PAUSE = 2.0  # s until a job is looked at for the first time, and after each time it moved
LONGEST_PAUSE = 60.0
GROWTH = 1.5
NOT_CANCELLED = "it could not be cancelled: "
QUIET = timedelta(seconds=5)
"""Between two edits of a card that tell of progress alone; a change of state is told at once."""


class Step(StrEnum):
    """What is done with a claimed job."""

    START = "start"
    LOOK = "look"
    CANCEL = "cancel"
    LAST_LOOK = "last look"  # its time is over; it may have ended while nobody looked
    GIVE_UP = "give up"  # its time is over, and there is nothing to look at
    UNKNOWN = "unknown"  # no work of this kind is configured here now


@dataclass(frozen=True)
class Came:
    """What came of a call: how the job moved, or why the call failed."""

    moved: Moved | None = None
    error: PlatformError | None = None

    def write(self, row: JobRow, step: Step, pictures: Mapping[str, str], now: datetime) -> None:
        """Make the row say it; `pictures` are the blobs that the new pictures were stored under."""
        before = (row.state, row.progress, row.said, row.failure)
        if self.moved is not None:
            _write_moved(row, step, self.moved, pictures, now)
        else:
            assert self.error is not None, "what did not move failed"
            _write_error(row, step, self.error, now)
        late = step in (Step.LAST_LOOK, Step.GIVE_UP) or now >= row.deadline
        to_cancel = row.state == JobState.CANCELLING.value and step is not Step.CANCEL
        if late and row.ended is None and not to_cancel:
            _time_out(row, now)
        if row.ended is not None or row.state != before[0]:
            row.tell_at = now
        elif (row.progress, row.said, row.failure) != before[1:] or pictures:
            row.tell_at = row.tell_at or max(now, (row.told or row.created) + QUIET)


def next_step(row: JobRow, now: datetime, *, known: bool) -> Step:
    """What is to be done with a job that is due."""
    late = now >= row.deadline
    if not known:
        return Step.GIVE_UP if late or row.state == JobState.CANCELLING.value else Step.UNKNOWN
    if row.state == JobState.CANCELLING.value:
        return Step.CANCEL
    if row.state == JobState.STARTING.value:
        # An interrupted start may have made something: start finds it by the job's mark.
        return Step.START if not late else Step.GIVE_UP
    return Step.LAST_LOOK if late else Step.LOOK


def moved(answer: Moved) -> Came:
    return Came(moved=answer)


def failed(error: PlatformError) -> Came:
    return Came(error=error)


def end_of(step: Step, job: Job) -> Came:
    """What becomes of a job without asking its platform: its time is over, or nobody here knows its kind."""
    sentence = f"this desk is not configured for {job.kind} at {job.platform} now"
    if step is Step.UNKNOWN:
        return failed(PlatformError(sentence, later=True))
    if job.state is JobState.CANCELLING:
        advice = f"whether {job.platform} still works on it can be seen only there: look for {job.mark}"
        return failed(PlatformError(f"it could not be taken back: {sentence}", advice=advice))
    return Came(moved=Moved(job.state, said=job.said))


def pause_after(looks: int) -> float:
    """Seconds until the next look, after so many looks at which nothing had moved."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH ** min(looks, 20)))


def _write_moved(row: JobRow, step: Step, answer: Moved, pictures: Mapping[str, str], now: datetime) -> None:
    before = (row.state, row.progress, row.said)
    if answer.remote is not None:
        row.remote = dict(answer.remote)
    if answer.progress is not None:
        row.progress = min(1.0, max(0.0, answer.progress))
    if answer.results is not None:
        row.results = dict(answer.results)
    if pictures:
        row.pictures = {**row.pictures, **pictures}
    row.said, row.failures = answer.said, 0
    state = answer.state
    if row.state == JobState.CANCELLING.value and not state.ended:
        # Somebody asked for it back meanwhile: that stands until the platform was asked.
        state = JobState.CANCELLING
        row.due = now if step is not Step.CANCEL else now + timedelta(seconds=_pause(row, answer))
        row.looks += 1
        return
    if state is JobState.STARTING:
        state = JobState.QUEUED if step is Step.START else JobState(row.state)
    row.state = state.value
    if row.started is None and state in (JobState.RUNNING, JobState.DONE):
        row.started = now
    if state.ended:
        if state is not JobState.DONE or not (row.failure or "").startswith(NOT_CANCELLED):
            row.failure, row.advice = (
                answer.failure,
                answer.advice,
            )  # who wanted it back reads that it was not
        row.ended = now
        if state is JobState.DONE:
            row.progress = 1.0
        return
    row.looks = 0 if (row.state, row.progress, row.said) != before else row.looks + 1
    row.due = now + timedelta(seconds=_pause(row, answer))


def _pause(row: JobRow, answer: Moved) -> float:
    return max(0.5, answer.look_after) if answer.look_after is not None else pause_after(row.looks)


def _write_error(row: JobRow, step: Step, error: PlatformError, now: datetime) -> None:
    row.failures += 1
    if error.later:
        row.said = str(error)
        row.due = now + timedelta(seconds=pause_after(row.failures))
        return
    if row.state == JobState.CANCELLING.value and step is Step.CANCEL and row.remote:
        # It goes on there, and its results are worth having.
        row.state = JobState.RUNNING.value if row.started is not None else JobState.QUEUED.value
        row.said = row.failure = f"{NOT_CANCELLED}{error}"
        row.advice = error.advice
        row.due, row.looks = now + timedelta(seconds=FIRST_PAUSE), 0
        return
    _end(row, JobState.FAILED, now, str(error), error.advice)


def _time_out(row: JobRow, now: datetime) -> None:
    hours = (now - row.created).total_seconds() / 3600.0
    last = f"; the last that was heard: {row.said}" if row.said else ""
    failure = f"{row.platform} had not finished it after {hours:.1f} h{last}"
    advice = "look there whether it still runs, or ask again" if row.attempted else "ask again"
    _end(row, JobState.TIMED_OUT, now, failure, advice)


def _end(row: JobRow, state: JobState, now: datetime, failure: str, advice: str | None) -> None:
    row.state, row.ended, row.failure, row.advice = state.value, now, failure, advice
