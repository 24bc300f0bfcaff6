"""`efficiency`: how many sources of a model a plan, or what was observed, would have found."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.portals import AT, event_there, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.job import JobState
from platforms.jobs import JobError, Wanted
from platforms.skyportal.allocations import FOLLOW_UP, allocations
from platforms.skyportal.efficiency import KIND
from platforms.skyportal.observations import window
from shifts.permissions import Permission

PLANS = "skyportal.plan"
LEVEL = 0.95
REGION_DAYS = 7.0


async def efficiency(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """For a plan by its job's number, the newest plan of an event, or what was observed."""
    portal = portal_of(request, rooms)
    injection = {
        "numberInjections": int(request.number("injections")),
        "numberDetections": int(request.number("detections")),
        "detectionThreshold": request.number("threshold"),
        "minimumPhase": 0,
        "maximumPhase": request.number("days"),
        "modelName": request.text("model"),
    }
    if request.flag("executed"):
        wanted = await _of_observations(request, rooms, injection)
    else:
        wanted = await _of_plan(request, rooms, injection, portal.name)
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def _of_plan(request: Request, rooms: Rooms, injection: dict[str, object], portal: str) -> Wanted:
    """The plan that is meant, as its SkyPortal numbers it. Raises CommandError without one that is done."""
    reader, number = request.reader, request.number_or_none("job")
    if number is not None:
        try:
            job = await rooms.jobs.job(int(number))
        except JobError:
            raise CommandError(
                reader.say("There is no job {number}; “jobs” lists them.", number=int(number)), option="job"
            ) from None
        found = [job] if job.kind == PLANS else []
    else:
        state = request.event()
        jobs = await rooms.jobs.jobs(kind=PLANS, event=state.event, limit=50)
        facility = request.facilities("facility")
        found = [each for each in jobs if not facility or each.facility == facility[0].name]
    done = [each for each in found if each.state is JobState.DONE and "plan" in each.remote]
    if not done:
        raise CommandError(
            reader.say("There is no finished plan of a SkyPortal to inject sources into; “jobs” lists plans.")
        )
    plan = done[0]
    return Wanted(
        KIND,
        plan.platform or portal,
        {"plan": int(plan.remote["plan"]), **injection},
        event=plan.event,
        facility=plan.facility,
    )


async def _of_observations(request: Request, rooms: Rooms, injection: dict[str, object]) -> Wanted:
    """What one telescope has observed of the event's region."""
    state, reader = request.event(), request.reader
    facilities = request.facilities("facility")
    if not facilities:
        raise CommandError(reader.say("Say which telescope's observations."), option="facility")
    facility = facilities[0]
    portal = portal_of(request, rooms, facility.name)
    token = await own_token(request, rooms, portal)
    if state.trigger_time is None:
        raise CommandError(reader.say("{name} has no time yet.", name=title_of(state)))
    names = {each.casefold() for each in (facility.name, *facility.aliases, facility.skyportal or "") if each}
    instruments = [
        each
        for each in await allocations(portal, FOLLOW_UP, token=token)
        if {name.casefold() for name in each.names} & names
    ]
    if not instruments:
        raise CommandError(
            reader.say(
                "{portal} gives this desk no time on {facility}.", portal=portal.name, facility=facility.name
            ),
            option="facility",
        )
    there, where = await event_there(request, portal, state, token)
    start, end = window(state.trigger_time, request.now, days=REGION_DAYS)
    return Wanted(
        KIND,
        portal.name,
        {
            "instrument": instruments[0].instrument.id,
            "dateobs": there.dateobs,
            "localization": where.localization_name,
            "level": LEVEL,
            "start": f"{start:%Y-%m-%dT%H:%M:%S}",
            "end": f"{end:%Y-%m-%dT%H:%M:%S}",
            **injection,
        },
        event=state.event,
        facility=facility.name,
    )


COMMANDS = (
    Command(
        "efficiency",
        marked("How many sources of a model a plan, or what was observed, would have found"),
        efficiency,
        options=(
            EVENT,
            Option("facility", OptionKind.FACILITY, marked("Whose plan or observations")),
            Option("job", OptionKind.NUMBER, marked("The plan, by its job's number"), minimum=1, whole=True),
            Option("executed", OptionKind.FLAG, marked("What was observed instead of a plan")),
            Option(
                "model",
                OptionKind.TEXT,
                marked("What is injected: kilonova, afterglow, linear"),
                default="kilonova",
            ),
            Option(
                "injections",
                OptionKind.NUMBER,
                marked("How many"),
                default="1000",
                minimum=10,
                maximum=20000,
            ),
            Option(
                "detections",
                OptionKind.NUMBER,
                marked("Detections that count as found"),
                default="1",
                minimum=1,
                maximum=20,
            ),
            Option(
                "threshold",
                OptionKind.NUMBER,
                marked("Significance of a detection, in sigma"),
                default="5",
                minimum=1,
                maximum=20,
            ),
            Option(
                "days",
                OptionKind.NUMBER,
                marked("Up to so many days after the event"),
                default="3",
                minimum=0.1,
                maximum=60,
            ),
            AT,
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        examples=("efficiency latest ZTF", "efficiency S230518h ZTF executed:yes model:kilonova"),
    ),
)
