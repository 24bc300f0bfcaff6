"""Follow-up requests at a SkyPortal: instruments that take them, requests made, looked at and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.forms import InstrumentForm, read_form
from platforms.skyportal.reading import Incoming, Utc, parsed, rows
from platforms.skyportal.ways import Ways

KIND = "skyportal.followup"
LOOK_AFTER = 300.0  # s; a telescope takes its time
CLOCK_SKEW = timedelta(minutes=2)
MOST = 200
_DONE = ("complete", "done", "success", "observed", "finished")
_REFUSED = ("rejected", "failed", "error", "fail")
_GONE = ("deleted", "cancelled", "canceled", "expired")


class _Telescope(Incoming):
    name: str = ""
    nickname: str | None = None


class _Instrument(Incoming):
    id: int
    name: str
    telescope: _Telescope = Field(default_factory=_Telescope)


class _Allocation(Incoming):
    id: int
    instrument_id: int
    proposal_id: str | None = None
    pi: str | None = None
    group_id: int | None = None
    types: tuple[str, ...] = ()
    instrument: _Instrument


class _Person(Incoming):
    username: str = ""


class _Request(Incoming):
    id: int
    obj_id: str
    allocation_id: int
    status: str = ""
    payload: dict[str, Any] = Field(default_factory=dict)
    comment: str | None = None
    created_at: Utc
    requester: _Person | None = None
    allocation: _Allocation | None = None


@dataclass(frozen=True)
class Allocation:
    """The right to ask an instrument. `telescope` as people call it there (P60)."""

    id: int
    instrument: int
    name: str
    telescope: str
    proposal: str
    group: int | None

    @property
    def label(self) -> str:
        return f"{self.name} ({self.proposal})" if self.proposal else self.name


@dataclass(frozen=True)
class FollowupRequest:
    """One request as it stands there. `payload` is what the instrument's form asked for."""

    id: int
    source: str
    allocation: int
    instrument: str
    status: str
    payload: Mapping[str, Any]
    comment: str
    created: datetime
    requester: str

    @property
    def open(self) -> bool:
        """Whether it may still be observed."""
        return state_of(self.status) in (JobState.QUEUED, JobState.RUNNING)


async def allocations(portal: SkyPortal, *, token: str | None = None) -> tuple[Allocation, ...]:
    """What this account may ask for follow-up, by instrument."""
    found = await portal.call(
        "GET", "/api/allocation", query={"apiType": "api_classname"}, token=token,
        asked="list the allocations",
    )  # fmt: skip
    made = []
    for row in rows(found):
        each = parsed(portal, _Allocation, row, "an allocation")
        made.append(
            Allocation(
                each.id,
                each.instrument_id,
                each.instrument.name,
                each.instrument.telescope.nickname or each.instrument.telescope.name,
                each.proposal_id or "",
                each.group_id,
            )
        )
    return tuple(sorted(made, key=lambda each: (each.name, each.id)))


async def form(portal: SkyPortal, instrument: int, *, token: str | None = None) -> InstrumentForm:
    """The form of an instrument for follow-up requests, read anew. Raises PlatformError without one."""
    found = await portal.call(
        "GET", "/api/internal/instrument_forms", query={"apiType": "api_classname"}, token=token,
        asked="read the instrument's form",
    )  # fmt: skip
    value = found.get(str(instrument)) if isinstance(found, Mapping) else None
    if not isinstance(value, Mapping) or not (value.get("formSchema") or {}).get("properties"):
        raise PlatformError(
            f"{portal.name} has no form for follow-up requests of this instrument",
            advice=f"its interface has to be set up at {portal.name} first",
        )
    return read_form(instrument, value)


async def requests_of(
    portal: SkyPortal, source: str, *, token: str | None = None
) -> tuple[FollowupRequest, ...]:
    """The follow-up requests of a source, newest first, deleted ones too."""
    found = await portal.call(
        "GET", "/api/followup_request", query={"sourceID": source, "numPerPage": MOST}, token=token,
        asked="list the follow-up requests",
    )  # fmt: skip
    made = [_request(portal, row) for row in rows(found, "followup_requests")]
    mine = [each for each in made if each.source == source]  # it matches parts of names
    return tuple(sorted(mine, key=lambda each: each.created, reverse=True))


