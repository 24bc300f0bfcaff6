"""A kilonova fit at an NMMA service of one's own: asked for by HTTP, answered by a call of its.

The service has no job ids, no status and no way to stop: it answers `pending` at once and posts the result
to the address it was given, once, without a signature; a call that is lost is lost for good. So the address
is one that nobody can guess, what is wrong with the data is found here first, and a fit has a deadline.
(Recorded from nmma 5771cfdb, `api/app.py`.)
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
import json
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from events.lightcurve import Measurement
from platforms.fit_results import FitResult, read_results
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.nmma_words import advice_on_failure, advice_on_refusal, plain
from platforms.posterior import posterior_estimates
from platforms.wire import Wire

KIND = "nmma.fit"
MODELS = ("Me2017", "Piro2021", "nugent-hyper", "TrPi2018", "Bu2022Ye")
DEFAULTS: Mapping[str, str] = {
    "fix_z": "False",
    "tmin": "0.01",
    "tmax": "7",
    "dt": "0.1",
    "nlive": "512",
    "error_budget": "1.0",
    "Ebv_max": "0.5724",
    "interpolation-type": "tensorflow",
    "sampler": "pymultinest",
}
"""The service's own parameters and what it takes where none is given."""

NUMBERS = frozenset({"tmin", "tmax", "dt", "nlive", "error_budget", "Ebv_max"})
COLUMNS = ("filter", "mjd", "mag", "magerr")
FEWEST = 2  # detections: with fewer every model fits
LONGEST = 512 * 1024  # characters of photometry
PATIENCE = 8 * 3600.0  # s
WAIT = 120.0  # s between two looks; the answer itself wakes the job
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_PICTURE = 8 * 2**20
MOST_PICTURES = 3
MJD_ZERO = 40587.0  # of the Unix epoch


class BadFit(ValueError):
    """Why something cannot be fitted: which part, what was read, what was expected."""


@dataclass(frozen=True)
class FitRequest:
    """What is fitted: photometry and redshift as CSV texts, the model, its parameters."""

    model: str
    photometry: str
    redshift: float
    values: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "name": "NMMA",
            "model": self.model,
            "photometry": self.photometry,
            "redshift": self.redshift,
            "values": dict(self.values),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> FitRequest:
        values = kept.get("values")
        return cls(
            str(kept["model"]),
            str(kept["photometry"]),
            float(kept["redshift"]),
            {str(k): str(v) for k, v in values.items()} if isinstance(values, Mapping) else {},
        )


def fit_request(
    model: str, photometry: str, redshift: float, given: Mapping[str, str] | None = None
) -> FitRequest:
    """What to ask for, checked: the service checks nothing and fails much later. Raises BadFit.

    `photometry` is CSV with a head (`filter,mjd,mag,magerr`, more columns are sent along); a semicolon may
    stand for a line's end. Limits (no magnitude) are sent and not used by the service.
    """
    if model not in MODELS:
        raise BadFit(f"the model is {model!r}; one of {', '.join(MODELS)} was expected")
    if not (math.isfinite(redshift) and 0.0 < redshift < 10.0):
        raise BadFit(f"the redshift is {redshift:g}; a number above 0 and below 10 was expected")
    return FitRequest(model, _photometry(photometry), redshift, values_of(given or {}))


