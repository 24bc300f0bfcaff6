"""Sources of the small SkyPortal: light, marks, follow-up, fits, injections, observations.

Habits as recorded: a telescope's refusal is 200, a fit of a service that is down is 200, a run that fails
stays `running`, credentials stand in the answers, not found is 400, 403 or 404 by endpoint.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.standins.skyportal.serving import Answer, Call, error, success

if TYPE_CHECKING:
    from tests.standins.skyportal.portal import Account, Portal

Json = dict[str, Any]
SECRET = "secret-facility-token"
CAPABILITY = "2bb5af59-b61c-419d-9d97-758a803bd1e3"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg=="
)
RUNS = timedelta(minutes=2)
FOUND: Json = {"log10_mej": -1.5, "log10_mej_err": 0.2, "log_evidence": -40.5}
SEDM = {"id": 2, "name": "SEDM", "telescope": {"id": 3, "name": "Palomar 1.5m", "nickname": "P60"}}
T120 = {"id": 3, "name": "T120-CCD", "telescope": {"id": 4, "name": "OHP 1.2m", "nickname": "OHP-T120"}}
ZTF = {"id": 1, "name": "ZTF", "telescope": {"id": 1, "name": "Palomar 1.2m Oschin", "nickname": "P48"}}
FORM: Json = {
    "type": "object",
    "properties": {
        "observation_type": {
            "type": "string", "enum": ["3-shot (gri)", "IFU", "Mix 'n Match"], "title": "Mode",
            "default": "IFU",
        },
        "priority": {"type": "number", "default": 1.0, "minimum": 1, "maximum": 5, "title": "Priority"},
        "start_date": {
            "type": "string", "format": "date", "default": "2026-11-20", "title": "Start Date (UT)",
        },
        "end_date": {"type": "string", "format": "date", "default": "2026-11-27", "title": "End Date (UT)"},
        "advanced": {"type": "boolean", "title": "Show Advanced Options", "default": False},
    },
    "dependencies": {
        "advanced": {
            "oneOf": [
                {
                    "properties": {
                        "advanced": {"enum": [True]},
                        "exposure_time": {
                            "title": "Exposure Time [s]", "type": "number", "default": 300, "minimum": 1,
                            "maximum": 3600,
                        },
                    },
                    "required": ["exposure_time"],
                },
                {"properties": {"advanced": {"enum": [False]}}},
            ]
        }
    },
    "required": ["observation_type", "priority", "start_date", "end_date"],
}  # fmt: skip


@dataclass
class SourceWorld:
    """What is there; `answer` is a room of the portal. `refuses` says why a telescope refuses a payload."""

    sources: dict[str, Json] = field(default_factory=dict)
    photometry: dict[str, list[Json]] = field(default_factory=dict)
    spectra: list[Json] = field(default_factory=list)
    marked: list[Json] = field(default_factory=list)
    followups: list[Json] = field(default_factory=list)
    analyses: list[Json] = field(default_factory=list)
    observations: list[Json] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    results: Json = field(default_factory=lambda: dict(FOUND))
    fails: set[str] = field(default_factory=set)  # names of services that cannot be reached
    unchangeable: set[int] = field(default_factory=set)  # allocations whose requests cannot be changed
    stuck: bool = False  # injection runs that never end
    refuses: Callable[[Json], str | None] = lambda payload: (
        "exposure too long" if payload.get("exposure_time") == 999 else None
    )
    allocations: tuple[tuple[int, str, Json], ...] = ((2, "COO-2026A-P02", SEDM), (3, "OHP-26A-01", T120))

    def add_source(self, name: str, ra: float, dec: float, **more: Any) -> None:
        self.sources[name] = {
            "id": name, "ra": ra, "dec": dec, "redshift": None, "luminosity_distance": None, "tns_name": None,
            "classifications": [], "annotations": [], "created_at": "2026-11-20T01:00:00", "t0": None, **more,
        }  # fmt: skip

    def add_points(self, name: str, *points: tuple[float, str, float | None, float | None, float]) -> None:
        """`(mjd, filter, magnitude, error, limit)` each."""
        self.photometry.setdefault(name, []).extend(
            {
                "obj_id": name, "mjd": mjd, "filter": band, "mag": mag, "magerr": err, "limiting_mag": limit,
                "magsys": "ab", "instrument_id": 1, "instrument_name": "ZTF", "origin": "None",
            }
            for mjd, band, mag, err, limit in points
        )  # fmt: skip

    def add_spectrum(
        self,
        name: str,
        at: str,
        wavelengths: list[float],
        fluxes: list[float | None],
        instrument: str = "SEDM",
    ) -> None:
        self.spectra.append(
            {
                "id": len(self.spectra) + 1, "obj_id": name, "observed_at": at, "instrument_name": instrument,
                "telescope_name": "Palomar 1.5m", "type": "source", "label": None, "wavelengths": wavelengths,
                "fluxes": fluxes, "errors": None, "units": None, "origin": None, "owner": {"username": "bo"},
                "pis": [], "reducers": [], "observers": [], "groups": [], "comments": [], "annotations": [],
            }
        )  # fmt: skip

    def add_observation(self, field_id: int, ra: float, dec: float, at: str, instrument: Json = ZTF) -> None:
        self.observations.append(
            {
                "id": len(self.observations) + 1, "obstime": at, "filt": "ztfr", "exposure_time": 30,
                "limmag": 20.5, "field": {"id": field_id + 5, "field_id": field_id, "ra": ra, "dec": dec},
                "instrument": instrument,
            }
        )  # fmt: skip

    def answer(self, portal: Portal, account: Account, call: Call) -> Answer | None:
        match call.method, call.parts:
            case "GET", ("allocation",) if call.query.get("apiType") == "api_classname":
                return success([self._allocation(*each) for each in self.allocations])
            case "GET", ("internal", "instrument_forms") if call.query.get("apiType") == "api_classname":
                return success({str(each[2]["id"]): self._form(each[0]) for each in self.allocations})
            case "GET", ("sources", *rest):
                return self._source(call, rest)
            case "GET", ("spectra",):
                numbers = ("wavelengths", "fluxes", "errors")
                return success(
                    [{key: one for key, one in row.items() if key not in numbers} for row in self.spectra]
                )
            case "GET", ("associated_gcns", name):
                said = [
                    each["dateobs"]
                    for each in self.marked
                    if each["obj_id"] == name and each["status"] == "confirmed"
                ]
                return success({"gcns": said})
            case _, ("sources_in_gcn", dateobs, *rest):
                return self._mark(call, account, dateobs, rest)
            case _, ("followup_request", *rest):
                return self._followup(portal, call, account, rest)
            case "GET", ("analysis_service",):
                return success(SERVICES)
            case "POST", ("obj", name, "analysis", service):
                return self._fit(portal, call, account, name, int(service))
            case _, ("obj", "analysis", *rest):
                return self._fits(portal, call, rest)
            case "GET", ("observation",):
                return success({"observations": self.observations, "totalMatches": len(self.observations)})
            case "GET", ("observation_plan", plan, "simsurvey"):
                return self._inject(portal, call, {"plan": int(plan)})
            case "GET", ("observation", "simsurvey", instrument):
                return self._inject_observed(portal, call, int(instrument))
            case "GET", ("survey_efficiency", "observations"):
                return success([self._run(portal, e) for e in self.runs if "instrument_id" in e])
            case "GET", ("observation_plan", plan, "survey_efficiency"):
                return success(
                    [self._run(portal, each) for each in self.runs if each.get("plan") == int(plan)]
                )
            case "GET", ("observation_plan" | "observation", number, "simsurvey", "plot"):
                return Answer(content=PNG, kind="image/png")
            case "GET", ("survey_efficiency", "observation_plan", number):
                row = next((each for each in self.runs if each["id"] == int(number)), None)
                text = f"Could not retrieve survey efficiency analysis with id {number}."
                return error(400, text) if row is None else success(self._run(portal, row))
        return None

    def _form(self, allocation: int) -> Json:
        can = {"submit": True, "delete": True, "update": allocation not in self.unchangeable, "get": False}
        return {"formSchema": FORM, "uiSchema": {}, "methodsImplemented": can}

    def _allocation(self, number: int, proposal: str, instrument: Json) -> Json:
        return {"id": number, "instrument_id": instrument["id"], "proposal_id": proposal, "pi": "M. Kasliwal",
                "group_id": 8, "types": ["triggered"], "instrument": instrument}  # fmt: skip

    def _source(self, call: Call, rest: list[str]) -> Answer:
        if not rest:
            part = call.query.get("sourceID", "")
            inside = "localizationDateobs" in call.query
            if inside and not ("startDate" in call.query and "endDate" in call.query):
                return error(400, "must specify startDate and endDate when filtering by localizationDateobs")
            rows = [each for name, each in self.sources.items() if part.casefold() in name.casefold()]
            if inside:
                rows = [each for each in rows if any(p["mag"] for p in self.photometry.get(each["id"], ()))]
            return success({"sources": rows, "totalMatches": len(rows), "pageNumber": 1, "numPerPage": 100})
        found = self.sources.get(rest[0])
        if rest[1:] == ["spectra"]:
            if found is None:
                return error(400, "Invalid object ID.")
            mine = [each for each in self.spectra if each["obj_id"] == rest[0]]
            return success({"obj_id": rest[0], "spectra": mine})
        if rest[1:] == ["photometry"]:
            leak = f"Insufficient permissions for User {call.token} to read Obj {rest[0]}"
            return error(403, leak) if found is None else success(self.photometry.get(rest[0], []))
        return error(404, "Source not found") if found is None else success(found)

    def _mark(self, call: Call, account: Account, dateobs: str, rest: list[str]) -> Answer:
        if call.method == "GET":
            return success([each for each in self.marked if each["dateobs"] == dateobs])
        if "Upload data" not in account.acls:
            return error(401, "HTTP 401: Unauthorized")
        if call.method == "POST":
            if not call.body.get("localization_name"):
                return error(
                    400, "Error parsing query params: {'localization_name': ['Field may not be null.']}."
                )
            self.marked.append(
                {"obj_id": call.body["source_id"], "dateobs": dateobs, "status": call.body["status"],
                 "explanation": call.body["explanation"], "notes": call.body["notes"],
                 "id": len(self.marked) + 1}
            )  # fmt: skip
            return success({"id": len(self.marked)})
        row = next((e for e in self.marked if (e["dateobs"], e["obj_id"]) == (dateobs, rest[0])), None)
        if row is None:
            return error(400, "Source is not confirmed/rejected in this GCN event")
        row.update({key: call.body[key] for key in ("status", "explanation", "notes") if key in call.body})
        return success({"id": row["id"]})

    def _followup(self, portal: Portal, call: Call, account: Account, rest: list[str]) -> Answer:
        if call.method != "GET" and "Upload data" not in account.acls:
            return error(401, "HTTP 401: Unauthorized")
        if call.method == "POST":
            return self._request(portal, call, account)
        if rest == ["prioritization"]:
            return self._prioritize(call.body)
        if not rest:
            part = call.query.get("sourceID", "")
            rows = [each for each in self.followups if part in each["obj_id"]]
            return success({"followup_requests": rows, "totalMatches": len(rows)})
        row = next((each for each in self.followups if str(each["id"]) == rest[0]), None)
        if row is None:
            return error(400, "Could not retrieve followup request.")
        if rest[1:] == ["comment"]:
            row["comment"] = call.body["comment"]
        elif call.method == "DELETE":
            row["status"] = "deleted"
        elif call.method == "PUT":
            return self._change(row, call.body)
        else:
            return success(row)
        return success({})

    def _change(self, row: Json, body: Json) -> Answer:
        """A whole new payload goes to the telescope; a status alone is just written."""
        if "payload" not in body:
            row.update({key: body[key] for key in ("status", "comment") if key in body})
            return success({})
        if row["allocation_id"] in self.unchangeable:
            return error(400, "Cannot update requests on this instrument.")
        why = self.refuses(body["payload"])
        row["payload"] = body["payload"]
        row["status"] = "submitted" if why is None else f"rejected: {json.dumps({'error': why})}"
        return success({})

    def _prioritize(self, body: Json) -> Answer:
        """By place in the list, deleted ones too; it answers nothing."""
        wanted = [each for each in self.followups if each["id"] in body["requestIds"]]
        low, high = body["minimumPriority"], body["maximumPriority"]
        for place, each in enumerate(wanted):
            step = (high - low) / max(1, len(wanted) - 1)
            each["payload"]["priority"] = round(high - place * step)
        return success({})

    def _request(self, portal: Portal, call: Call, account: Account) -> Answer:
        body = call.body
        allocation = next((e for e in self.allocations if e[0] == body.get("allocation_id")), None)
        if allocation is None:
            text = f"Could not find allocation with ID {body.get('allocation_id')}."
            return error(400, f"Error submitting follow-up request: {text}")
        same = [
            each
            for each in self.followups
            if (each["obj_id"], each["allocation_id"]) == (body["obj_id"], allocation[0])
            and each["status"] == "submitted"
        ]
        if same and body.get("not_if_duplicates"):
            said = (
                "There is already a follow-up request for this source and allocation, not submitting request."
            )
            return success({"id": None, "ignored": True, "message": said})
        why = self.refuses(body["payload"])
        status = "submitted" if why is None else f"rejected: {json.dumps({'error': why})}"
        number = portal.number("followup")
        self.followups.append(
            {
                "id": number, "obj_id": body["obj_id"], "allocation_id": allocation[0],
                "payload": body["payload"],
                "status": status, "comment": None, "created_at": portal.written(),
                "requester": {"username": account.username}, "allocation": self._allocation(*allocation),
                "transactions": [{"request": {"headers": {"Authorization": f"token {SECRET}"}}}],
            }
        )  # fmt: skip
        return success({"id": number, "request_status": status})

    def _fit(self, portal: Portal, call: Call, account: Account, name: str, service: int) -> Answer:
        known = next((each for each in SERVICES if each["id"] == service), None)
        if known is None:
            return error(403, f"Could not access Analysis Service ID: {service}.")
        if name not in self.sources:
            return error(404, f"Error posting analysis: Obj {name} not found")
        given = call.body.get("analysis_parameters", {})
        if set(given) - set(known["optional_analysis_parameters"]):
            return error(400, f"Invalid analysis_parameters: {given}.")
        number = portal.number("analysis")
        down = known["name"] in self.fails
        said = "Request to http://x had exception HTTPConnectionPool(host=x): Max retries exceeded"
        self.analyses.append(
            {
                "id": number, "obj_id": name, "analysis_service_id": service, "analysis_parameters": given,
                "status": "failure" if down else "pending", "status_message": said if down else "accepted",
                "created_at": portal.written(), "token": CAPABILITY, "num_plots": 0,
            }
        )  # fmt: skip
        return success({"id": number})

    def _fits(self, portal: Portal, call: Call, rest: list[str]) -> Answer:
        for row in self.analyses:
            begun = datetime.fromisoformat(row["created_at"])
            if row["status"] == "pending" and portal.clock.now().replace(tzinfo=None) - begun >= RUNS:
                row.update(status="completed", status_message="Good results", num_plots=1)
        if not rest:
            return success([each for each in self.analyses if call.query.get("objID", "") in each["obj_id"]])
        row = next((each for each in self.analyses if str(each["id"]) == rest[0]), None)
        if row is None:
            return error(403, "Cannot access this Analysis.")
        if call.method == "DELETE":
            self.analyses.remove(row)
            return success({})
        if rest[1:2] == ["results"]:
            done = row["status"] == "completed"
            return success(self.results) if done else error(404, "No data found for this Analysis.")
        if rest[1:2] == ["plots"]:
            return Answer(content=PNG, kind="image/png")
        return error(404, "Invalid product type: corner") if rest[1:] else success(row)

    def _inject_observed(self, portal: Portal, call: Call, instrument: int) -> Answer:
        """Into what an instrument has observed of a map, between two times."""
        for key in ("startDate", "endDate", "localizationDateobs"):
            if not call.query.get(key):
                return error(400, f"Missing required {key}")
        if not any(each["instrument"]["id"] == instrument for each in self.observations):
            return error(400, "Need at least one observation to evaluate efficiency")
        return self._inject(portal, call, {"instrument_id": instrument, "query": dict(call.query)})

    def _inject(self, portal: Portal, call: Call, into: Json) -> Answer:
        if not call.query.get("numberInjections", "100").isdigit():
            return error(500, "invalid literal for int() with base 10: 'many'")
        number = portal.number("run")
        kept = {
            "number_of_injections": int(call.query.get("numberInjections", 1000)),
            "number_of_detections": int(float(call.query.get("numberDetections", 1))),
            "detection_threshold": float(call.query.get("detectionThreshold", 5)),
            "minimum_phase": float(call.query.get("minimumPhase", 0)),
            "maximum_phase": float(call.query.get("maximumPhase", 3)),
            "model_name": call.query.get("modelName", "kilonova"),
        }
        self.runs.append({"id": number, **into, "payload": kept, "created_at": portal.written()})
        return success({"id": number})

    def _run(self, portal: Portal, row: Json) -> Json:
        begun = datetime.fromisoformat(row["created_at"])
        done = not self.stuck and portal.clock.now().replace(tzinfo=None) - begun >= RUNS
        numbers = (100, 40, 13, 0.13) if done else (None, None, None, None)
        names = ("number_of_transients", "number_in_covered", "number_detected", "efficiency")
        return {
            **row,
            "status": "complete" if done else "running",
            "lightcurves": None,
            **dict(zip(names, numbers, strict=True)),
        }


SERVICES: list[Json] = [
    {
        "id": 1, "name": "nmma", "display_name": "NMMA", "description": "A light-curve fit", "enabled": True,
        "analysis_type": "lightcurve_fitting", "input_data_types": ["photometry", "redshift"],
        "timeout": 600.0,
        "upload_only": False, "is_summary": False, "groups": [{"id": 8, "name": "MMA follow-up"}],
        "optional_analysis_parameters": {"source": ["Me2017", "Bu2022Ye"], "fix_z": ["True", "False"]},
    },
    {
        "id": 2, "name": "sn_fit", "display_name": "supernova fit", "description": "", "enabled": True,
        "analysis_type": "lightcurve_fitting", "input_data_types": ["photometry"], "timeout": 600.0,
        "upload_only": False, "is_summary": False, "groups": [{"id": 8, "name": "MMA follow-up"}],
        "optional_analysis_parameters": {},
    },
]  # fmt: skip
