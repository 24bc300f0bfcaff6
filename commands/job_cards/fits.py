"""What a fit found, in words: parameters with uncertainties, evidence, how models compare."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cards.card import Block, Line, Lines, Link, Links, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.wording import known, number
from commands.job_cards.told import Told
from platforms.fit_results import Compared, Estimate, FitResult
from platforms.job import Job, JobState

PARAMETERS_SHOWN = 12
VALUES_SHOWN = 8


TYPED = "typed"
"""What a fit is of where nobody named it."""


def fit_told(reader: Reader, job: Job) -> Told:
    """A fit of a source: with what, and what came of it."""
    model = clean(
        str(job.results.get("model") or job.parameters.get("model") or job.parameters.get("name", ""))
    )
    source = reader.say("typed photometry") if job.source == TYPED else clean(job.source or "")
    title = reader.say("Fit of {source} with {model}", source=source, model=model)
    blocks: list[Block] = []
    values = job.parameters.get("values")
    if isinstance(values, dict) and values:
        said = " · ".join(f"{clean(str(key))}: {shorten(clean(str(one)), 30)}" for key, one in values.items())
        blocks.append(Lines(((Text(shorten(said, 300)),),)))
    captions: dict[str, str] = {}
    short = ""
    if job.state is JobState.DONE:
        result = FitResult.from_json(job.results)
        blocks += result_blocks(result, reader)
        short = headline(result, reader)
        missed = job.results.get("missed")
        if isinstance(missed, int) and missed:
            said = reader.say_many(
                "{count} picture of it could not be fetched.", "{count} pictures of it could not be fetched.",
                missed,
            )  # fmt: skip
            blocks.append(Lines(((Text(said),),)))
        captions = {
            key: reader.say(
                "Fit of {source} with {model}, picture {number}", source=source, model=model, number=place
            )
            for place, key in enumerate(sorted(job.pictures), 1)
        }
    page = job.results.get("page")
    if page:
        blocks.append(Links((Link(reader.say("The fit at {portal}", portal=job.platform), str(page)),)))
    return Told(title, tuple(blocks), captions, short)


def result_blocks(result: FitResult, reader: Reader) -> list[Block]:
    """The numbers of a fit."""
    blocks: list[Block] = []
    if result.estimates:
        rows = tuple(
            ((Text(shorten(clean(each.name), 40)),), (strong(estimate_words(each, reader)),))
            for each in result.estimates[:PARAMETERS_SHOWN]
        )
        blocks.append(Table((), (reader.say("parameter"), reader.say("value")), rows))
    lines: list[Line] = []
    if known(result.log_evidence):
        value = number(result.log_evidence, reader, 2)
        if known(result.log_evidence_error):
            value += f" ± {number(result.log_evidence_error, reader, 2)}"
        lines.append(reader.line("Log evidence (natural): {value}", value=strong(value)))
    if known(result.log_bayes):
        lines.append(
            reader.line(
                "Log Bayes factor against noise: {value}", value=strong(number(result.log_bayes, reader, 2))
            )
        )
    if known(result.chi2):
        chi = number(result.chi2, reader, 2)
        lines.append(
            reader.line("χ²: {value} for {degrees} degrees of freedom", value=strong(chi),
                        degrees=number(result.degrees, reader, 0))
            if known(result.degrees)
            else reader.line("χ²: {value}", value=strong(chi))
        )  # fmt: skip
    if not lines and not blocks:
        lines.append((Text(reader.say("The service gave no numbers that can be read here.")),))
    if lines:
        blocks.append(Lines(tuple(lines)))
    return blocks


def headline(result: FitResult, reader: Reader) -> str:
    """The outcome in a line."""
    if not result.estimates:
        return ""
    first = result.estimates[0]
    return f"{clean(first.name)} {estimate_words(first, reader)}"


def estimate_words(each: Estimate, reader: Reader) -> str:
    """`−1.50 ± 0.20`, or `2.00 +1.00 −0.50`: with as many digits as the uncertainty deserves."""
    spread = [abs(one) for one in (each.down, each.up) if one]
    places = _places(min(spread)) if spread else _places(abs(each.value) / 100 or 0.01)
    value = _written(each.value, reader, places)
    if each.down is None or each.up is None:
        return value
    down, up = _written(each.down, reader, places), _written(each.up, reader, places)
    return f"{value} ± {up}" if down == up else f"{value} +{up} −{down}"


def compared_lines(compared: Sequence[Compared], reader: Reader) -> list[Line]:
    """Models by evidence in words (Kass & Raftery 1995, JASA 90, 773, on 2 ln B)."""
    if not compared:
        return []
    best = compared[0]
    lines: list[Line] = [reader.line("Best by evidence: {model}", model=strong(clean(best.model)))]
    for each in compared[1:]:
        lines.append(
            reader.line(
                "{model}: {strength} (Bayes factor {factor} for {best})",
                model=clean(each.model),
                strength=strength(each.behind, reader),
                factor=bayes_factor(each.behind, reader),
                best=clean(best.model),
            )
        )
    return lines


def strength(behind: float, reader: Reader) -> str:
    """How strongly the best model is preferred, from the natural logarithm of the Bayes factor."""
    if behind < 1.0:
        return reader.say("as good")
    if behind < 3.0:
        return reader.say("somewhat worse")
    return reader.say("clearly worse") if behind < 5.0 else reader.say("excluded")


def bayes_factor(behind: float, reader: Reader) -> str:
    """`7.4`, `150`, `10^12`."""
    if behind > 13.8:  # a million
        return f"10^{round(behind / math.log(10))}"
    factor = math.exp(behind)
    return number(factor, reader, 1 if factor < 100 else 0)


def _places(size: float) -> int:
    """Decimals that keep two significant figures of an uncertainty."""
    return max(0, min(6, 1 - math.floor(math.log10(size)))) if size > 0 and math.isfinite(size) else 2


def _written(value: float, reader: Reader, places: int) -> str:
    if value != 0 and (abs(value) < 1e-4 or abs(value) >= 1e7):
        return f"{value:.2e}".replace("-", "−")
    return number(value, reader, places).replace("-", "−")


TELLERS = {"skyportal.analysis": fit_told, "nmma.fit": fit_told}