async def request(portal: SkyPortal, number: int, *, token: str | None = None) -> FollowupRequest:
    found = await portal.call(
        "GET", f"/api/followup_request/{part(number)}", token=token, asked="read the follow-up request"
    )
    return _request(portal, found)


async def open_requests(portal: SkyPortal, *, token: str | None = None) -> tuple[FollowupRequest, ...]:
    """The newest requests, of any source, that may still be observed."""
    found = await portal.call(
        "GET",
        "/api/followup_request",
        query={"status": "submitted", "numPerPage": MOST},
        token=token,
        asked="list the follow-up requests",
    )
    made = [_request(portal, row) for row in rows(found, "followup_requests")]
    return tuple(each for each in made if each.open)


async def prioritize(
    portal: SkyPortal,
    wanted: Sequence[FollowupRequest],
    localization: int,
    *,
    low: float,
    high: float,
    token: str | None = None,
) -> tuple[FollowupRequest, ...]:
    """Give requests priorities from `low` to `high` by the probability at their place on a map there.

    It takes deleted requests as well and answers nothing: only open ones are sent, and all are read anew.
    """
    sent = [each for each in wanted if each.open]
    if sent:
        body = {
            "requestIds": [each.id for each in sent], "priorityType": "localization",
            "localizationId": localization, "minimumPriority": low, "maximumPriority": high,
        }  # fmt: skip
        await portal.call(
            "PUT", "/api/followup_request/prioritization", body, token=token, needs="Upload data",
            asked="set the priorities",
        )  # fmt: skip
    return tuple([await request(portal, each.id, token=token) for each in sent])


def state_of(status: str) -> JobState:
    """What a status says; any text can be one there."""
    words = status.strip().casefold()
    if words.startswith(_DONE):
        return JobState.DONE
    if words.startswith(_REFUSED):
        return JobState.FAILED
    if words.startswith(_GONE):
        return JobState.CANCELLED
    return JobState.QUEUED if words.startswith("pending") else JobState.RUNNING


