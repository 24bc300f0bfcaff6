"""The words of jobs at a SkyPortal: plans, what is sent to telescopes, what is done to events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cards import wording
from cards.card import Block, Instant, InstantForm, Line, Lines, Link, Note, Table, Text, joined
from cards.cleaning import clean, shorten
from cards.plan_plot import NIGHT, TILES
from cards.reader import Reader
from commands.job_cards.own_sentences import in_words_of
from commands.job_cards.plans import forgotten_words
from commands.job_cards.told import Told
from facilities.plan import Plan
from facilities.plan_json import plan_from_dict
from platforms.forgetting import deleted_by
from platforms.job import Job, JobState
from platforms.skyportal.plan_work import Do

TILES_SHOWN = 6


def plan(reader: Reader, job: Job) -> Told:
    """A plan: its numbers, where to see it, its first tiles; plainly where nothing can be observed."""
    names = {"name": event_name(job), "facility": clean(job.facility or ""), "platform": clean(job.platform)}
    title = reader.say("Plan of {name} for {facility}, by {platform}", **names)
    results = job.results
    who = deleted_by(job)
    if who is not None:
        return forgotten_words(reader, title, who)
    if job.state is not JobState.DONE or not results:
        return Told(title, _page(reader, job), short="")
    if not results.get("observations"):
        words = reader.say("Nothing can be observed: the plan holds no observation.")
        said = reader.say(
            "{platform} calls it complete all the same. Try another window, airmass or telescope.",
            platform=clean(job.platform),
        )
        return Told(title, (Lines(((Text(words),), (Text(said),))), *_page(reader, job)), short=words)
    numbers = _numbers(reader, results)
    made = plan_from_dict(results["plan"])
    tiles = (tile_table(reader, made),) if made.exposures else ()
    notes = tuple(Note((Text(clean(in_words_of(reader, each))),)) for each in made.notes)
    return Told(
        title,
        (Lines(tuple(numbers)), *tiles, *notes, *_page(reader, job)),
        captions=_captions(reader),
        short=_short(reader, results),
    )


def queue(reader: Reader, job: Job) -> Told:
    """A plan sent to its telescope, taken back, or deleted."""
    names = {"number": str(job.parameters.get("plan", "")), "facility": clean(job.facility or job.platform)}
    match job.parameters.get("do"):
        case Do.SEND.value:
            title = reader.say("Plan {number} to the queue of {facility}", **names)
        case Do.DELETE.value:
            title = reader.say(
                "Plan {number} deleted on {platform}", number=names["number"], platform=clean(job.platform)
            )
        case _:
            title = reader.say("Plan {number} out of the queue of {facility}", **names)
    status = job.results.get("status")
    if not status:
        return Told(title)
    words = reader.say("The platform says: {status}", status=shorten(clean(str(status)), 200))
    if job.parameters.get("do") == Do.TAKE_BACK.value and not str(status).startswith("deleted"):
        was_not = reader.say("It was not in the telescope's queue.")
        return Told(title, (Lines(((Text(was_not),), (Text(words),))),), short=was_not)
    return Told(title, (Lines(((Text(words),),)),), short=words)


def event(reader: Reader, job: Job) -> Told:
    """What was done to an event there."""
    given, results = job.parameters, job.results
    names = {"name": event_name(job), "platform": clean(job.platform)}
    lines: list[Line] = []
    match given.get("do"):
        case "comment":
            title = reader.say("Comment on {name} at {platform}", **names)
            lines.append((Text(shorten(clean(str(given.get("text", ""))), 300)),))
        case "tag":
            title = reader.say("Tag {tag} on {name} at {platform}", tag=_word(given, "tag"), **names)
        case "untag":
            title = reader.say("Tag {tag} off {name} at {platform}", tag=_word(given, "tag"), **names)
        case "advocate":
            title = reader.say(
                "{person} as advocate of {name} at {platform}", person=_word(given, "person"), **names
            )
        case "post":
            title = reader.say("Notice of {name} to {platform}", **names)
        case _:
            title = reader.say("{name} at {platform}", **names)
    if results:
        lines += _what_came(reader, job)
    return Told(title, ((Lines(tuple(lines)),) if lines else ()) + _page(reader, job))


def event_name(job: Job) -> str:
    """The event's name without its mission."""
    return clean((job.event or "").partition(":")[2] or job.event or "")


def tile_table(reader: Reader, made: Plan) -> Table:
    """The first tiles of a plan, in the order of observing."""
    rows = tuple(
        (
            (Instant(each.start, InstantForm.TIME),),
            (Text(clean(each.field)),),
            (Text(f"{each.ra:.3f} {each.dec:+.3f}"),),
            (Text(clean(each.filter or "–")),),
            (Text(f"{each.seconds:.0f} s"),),
            (Text(wording.percent(each.probability, reader) if each.probability else "–"),),
        )
        for each in made.exposures[:TILES_SHOWN]
    )
    columns = (
        reader.say("start"), reader.say("field"), reader.say("position"), reader.say("filter"),
        reader.say("exposure"), reader.say("adds"),
    )  # fmt: skip
    return Table((), columns, rows)


def _captions(reader: Reader) -> Mapping[str, str]:
    return {
        TILES: reader.say("The fields on the sky map"),
        NIGHT: reader.say("The night of the plan: when what is exposed, and how high"),
    }


def _numbers(reader: Reader, results: Mapping[str, Any]) -> list[Line]:
    lines: list[Line] = [(Text(_short(reader, results)),)]
    start = results.get("start")
    if isinstance(start, str):
        lines.append(
            reader.line("Begins {time}", time=Instant(datetime.fromisoformat(start), InstantForm.DATE_TIME))
        )
    if results.get("duration"):
        length = wording.duration(timedelta(seconds=float(results["duration"])), reader)
        filters = ", ".join(clean(str(each)) for each in results.get("filters", ()))
        lines.append(
            (Text(reader.say("Takes {length}, filters {filters}", length=length, filters=filters or "–")),)
        )
    lines.append((Text(reader.say("Nothing of it is observed, and no telescope has it, until it is sent.")),))
    return lines


def _short(reader: Reader, results: Mapping[str, Any]) -> str:
    return reader.say(
        "{probability} of the probability, {area} deg², {fields} fields, {exposures} exposures",
        probability=wording.percent(float(results.get("probability") or 0.0), reader),
        area=f"{float(results.get('area') or 0.0):.0f}",
        fields=results.get("fields") or "–",
        exposures=results.get("observations", 0),
    )


def _what_came(reader: Reader, job: Job) -> list[Line]:
    results = job.results
    lines: list[Line] = []
    if results.get("made"):
        lines.append((Text(reader.say("The event was not known there; it is now.")),))
    elif job.parameters.get("do") == "mirror":
        lines.append((Text(reader.say("It was known there already.")),))
    if results.get("changed") is False:
        lines.append((Text(reader.say("So it was already.")),))
    aliases = [clean(str(each)) for each in results.get("aliases", ())]
    if aliases:
        lines.append((Text(reader.say("Aliases there: {aliases}", aliases=", ".join(aliases)[:300])),))
    if results.get("note"):
        lines.append((Text(shorten(clean(str(results["note"])), 400)),))
    return lines


def _page(reader: Reader, job: Job) -> tuple[Block, ...]:
    page = job.results.get("page") or job.remote.get("page")
    if not isinstance(page, str):
        return ()
    return (
        Lines((joined([(Link(reader.say("Open at {platform}", platform=clean(job.platform)), page),)]),)),
    )


def _word(given: Mapping[str, Any], key: str) -> str:
    return shorten(clean(str(given.get(key, ""))), 80)
