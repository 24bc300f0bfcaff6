"""`plan …`: made, listed, shown, compared, sent, taken back, written as files, announced."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Lines, Note, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.job_cards.frame import job_card, standing
from commands.job_cards.plans import PLANNERS, in_short
from commands.jobs_asked import pictures_of
from commands.options import Option, OptionKind
from commands.plan_asking import asked
from commands.plan_comparing import compared
from commands.plan_deleting import deleted, deleting, may_delete
from commands.plan_named import plan_named, plans_of
from commands.plan_sending import (
    checked,
    may_take_back,
    reported,
    reporting,
    sending,
    sent,
    taken_back,
    taking_back,
)
from commands.request import Reply, Request
from commands.rooms import Rooms
from facilities.facility import FacilityError
from facilities.planning.exports import PlanFormat, export_plan
from platforms.job import Job
from platforms.plan_making import made_of
from platforms.planning import Planner
from shifts.permissions import Permission

GROUP = Group("plan", marked("Observation plans: made, compared, sent to telescopes, taken back"))
JOB = Option(
    "job", OptionKind.NUMBER, marked("A plan, by the number of its job"), required=True, minimum=1, whole=True
)
BY = Option(
    "planner",
    OptionKind.CHOICE,
    marked("The plan of this planner, where the job has two"),
    choices=tuple(each.value for each in Planner),
)
MOST = 25
SHOWN_LINES = 30


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The plans there are."""
    reader = request.reader
    state = request.event() if request.has("event") else None
    facility = request.facilities("facility")
    jobs = await plans_of(
        rooms,
        event=state.event if state is not None else None,
        facility=facility[0].name if facility else None,
        request=request,
    )
    title = reader.say("Plans for {name}", name=title_of(state)) if state else reader.say("Plans")
    if not jobs:
        hint = reader.say("None yet; “plan make EVENT TELESCOPE” makes one.")
        yield Reply(answer_card(reader, title, hint))
        return
    rows = tuple(
        (
            (Text(str(job.id)),),
            (Text(clean((job.event or "").partition(":")[2])),),
            (Text(clean(job.facility or "")),),
            (Text(_in_brief(reader, job)),),
            (Text(clean(job.requester)),),
            (Instant(job.ended or job.created, InstantForm.DATE_TIME),),
        )
        for job in jobs[:MOST]
    )
    columns = (
        reader.say("no."),
        reader.say("event"),
        reader.say("telescope"),
        reader.say("plan"),
        reader.say("who"),
        reader.say("when"),
    )
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """One plan, with its pictures."""
    named = await plan_named(request, rooms)
    yield Reply(job_card(request.reader, named.job), await pictures_of(rooms, named.job))


