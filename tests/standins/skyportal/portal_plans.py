"""Plans of the small SkyPortal: they move by the clock, and fail as silently as the real ones."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.standins.skyportal.serving import Answer, Call, error, success

if TYPE_CHECKING:
    from tests.standins.skyportal.portal import Account, Portal

Json = dict[str, Any]
PENDING, RUNNING = timedelta(seconds=4), timedelta(seconds=12)
WINDOW = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$")
INSTRUMENTS: dict[int, Json] = {
    1: {
        "id": 1,
        "name": "ZTF",
        "filters": ["ztfg", "ztfr", "ztfi"],
        "telescope": {"id": 1, "name": "Palomar 1.2m Oschin", "nickname": "P48"},
    },
    3: {
        "id": 3,
        "name": "T120-CCD",
        "filters": ["sdssg", "sdssr"],
        "telescope": {"id": 4, "name": "Observatoire de Haute-Provence 1.2m", "nickname": "OHP-T120"},
    },
}
ALLOCATIONS = {1: ("COO-2026A-P01", 1), 3: ("OHP-26A-01", 3)}
FIELDS = ((542, 545, 305.9, 11.75, 0.60), (543, 546, 313.2, 11.75, 0.22), (590, 593, 305.4, 18.95, 0.13))


def form(instrument: int) -> Json:
    filters = ",".join(INSTRUMENTS[instrument]["filters"][:2])
    return {
        "formSchema": {
            "type": "object",
            "properties": {
                "queue_name": {"type": "string", "default": "ToO_2026-11-20T10:29:57.088317"},
                "start_date": {
                    "type": "string",
                    "default": "2026-11-20 22:00:00",
                    "title": "Start Date (UT)",
                },
                "end_date": {
                    "type": "string",
                    "default": "2026-11-21 05:32:34.807",
                    "title": "End Date (UT)",
                },
                "schedule_type": {"type": "string", "enum": ["greedy", "greedy_slew"], "default": "greedy"},
                "schedule_strategy": {"type": "string", "enum": ["tiling", "galaxy"], "default": "tiling"},
                "exposure_time": {
                    "title": "Exposure Time [s]",
                    "type": "number",
                    "default": 300,
                    "minimum": 1,
                },
                "filters": {"type": "string", "default": filters},
                "maximum_airmass": {
                    "title": "Maximum Airmass (1-3)",
                    "type": "number",
                    "default": 2.0,
                    "minimum": 1,
                    "maximum": 3,
                },
                "integrated_probability": {
                    "title": "Integrated Probability (0-100)",
                    "type": "number",
                    "default": 90.0,
                    "minimum": 0,
                    "maximum": 100,
                },
                "max_tiles": {"title": "Threshold on number of fields?", "type": "boolean", "default": False},
            },
            "required": ["start_date", "end_date", "filters", "queue_name", "schedule_type", "exposure_time"],
            "dependencies": {
                "max_tiles": {
                    "oneOf": [
                        {
                            "properties": {
                                "max_tiles": {"enum": [True]},
                                "max_nb_tiles": {
                                    "title": "Maximum number of fields",
                                    "type": "number",
                                    "default": 100.0,
                                    "minimum": 0,
                                    "maximum": 1000,
                                },
                            },
                            "required": ["max_nb_tiles"],
                        },
                        {"properties": {"max_tiles": {"enum": [False]}}},
                    ]
                }
            },
        },
        "methodsImplemented": {"submit": True, "send": True, "remove": instrument == 1, "delete": True},
        "aliasLookup": {},
    }


def allocation(number: int) -> Json:
    proposal, instrument = ALLOCATIONS[number]
    return {
        "id": number,
        "proposal_id": proposal,
        "group_id": 8,
        "types": ["observation_plan"],
        "instrument": INSTRUMENTS[instrument],
    }


def answer(portal: Portal, account: Account, call: Call) -> Answer | None:
    match call.method, call.parts:
        case "GET", ("allocation",):
            return success([allocation(number) for number in ALLOCATIONS])
        case "GET", ("internal", "instrument_forms"):
            return success({str(number): form(number) for number in INSTRUMENTS})
        case "POST", ("observation_plan",):
            return _post(portal, account, call.body or {})
        case "GET", ("observation_plan",):
            rows = [shown(portal, each, True, listed=True) for each in portal.plans]
            return success({"requests": rows, "totalMatches": len(rows)})
        case "GET", ("gcn_event", number, "observation_plan_requests"):
            rows = [shown(portal, each) for each in portal.plans if str(each["gcnevent_id"]) == number]
            return success(rows)
        case method, ("observation_plan", number, *rest):
            found = next((each for each in portal.plans if str(each["id"]) == number), None)
            if found is None:
                return error(400, f"Cannot find ObservationPlanRequest with ID: {number}")
            return _one(portal, account, call, found, method, tuple(rest))
    return None


def _post(portal: Portal, account: Account, body: Json) -> Answer:
    if "queue_name" not in (body.get("payload") or {}):
        return error(400, 'All observation plans must have a "queue_name" key in their payload.')
    payload = body["payload"]
    for key in form(ALLOCATIONS[body["allocation_id"]][1])["formSchema"]["required"]:
        if key not in payload:
            return error(
                500, f"Payload failed to validate: '{key}' is a required property\n\nFailed validating"
            )
    taken = any(each["payload"]["queue_name"] == payload["queue_name"] for each in portal.plans)
    readable = WINDOW.match(payload["start_date"]) and WINDOW.match(payload["end_date"])
    ends = "failed to process" if taken or not readable or "plans fail" in portal.habits else "complete"
    if payload.get("schedule_strategy") == "galaxy":
        ends = "failed"
    plan = {
        "id": portal.number("plan"),
        "gcnevent_id": body["gcnevent_id"],
        "localization_id": body["localization_id"],
        "allocation_id": body["allocation_id"],
        "payload": payload,
        "requester_id": account.id,
        "ends": ends,
        "posted": portal.clock.now(),
        "sent": None,
    }
    portal.plans.append(plan)
    return success({"ids": [plan["id"]]})


def status(portal: Portal, plan: Json) -> str:
    if plan["sent"] is not None:
        return str(plan["sent"])
    age = portal.clock.now() - plan["posted"]
    return "pending submission" if age < PENDING else "running" if age < RUNNING else str(plan["ends"])


def shown(portal: Portal, plan: Json, observations: bool = False, *, listed: bool = False) -> Json:
    now = status(portal, plan)
    keep = ("id", "gcnevent_id", "localization_id", "allocation_id", "payload", "requester_id")
    value: Json = {key: plan[key] for key in keep}
    value |= {"status": now, "allocation": allocation(plan["allocation_id"]), "observation_plans": []}
    if now in ("pending submission", "running", "failed to process"):
        return value
    window = [datetime.fromisoformat(plan["payload"][key]) for key in ("start_date", "end_date")]
    row: Json = {
        "id": plan["id"],
        "status": now,
        "plan_name": plan["payload"]["queue_name"],
        "dateobs": next(each["dateobs"] for each in portal.events if each["id"] == plan["gcnevent_id"]),
        "validity_window_start": window[0].isoformat(),
        "validity_window_end": window[1].isoformat(),
        "statistics": [] if now == "failed" else [{"statistics": _statistics(portal, plan, window[0])}],
    }
    if observations and now != "failed" and "empty plans" not in portal.habits:
        row["planned_observations"] = [
            {
                "obstime": (window[0] + timedelta(minutes=10 * index)).isoformat(),
                "weight": weight,
                "exposure_time": plan["payload"]["exposure_time"],
                "filt": filt,
                "field_id": database if listed else field,
                "field": {"field_id": field, "id": database, "ra": ra, "dec": dec},
            }
            for index, (filt, (field, database, ra, dec, weight)) in enumerate(
                (filt, each) for filt in plan["payload"]["filters"].split(",") for each in FIELDS
            )
        ]
    value["observation_plans"] = [row]
    return value


def _statistics(portal: Portal, plan: Json, start: datetime) -> Json:
    if "empty plans" in portal.habits:
        return {
            "area": 0.0,
            "total_time": 0,
            "probability": 0.0,
            "unique_filters": None,
            "num_observations": 0,
            "start_observation": None,
            "tot_time_with_overheads": 0,
        }
    filters = plan["payload"]["filters"].split(",")
    count = len(filters) * len(FIELDS)
    seconds = count * plan["payload"]["exposure_time"]
    return {
        "dt": "3 hours",
        "area": 141.9,
        "total_time": seconds,
        "probability": 0.92,
        "unique_filters": filters,
        "num_observations": count,
        "start_observation": f"{start:%Y-%m-%dT%H:%M:%S}.000",
        "tot_time_with_overheads": seconds + 60,
    }


def _one(
    portal: Portal, account: Account, call: Call, plan: Json, method: str, rest: tuple[str, ...]
) -> Answer | None:
    manages = "Manage observation plans" in account.acls
    now = status(portal, plan)
    match method, rest:
        case "GET", ():
            wanted = call.query.get("includePlannedObservations") == "true"
            if wanted and "never rises" in portal.habits:
                return error(500, "'NoneType' object is not iterable")
            return success(shown(portal, plan, wanted))
        case _ if not manages:
            return error(401, "HTTP 401: Unauthorized")
        case "DELETE", ():
            portal.plans.remove(plan)
            return success({})
        case "POST", ("queue",):
            if now != "complete":
                return error(400, f"Cannot send observation plan with status {now}")
            if "cannot send" in portal.habits:
                return success(shown(portal, plan))  # a ValueError that is returned, not raised
            refused = 'rejected from telescope queue: {"message": "queue window in the past"}'
            plan["sent"] = refused if "telescope refuses" in portal.habits else "submitted to telescope queue"
            return success(shown(portal, plan))
        case "DELETE", ("queue",):
            if "cannot remove" in portal.habits:
                plan["sent"] = "failed to remove from queue"
                return error(
                    400, "Error removing observation plan from telescope: 'NoneType' object is not callable"
                )
            plan["sent"] = "deleted from telescope queue"
            return success({})
    return None
