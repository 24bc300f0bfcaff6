"""The words of plans: who made them, what they cover, the first tiles, and what else was planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from cards import wording
from cards.card import (
    Block,
    Button,
    ButtonStyle,
    Instant,
    InstantForm,
    Line,
    Lines,
    Note,
    Table,
    Text,
    strong,
)
from cards.cleaning import clean, shorten
from cards.plan_plot import NIGHT, TILES
from cards.reader import Reader
from commands.job_cards.own_sentences import in_words_of
from commands.job_cards.told import Teller, Told
from facilities.facility import FacilityError
from facilities.plan import Plan
from platforms.forgetting import deleted_by
from platforms.job import Job, JobState
from platforms.plan_making import Made, made_of
from platforms.planning import PLAN_KINDS

FIRST = 5
"""Tiles of a card's table."""

NOTES = 5
PLANNERS = {"skyportal": "SkyPortal", "gwemopt": "gwemopt", "m4opt": "M4OPT"}


def plan_words(reader: Reader, job: Job) -> Told:
    """A plan job: its plan as far as there is one."""
    title = reader.say(
        "Plan of {event} for {facility}", event=_event(job), facility=clean(job.facility or "?")
    )
    who = deleted_by(job)
    if who is not None:
        return forgotten_words(reader, title, who)
    try:
        made = made_of(job.results)
    except FacilityError:
        made = None
    if made is None:
        return Told(title)
    captions = {
        TILES: reader.say("The fields on the sky map"),
        NIGHT: reader.say("The night of the plan: when what is exposed, and how high"),
    }
    return Told(
        title,
        tuple(plan_blocks(reader, made)),
        captions,
        in_short(reader, made.plan),
        tuple(_buttons(reader, job, made)),
    )


def forgotten_words(reader: Reader, title: str, who: str) -> Told:
    """A plan that was deleted: only who did it is left."""
    words = reader.say("{who} had this plan deleted.", who=clean(who))
    return Told(title, (Lines(((Text(words),),)),), short=words)


def plan_blocks(reader: Reader, made: Made, *, first: int = FIRST) -> Iterator[Block]:
    """What a plan says for itself."""
    plan = made.plan
    lines: list[Line] = [
        reader.line("Planned by {planner}", planner=strong(planner_name(reader, plan))),
        (Text(in_short(reader, plan)),),
    ]
    if plan.exposures:
        lines.append(_times(reader, plan))
    if made.other is not None:
        lines.append(_beside(reader, plan, made.other))
    if made.refused is not None:
        lines.append(
            reader.line("The other planner's result was not taken: {why}", why=_note(reader, made.refused))
        )
    yield Lines(tuple(lines))
    if plan.exposures:
        yield tiles_table(reader, plan, first)
    if plan.notes:
        yield Note(tuple(Text(f"{_note(reader, note)} ") for note in plan.notes[:NOTES]))


def _note(reader: Reader, note: str) -> str:
    """A planner's remark in the reader's language, where it is one of those we know."""
    return shorten(clean(in_words_of(reader, note)), 200)


def in_short(reader: Reader, plan: Plan) -> str:
    """A plan in one line."""
    if not plan.exposures:
        return reader.say("No observation is possible")
    return reader.say(
        "{probability} of the probability, {area}, {fields} fields, {exposures} exposures",
        probability=wording.percent(plan.probability, reader),
        area=wording.area(plan.area, reader),
        fields=plan.fields,
        exposures=len(plan.exposures),
    )


def planner_name(reader: Reader, plan: Plan) -> str:
    """Who made it, and how."""
    how = {
        "single": reader.say("one pointing"),
        "tiling": reader.say("tiling"),
        "galaxies": reader.say("on galaxies"),
    }
    who = PLANNERS.get(plan.planner) or reader.say("nightdesk, at once")
    return f"{who} ({how.get(plan.strategy, plan.strategy)})"


def tiles_table(reader: Reader, plan: Plan, first: int = FIRST) -> Table:
    """The first exposures of a plan."""
    rows = tuple(
        (
            (Text(shorten(clean(each.field), 24)),),
            (Text(f"{each.ra:.4f} {each.dec:+.4f}"),),
            (Instant(each.start, InstantForm.TIME),),
            (Text(f"{each.seconds:g} s{f' {clean(each.filter)}' if each.filter else ''}"),),
            (Text(wording.percent(each.probability, reader)),),
        )
        for each in plan.exposures[:first]
    )
    columns = (
        reader.say("field"),
        reader.say("where"),
        reader.say("start"),
        reader.say("exposure"),
        reader.say("adds"),
    )
    return Table((), columns, rows)


def _times(reader: Reader, plan: Plan) -> Line:
    last = plan.exposures[-1]
    end = last.start + timedelta(seconds=last.seconds)
    return reader.line(
        "From {start} to {end}, {hours} of shutter time",
        start=Instant(plan.exposures[0].start, InstantForm.DATE_TIME),
        end=Instant(end, InstantForm.TIME),
        hours=wording.duration(timedelta(seconds=sum(each.seconds for each in plan.exposures)), reader),
    )


def _beside(reader: Reader, plan: Plan, other: Plan) -> Line:
    """The plan that was not chosen. It is kept, and can be sent instead."""
    return reader.line(
        "{planner} would cover {probability} in {fields} fields",
        planner=planner_name(reader, other),
        probability=wording.percent(other.probability, reader),
        fields=str(other.fields),
    )


def _buttons(reader: Reader, job: Job, made: Made) -> Iterator[Button]:
    if job.state in (JobState.DONE, JobState.FAILED) and made.plan.exposures:
        # Short text: button that sends a plan to its telescope
        yield Button("plan.send", reader.say("Send it"), str(job.id), ButtonStyle.PRIMARY)


def _event(job: Job) -> str:
    return clean(job.event.partition(":")[2] or job.event) if job.event else "?"


def sendable(teller: Teller) -> Teller:
    """The words of another kind of plan, with the button that sends it."""

    def told(reader: Reader, job: Job) -> Told:
        words = teller(reader, job)
        try:
            made = made_of(job.results)
        except FacilityError:
            return words
        return words if made is None else replace(words, buttons=tuple(_buttons(reader, job, made)))

    return told


TELLERS: Mapping[str, Teller] = dict.fromkeys(PLAN_KINDS, plan_words)
