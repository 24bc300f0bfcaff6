"""simsurvey through a SkyPortal: sources of a model injected into a plan, or into what was observed.

Starting is a GET that creates. A run that fails stays `running` for ever and cannot be deleted with a token,
so it has a time of its own after which it is given up.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from platforms.job import Job, JobState, Moved, PlatformError
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.observations import executed, taken
from platforms.skyportal.reading import Incoming, Utc, known, parsed, rows
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.ways import Ways

KIND = "skyportal.efficiency"
PATIENCE = 3600.0
CLOCK_SKEW = timedelta(minutes=2)
PNG = b"\x89PNG\r\n\x1a\n"
PLOT, PORTALS_PLOT = "efficiency", "portal"
ASKED = (
    "numberInjections", "numberDetections", "detectionThreshold", "minimumPhase", "maximumPhase",
    "modelName",
)  # fmt: skip
_KEPT_AS = {
    "numberInjections": "number_of_injections",
    "numberDetections": "number_of_detections",
    "detectionThreshold": "detection_threshold",
    "minimumPhase": "minimum_phase",
    "maximumPhase": "maximum_phase",
    "modelName": "model_name",
}


class _Row(Incoming):
    id: int
    status: str = ""
    created_at: Utc
    instrument_id: int | None = None  # of executed observations
    payload: dict[str, Any] | None = None
    lightcurves: Any = None
    number_of_transients: int | None = None
    number_in_covered: int | None = None
    number_detected: int | None = None
    efficiency: float | None = None


@dataclass(frozen=True)
class Efficiency:
    """What an injection run found: how many were injected, lay in observed sky, and were detected."""

    injected: int
    covered: int
    detected: int

    @property
    def fraction(self) -> float:
        """Detected of all injected."""
        return self.detected / self.injected if self.injected else 0.0

    @property
    def fraction_covered(self) -> float:
        """Detected of those where somebody looked."""
        return self.detected / self.covered if self.covered else 0.0


@dataclass(frozen=True)
class Redshifts:
    """Of the injected sources that were detected and of those that were missed; empty: not known."""

    detected: tuple[float, ...] = ()
    missed: tuple[float, ...] = ()


Draw = Callable[[Job, Efficiency, Redshifts], Awaitable[Mapping[str, bytes]]]
"""Our own picture of a run, PNG by name; SkyPortal's is a PDF unless asked otherwise."""


