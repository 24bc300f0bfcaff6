"""`plan make`: one event, one or more telescopes, each planned by whom the configuration says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import Line, Lines, Note, Table, Text, Tone, strong
from cards.cleaning import clean, shorten
from commands.errors import CommandError
from commands.event_words import title_of
from commands.instants import read_instant
from commands.job_cards.own_sentences import in_words_of
from commands.jobs_asked import ask_job
from commands.jobs_told import place_of
from commands.plan_form_words import (
    fields_of_form,
    fields_of_settings,
    form_sentence,
)
from commands.request import Form, Reply, Request
from commands.rooms import Rooms
from events.state import EventState
from facilities.facility import Facility
from facilities.planning import PlanSettingsError, settings_from_words
from platforms.jobs import AlreadyAsked, Wanted
from platforms.planning import HERE, FacilityPlanning, Planner
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.forms import FormError
from platforms.skyportal.identity import identity_of
from platforms.skyportal.plan_form import PlanForm, plan_form, plan_parameters

SETTINGS = "settings"
WINDOW = ("start", "end")


async def asked(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """A plan for each telescope as a job; or the form of the settings, where that is asked for."""
    state, facilities = request.event(), request.facilities()
    if state.retracted:
        raise CommandError(request.reader.say("{name} was retracted.", name=title_of(state)), option="event")
    if request.flag("form"):
        yield await _form_reply(request, rooms, state, facilities[0])
        return
    wanted = [await wanted_plan(request, rooms, state, facility) for facility in facilities]
    if len(wanted) == 1:
        async for reply in ask_job(request, rooms, wanted[0]):
            yield reply
        return
    yield await _several(request, rooms, state, wanted)


async def wanted_plan(request: Request, rooms: Rooms, state: EventState, facility: Facility) -> Wanted:
    """The job of one plan. Raises CommandError at the setting that is wrong."""
    line = line_of(request, rooms, facility)
    given = {**line.defaults(state.tags), **request.settings(SETTINGS)}
    others = request.flag("others") if request.has("others") else line.others
    if line.planner is Planner.SKYPORTAL:
        if others:
            raise CommandError(
                request.reader.say(
                    "A SkyPortal cannot be told what others cover: leave “others” out, or name a planner of"
                    " this desk (planner:instant)."
                ),
                option="others",
            )
        return await _at_skyportal(request, rooms, state, facility, line, given)
    given = {key: _instant(request, key, text) for key, text in given.items()}
    try:
        settings_from_words(given, facility)
    except PlanSettingsError as error:
        form = _own_form(request, state, facility, given)
        sentence = in_words_of(request.reader, str(error))
        raise CommandError(sentence, option=f"{SETTINGS}.{error.key}", form=form) from None
    skymap = state.newest_with_map
    parameters = {"settings": given, "revision": skymap.id if skymap is not None else None}
    if others:
        parameters["others"] = True  # their pointings are read when the plan is begun
    return Wanted(line.planner.kind, HERE, parameters, event=state.event, facility=facility.name)


def line_of(request: Request, rooms: Rooms, facility: Facility) -> FacilityPlanning:
    """Who plans: whom the caller named, else whom the configuration says. Raises CommandError."""
    planning, reader = rooms.platforms.planning, request.reader
    line = planning.of(facility.name)
    named = request.text_or_none("planner")
    if named is not None and Planner(named) is not line.planner:
        line = replace(line, planner=Planner(named), settings={}, classes={})
    if line.planner is not Planner.SKYPORTAL and line.planner not in planning.here:
        known = ", ".join(sorted(each.value for each in planning.here))
        raise CommandError(
            reader.say(
                "{planner} is not installed on this desk; there is: {known}. “nightdesk doctor” says how to.",
                planner=line.planner.value,
                known=known,
            ),
            option="planner",
        )
    return line


@dataclass(frozen=True)
class _There:
    """The SkyPortal of a telescope, the form it has there, and by whose token that was read."""

    portal: SkyPortal
    token: str | None
    form: PlanForm


async def _there(request: Request, rooms: Rooms, facility: Facility, line: FacilityPlanning) -> _There:
    portals, reader = rooms.platforms.skyportals, request.reader
    own = rooms.platforms.of_facility(facility.name)
    name = line.platform or (own.name if own is not None else None)
    portal = portals.get(name) if name is not None else None
    if portal is None:
        raise CommandError(
            reader.say(
                "No SkyPortal is configured for {facility}: name it in [[planning]] platform.",
                facility=facility.name,
            ),
            option="facilities",
        )
    credentials, person = rooms.platforms.credentials, request.caller.person
    token = await credentials.own(person.name, portal.name) if credentials and person else None
    names = [each for each in (facility.skyportal, *facility.names) if each]
    return _There(portal, token, await plan_form(portal, names, allocation=line.allocation, token=token))


async def _at_skyportal(
    request: Request,
    rooms: Rooms,
    state: EventState,
    facility: Facility,
    line: FacilityPlanning,
    given: Mapping[str, str],
) -> Wanted:
    there = await _there(request, rooms, facility, line)
    own = {key: text for key, text in given.items() if key not in WINDOW}
    start, end = there.form.window(request.now)
    start = _at(request, given, "start") or start
    end = _at(request, given, "end") or end
    try:
        parameters = plan_parameters(there.form, own, identity_of(state), (start, end), request.now)
    except FormError as error:
        fields = fields_of_form(request.reader, there.form, own)
        form = Form(request.path, fields, _carried(request, state, facility))
        sentence = form_sentence(request.reader, error, there.form)
        raise CommandError(sentence, option=f"{SETTINGS}.{error.key}", form=form) from None
    kind = Planner.SKYPORTAL.kind
    return Wanted(kind, there.portal.name, parameters, event=state.event, facility=facility.name)


async def _several(request: Request, rooms: Rooms, state: EventState, wanted: list[Wanted]) -> Reply:
    """Ask for all; what was asked before is said and not asked again."""
    reader, lines = request.reader, list[Line]()
    for each in wanted:
        own = replace(each, requester=request.caller.name, place=place_of(request))
        facility = strong(clean(each.facility or ""))
        try:
            job = await rooms.jobs.ask(own, again=request.again)
        except AlreadyAsked as error:
            lines.append(
                reader.line(
                    "{facility}: the same was asked before, job {number}",
                    facility=facility,
                    number=str(error.job.id),
                )
            )
            continue
        lines.append(
            reader.line(
                "{facility}: job {number}, planned by {planner}",
                facility=facility,
                number=str(job.id),
                planner=each.kind.partition(".")[0],
            )
        )
    title = reader.say("Plans for {name}", name=title_of(state))
    hint = reader.say("“plan compare {name}” sets them beside each other.", name=title_of(state))
    return Reply(answer_card(reader, title, Lines(tuple(lines)), Note((Text(hint),)), tone=Tone.GOOD))


async def _form_reply(request: Request, rooms: Rooms, state: EventState, facility: Facility) -> Reply:
    """The settings as a form, with the defaults that are configured in it; in words for who has no form."""
    line, reader = line_of(request, rooms, facility), request.reader
    given = {**line.defaults(state.tags), **request.settings(SETTINGS)}
    if line.planner is Planner.SKYPORTAL:
        there = await _there(request, rooms, facility, line)
        fields = fields_of_form(reader, there.form, given)
        form = Form(request.path, fields, _carried(request, state, facility))
    else:
        form = _own_form(request, state, facility, given)
    title = reader.say("Plan {event} for {facility}", event=title_of(state), facility=clean(facility.name))
    rows = tuple(
        (
            (Text(each.option.partition(".")[2]),),
            (Text(shorten(clean(each.given), 40) or "–"),),
            (Text(shorten(clean(each.hint or each.label or ""), 80)),),
        )
        for each in form.fields
    )
    columns = (reader.say("setting"), reader.say("by itself"), reader.say("what"))
    example = f"plan make {title_of(state)} {facility.name} exposure_time=120"
    hint = reader.line("Fill in the form, or write it on one line: {example}", example=strong(example))
    return Reply(
        answer_card(reader, title, Table((), columns, rows), Lines((hint,))), form=form, private=True
    )


def _own_form(request: Request, state: EventState, facility: Facility, given: Mapping[str, str]) -> Form:
    fields = fields_of_settings(request.reader, facility, given)
    return Form(request.path, fields, _carried(request, state, facility))


def _carried(request: Request, state: EventState, facility: Facility) -> dict[str, str]:
    # what is filled in is asked for, and not shown as a form once more
    carried = {"event": state.event, "facilities": facility.name, "form": ""}
    planner = request.text_or_none("planner")
    if planner is not None:
        carried["planner"] = planner
    if request.has("others"):
        carried["others"] = "yes" if request.flag("others") else "no"
    return carried


def _at(request: Request, given: Mapping[str, str], key: str) -> datetime | None:
    return read_instant(given[key], request.now, request.reader.zone) if given.get(key) else None


def _instant(request: Request, key: str, text: str) -> str:
    """Words such as `tonight` and `in 2h` as an instant; all else stays."""
    if key not in WINDOW or text[:4].isdigit():
        return text
    try:
        return read_instant(text, request.now, request.reader.zone).isoformat()
    except ValueError:
        return text
