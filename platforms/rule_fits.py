"""Fits at an NMMA service that a rule asked for: begun once the source has light enough at its SkyPortal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from events.lightcurve import Measurement
from platforms import nmma
from platforms.fit_results import data_of
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.nmma import FEWEST, KIND, PATIENCE, BadFit, FitRequest, FitWork
from platforms.skyportal import sources
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.refusals import SkyPortalError

BY_RULE = "by_rule"
ASKED, DATA = "asked", "data"
PAUSE = 900.0  # s between two looks for more light: telescopes are slow


def rule_fit(
    model: str, portal: str, source: str, values: Mapping[str, str], redshift: float | None = None
) -> dict[str, Any]:
    """The parameters of an `nmma.fit` whose light nobody has read yet. Raises BadFit for what is wrong now.

    `redshift` stands for the one that the SkyPortal may not know.
    """
    if model not in nmma.MODELS:
        raise BadFit(f"the model is {model!r}; one of {', '.join(nmma.MODELS)} was expected")
    checked = nmma.values_of(values)
    return {
        BY_RULE: True,
        "name": "NMMA",
        "model": model,
        "portal": portal,
        "object": source,
        "values": checked,
        "redshift": redshift,
    }


@dataclass
class RuleFitWork:
    """`nmma.fit`, also where a rule asked: it is decided in a transaction, in which nobody is called.

    Promises: nothing is asked of the service before the source has two detections and a redshift; the card
    says what is waited for. What was asked stands in `remote`, so that it is asked once.
    """

    fits: FitWork
    portals: Mapping[str, SkyPortal]
    kind: str = KIND
    patience: float = PATIENCE

    async def start(self, job: Job) -> Moved:
        if not job.parameters.get(BY_RULE):
            return await self.fits.start(job)
        asked = job.remote.get(ASKED) or await self._light(job)
        if isinstance(asked, str):
            return Moved(JobState.QUEUED, said=asked, look_after=PAUSE)
        moved = await self.fits.start(replace(job, parameters=asked))
        return _with_data(replace(moved, remote={**(moved.remote or {}), ASKED: asked}), asked)

    async def look(self, job: Job) -> Moved:
        asked = job.remote.get(ASKED)
        if not job.parameters.get(BY_RULE):
            return await self.fits.look(job)
        if asked is None:
            return await self.start(job)
        return _with_data(await self.fits.look(replace(job, parameters=asked)), asked)

    async def cancel(self, job: Job) -> Moved:
        if job.parameters.get(BY_RULE) and ASKED not in job.remote:
            return Moved(JobState.CANCELLED)
        return await self.fits.cancel(job)

    async def _light(self, job: Job) -> dict[str, Any] | str:
        """What the service is asked; in words what there is not yet."""
        name, source = str(job.parameters["portal"]), str(job.parameters["object"])
        portal = self.portals.get(name)
        if portal is None:
            raise PlatformError(
                f"no SkyPortal called {name} is configured here now",
                advice="mend `with` of the reaction",
            )
        try:
            found = await sources.source(portal, source)
        except SkyPortalError as error:
            if not error.missing:
                raise
            return f"waits until {name} has a source called {source}"
        light = await sources.measurements(portal, source)
        if sum(each.seen for each in light) < FEWEST:
            return f"waits for {FEWEST} detections of {source} at {name}"
        given = job.parameters.get("redshift")
        redshift = float(given) if isinstance(given, int | float) else found.redshift
        if redshift is None:
            return f"waits for a redshift of {source} at {name}"
        return self._asked(job, light, redshift)

    def _asked(self, job: Job, light: tuple[Measurement, ...], redshift: float) -> dict[str, Any]:
        model, values = str(job.parameters["model"]), job.parameters["values"]
        try:
            fit = nmma.fit_request(model, nmma.photometry_of(light), redshift, values)
        except BadFit as error:
            raise PlatformError(f"NMMA was not asked: {error}") from None
        return {**FitRequest.to_json(fit), DATA: data_of(light)}


def _with_data(moved: Moved, asked: Mapping[str, Any]) -> Moved:
    """Results say of which measurements they are: only like is compared with like."""
    if moved.results is None:
        return moved
    return replace(moved, results={**moved.results, DATA: asked[DATA]})
