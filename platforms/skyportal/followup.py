"""Follow-up requests at a SkyPortal: instruments that take them, requests made, looked at and taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from platforms.job import JobState, PlatformError
from platforms.skyportal.allocations import Allocation
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.forms import InstrumentForm, read_form
from platforms.skyportal.reading import Incoming, Utc, parsed, rows

MOST = 200
_DONE = ("complete", "done", "success", "observed", "finished")
_REFUSED = ("rejected", "failed", "error", "fail")
_GONE = ("deleted", "cancelled", "canceled", "expired")


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
    allocation: Allocation | None = None


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


def status_words(status: str) -> str:
    """A status for people: `rejected: exposure too long`, without the JSON that it may hold."""
    head, colon, _ = status.partition(":")
    return f"{head}: {refusal_in(status)}" if colon else status


def _request(portal: SkyPortal, value: Any) -> FollowupRequest:
    each = parsed(portal, _Request, value, "a follow-up request")
    return FollowupRequest(
        id=each.id,
        source=each.obj_id,
        allocation=each.allocation_id,
        instrument=each.allocation.name if each.allocation is not None else "",
        status=each.status,
        payload=each.payload,
        comment=each.comment or "",
        created=each.created_at,
        requester=each.requester.username if each.requester is not None else "",
    )
