"""What a fit found, in one form whoever made it: parameters with uncertainties, evidence, how models compare.

Services answer with whatever they like: plain numbers, a number with an error beside it (`x`, `x_err`), a
median with quantiles, samples of a posterior. What is read here is what `FitResult` says; the rest is left.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from events.lightcurve import Measurement

MOST_PARAMETERS: Final = 40
MOST_SAMPLES: Final = 200_000
_EVIDENCE = ("log_evidence", "logz", "log_z", "lnz", "ln_evidence", "log_marginal_likelihood")
_EVIDENCE_ERROR = ("log_evidence_err", "log_evidence_error", "logzerr", "logz_err")
_BAYES = ("log_bayes_factor", "log_bf", "ln_bayes_factor")
_KNOWN = frozenset(
    {*_EVIDENCE, *_EVIDENCE_ERROR, *_BAYES, "chi2", "chisq", "ndof", "dof", "log_noise_evidence"}
)
_ERRORS = ("_err", "_error", "_std", "_sigma", "_unc")
_LOWER = ("lower", "minus", "err_low", "q16", "16%", "low")
_UPPER = ("upper", "plus", "err_high", "q84", "84%", "high")
_IN_WORDS = re.compile(r"log bayes factor\s*[=:]\s*([-+0-9.eE]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Estimate:
    """A parameter: its value, and how far down and up one sigma goes (None: not known)."""

    name: str
    value: float
    down: float | None = None
    up: float | None = None


@dataclass(frozen=True)
class FitResult:
    """What a fit found. Logarithms are natural."""

    estimates: tuple[Estimate, ...] = ()
    log_evidence: float | None = None
    log_evidence_error: float | None = None
    log_bayes: float | None = None  # against noise
    chi2: float | None = None
    degrees: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {**asdict(self), "estimates": [asdict(each) for each in self.estimates]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FitResult:
        """What `to_json` wrote; what is missing is not known."""
        numbers = {
            name: _number(value.get(name))
            for name in ("log_evidence", "log_evidence_error", "log_bayes", "chi2", "degrees")
        }
        rows = value.get("estimates")
        estimates = tuple(
            Estimate(str(row.get("name")), middle, _number(row.get("down")), _number(row.get("up")))
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, Mapping) and (middle := _number(row.get("value"))) is not None
        )
        return cls(estimates=estimates, **numbers)


@dataclass(frozen=True)
class Compared:
    """A model against the best one: the natural logarithm of the Bayes factor in favour of the best."""

    model: str
    behind: float


def read_results(value: Any, message: str = "") -> FitResult:
    """What a service's results say; `message` may hold the Bayes factor in words. Never raises."""
    found = value if isinstance(value, Mapping) else {}
    flat = {str(key).casefold(): each for key, each in found.items()}
    evidence = _first(flat, _EVIDENCE)
    in_words = _IN_WORDS.search(message)
    bayes = _first(flat, _BAYES)
    if bayes is None and in_words is not None:
        bayes = _number(in_words[1])
    if (
        bayes is None
        and evidence is not None
        and (noise := _number(flat.get("log_noise_evidence"))) is not None
    ):
        bayes = evidence - noise
    return FitResult(
        estimates=tuple(_estimates(found))[:MOST_PARAMETERS],
        log_evidence=evidence,
        log_evidence_error=_first(flat, _EVIDENCE_ERROR),
        log_bayes=bayes,
        chi2=_first(flat, ("chi2", "chisq")),
        degrees=_first(flat, ("ndof", "dof")),
    )


def compare(results: Iterable[tuple[str, FitResult]]) -> tuple[Compared, ...]:
    """Models by evidence, the best first; those without one are left out.

    Only meaningful for fits of the same data. Where not all have an evidence, Bayes factors against the same
    noise stand for it.
    """
    fits = list(results)
    for pick in (_evidence, _bayes):
        scored = [(model, score) for model, result in fits if (score := pick(result)) is not None]
        if len(scored) > 1:
            best = max(score for _, score in scored)
            ordered = sorted(scored, key=lambda each: (-each[1], each[0]))
            return tuple(Compared(model, best - score) for model, score in ordered)
    return ()


def _evidence(result: FitResult) -> float | None:
    return result.log_evidence


def _bayes(result: FitResult) -> float | None:
    return result.log_bayes


def _estimates(found: Mapping[str, Any]) -> Iterable[Estimate]:
    for holder in ("posterior", "parameters", "best_fit", "estimates", "fit_parameters"):
        inner = found.get(holder)
        if isinstance(inner, Mapping):
            content = inner.get("content")
            yield from _estimates(content if isinstance(content, Mapping) else inner)
    for key, value in found.items():
        name = str(key)
        if name.casefold() in _KNOWN or name.casefold().endswith(_ERRORS):
            continue
        if isinstance(value, Mapping):
            made = _of_mapping(name, value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            made = _of_list(name, value)
        else:
            middle = _number(value)
            made = None if middle is None else Estimate(name, middle, *_beside(found, name))
        if made is not None:
            yield made


def _beside(found: Mapping[str, Any], name: str) -> tuple[float | None, float | None]:
    error = next((e for end in _ERRORS if (e := _number(found.get(name + end))) is not None), None)
    return error, error


def _of_mapping(name: str, value: Mapping[str, Any]) -> Estimate | None:
    flat = {str(key).casefold(): each for key, each in value.items()}
    middle = _first(flat, ("median", "value", "mean", "best", "best_fit", "50%", "q50"))
    if middle is None:
        return None
    spread = _first(flat, ("std", "error", "err", "sigma"))
    if spread is not None:
        return Estimate(name, middle, spread, spread)
    low, high = _first(flat, _LOWER), _first(flat, _UPPER)
    if low is None or high is None:
        return Estimate(name, middle)
    if low <= middle <= high:  # quantiles; else distances from the middle
        return Estimate(name, middle, middle - low, high - middle)
    return Estimate(name, middle, abs(low), abs(high))


def _of_list(name: str, value: Sequence[Any]) -> Estimate | None:
    """A value with its error or errors, or samples of a posterior: median, 16 and 84 %."""
    numbers = [each for each in map(_number, value[:MOST_SAMPLES]) if each is not None]
    if len(numbers) != len(value[:MOST_SAMPLES]) or not numbers:
        return None
    if len(numbers) < 10:
        errors = [abs(each) for each in numbers[1:3]]
        if len(numbers) > 3:
            return None
        return Estimate(name, numbers[0], errors[0] if errors else None, errors[-1] if errors else None)
    ordered = sorted(numbers)
    low, middle, high = (_quantile(ordered, share) for share in (0.16, 0.5, 0.84))
    return Estimate(name, middle, middle - low, high - middle)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the nearest two, as numpy's default."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _first(flat: Mapping[str, Any], names: Sequence[str]) -> float | None:
    return next((number for name in names if (number := _number(flat.get(name))) is not None), None)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def data_of(light: Sequence[Measurement]) -> str:
    """What was fitted: the same for the same measurements, so that only like is compared with like."""
    seen = [each for each in light if each.seen]
    newest = max((each.at for each in light), default=None)
    return f"{len(seen)}+{len(light) - len(seen)}@{newest:%Y-%m-%dT%H:%M}" if newest is not None else "0"