async def exported(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """A plan as a file: its beginning, and how the whole of it is had."""
    named, reader = await plan_named(request, rooms), request.reader
    form = PlanFormat(request.text("format"))
    try:
        text = export_plan(named.plan, named.facility, form).decode("utf-8")
    except FacilityError as error:
        raise CommandError(f"{error}", option="format") from None
    lines = text.splitlines()
    title = reader.say("Plan {number} as {format}", number=named.job.id, format=form.value)
    shown_lines = Lines(tuple((Text(shorten(line, 300)),) for line in lines[:SHOWN_LINES]))
    file = f"plan-{named.job.id}{form.ending}"
    command = f"nightdesk plan-export {named.job.id} --format {form.value} --out {file}"
    hint = reader.line("The whole of it, on the desk: {command}", command=strong(command))
    yield Reply(answer_card(reader, title, shown_lines, Lines((hint,))))


async def announced(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The draft of a circular on a plan: of what is planned, never of what was observed."""
    named, reader = await plan_named(request, rooms), request.reader
    plan = named.plan
    if not plan.exposures:
        raise CommandError(reader.say("This plan holds no observation."), option="job")
    filters = ", ".join(dict.fromkeys(each.filter for each in plan.exposures if each.filter))
    last = plan.exposures[-1]
    hours = (last.start + timedelta(seconds=last.seconds) - plan.exposures[0].start).total_seconds() / 3600
    # A circular is in English, whoever drafts it.
    lines = (
        f"SUBJECT: {named.event}: planned observations with {named.facility.name}",
        f"We plan to observe the localization region of {named.event} with {named.facility.name}.",
        f"The plan holds {len(plan.exposures)} exposures of {plan.fields} fields"
        f"{f' in {filters}' if filters else ''} over {hours:.1f} h, beginning at"
        f" {plan.exposures[0].start:%Y-%m-%d %H:%M} UTC.",
        f"The planned fields cover {plan.area:.1f} square degrees and {100 * plan.probability:.0f}% of the"
        " localization probability.",
    )
    title = reader.say("Draft of a circular on {name}", name=named.event)
    hint = reader.say("Check it and submit it yourself: nightdesk never sends a circular.")
    body = Lines(tuple((Text(line),) for line in lines))
    yield Reply(answer_card(reader, title, body, Note((Text(hint),))), private=True)


def _in_brief(reader: Reader, job: Job) -> str:
    try:
        made = made_of(job.results)
    except FacilityError:
        made = None
    if made is None:
        return f"{job.kind.partition('.')[0]}: {standing(reader, job)}"
    who = PLANNERS.get(made.plan.planner) or reader.say("instant")
    words = f"{who}: {in_short(reader, made.plan)}"
    return words if job.state.ended else f"{words} ({standing(reader, job)})"


COMMANDS = (
    Command(
        "make",
        marked("Plan observations of an event for one or more telescopes"),
        asked,
        "plan",
        (
            Option("event", OptionKind.EVENT, marked("Which event"), required=True),
            Option(
                "facilities",
                OptionKind.FACILITY,
                marked("Telescopes, with commas between them"),
                required=True,
                several=True,
            ),
            Option(
                "planner",
                OptionKind.CHOICE,
                marked("Who plans, instead of whom the configuration says"),
                choices=tuple(each.value for each in Planner),
            ),
            Option("form", OptionKind.FLAG, marked("Ask for the settings in a form first")),
            Option("others", OptionKind.FLAG, marked("Leave out what others cover, by Treasure Map")),
            Option(
                "settings",
                OptionKind.SETTINGS,
                marked("The plan's own: exposure_time=120 filters=g,r max_tiles=50"),
            ),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        examples=("plan make latest ZTF", "plan make S230518h DECam,ZTF exposure_time=120 probability=80%"),
        short="plan",
    ),
    Command(
        "list",
        marked("The plans of an event, or of the last week"),
        listed,
        "plan",
        (
            Option("event", OptionKind.EVENT, marked("Only for this event")),
            Option("facility", OptionKind.FACILITY, marked("Only for this telescope")),
        ),
        examples=("plan list", "plan list latest"),
    ),
    Command("show", marked("One plan: its numbers, tiles and pictures"), shown, "plan", (JOB,),
            examples=("plan show 12",)),
    Command(
        "compare",
        marked("The plans of an event beside each other"),
        compared,
        "plan",
        (EVENT, Option("facilities", OptionKind.FACILITY, marked("Only these telescopes"), several=True)),
        examples=("plan compare latest", "plan compare S230518h ZTF,DECam"),
    ),
    Command(
        "send",
        marked("Send a plan to its telescope, after a confirmation"),
        sent,
        "plan",
        (JOB, BY),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        question=sending,
        check=checked,
        examples=("plan send 12",),
    ),
    Command(
        "take_back",
        marked("Take a plan that was sent back from its telescope"),
        taken_back,
        "plan",
        (JOB, BY),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        question=taking_back,
        check=may_take_back,
        examples=("plan take_back 12",),
    ),
    Command(
        "delete",
        marked("Delete a plan where it was made, out of its telescope's queue first, and forget it here"),
        deleted,
        "plan",
        (JOB,),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        question=deleting,
        check=may_delete,
        examples=("plan delete 12",),
    ),
    Command(
        "export",
        marked("A plan as a file: CSV, ECSV, JSON, GeoJSON, Treasure Map"),
        exported,
        "plan",
        (
            JOB,
            Option(
                "format",
                OptionKind.CHOICE,
                marked("Which kind of file"),
                default="csv",
                choices=tuple(each.value for each in PlanFormat),
            ),
            BY,
        ),
        examples=("plan export 12", "plan export 12 ecsv"),
        private=True,
    ),
    Command(
        "treasuremap",
        marked("Report a plan's pointings on Treasure Map, for everybody to read"),
        reported,
        "plan",
        (JOB, BY),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        question=reporting,
        check=may_take_back,
        examples=("plan treasuremap 12",),
    ),
    Command(
        "circular",
        marked("A draft circular on what is planned, for you to edit; never sent by itself"),
        announced,
        "plan",
        (JOB, BY),
        private=True,
        examples=("plan circular 12",),
    ),
)  # fmt: skip
