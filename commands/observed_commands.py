"""`observed`: what telescopes have taken of an event's region, on its map, and how much that covers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from cards import wording
from cards.answer_card import answer_card
from cards.card import Block, Instant, InstantForm, Line, Lines, Note, Picture, Table, Text, strong
from cards.circular_limits import observed_sentences
from cards.cleaning import clean
from cards.reader import Reader
from cards.text import line_text
from cards.translation import marked
from cards.verdict import verdict
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import newest_map, title_of
from commands.heavy import run_apart
from commands.options import Option, OptionKind
from commands.portals import AT, event_there, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from events.analysis import MapSource
from events.state import EventState
from facilities.coverage import Coverage, Observed, coverage
from facilities.facility import Facility
from platforms.skyportal.observations import Observation, executed, taken, window
from skymaps.skymap import SkyMapError

OBSERVED = "observed"
MOST_SENTENCES = 6


@dataclass(frozen=True)
class CoverageWork:
    """What was observed, to be counted on a map and drawn; can be pickled."""

    source: MapSource
    observed: tuple[Observed, ...]
    title: str
    reader: Reader


async def observed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Executed observations of an event's region: drawn, and the probability covered so far."""
    state, reader, portal = request.event(), request.reader, portal_of(request, rooms)
    if state.trigger_time is None:
        raise CommandError(reader.say("{name} has no time yet.", name=title_of(state)))
    title = reader.say("Observed of {name}", name=title_of(state))
    yield Reply(answer_card(reader, title, reader.say("Reading what {portal} has …", portal=portal.name)))
    token = await own_token(request, rooms, portal)
    there, where = await event_there(request, portal, state, token)
    start, end = window(state.trigger_time, request.now, days=request.number("days"))
    found = await executed(
        portal, start, end, dateobs=there.dateobs, localization=where.localization_name, token=token
    )
    wanted = request.facilities("facility")
    groups, unknown = grouped(found.observations, rooms.facilities)
    if wanted:
        groups = {name: each for name, each in groups.items() if name in {one.name for one in wanted}}
    if not groups:
        none = reader.say(
            "Nothing of its region was observed up to now, as far as {portal} knows.", portal=portal.name
        )
        blocks: list[Block | str] = [none]
        if unknown:
            blocks.append(_not_counted(unknown, reader))
        yield Reply(answer_card(reader, title, *blocks))
        return
    by_name = {each.name: each for each in rooms.facilities}
    seen = tuple(
        Observed(name, by_name[name].field_of_view, tuple((each.ra, each.dec) for each in group))
        for name, group in groups.items()
    )
    source = await newest_map(request, rooms, state)
    work = CoverageWork(source, seen, line_text(verdict(state, reader).title, reader), reader)
    try:
        covered, png = await run_apart(rooms, counted_and_drawn, work)
    except SkyMapError as error:
        raise CommandError(
            reader.say("The map of {name} cannot be read: {why}", name=title_of(state), why=str(error))
        ) from None
    said = reader.say(
        "{percent} of the probability in all, {area}",
        percent=wording.percent(covered.together.probability, reader),
        area=wording.area(covered.together.area, reader),
    )
    made: list[Block | str | Line] = [(strong(said),), _table(groups, covered, reader)]
    if unknown:
        made.append(_not_counted(unknown, reader))
    if not found.complete:
        made.append(Note((Text(reader.say("There are more observations than were read.")),)))
    caption = reader.say("Fields observed of {name}", name=title_of(state))
    sentences = [
        Lines(((Text(_for_circular(state, name, group, covered)),),)) for name, group in groups.items()
    ]
    made += [Note((Text(reader.say("For a circular, to be edited:")),)), *sentences[:MOST_SENTENCES]]
    made.append(Picture(OBSERVED, f"{caption}. {said}", caption))
    yield Reply(answer_card(reader, title, *made), {OBSERVED: png})


def _for_circular(state: EventState, facility: str, group: Sequence[Observation], covered: Coverage) -> str:
    """English, as circulars are: when, how much of the map and how deep one telescope has looked."""
    found, share = taken(group), covered.by_name[facility]
    return observed_sentences(
        title_of(state), facility, found.first, found.last, found.fields, found.limits,
        trigger=state.trigger_time, covered=(share.probability, share.area),
    )  # fmt: skip


def grouped(
    observations: Sequence[Observation], facilities: Sequence[Facility]
) -> tuple[dict[str, list[Observation]], list[str]]:
    """Observations by the desk's telescopes; names of those whose field of view is not known here."""
    known: dict[str, Facility] = {}
    for facility in facilities:
        for word in (facility.name, *facility.aliases, facility.skyportal or ""):
            if word:
                known.setdefault(word.casefold(), facility)
    groups: dict[str, list[Observation]] = {}
    unknown: dict[str, None] = {}
    for each in observations:
        found = known.get(each.instrument.casefold()) or known.get(each.telescope.casefold())
        if found is None:
            unknown[each.instrument or each.telescope] = None
        else:
            groups.setdefault(found.name, []).append(each)
    return groups, list(unknown)


def counted_and_drawn(work: CoverageWork) -> tuple[Coverage, bytes]:
    """Raises SkyMapError where the map cannot be read."""
    from cards.plots.observed import observed_plot

    skymap = work.source.read()
    covered = coverage(skymap, work.observed)
    return covered, observed_plot(skymap, work.observed, covered, title=work.title, reader=work.reader)


def _table(groups: dict[str, list[Observation]], covered: Coverage, reader: Reader) -> Table:
    rows = tuple(
        (
            (strong(name),),
            (strong(wording.percent(covered.by_name[name].probability, reader)),),
            (Text(str(len({(each.ra, each.dec) for each in group}))),),
            (Text(_depth(group, reader)),),
            (Instant(group[-1].at, InstantForm.DATE_TIME),),
        )
        for name, group in sorted(groups.items(), key=lambda each: -covered.by_name[each[0]].probability)
    )
    columns = (
        reader.say("telescope"),
        reader.say("covered"),
        reader.say("fields"),
        reader.say("depth"),
        reader.say("last"),
    )
    return Table((), columns, rows)


def _depth(group: Sequence[Observation], reader: Reader) -> str:
    """The middle of the limits in each filter: `ztfg 20.7, ztfr 20.5`."""
    limits: dict[str, list[float]] = {}
    for each in group:
        if each.limit is not None:
            limits.setdefault(each.filter, []).append(each.limit)
    middle = {name: sorted(values)[len(values) // 2] for name, values in limits.items()}
    return (
        ", ".join(
            f"{clean(name)} {wording.number(value, reader, 1)}" for name, value in sorted(middle.items())
        )
        or "–"
    )


def _not_counted(unknown: Sequence[str], reader: Reader) -> Note:
    names = reader.listing([clean(each) for each in unknown[:6]])
    return Note(
        (
            Text(
                reader.say("Not counted, for the desk does not know the field of view: {names}.", names=names)
            ),
        )
    )


COMMANDS = (
    Command(
        "observed",
        marked("What was observed of an event's region, on its map, and how much that covers"),
        observed,
        options=(
            EVENT,
            Option("facility", OptionKind.FACILITY, marked("Only these telescopes"), several=True),
            Option(
                "days",
                OptionKind.NUMBER,
                marked("Up to so many days after the event"),
                default="7",
                minimum=0.1,
                maximum=60,
            ),
            AT,
        ),
        nature=Nature.STARTS,
        examples=("observed latest", "observed S230518h ZTF days:3"),
        short="observed",
    ),
)