def instant(value: object) -> datetime | None:
    """A date of a payload, UTC; the end of the day where it names no time. None for what is no date."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return at + timedelta(days=1) if len(str(value)) == 10 else at


def refusal_in(status: str) -> str:
    """What the telescope said, out of `rejected: {"error": "exposure too long"}`."""
    reason = status.partition(":")[2].strip()
    try:
        value = json.loads(reason)
    except ValueError:
        return reason
    if isinstance(value, Mapping):
        said = next((value[key] for key in ("error", "message", "detail", "reason") if value.get(key)), None)
        return str(said) if said is not None else reason
    return str(value)


class FollowupWork:
    """Follow-up requests as jobs.

    Parameters: `allocation` (id), `instrument` (its name), `payload`, `despite` (a duplicate is wanted).
    Promises: an interrupted start finds the request that it made (same source, allocation and payload, not
    older than the job, carrying no other job's mark) and makes no second one; requester and mark stand in
    the request's comment there.
    """

    kind = KIND
    patience = 14 * 86400.0

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    async def start(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        made = await self._made(job, portal, token)
        if made is None:
            number, status = await self._make(job, portal, token)
        else:
            number, status = made.id, made.status
        if made is None or job.mark not in made.comment:
            await self._sign(job, portal, number, token)
        return _moved(job, portal, number, status)

    async def look(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        number = job.remote.get("id")
        if number is None:
            return await self.start(job)
        found = await request(portal, int(number), token=token)
        return _moved(job, portal, found.id, found.status)

    async def cancel(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        number = job.remote.get("id")
        if number is None:
            made = await self._made(job, portal, token)
            if made is None:
                return Moved(JobState.CANCELLED)
            number = made.id
        await portal.call(
            "DELETE", f"/api/followup_request/{part(int(number))}", token=token,
            asked="take the follow-up request back", needs="Upload data",
        )  # fmt: skip
        found = await request(portal, int(number), token=token)
        if state_of(found.status) is not JobState.CANCELLED:
            raise PlatformError(
                f"{portal.name} still has the request as “{found.status[:200]}”",
                advice=f"look at {portal.page(f'source/{job.source}')} and ask the observatory",
            )
        return Moved(
            JobState.CANCELLED, remote={"id": int(number)}, results=_results(job, portal, found.status)
        )

    async def _make(self, job: Job, portal: SkyPortal, token: str | None) -> tuple[int, str]:
        body: dict[str, Any] = {
            "obj_id": job.source,
            "allocation_id": int(job.parameters["allocation"]),
            "payload": dict(job.parameters["payload"]),
        }
        if not job.parameters.get("despite"):
            body["not_if_duplicates"] = True
        answer = await portal.call(
            "POST", "/api/followup_request", body, token=token, needs="Upload data",
            asked=f"request {job.parameters['instrument']} for {job.source}",
        )  # fmt: skip
        if not isinstance(answer, Mapping):
            raise PlatformError(f"{portal.name} did not say whether it took the follow-up request")
        if answer.get("ignored") or answer.get("id") is None:
            why = str(answer.get("message") or "no reason given")[:300]
            raise PlatformError(
                f"{portal.name} did not take the request: {why}",
                advice="ask again and say yes to a second request, if it is meant",
            )
        return int(answer["id"]), str(answer.get("request_status") or "submitted")

    async def _made(self, job: Job, portal: SkyPortal, token: str | None) -> FollowupRequest | None:
        """What an earlier start made, if anything."""
        payload = dict(job.parameters["payload"])
        # Where a second one is meant, an equal one of a moment before the job is the first.
        since = job.created - (timedelta(0) if job.parameters.get("despite") else CLOCK_SKEW)
        for each in reversed(await requests_of(portal, str(job.source), token=token)):
            if job.mark in each.comment:
                return each
            if (
                each.allocation == int(job.parameters["allocation"])
                and dict(each.payload) == payload
                and each.created >= since
                and "nd-" not in each.comment
                and state_of(each.status) is not JobState.CANCELLED
            ):
                return each
        return None

    async def _sign(self, job: Job, portal: SkyPortal, number: int, token: str | None) -> None:
        """Write who asked into the request. A request that cannot be signed stands all the same."""
        words = f"asked for by {job.requester} through nightdesk (job {job.id}, {job.mark})"
        try:
            await portal.call(
                "PUT", f"/api/followup_request/{part(number)}/comment", {"comment": words}, token=token,
                asked="note who asked for the request",
            )  # fmt: skip
        except PlatformError as error:
            if error.later:
                raise


def _moved(job: Job, portal: SkyPortal, number: int, status: str) -> Moved:
    state, instrument = state_of(status), str(job.parameters["instrument"])
    failure = advice = None
    if state is JobState.FAILED:
        why = refusal_in(status) or status
        failure = f"{instrument} did not take the request: {why[:300]}"
        advice = "change what it objects to and ask again, or take another instrument"
    elif state is JobState.CANCELLED and job.state is not JobState.CANCELLING:
        failure = f"somebody took the request back at {portal.name} ({status[:80]})"
    return Moved(
        state,
        remote={"id": number},
        said=f"{instrument}: {status[:200]}" if failure is None else "",
        results=_results(job, portal, status),
        failure=failure,
        advice=advice,
        look_after=None if state.ended else LOOK_AFTER,
    )


def _results(job: Job, portal: SkyPortal, status: str) -> dict[str, Any]:
    return {"status": status[:300], "page": portal.page(f"source/{job.source}")}


def _request(portal: SkyPortal, value: Any) -> FollowupRequest:
    each = parsed(portal, _Request, value, "a follow-up request")
    return FollowupRequest(
        id=each.id,
        source=each.obj_id,
        allocation=each.allocation_id,
        instrument=each.allocation.instrument.name if each.allocation is not None else "",
        status=each.status,
        payload=each.payload,
        comment=each.comment or "",
        created=each.created_at,
        requester=each.requester.username if each.requester is not None else "",
    )
