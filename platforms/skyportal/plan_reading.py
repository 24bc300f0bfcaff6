"""Observation plans at a SkyPortal as they stand, and as the `Plan` that every planner gives."""

from __future__ import annotations

from datetime import UTC, datetime

from facilities.plan import Exposure, Plan
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.plan_answers import PlannedObservation, PlanRequest, read_request
from platforms.skyportal.reading import rows
from platforms.skyportal.refusals import SkyPortalError

PAGES = 5


async def read_plan(portal: SkyPortal, number: int, *, token: str | None = None) -> PlanRequest:
    """A plan as it stands, without its observations."""
    found = await portal.call(
        "GET", f"/api/observation_plan/{part(number)}", token=token, asked="read the plan"
    )
    return read_request(portal, found)


async def plans_of(portal: SkyPortal, event_id: int, *, token: str | None = None) -> tuple[PlanRequest, ...]:
    """All plans that the account may see of an event, by the event's integer id."""
    found = await portal.call(
        "GET",
        f"/api/gcn_event/{part(event_id)}/observation_plan_requests",
        token=token,
        asked="list the plans of the event",
    )
    return tuple(read_request(portal, each) for each in rows(found))


async def planned_observations(
    portal: SkyPortal, request: PlanRequest, *, token: str | None = None
) -> tuple[PlannedObservation, ...] | None:
    """The exposures of a plan; None where the server cannot list them.

    Its single answer is a 500 as soon as one field never rises above 30 degrees, and it refuses it for some
    instruments' filters; its list is not.
    """
    try:
        found = await portal.call(
            "GET",
            f"/api/observation_plan/{part(request.id)}",
            query={"includePlannedObservations": True},
            token=token,
            asked="read the planned observations",
        )
        return _observations(read_request(portal, found))
    except SkyPortalError as error:
        if error.later or error.status == 401:
            raise
    row = request.computed
    instrument = request.allocation.instrument if request.allocation is not None else None
    if row is None or row.dateobs is None or instrument is None:
        return None
    query: dict[str, str | int | bool] = {
        "dateobs": row.dateobs, "instrumentID": instrument.id, "includePlannedObservations": True,
        "numPerPage": 10,
    }  # fmt: skip
    for page in range(1, PAGES + 1):
        listed = await portal.call(
            "GET", "/api/observation_plan", query={**query, "pageNumber": page}, token=token,
            asked="list the planned observations",
        )  # fmt: skip
        requests = rows(listed, "requests")
        for each in requests:
            if each.get("id") == request.id:
                return _observations(read_request(portal, each))
        if len(requests) < 10:
            break
    return None


def plan_from(
    request: PlanRequest,
    observations: tuple[PlannedObservation, ...] | None,
    *,
    facility: str,
    event: str | None,
    made: datetime,
    notes: tuple[str, ...] = (),
) -> Plan:
    """The plan as every planner's is read here.

    Its `weight` is the probability of a whole field, each time the field is exposed: counted once, and
    scaled so that the exposures' sum is the plan's own probability where fields overlap.
    """
    statistics = request.statistics
    ordered = sorted(observations or (), key=lambda each: each.obstime)
    seen: set[int] = set()
    first: list[float] = []
    for each in ordered:
        first.append(0.0 if each.field.field_id in seen else (each.weight or 0.0))
        seen.add(each.field.field_id)
    total = sum(first)
    probability = statistics.probability if statistics is not None else None
    scale = probability / total if probability is not None and total > 0 else 1.0
    payload = request.payload
    return Plan(
        facility=facility,
        planner="skyportal",
        strategy="galaxies" if payload.get("schedule_strategy") == "galaxy" else "tiling",
        event=event,
        made=made,
        window=_window(request),
        exposures=tuple(
            Exposure(
                field=str(each.field.field_id),
                ra=each.field.ra % 360.0,
                dec=each.field.dec,
                start=each.obstime,
                seconds=each.exposure_time,
                filter=each.filt,
                probability=share * scale,
            )
            for each, share in zip(ordered, first, strict=True)
        ),
        probability=probability if probability is not None else total,
        area=(statistics.area if statistics is not None else None) or 0.0,
        settings={key: value for key, value in payload.items() if key != "queue_name"},
        notes=notes,
    )  # fmt: skip


def _observations(request: PlanRequest) -> tuple[PlannedObservation, ...]:
    return request.computed.planned_observations if request.computed is not None else ()


def _window(request: PlanRequest) -> tuple[datetime, datetime]:
    row = request.computed
    if row is not None and row.validity_window_start is not None and row.validity_window_end is not None:
        return row.validity_window_start, row.validity_window_end
    texts = (str(request.payload.get("start_date", "")), str(request.payload.get("end_date", "")))
    try:
        read = [datetime.fromisoformat(each) for each in texts]
    except ValueError:
        raise SkyPortalError(
            f"plan {request.id} has no window that can be read: {' to '.join(texts)}"
        ) from None
    first, last = (each.replace(tzinfo=UTC) if each.tzinfo is None else each.astimezone(UTC) for each in read)
    return first, last