def photometry_of(light: Sequence[Measurement]) -> str:
    """A light curve as the service takes it; limits have no magnitude and no error."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("filter", "mjd", "magsys", "mag", "magerr", "limiting_mag"))
    for each in light:
        mjd = each.at.timestamp() / 86400.0 + MJD_ZERO
        seen = each.magnitude is not None and each.error is not None
        writer.writerow(
            (
                each.filter,
                f"{mjd:.6f}",
                "ab",
                f"{each.magnitude:.4f}" if seen else "",
                f"{each.error:.4f}" if seen else "",
                f"{each.limit:.3f}" if each.limit is not None else "",
            )
        )
    return out.getvalue()


class NmmaService:
    """One NMMA service.

    Promises: nothing is asked of it that it would answer only by a failed fit; nothing it sends is run.
    """

    def __init__(self, name: str, url: str, *, timeout: float = 30.0) -> None:
        self.name = name
        self._wire = Wire("NMMA", url, timeout=timeout)

    async def close(self) -> None:
        await self._wire.close()

    async def alive(self) -> bool:
        """Whether it answers and is a service of fits. Raises PlatformError where nobody answers."""
        answer = await self._wire.call("GET", "/analysis")
        return answer.status == 200 and answer.object().get("status") == "active"

    async def begin(self, request: FitRequest, callback: str, name: str) -> str:
        """Ask for a fit; what it said. `name` is what it calls it, and must not be left out."""
        parameters: dict[str, Any] = {"source": request.model}
        for key, text in request.values.items():
            parameters[key] = float(text) if key in NUMBERS else text
        if "nlive" in parameters:
            parameters["nlive"] = int(parameters["nlive"])
        body = {
            "inputs": {
                "photometry": request.photometry,
                "redshift": f"redshift\n{request.redshift!r}\n",
                "analysis_parameters": parameters,
            },
            "callback_url": callback,
            "callback_method": "POST",
            "resource_id": name,
        }
        answer = await self._wire.call("POST", "/analysis", body=body)
        said = plain(answer.object().get("message"))
        if answer.status != 200 or answer.object().get("status") != "pending":
            why = said or f"HTTP {answer.status}"
            raise PlatformError(f"NMMA refuses the fit: {why}", advice=advice_on_refusal(said, answer.status))
        return said


Address = Callable[[Job], Awaitable[str | None]]
"""Where the service is to post a job's result; None where this desk cannot be reached from outside."""

Answers = Callable[[int], Awaitable[bytes | None]]
"""What a service has posted for a job; None while it has not."""


class FitWork:
    """`nmma.fit`: parameters as `FitRequest` writes them.

    Promises: the first answer counts, whenever it comes, also while the desk is down and whatever is asked
    for twice after a crash; an answer that cannot be read is a failure and not for ever pending.
    """

    kind = KIND
    patience = PATIENCE

    def __init__(self, service: NmmaService, address: Address, answers: Answers) -> None:
        self._service = service
        self._address = address
        self._answers = answers

    async def start(self, job: Job) -> Moved:
        answered = await self._answers(job.id)
        if answered is not None:
            return read_answer(answered)
        callback = await self._address(job)
        if callback is None:
            raise PlatformError(
                "NMMA answers by calling this desk, which has no address of its own.",
                advice="An administrator sets web.public_url to one that the service can reach.",
            )
        request = FitRequest.from_json(job.parameters)
        await self._service.begin(request, callback, job.mark)
        return Moved(
            JobState.RUNNING,
            remote={"name": job.mark},
            said="NMMA fits it and calls when it is done; it tells nothing before.",
            look_after=WAIT,
        )

    async def look(self, job: Job) -> Moved:
        answered = await self._answers(job.id)
        if answered is not None:
            return read_answer(answered)
        if not job.remote.get("name"):
            return await self.start(job)
        said = "NMMA fits it and calls when it is done; it tells nothing before."
        try:
            if not await self._service.alive():
                said = "NMMA answers strangely; if it was started again, the fit is lost."
        except PlatformError:
            said = "NMMA does not answer just now; if it was started again, the fit is lost."
        return Moved(JobState.RUNNING, said=said, look_after=WAIT)

    async def cancel(self, job: Job) -> Moved:
        """Stop waiting for it: the service cannot be told to stop."""
        return Moved(JobState.CANCELLED, said="NMMA cannot be told to stop; the desk waits for it no more.")


def read_answer(raw: bytes) -> Moved:
    """What a service posted: numbers and pictures, or why there are none."""
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        return _failed(
            "NMMA ended without an answer that can be read.",
            "The prior of this model may be missing at the service: try another model.",
        )
    message = plain(body.get("message"))
    if body.get("status") != "success":
        return _failed(
            f"NMMA could not fit it: {message or 'it does not say why'}", advice_on_failure(message)
        )
    analysis = body.get("analysis")
    analysis = analysis if isinstance(analysis, Mapping) else {}
    result = _numbers(analysis, message)
    pictures = _pictures(analysis)
    results = {**result.to_json(), "message": message}
    return Moved(JobState.DONE, progress=1.0, results=results, pictures=pictures)


