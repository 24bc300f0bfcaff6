"""Observation plans at a SkyPortal: sent to the telescope, taken back, deleted, put into words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.plan_reading import read_plan
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.said import said

MANAGE = "Manage observation plans"
SENT = "submitted to telescope queue"
REJECTED = "rejected from telescope queue"
NOT_REMOVED = "failed to remove from queue"


async def send(portal: SkyPortal, number: int, *, token: str | None = None) -> str:
    """Put a plan into the telescope's queue; what it stands at then. One that is there already stays.

    A telescope's refusal comes as a success with the refusal in the status, or with the status as it was:
    the status is read again after every sending. Raises SkyPortalError with what the telescope said.
    """
    before = await read_plan(portal, number, token=token)
    if before.status.startswith(SENT):
        return before.status
    if before.statistics is not None and before.statistics.num_observations == 0:
        raise SkyPortalError(f"{portal.name} was not asked to send plan {number}: it holds no observation")
    refused: SkyPortalError | None = None
    try:
        await portal.call(
            "POST", f"/api/observation_plan/{part(number)}/queue", token=token, needs=MANAGE,
            asked="send the plan to the telescope",
        )  # fmt: skip
    except SkyPortalError as error:
        if error.later or error.status == 401:
            raise
        refused = error
    after = await read_plan(portal, number, token=token)
    if after.status.startswith(SENT) or after.status == "submitted":
        return after.status
    if after.status.startswith(REJECTED):
        raise SkyPortalError(
            f"the telescope refused plan {number} of {portal.name}: {refused_by_telescope(after.status)}",
            advice="mend what it says and make the plan again, or call the telescope",
        )
    if refused is not None:
        raise SkyPortalError(
            f"the telescope does not have plan {number}: {refused}",
            status=refused.status,
            message=refused.message,
            advice=f"call the telescope; an administrator of {portal.name} may know why",
        )
    raise SkyPortalError(
        f"{portal.name} says plan {number} is “{said(after.status)}” after sending it: the telescope does not"
        " have it",
        advice="this instrument may take no plans through the platform; call the telescope",
    )


async def take_back(portal: SkyPortal, number: int, *, token: str | None = None) -> str:
    """Take a plan out of the telescope's queue; what it stands at then.

    Raises SkyPortalError where it is, or may be, still in the queue: then the telescope must be called.
    """
    call_them = "the telescope may still observe it: call the telescope"
    before = await read_plan(portal, number, token=token)
    if not before.status.startswith(("submitted", NOT_REMOVED)):
        return before.status
    try:
        await portal.call(
            "DELETE", f"/api/observation_plan/{part(number)}/queue", token=token, needs=MANAGE,
            asked="take the plan out of the telescope's queue",
        )  # fmt: skip
    except SkyPortalError as error:
        if error.later:
            raise
        raise SkyPortalError(
            f"plan {number} could not be taken back: {error}", status=error.status, advice=call_them
        ) from None
    after = await read_plan(portal, number, token=token)
    if after.status.startswith(("submitted", NOT_REMOVED)):
        raise SkyPortalError(
            f"plan {number} could not be taken back: {portal.name} says “{said(after.status)}”",
            advice=call_them,
        )
    return after.status


async def delete(portal: SkyPortal, number: int, *, token: str | None = None) -> bool:
    """Delete a plan there, out of the telescope's queue first; whether it was there still."""
    try:
        await take_back(portal, number, token=token)
        await portal.call(
            "DELETE", f"/api/observation_plan/{part(number)}", token=token, needs=MANAGE,
            asked="delete the plan",
        )  # fmt: skip
    except SkyPortalError as error:
        if not error.missing:
            raise
        return False
    return True


async def circular(
    portal: SkyPortal, number: int, *, event: str, facility: str, token: str | None = None
) -> str:
    """The draft of a circular on a plan: of what is planned, never of what was observed.

    The server's own text says "We observed" of a plan that was only computed, so it is not used.
    """
    request = await read_plan(portal, number, token=token)
    statistics = request.statistics
    if statistics is None or statistics.num_observations == 0:
        raise SkyPortalError(
            f"plan {number} of {portal.name} holds no observation: there is nothing to announce"
        )
    seconds = statistics.tot_time_with_overheads or statistics.total_time or 0.0
    filters = ", ".join(statistics.unique_filters or ())
    begin, sent = statistics.start_observation, request.status.startswith(SENT)
    lines = [
        f"SUBJECT: {event}: planned observations with {facility}",
        "",
        f"We plan to observe the localization region of {event} with {facility}."
        + (" The plan is in the telescope's queue." if sent else ""),
        f"The plan holds {statistics.num_observations} exposures{f' in {filters}' if filters else ''}"
        f" over {seconds / 3600.0:.1f} h of telescope time"
        f"{f', beginning at {begin:%Y-%m-%d %H:%M} UTC' if begin is not None else ''}.",
        f"The planned fields cover {statistics.area or 0.0:.1f} square degrees and"
        f" {100.0 * (statistics.probability or 0.0):.0f}% of the localization probability.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def refused_by_telescope(status: str) -> str:
    """The telescope's own words out of a status like `rejected from telescope queue: {"message": …}`."""
    text = status.partition(":")[2].strip()
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, Mapping):
        value = value.get("message") or value.get("error") or "no reason given"
    words = said(str(value))
    return re.sub(r"<[^>]*>", " ", words).strip() or "no reason given"
