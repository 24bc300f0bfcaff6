"""A job: something asked of a platform, or of a worker of our own, that takes long and is followed to its
end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class JobState(StrEnum):
    """Where a job stands. `STARTING`: written down; whether the platform has it is not known yet."""

    STARTING = "starting"
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"

    @property
    def ended(self) -> bool:
        return self in _ENDED


_ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT})


@dataclass(frozen=True)
class JobPlace:
    """Where a job was asked, and so where its card is shown; in whose language and zone it is read there.

    `front` is `slack` or `discord` with the chat's own ids of channel and thread (Discord: a thread is a
    channel); `channel` for a channel of the configuration by its name, in the thread of the job's event;
    `terminal` and others are followed by whoever asked, and no card is posted.
    """

    front: str
    channel: str
    thread: str | None = None
    locale: str = "en"
    timezone: str = "UTC"


@dataclass(frozen=True)
class Job:
    """One job as it is written down.

    `kind` names the work (`skyportal.plan`, `gwemopt.plan`, `mmoda.product`), `platform` the instance that
    does it (`skyportal`, `fritz`, `mmoda`, `here`). `parameters`, `remote` (what the platform needs to be
    asked again: ids, never tokens) and `results` are JSON objects. `mark` is unique and goes into the
    remote record's name or comment, so that what an interrupted start has made is found and not made twice.
    `progress` is 0..1 or None; `said` one sentence of what happens now, `failure` and `advice` what went
    wrong and what to do, in plain words, without anything secret. `pictures` maps a name to the blob it is
    stored under.
    """

    id: int
    mark: str
    kind: str
    platform: str
    requester: str  # a person's name, or `rule NAME`
    state: JobState
    created: datetime
    deadline: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    event: str | None = None  # key of the event it is for: `LVK:S240422ed`
    facility: str | None = None
    source: str | None = None
    remote: Mapping[str, Any] = field(default_factory=dict)
    progress: float | None = None
    said: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None
    advice: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    place: JobPlace | None = None


@dataclass(frozen=True)
class Moved:
    """What a look at a job found: only what is given is written down.

    `look_after` is when to look again, seconds; None leaves it to the tracker (2 s at first, growing to 60
    s). `pictures` are PNG bytes by name.
    """

    state: JobState
    remote: Mapping[str, Any] | None = None
    progress: float | None = None
    said: str = ""
    results: Mapping[str, Any] | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    failure: str | None = None
    advice: str | None = None
    look_after: float | None = None


class PlatformError(RuntimeError):
    """A platform did not do what was asked: one sentence that names it, what was asked, and what it said.

    `advice` says what a person can do. `later`: it may work when tried again (busy, down, no answer); a job
    is then looked at again and does not fail before its deadline. Never holds a token or an answer's raw
    text.
    """

    def __init__(self, sentence: str, *, advice: str | None = None, later: bool = False) -> None:
        super().__init__(sentence)
        self.advice = advice
        self.later = later


class Work(Protocol):
    """One kind of job. The tracker calls it; it does not touch the database.

    Every call may be repeated: a crash may come between the call and the writing down of its result. `start`
    therefore first looks for what carries `job.mark`. All may raise `PlatformError`; whatever else is raised
    fails the job with a sentence of the tracker's own and goes to the log.
    """

    kind: str
    patience: float
    """Seconds from asking until the job is given up as timed out."""

    async def start(self, job: Job) -> Moved: ...

    async def look(self, job: Job) -> Moved: ...

    async def cancel(self, job: Job) -> Moved:
        """Take it back: `CANCELLED` where that worked, else `PlatformError` says why not.

        `job.remote` is empty where a start was interrupted: then what carries `job.mark` is looked for, and
        that nothing does is `CANCELLED` too. What has ended there meanwhile is given as it ended.
        """
        ...
