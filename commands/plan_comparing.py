"""`plan compare`: the newest plans of an event beside each other, in numbers and as a picture."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from cards import wording
from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Line, Lines, Note, Picture, Table, Text, strong
from cards.cleaning import clean
from cards.plan_plot import COMPARISON, PlansDrawing, draw_comparison
from cards.reader import Reader
from commands.errors import CommandError
from commands.event_words import newest_map, title_of
from commands.heavy import run_apart
from commands.job_cards.plans import PLANNERS
from commands.plan_named import plans_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.analysis import MapSource
from facilities.facility import Facility, FacilityError
from facilities.plan import Plan
from facilities.planning.comparison import Comparison, compare
from platforms.plan_making import made_of
from skymaps.skymap import SkyMapError

COMPARED = 8


async def compared(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The newest plans of an event beside each other, counted alike on its newest map."""
    state, reader = request.event(), request.reader
    wanted = {each.name for each in request.facilities()}
    plans: list[Plan] = []
    for job in await plans_of(rooms, event=state.event, facility=None, request=request):
        made = made_of(job.results)
        for plan in (made.plan, made.other) if made is not None else ():
            if plan is None or not plan.exposures or (wanted and plan.facility not in wanted):
                continue
            if all((plan.facility, plan.planner) != (each.facility, each.planner) for each in plans):
                plans.append(plan)
    plans = plans[:COMPARED]
    if not plans:
        raise CommandError(
            reader.say("No plan of {name} is there to be compared.", name=title_of(state)), option="event"
        )
    source = await newest_map(request, rooms, state)
    facilities = {plan.facility: rooms.registry.get(plan.facility) for plan in plans}
    try:
        numbers = await run_apart(rooms, _compare, (source, tuple(plans), facilities))
    except (SkyMapError, FacilityError) as error:
        raise CommandError(f"{error}") from None
    title = reader.say("Plans for {name} beside each other", name=title_of(state))
    together = reader.line(
        "All of them together: {probability} of the probability, {area}",
        probability=strong(wording.percent(numbers.together, reader)),
        area=wording.area(numbers.together_area, reader),
    )
    note = reader.say("All are counted alike on the newest sky map, sky that two of them cover once.")
    blocks = (Lines((together,)), _comparison_table(reader, numbers), Note((Text(note),)))
    yield Reply(answer_card(reader, title, *blocks))
    drawing = PlansDrawing(source, tuple((plan, facilities[plan.facility]) for plan in plans), title, reader)
    try:
        pictures = await run_apart(rooms, draw_comparison, drawing)
    except (SkyMapError, ValueError):
        return  # the numbers stand without it
    picture = Picture(COMPARISON, title, title)
    yield Reply(answer_card(reader, title, *blocks, picture), pictures)


def _compare(work: tuple[MapSource, Sequence[Plan], dict[str, Facility]]) -> Comparison:
    source, plans, facilities = work
    return compare(plans, source.read(), facilities)


def _comparison_table(reader: Reader, numbers: Comparison) -> Table:
    rows: list[tuple[Line, ...]] = []
    for each in numbers.plans:
        half = each.minutes_to_half
        rows.append(
            (
                (Text(clean(each.facility)),),
                (Text(PLANNERS.get(each.planner) or reader.say("instant")),),
                (strong(wording.percent(each.probability, reader)),),
                (Text(wording.area(each.area, reader)),),
                (Text(str(each.fields)),),
                (Instant(each.start, InstantForm.DATE_TIME),) if each.start else (Text("–"),),
                (Text(wording.duration(timedelta(minutes=half), reader) if half is not None else "–"),),
            )
        )
    columns = (
        reader.say("telescope"),
        reader.say("planner"),
        reader.say("probability"),
        reader.say("area"),
        reader.say("fields"),
        reader.say("start"),
        reader.say("half of it after"),
    )
    return Table((), columns, tuple(rows))
