"""Analyses at a SkyPortal: its services (NMMA and others), fits started, looked at, their results read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from platforms.fit_results import FitResult, read_results
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.reading import Incoming, Utc, parsed, rows
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.sources import gone
from platforms.skyportal.ways import Ways

KIND = "skyportal.analysis"
MOST_PICTURES = 4
PATIENCE = 6 * 3600.0
CLOCK_SKEW = timedelta(minutes=2)
PNG = b"\x89PNG\r\n\x1a\n"


class _Service(Incoming):
    id: int
    name: str
    display_name: str | None = None
    description: str | None = None
    analysis_type: str = ""
    input_data_types: tuple[str, ...] = ()
    optional_analysis_parameters: dict[str, Any] | str | None = None
    timeout: float | None = None
    upload_only: bool = False
    is_summary: bool = False
    enabled: bool | None = True
    groups: tuple[dict[str, Any], ...] = ()


class _Analysis(Incoming):
    id: int
    obj_id: str
    analysis_service_id: int
    status: str
    status_message: str | None = None
    analysis_parameters: dict[str, Any] | None = None
    duration: float | None = None
    num_plots: int | None = None
    created_at: Utc
    show_parameters: bool = True


@dataclass(frozen=True)
class Service:
    """An analysis service. `parameters`: the values each may have, the first its default; none: any."""

    id: int
    name: str
    label: str
    description: str
    kind: str
    parameters: Mapping[str, tuple[str, ...]]
    groups: tuple[int, ...]
    timeout: float | None


@dataclass(frozen=True)
class Analysis:
    """One analysis as it stands there. `message` is what its service said."""

    id: int
    source: str
    service: int
    status: str
    message: str
    parameters: Mapping[str, str]
    created: datetime
    pictures: int


async def services(portal: SkyPortal, *, token: str | None = None) -> tuple[Service, ...]:
    """The services that this account may start, by name; those that only take uploads are left out."""
    found = await portal.call("GET", "/api/analysis_service", token=token, asked="list the analysis services")
    made = [parsed(portal, _Service, row, "an analysis service") for row in rows(found)]
    able = [
        each for each in made if not each.upload_only and not each.is_summary and each.enabled is not False
    ]
    return tuple(sorted((_service(each) for each in able), key=lambda each: each.name))


async def analysis(portal: SkyPortal, number: int, *, token: str | None = None) -> Analysis:
    found = await portal.call(
        "GET", f"/api/obj/analysis/{part(number)}", token=token, asked="read the analysis"
    )
    return _analysis(portal, found)


async def analyses_of(portal: SkyPortal, source: str, *, token: str | None = None) -> tuple[Analysis, ...]:
    """All analyses of a source, oldest first."""
    found = await portal.call(
        "GET", "/api/obj/analysis", query={"objID": source}, token=token, asked="list the analyses"
    )
    made = [_analysis(portal, row) for row in rows(found)]
    return tuple(sorted((each for each in made if each.source == source), key=lambda each: each.id))


class AnalysisWork:
    """Analyses as jobs.

    Parameters: `service` (id), `name` (the service's), `model` (what people call the fit), `values` (its
    parameters as texts), `groups` (ids, optional). Promises: an interrupted start finds the analysis that it
    made (same source, service and values, not older than the job) and starts no second one.
    """

    kind = KIND
    patience = PATIENCE

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    async def start(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        made = await self._made(job, portal, token)
        number = made.id if made is not None else await self._make(job, portal, token)
        # The answer is 200 also where the service cannot be reached: only the analysis itself tells.
        return await self._looked(job, portal, number, token)

    async def look(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        if "id" not in job.remote:
            return await self.start(job)
        return await self._looked(job, portal, int(job.remote["id"]), token)

    async def cancel(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        number = job.remote.get("id")
        if number is None:
            made = await self._made(job, portal, token)
            if made is None:
                return Moved(JobState.CANCELLED)
            number = made.id
        try:
            await portal.call(
                "DELETE",
                f"/api/obj/analysis/{part(int(number))}",
                token=token,
                asked="take the analysis back",
                advice=f"leave it, it asks no telescope; or have it deleted at"
                f" {portal.page(f'source/{job.source}')}",
            )
        except SkyPortalError as error:
            if not error.missing:
                raise
        return Moved(JobState.CANCELLED, remote={"id": int(number)})

    async def _make(self, job: Job, portal: SkyPortal, token: str | None) -> int:
        body: dict[str, Any] = {
            "analysis_parameters": dict(job.parameters.get("values") or {}),
            "show_parameters": True, "show_plots": True, "show_corner": True,
        }  # fmt: skip
        if job.parameters.get("groups"):
            body["group_ids"] = list(job.parameters["groups"])
        path = f"/api/obj/{part(str(job.source))}/analysis/{part(int(job.parameters['service']))}"
        try:
            answer = await portal.call(
                "POST", path, body, token=token, needs="Run Analyses",
                asked=f"fit {job.source} with {job.parameters['name']}",
                advice=f"“fit {job.source}” tells which models there are now, with what can be set",
            )  # fmt: skip
        except SkyPortalError as error:
            raise gone(portal, str(job.source), error) from None
        if not isinstance(answer, Mapping) or not isinstance(answer.get("id"), int):
            raise PlatformError(f"{portal.name} did not say which analysis it started")
        return int(answer["id"])

    async def _made(self, job: Job, portal: SkyPortal, token: str | None) -> Analysis | None:
        wanted = {str(key): str(value) for key, value in (job.parameters.get("values") or {}).items()}
        for each in await analyses_of(portal, str(job.source), token=token):
            fresh = each.created >= job.created - CLOCK_SKEW
            same = each.service == int(job.parameters["service"]) and dict(each.parameters) == wanted
            if fresh and same and each.status not in ("failure", "cancelled", "timed_out"):
                return each
        return None

    async def _looked(self, job: Job, portal: SkyPortal, number: int, token: str | None) -> Moved:
        try:
            found = await analysis(portal, number, token=token)
        except SkyPortalError as error:
            if not error.missing:
                raise
            return Moved(
                JobState.CANCELLED,
                remote={"id": number},
                failure=f"analysis {number} is no longer to be seen at {portal.name}:"
                " somebody deleted it, or took it out of this account's sight",
                advice=f"look at {portal.page(f'source/{job.source}')}, and ask again if it is still wanted",
            )
        match found.status:
            case "completed" | "success":
                return await self._done(job, portal, found, token)
            case "failure" | "cancelled" | "timed_out" | "timed out":
                return Moved(
                    JobState.FAILED,
                    remote={"id": number},
                    failure=_failure(str(job.parameters["name"]), found),
                    advice=_advice(found.message),
                )
        state = JobState.QUEUED if found.status == "queued" else JobState.RUNNING
        return Moved(state, remote={"id": number}, said=service_words(found.message)[:200])

    async def _done(self, job: Job, portal: SkyPortal, found: Analysis, token: str | None) -> Moved:
        result = await self._results(portal, found, token)
        pictures = await self._pictures(portal, found, token)
        missed = min(found.pictures, MOST_PICTURES) - len(pictures)
        return Moved(
            JobState.DONE,
            remote={"id": found.id},
            progress=1.0,
            results={
                "model": job.parameters.get("model") or job.parameters["name"],
                "message": service_words(found.message)[:200],
                "page": portal.page(f"source/{found.source}/analysis/{found.id}"),
                **({"missed": missed} if missed else {}),
                **result.to_json(),
            },
            pictures=pictures,
        )

    async def _results(self, portal: SkyPortal, found: Analysis, token: str | None) -> FitResult:
        try:
            value = await portal.call(
                "GET", f"/api/obj/analysis/{part(found.id)}/results", token=token, asked="read the results"
            )
        except SkyPortalError as error:
            if error.later:
                raise
            value = None  # a service may give pictures alone
        return read_results(value, found.message)

    async def _pictures(self, portal: SkyPortal, found: Analysis, token: str | None) -> dict[str, bytes]:
        """Its plots (there is no corner product); one that cannot be had is left out."""
        made: dict[str, bytes] = {}
        for place in range(min(found.pictures, MOST_PICTURES)):
            try:
                file = await portal.download(
                    f"/api/obj/analysis/{part(found.id)}/plots/{place}", token=token, asked="fetch a picture"
                )
            except SkyPortalError as error:
                if error.later:
                    raise
                continue
            if file.content.startswith(PNG):
                made[f"fit_{place}"] = file.content
        return made


def service_words(message: str) -> str:
    """What a service said, out of the JSON text that SkyPortal may keep of it."""
    try:
        value = json.loads(message)
    except ValueError:
        return message
    if isinstance(value, Mapping):
        return str(value.get("message") or value.get("status") or "")
    return message


def _failure(name: str, found: Analysis) -> str:
    said = service_words(found.message)
    if found.status in ("timed_out", "timed out"):
        return f"{name} did not answer in the time that it is given"
    if "HTTPConnectionPool" in said or "Max retries" in said or "had exception" in said:
        return f"its SkyPortal could not reach {name}"
    return f"{name} failed: {said[:300] or 'it gave no reason'}"


def _advice(message: str) -> str:
    said = service_words(message).casefold()
    if "httpconnectionpool" in said or "had exception" in said:
        return "tell whoever runs the service that it is down, and ask again later"
    if "photometry" in said or "not enough" in said:
        return "wait for more photometry, or take a model with fewer parameters"
    if "converge" in said:
        return "try another model, or fix the redshift"
    return "try another model, or ask whoever runs the service"


def _service(each: _Service) -> Service:
    given = each.optional_analysis_parameters
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = {}
    parameters = {
        str(key): tuple(str(one) for one in value) if isinstance(value, list) else ()
        for key, value in (given.items() if isinstance(given, Mapping) else ())
    }
    return Service(
        id=each.id,
        name=each.name,
        label=each.display_name or each.name,
        description=each.description or "",
        kind=each.analysis_type,
        parameters=parameters,
        groups=tuple(int(one["id"]) for one in each.groups if isinstance(one.get("id"), int)),
        timeout=each.timeout,
    )


def _analysis(portal: SkyPortal, value: Any) -> Analysis:
    each = parsed(portal, _Analysis, value, "an analysis")
    given = each.analysis_parameters or {}
    return Analysis(
        id=each.id,
        source=each.obj_id,
        service=each.analysis_service_id,
        status=each.status.casefold(),
        message=each.status_message or "",
        parameters={str(key): str(one) for key, one in given.items()},
        created=each.created_at,
        pictures=each.num_plots or 0,
    )