class EfficiencyWork:
    """Injection runs as jobs.

    Parameters: `plan` (the id of the plan's request) or `instrument` with `event`, `localization`, `start`,
    `end`; and what `ASKED` names. Promises: an interrupted start finds the run that it made (same numbers,
    not older than the job) and starts no second one.
    """

    kind = KIND
    patience = PATIENCE

    def __init__(self, ways: Ways, draw: Draw | None = None) -> None:
        self._ways = ways
        self._draw = draw

    async def start(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        made = await self._made(job, portal, token)
        number = made.id if made is not None else await self._make(job, portal, token)
        return Moved(JobState.RUNNING, remote={"id": number}, said="sources are being injected")

    async def look(self, job: Job) -> Moved:
        portal, token = await self._ways.of(job)
        if "id" not in job.remote:
            return await self.start(job)
        number = int(job.remote["id"])
        row = await self._row(job, portal, number, token)
        match row.status.casefold():
            case "complete" | "completed":
                return await self._done(job, portal, row, token)
            case status if status.startswith(("fail", "error")):
                return Moved(
                    JobState.FAILED,
                    remote={"id": number},
                    failure=f"the injection run at {portal.name} failed: {row.status[:200]}",
                    advice="try another model, or fewer injections",
                )
        return Moved(
            JobState.RUNNING, remote={"id": number}, said="sources are being injected", look_after=20.0
        )

    async def cancel(self, job: Job) -> Moved:
        raise PlatformError(
            f"{job.platform} cannot take an injection run back (its DELETE fails for every token)",
            advice="leave it: it sends nothing to any telescope",
        )

    async def _make(self, job: Job, portal: SkyPortal, token: str | None) -> int:
        query = {key: job.parameters[key] for key in ASKED if key in job.parameters}
        if job.parameters.get("injection"):
            query["optionalInjectionParameters"] = json.dumps(job.parameters["injection"])
        if "plan" in job.parameters:
            path = f"/api/observation_plan/{part(int(job.parameters['plan']))}/simsurvey"
        else:
            path = f"/api/observation/simsurvey/{part(int(job.parameters['instrument']))}"
            query |= {
                "startDate": job.parameters["start"], "endDate": job.parameters["end"],
                "localizationDateobs": job.parameters["dateobs"],
                "localizationName": job.parameters["localization"],
                "localizationCumprob": job.parameters.get("level", 0.95),
            }  # fmt: skip
        answer = await portal.call(
            "GET", path, query=query, token=token, asked="start the injection run", makes=True
        )
        if not isinstance(answer, Mapping) or not isinstance(answer.get("id"), int):
            raise PlatformError(f"{portal.name} did not say which injection run it started")
        return int(answer["id"])

    async def _made(self, job: Job, portal: SkyPortal, token: str | None) -> _Row | None:
        listed = await self._listed(job, portal, token)
        wanted = job.parameters.get("instrument")
        for row in listed:
            if wanted is not None and row.instrument_id not in (None, int(wanted)):
                continue  # of another telescope, asked at the same time
            kept = row.payload or {}
            same = all(
                str(_plain(kept.get(_KEPT_AS[key]))) == str(_plain(job.parameters[key]))
                for key in ASKED
                if key in job.parameters
            )
            if same and row.created_at >= job.created - CLOCK_SKEW:
                return row
        return None

    async def _listed(self, job: Job, portal: SkyPortal, token: str | None) -> list[_Row]:
        """The runs of the plan (with their counts), or those of executed observations."""
        if "plan" in job.parameters:
            path = f"/api/observation_plan/{part(int(job.parameters['plan']))}/survey_efficiency"
        else:
            path = "/api/survey_efficiency/observations"
        try:
            found = await portal.call("GET", path, token=token, asked="list the injection runs")
        except SkyPortalError as error:
            if error.later or error.status == 401:
                raise
            return []  # a plan without observations: starting says so in its own words
        return [parsed(portal, _Row, row, "an injection run") for row in rows(found)]

    async def _row(self, job: Job, portal: SkyPortal, number: int, token: str | None) -> _Row:
        for row in await self._listed(job, portal, token):
            if row.id == number:
                return row
        kind = "observation_plan" if "plan" in job.parameters else "observations"
        try:
            found = await portal.call(
                "GET", f"/api/survey_efficiency/{kind}/{part(number)}", token=token,
                asked="read the injection run",
            )  # fmt: skip
        except SkyPortalError as error:
            if not error.missing:
                raise
            raise SkyPortalError(
                f"injection run {number} is no longer to be seen at {portal.name}: somebody deleted it, or"
                " took it out of this account's sight",
                status=error.status, message=error.message, advice="ask again if it is still wanted",
            ) from None  # fmt: skip
        return parsed(portal, _Row, found, "an injection run")

    async def _done(self, job: Job, portal: SkyPortal, row: _Row, token: str | None) -> Moved:
        counted = counts(row)
        if counted is None:
            raise PlatformError(f"{portal.name} says the injection run is done but not what it found")
        kind = "observation_plan" if "plan" in job.parameters else "observation"
        pictures: dict[str, bytes] = {}
        if self._draw is not None:
            pictures |= await self._draw(job, counted, redshifts(row))
        observed = await self._observed(job, portal, token)
        try:
            file = await portal.download(
                f"/api/{kind}/{part(row.id)}/simsurvey/plot", token=token, asked="fetch the run's picture"
            )
            if file.content.startswith(PNG):
                pictures[PORTALS_PLOT] = file.content
        except SkyPortalError as error:
            if error.later:
                raise  # the numbers come with their picture, a moment later
        return Moved(
            JobState.DONE,
            remote={"id": row.id},
            progress=1.0,
            results={
                "injected": counted.injected,
                "covered": counted.covered,
                "detected": counted.detected,
                "model": str((row.payload or {}).get("model_name") or job.parameters.get("modelName") or ""),
                **observed,
            },
            pictures=pictures,
        )

    async def _observed(self, job: Job, portal: SkyPortal, token: str | None) -> dict[str, Any]:
        """When, how often and how deep was observed, for a circular; nothing of a plan."""
        if "instrument" not in job.parameters:
            return {}
        start, end = (datetime.fromisoformat(str(job.parameters[key])) for key in ("start", "end"))
        try:
            found = await executed(
                portal, start, end, dateobs=str(job.parameters["dateobs"]),
                localization=str(job.parameters["localization"]),
                level=float(job.parameters.get("level", 0.95)), token=token,
            )  # fmt: skip
        except SkyPortalError as error:
            if error.later:
                raise
            return {}
        own = [each for each in found.observations if each.instrument_id == int(job.parameters["instrument"])]
        return {"observed": taken(own).to_json()} if own else {}


def redshifts(row: _Row) -> Redshifts:
    """Of each injected source, where the run's light curves tell them; else nothing."""
    value = _light_curves(row)
    counted = counts(row)
    if value is None or counted is None:
        return Redshifts()
    found = {name: _numbers(value.get(name)) for name in ("meta_notobserved", "meta", "meta_rejected")}
    if len(found["meta"]) != counted.detected:
        return Redshifts()  # which of them were detected is not told
    return Redshifts(found["meta"], (*found["meta_notobserved"], *found["meta_rejected"]))


def _light_curves(row: _Row) -> Mapping[str, Any] | None:
    value = row.lightcurves
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, Mapping) else None


def _numbers(meta: Any) -> tuple[float, ...]:
    found = meta.get("z") if isinstance(meta, Mapping) else None
    listed = list(found.values()) if isinstance(found, Mapping) else found if isinstance(found, list) else []
    return tuple(
        float(each)
        for each in listed
        if isinstance(each, int | float) and not isinstance(each, bool) and known(float(each)) is not None
    )


def counts(row: _Row) -> Efficiency | None:
    """The numbers of a run: as given, or counted in its light curves."""
    if row.number_of_transients is not None and row.number_detected is not None:
        return Efficiency(row.number_of_transients, row.number_in_covered or 0, row.number_detected)
    value = _light_curves(row)
    if value is None:
        return None
    parts = {name: _length(value.get(name)) for name in ("meta_notobserved", "meta", "meta_rejected")}
    seen = value.get("lcs")
    detected = len(seen) if isinstance(seen, list | Mapping) else 0
    covered = parts["meta"] + parts["meta_rejected"]
    return Efficiency(covered + parts["meta_notobserved"], covered, detected)


def _length(meta: Any) -> int:
    redshifts = meta.get("z") if isinstance(meta, Mapping) else None
    return len(redshifts) if isinstance(redshifts, list | Mapping) else 0


def _plain(value: Any) -> Any:
    """100 and 100.0 are the same number."""
    number = known(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if number is None else number