def _numbers(analysis: Mapping[str, Any], message: str) -> FitResult:
    """The Bayes factor of the message; parameters from the posterior where it can be read as data."""
    data = analysis.get("inference_data")
    samples = _decoded(data.get("data")) if isinstance(data, Mapping) else b""
    return read_results(posterior_estimates(samples), message)


def _pictures(analysis: Mapping[str, Any]) -> dict[str, bytes]:
    plots = analysis.get("plots")
    raws = (
        [_decoded(each.get("data")) for each in plots if isinstance(each, Mapping)]
        if isinstance(plots, list)
        else []
    )
    good = [raw for raw in raws if raw.startswith(PNG) and len(raw) <= LARGEST_PICTURE]
    return {f"fit {number}": raw for number, raw in enumerate(good[:MOST_PICTURES], 1)}


def _decoded(data: object) -> bytes:
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else b""
    except (binascii.Error, ValueError):
        return b""


def _failed(failure: str, advice: str | None) -> Moved:
    return Moved(JobState.FAILED, failure=failure, advice=advice)


def _photometry(text: str) -> str:
    if len(text) > LONGEST:
        raise BadFit(f"the photometry has {len(text)} characters; {LONGEST} at most are sent")
    lines = [line.strip() for line in text.replace(";", "\n").splitlines() if line.strip()]
    rows = list(csv.reader(lines))
    if len(rows) < 2:
        raise BadFit("the photometry has no lines; a head and one line a measurement were expected")
    head = [each.strip() for each in rows[0]]
    missing = [each for each in COLUMNS if each not in head]
    if missing:
        raise BadFit(f"the photometry lacks the column {missing[0]}; its head is {','.join(head)[:120]!r}")
    seen = 0
    for number, row in enumerate(rows[1:], 1):
        if len(row) != len(head):
            raise BadFit(f"line {number} of the photometry has {len(row)} cells; {len(head)} were expected")
        seen += _is_seen({key: cell.strip() for key, cell in zip(head, row, strict=True)}, number)
    if seen < FEWEST:
        raise BadFit(f"the photometry has {seen} detections; {FEWEST} or more were expected")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([[cell.strip() for cell in row] for row in rows])
    return out.getvalue()


def _is_seen(row: Mapping[str, str], number: int) -> bool:
    """Whether a line is one that the service uses. Raises BadFit for what is no number."""
    if not row["filter"]:
        raise BadFit(f"line {number} of the photometry names no filter")
    read = {}
    for name in ("mjd", "mag", "magerr"):
        try:
            read[name] = float(row[name]) if row[name] else math.nan
        except ValueError:
            raise BadFit(
                f"line {number} of the photometry has {name} {row[name][:20]!r}; a number was expected"
            ) from None
    if not (math.isfinite(read["mjd"]) and 40000.0 < read["mjd"] < 100000.0):
        raise BadFit(
            f"line {number} of the photometry has mjd {row['mjd'][:20]!r}; a modified Julian day was expected"
        )
    return read["mag"] > 0.0 and read["magerr"] > 0.0


def values_of(given: Mapping[str, str]) -> dict[str, str]:
    """The service's parameters as it takes them. Raises BadFit for what it has not, or that is no number."""
    known = {name.casefold(): name for name in DEFAULTS}
    values: dict[str, str] = {}
    for key, text in given.items():
        name = known.get(key.casefold())
        if name is None:
            raise BadFit(f"NMMA has no parameter {key!r}; it has {', '.join(DEFAULTS)}")
        if name in NUMBERS:
            try:
                good = math.isfinite(float(text)) and (name != "nlive" or float(text) == int(float(text)))
            except ValueError:
                good = False
            if not good:
                raise BadFit(f"{name} is {text!r}; a number was expected")
        values[name] = text
    return values
