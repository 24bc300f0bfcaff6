"""Injection runs as jobs tell of them: the detection efficiency, and the sentence for a circular."""

from __future__ import annotations

from cards.card import Block, Line, Lines, Note, Text, strong
from cards.circular_limits import observed_sentences
from cards.cleaning import clean
from cards.reader import Reader
from cards.wording import number
from commands.job_cards.told import Told
from events.proportion import wilson
from platforms.job import Job, JobState
from platforms.skyportal.efficiency import PLOT, PORTALS_PLOT, Efficiency
from platforms.skyportal.observations import Taken


def efficiency_told(reader: Reader, job: Job) -> Told:
    """How many of the injected sources would have been found."""
    model = clean(str(job.results.get("model") or job.parameters.get("modelName", "")))
    about = (
        reader.say("plan {number}", number=job.parameters["plan"])
        if "plan" in job.parameters
        else reader.say("what {facility} observed", facility=clean(job.facility or ""))
    )
    title = reader.say("Efficiency of {what} for a {model}", what=about, model=model)
    if job.state.ended and job.state is not JobState.DONE:
        return Told(title)
    if job.state is not JobState.DONE:
        asked = reader.say_many(
            "{count} source injected",
            "{count} sources injected",
            int(job.parameters.get("numberInjections", 0)),
        )
        return Told(title, (Lines(((Text(asked),),)),))
    found = Efficiency(*(int(job.results.get(key) or 0) for key in ("injected", "covered", "detected")))
    blocks: list[Block] = [Lines(tuple(efficiency_lines(found, reader)))]
    circular = " ".join(each for each in (_observed(job), circular_sentence(found, model, job)) if each)
    if circular:
        blocks.append(Note((Text(reader.say("For a circular, to be edited:")),)))
        blocks.append(Lines(((Text(circular),),)))
    captions = {
        PLOT: reader.say("Injected sources: where somebody looked, and detected"),
        PORTALS_PLOT: reader.say("Injected sources over the plan: detected and missed"),
    }
    return Told(title, tuple(blocks), captions, _percent(found.fraction, reader))


def _observed(job: Job) -> str:
    """What was observed and how deep, as a circular says it; empty for a plan."""
    found = job.results.get("observed")
    if not isinstance(found, dict):
        return ""
    taken = Taken.from_json(found)
    mission, _, number = (job.event or "").partition(":")
    event = (number if mission == "LVK" else f"{mission} {number}".strip()) or "the event"
    return observed_sentences(event, job.facility or "", taken.first, taken.last, taken.fields, taken.limits)


def efficiency_lines(found: Efficiency, reader: Reader) -> list[Line]:
    """Detected of all, and of those where somebody looked, each with its uncertainty."""
    lines: list[Line] = [
        reader.line(
            "Detected: {efficiency} of all injected ({detected} of {injected})",
            efficiency=strong(_with_error(found.detected, found.injected, reader)),
            detected=str(found.detected),
            injected=str(found.injected),
        )
    ]
    if found.covered:
        lines.append(
            reader.line(
                "Where somebody looked: {efficiency} ({detected} of {covered})",
                efficiency=strong(_with_error(found.detected, found.covered, reader)),
                detected=str(found.detected),
                covered=str(found.covered),
            )
        )
    else:
        lines.append((Text(reader.say("None of them lay where somebody looked.")),))
    return lines


def circular_sentence(found: Efficiency, model: str, job: Job) -> str:
    """English, as circulars are: what it says that no counterpart was found.

    With the lower end of the 90 % interval of the efficiency, that is 95 % confidence one-sided. Empty where
    no injected source would have been seen: then nothing follows.
    """
    if not found.injected or not found.detected:
        return ""
    low, _ = wilson(found.detected, found.injected, 1.645)
    depth = job.parameters.get("detectionThreshold", 5)
    epochs = int(job.parameters.get("numberDetections", 1))
    times = "once" if epochs == 1 else f"{epochs} times"
    seen, sure = f"{100 * found.detected / found.injected:.0f}%", f"{100 * low:.0f}%"
    return (
        f"Injecting {found.injected} {model} light curves distributed over the localization, we would have "
        f"detected {seen} of them (more than {sure} at 95% confidence) at least {times} above {depth:g} "
        f"sigma. In the absence of a counterpart in our data, we therefore exclude such a source within the "
        f"localization at the {sure} level, assuming this model."
    )


def _with_error(found: int, of: int, reader: Reader) -> str:
    if not of:
        return "–"
    low, high = wilson(found, of)
    return f"{_percent(found / of, reader)} ({_percent(low, reader)}–{_percent(high, reader)})"


def _percent(share: float, reader: Reader) -> str:
    return reader.say("{percent} %", percent=number(100 * share, reader, 1 if share < 0.1 else 0))


TELLERS = {"skyportal.efficiency": efficiency_told}
