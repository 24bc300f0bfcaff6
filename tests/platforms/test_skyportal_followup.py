"""Follow-up requests as a real SkyPortal takes them: what 200 hides, what it leaks, what is found again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from platforms.job import JobState, PlatformError
from platforms.skyportal.allocations import FOLLOW_UP, allocations
from platforms.skyportal.followup import form, prioritize, refusal_in, request, requests_of, state_of
from platforms.skyportal.followup_work import KIND, FollowupWork
from tests.platforms.portal_jobs import Opener, job, opened, ways
from tests.standins.skyportal.recorded import RecordedPortal, recorded

__all__ = ["opened"]
PAYLOAD = {
    "priority": 5, "observation_type": "IFU", "start_date": "2026-11-20", "end_date": "2026-11-27",
    "exposure_time": 300, "maximum_airmass": 2.5, "maximum_fwhm": 3.0,
}  # fmt: skip
ASKED = {"allocation": 2, "instrument": "SEDM", "payload": PAYLOAD}
TOO_LONG = {**ASKED, "allocation": 3, "instrument": "T120-CCD"}


def _none() -> dict[str, object]:
    """A list of follow-up requests without any."""
    empty = recorded("0661")
    empty["response"]["json"]["data"]["followup_requests"] = []
    return {**empty, "name": "0661"}


async def test_a_request_is_made_signed_and_followed(opened: Opener) -> None:
    async with RecordedPortal("0650", "0666", "0659") as there:
        there._only[("GET", "/api/followup_request")] = [_none()]
        work = FollowupWork(ways(opened(there.url)))
        moved = await work.start(job(KIND, ASKED))
        comment = there.seen[-1].body["comment"]
        looked = await work.look(job(KIND, ASKED, remote=moved.remote, state=JobState.RUNNING))
    assert moved.state is looked.state is JobState.RUNNING and moved.remote == {"id": 1}
    assert "ana" in comment and "nd-0123456789abcdef" in comment
    assert there.seen[1].body["not_if_duplicates"] is True


async def test_200_with_a_refusal_inside_fails_the_job_in_the_telescopes_own_words(opened: Opener) -> None:
    async with RecordedPortal("0676", "0666") as there:
        there._only[("GET", "/api/followup_request")] = [_none()]
        moved = await FollowupWork(ways(opened(there.url))).start(job(KIND, TOO_LONG))
    assert moved.state is JobState.FAILED
    assert moved.failure == "T120-CCD did not take the request: exposure too long"


async def test_a_request_is_changed_whole_signed_and_read_anew(opened: Opener) -> None:
    wanted = recorded("0665")["request"]["json"]
    async with RecordedPortal("0659", "0665", "0666") as there:
        asked = {**ASKED, "payload": wanted["payload"], "change": 1}
        moved = await FollowupWork(ways(opened(there.url))).start(job(KIND, asked))
        (put,) = [call for call in there.seen if call.line == "PUT /api/followup_request/1"]
    assert put.body == wanted
    assert moved.state is JobState.RUNNING and moved.remote == {"id": 1}
    assert moved.results is not None and moved.results["request"] == 1


async def test_a_request_that_is_over_is_not_changed(opened: Opener) -> None:
    async with RecordedPortal("0664") as there:
        asked = {**ASKED, "payload": {**PAYLOAD, "priority": 1}, "change": 1}
        with pytest.raises(PlatformError, match="request 1 of SEDM is not open any more: complete"):
            await FollowupWork(ways(opened(there.url))).start(job(KIND, asked))
    assert not any(call.startswith("PUT") for call in there.calls)


async def test_a_duplicate_that_was_not_meant_is_not_taken_twice(opened: Opener) -> None:
    async with RecordedPortal("0652") as there:
        there._only[("GET", "/api/followup_request")] = [_none()]
        with pytest.raises(PlatformError, match="already a follow-up request"):
            await FollowupWork(ways(opened(there.url))).start(job(KIND, ASKED))


async def test_what_an_interrupted_start_made_is_found_and_not_made_twice(opened: Opener) -> None:
    async with RecordedPortal("0661", "0666", "0663") as there:
        listed = there._only[("GET", "/api/followup_request")][0]["response"]["json"]["data"]
        made = [each for each in listed["followup_requests"] if isinstance(each, dict)]
        work = FollowupWork(ways(opened(there.url)))
        asked = {**ASKED, "payload": made[0]["payload"]}
        moved = await work.start(job(KIND, asked))
    assert moved.remote == {"id": made[0]["id"]}
    assert not any(call.startswith("POST") for call in there.calls)


async def test_the_telescopes_token_in_the_transactions_is_dropped_on_reading(opened: Opener) -> None:
    async with RecordedPortal("0690") as there:
        portal = opened(there.url)
        found = await request(portal, 4)
        raw = await portal.call("GET", "/api/followup_request/4")
    assert "secret-facility-token" not in f"{found} {raw}"
    assert found.status == "submitted" and found.payload["exposure_time"] == 300


async def test_taking_back_looks_whether_it_is_taken_back(opened: Opener) -> None:
    async with RecordedPortal("0670", "0671") as there:
        work = FollowupWork(ways(opened(there.url)))
        moved = await work.cancel(job(KIND, ASKED, remote={"id": 1}, state=JobState.CANCELLING))
    assert moved.state is JobState.CANCELLED
    async with RecordedPortal("0670", "0659") as there:  # it says yes and keeps it
        work = FollowupWork(ways(opened(there.url)))
        with pytest.raises(PlatformError, match="still has the request"):
            await work.cancel(job(KIND, ASKED, remote={"id": 1}, state=JobState.CANCELLING))


async def test_what_somebody_deletes_over_there_ends_the_job(opened: Opener) -> None:
    async with RecordedPortal("0671") as there:
        work = FollowupWork(ways(opened(there.url)))
        moved = await work.look(job(KIND, ASKED, remote={"id": 1}, state=JobState.RUNNING))
    assert moved.state is JobState.CANCELLED and "took the request back at fritz" in (moved.failure or "")


@pytest.mark.parametrize(
    ("name", "said"),
    [("0653", "observation_type"), ("0655", "has no source"), ("0656", "allocation"), ("0678", "not one of")],
)
async def test_a_refused_request_names_what_is_wrong_in_one_line(
    opened: Opener, name: str, said: str
) -> None:
    async with RecordedPortal(name) as there:
        there._only[("GET", "/api/followup_request")] = [_none()]
        with pytest.raises(PlatformError, match=said) as error:
            await FollowupWork(ways(opened(there.url))).start(job(KIND, ASKED))
    assert "\n" not in str(error.value) and len(str(error.value)) < 600


async def test_allocations_tell_instrument_telescope_and_proposal(opened: Opener) -> None:
    async with RecordedPortal("0468") as there:
        found = await allocations(opened(there.url), FOLLOW_UP)
    assert ("SEDM", "P60", "COO-2026A-P02") in {(each.name, each.telescope, each.proposal) for each in found}


async def test_an_instruments_form_is_read_by_its_number_as_a_string(opened: Opener) -> None:
    async with RecordedPortal("0457") as there:
        portal = opened(there.url)
        sedm = await form(portal, 2)
        with pytest.raises(PlatformError, match="no form"):
            await form(portal, 99)
    assert {"submit", "delete", "update"} <= sedm.can
    assert [each.key for each in sedm.shown({})] == [
        "observation_type", "priority", "start_date", "end_date", "advanced",
    ]  # fmt: skip


async def test_the_requests_of_a_source_are_newest_first_and_no_others(opened: Opener) -> None:
    async with RecordedPortal("0679") as there:
        found = await requests_of(opened(there.url), "AT2025vsw")
    assert found and all(each.source == "AT2025vsw" for each in found)
    assert [each.created for each in found] == sorted((each.created for each in found), reverse=True)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("submitted", JobState.RUNNING), ("complete", JobState.DONE), ("deleted", JobState.CANCELLED),
        ('rejected: {"error": "exposure too long"}', JobState.FAILED),
        ("pending submission", JobState.QUEUED),
        ("a purple elephant", JobState.RUNNING), ("failed to process", JobState.FAILED),
    ],
)  # fmt: skip
def test_any_text_can_be_a_status(status: str, state: JobState) -> None:
    assert state_of(status) is state


def test_a_refusal_is_read_out_of_its_json() -> None:
    assert refusal_in('rejected: {"error": "exposure too long"}') == "exposure too long"
    assert refusal_in("rejected: no time left") == "no time left"


async def test_priorities_are_read_anew_for_nothing_comes_back_and_deleted_requests_are_not_sent(
    opened: Opener,
) -> None:
    """0683 gave a deleted request a priority, and answered {}."""
    async with RecordedPortal("0659", "0671", "0683") as there:
        portal = opened(there.url)
        one = await request(portal, 1)
        gone = replace(one, id=6, status="deleted")
        there._only[("PUT", "/api/followup_request/prioritization")][0]["request"]["json"] = None
        done = await prioritize(portal, [one, gone], 1, low=1, high=5)
        sent = next(call.body for call in there.seen if call.method == "PUT")
    assert sent["requestIds"] == [1] and [each.id for each in done] == [1]
