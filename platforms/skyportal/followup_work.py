"""Follow-up requests as jobs: made, changed, followed, taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.followup import FollowupRequest, refusal_in, request, requests_of, state_of
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.sources import gone
from platforms.skyportal.ways import Ways

KIND = "skyportal.followup"
LOOK_AFTER = 300.0  # s; a telescope takes its time
CLOCK_SKEW = timedelta(minutes=2)
LONGEST_COMMENT = 1000
_MARK = re.compile(r"\(job (\d+), (nd-[0-9a-f]+)\)")


class FollowupWork:
    """Follow-up requests as jobs.

    Parameters: `allocation` (id), `instrument` (its name), `payload`, `despite` (a duplicate is wanted), or
    `change`, the number of a request that gets this payload. Promises: an interrupted start finds the request
    that it made (same source, allocation and payload, not older than the job, carrying no other job's mark)
    and makes no second one; one that was to change a request does so no second time once it has this payload;
    requester and mark stand in the request's comment there. A job whose request another job has changed ends:
    the other one follows it.
    """

    kind = KIND
    patience = 14 * 86400.0

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    async def start(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        if "change" in job.parameters:
            return await self._change(job, portal, token)
        made = await self._made(job, portal, token)
        if made is None:
            number, status = await self._make(job, portal, token)
        else:
            number, status = made.id, made.status
        if made is None or job.mark not in made.comment:
            words = f"asked for by {_who(job)}"
            await self._sign(job, portal, number, words, token)
        return _moved(job, portal, number, status, job.parameters["payload"])

    async def look(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        number = job.remote.get("id")
        if number is None:
            return await self.start(job)
        try:
            found = await request(portal, int(number), token=token)
        except SkyPortalError as error:
            if not error.missing:
                raise
            return Moved(
                JobState.CANCELLED,
                remote={"id": int(number)},
                failure=_out_of_sight(portal, int(number)),
                advice=_look_there(portal, job),
            )
        by = _changed_by(job, found.comment)
        if by is not None:
            return Moved(
                JobState.CANCELLED,
                remote={"id": found.id},
                said=f"job {by} has changed the request and follows it now",
                results=_results(job, portal, found.id, found.status, found.payload),
            )
        return _moved(job, portal, found.id, found.status, found.payload)

    async def cancel(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        number = job.remote.get("id")
        if number is None:
            made = None if "change" in job.parameters else await self._made(job, portal, token)
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
            JobState.CANCELLED,
            remote={"id": found.id},
            results=_results(job, portal, found.id, found.status, found.payload),
        )

    async def _change(self, job: Job, portal: SkyPortal, token: str | None) -> Moved:
        """Give a request that is there its new payload, and read anew what it says then."""
        number, payload = int(job.parameters["change"]), dict(job.parameters["payload"])
        try:
            return await self._changed(job, portal, number, payload, token)
        except SkyPortalError as error:
            if not error.missing:
                raise
            raise PlatformError(_out_of_sight(portal, number), advice=_look_there(portal, job)) from None

    async def _changed(
        self, job: Job, portal: SkyPortal, number: int, payload: Mapping[str, Any], token: str | None
    ) -> Moved:
        instrument = job.parameters["instrument"]
        there = await request(portal, number, token=token)
        if dict(there.payload) != payload:
            if not there.open:
                raise PlatformError(
                    f"request {number} of {instrument} is not open any more: {there.status[:200]}",
                    advice="ask anew",
                )
            body = {
                "obj_id": there.source, "allocation_id": int(job.parameters["allocation"]),
                "payload": payload,
            }  # fmt: skip
            await portal.call(
                "PUT", f"/api/followup_request/{part(number)}", body, token=token, needs="Upload data",
                asked=f"change request {number} of {instrument} for {there.source}", advice=_anew(job),
            )  # fmt: skip
        if job.mark not in there.comment:
            words = f"{there.comment}; " if there.comment else ""
            await self._sign(job, portal, number, f"{words}changed by {_who(job)}", token)
        there = await request(portal, number, token=token)
        return _moved(job, portal, number, there.status, there.payload)

    async def _make(self, job: Job, portal: SkyPortal, token: str | None) -> tuple[int, str]:
        body: dict[str, Any] = {
            "obj_id": job.source,
            "allocation_id": int(job.parameters["allocation"]),
            "payload": dict(job.parameters["payload"]),
        }
        if not job.parameters.get("despite"):
            body["not_if_duplicates"] = True
        try:
            answer = await portal.call(
                "POST", "/api/followup_request", body, token=token, needs="Upload data",
                asked=f"request {job.parameters['instrument']} for {job.source}", advice=_anew(job),
            )  # fmt: skip
        except SkyPortalError as error:
            raise gone(portal, str(job.source), error) from None
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

    async def _sign(self, job: Job, portal: SkyPortal, number: int, words: str, token: str | None) -> None:
        """Write who asked into the request. A request that cannot be signed stands all the same."""
        try:
            await portal.call(
                "PUT", f"/api/followup_request/{part(number)}/comment",
                {"comment": words[-LONGEST_COMMENT:]}, token=token,
                asked="note who asked for the request",
            )  # fmt: skip
        except PlatformError as error:
            if error.later:
                raise


def _out_of_sight(portal: SkyPortal, number: int) -> str:
    return (
        f"follow-up request {number} is no longer to be seen at {portal.name}:"
        " somebody deleted it, or took it out of this account's sight"
    )


def _look_there(portal: SkyPortal, job: Job) -> str:
    return f"look at {portal.page(f'source/{job.source}')}, and ask again if it is still wanted"


def _anew(job: Job) -> str:
    named = job.facility or job.parameters["instrument"]
    return (
        "its form, or the time given there, may have changed: fill it in anew with"
        f" “followup {job.source} {named}”"
    )


def _who(job: Job) -> str:
    return f"{job.requester} through nightdesk (job {job.id}, {job.mark})"


def _changed_by(job: Job, comment: str) -> int | None:
    """The number of the job that has changed this job's request since, by what is written there."""
    signed = _MARK.findall(comment)
    marks = [mark for _, mark in signed]
    if job.mark not in marks or marks[-1] == job.mark:
        return None
    return int(signed[-1][0])


def _moved(job: Job, portal: SkyPortal, number: int, status: str, payload: Mapping[str, Any]) -> Moved:
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
        results=_results(job, portal, number, status, payload),
        failure=failure,
        advice=advice,
        look_after=None if state.ended else LOOK_AFTER,
    )


def _results(
    job: Job, portal: SkyPortal, number: int, status: str, payload: Mapping[str, Any]
) -> dict[str, Any]:
    page = portal.page(f"source/{job.source}")
    return {"status": status[:300], "page": page, "request": number, "payload": dict(payload)}
