"""`skyportal …`: an event as a SkyPortal has it; mirror it there, comment on it, tag it, have it in hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from cards.answer_card import answer_card
from cards.card import Block, Instant, InstantForm, Line, Lines, Link, Table, Text
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.jobs import Wanted
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.identity import PortalEvent, find_event, identity_of
from platforms.skyportal.plan_answers import PlanRequest
from platforms.skyportal.plan_reading import plans_of
from platforms.skyportal.said import said
from shifts.permissions import Permission

GROUP = Group("skyportal", marked("An event at a SkyPortal (Fritz, iCARE): mirror, comment, tag"))
LONGEST_COMMENT = 4000
LONGEST_TAG = 80
PLANS_SHOWN = 12


async def show(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What it knows of an event, with its plans."""
    state, reader = request.event(), request.reader
    portal = portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    found = await find_event(portal, identity_of(state), token=token)
    names = {"name": title_of(state), "portal": portal.name}
    if found is None:
        title = reader.say("{portal} does not know {name}", **names)
        hint = reader.say("“skyportal mirror {name}” posts its notice there.", name=title_of(state))
        yield Reply(answer_card(reader, title, hint))
        return
    plans = await plans_of(portal, found.id, token=token)
    title = reader.say("{name} at {portal}", **names)
    blocks: list[Block] = [Lines(_lines(reader, found, portal))]
    if plans:
        blocks.append(_plans(reader, plans))
    yield Reply(answer_card(reader, title, *blocks))


async def mirror(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    async for reply in _asked(request, rooms, "mirror"):
        yield reply


async def post(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    async for reply in _asked(request, rooms, "post"):
        yield reply


async def comment(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    request, said_more = _without_words(request, rooms)
    text = clean(f"{request.text('text')} {said_more}").strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise CommandError(
            request.reader.say("A comment has 1 to {most} characters.", most=LONGEST_COMMENT), option="text"
        )
    async for reply in _asked(request, rooms, "comment", text=text):
        yield reply


async def tag(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    word = clean(request.text("tag")).strip()
    if not word or len(word) > LONGEST_TAG:
        raise CommandError(request.reader.say("A tag has 1 to 80 characters."), option="tag")
    do = "untag" if request.flag("remove") else "tag"
    async for reply in _asked(request, rooms, do, tag=word):
        yield reply


async def advocate(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    person = request.someone_or_none() or request.person
    emails = [person.email] if person.email else []
    async for reply in _asked(request, rooms, "advocate", person=person.name, emails=emails):
        yield reply


async def _asked(request: Request, rooms: Rooms, do: str, **more: Any) -> AsyncIterator[Reply]:
    state, portal = request.event(), portal_of(request, rooms)
    if state.mock and do in ("mirror", "post"):
        raise CommandError(
            request.reader.say(
                "{name} is a mock or a test: its notices are not posted to others.", name=title_of(state)
            )
        )
    parameters: Mapping[str, Any] = {"do": do, "event": identity_of(state).to_json(), **more}
    wanted = Wanted("skyportal.event", portal.name, parameters, event=state.event)
    async for reply in ask_job(request, rooms, wanted):
        yield reply


def _without_words(request: Request, rooms: Rooms) -> tuple[Request, str]:
    """A sentence typed without quotes runs on into the SkyPortal's name; another is a word of it."""
    named = request.text_or_none("at")
    if named is None or named.casefold() in {each.casefold() for each in rooms.platforms.skyportals}:
        return request, ""
    values = {name: value for name, value in request.values.items() if name != "at"}
    return replace(request, values=values), named


def _lines(reader: Reader, found: PortalEvent, portal: SkyPortal) -> tuple[Line, ...]:
    aliases = ", ".join(clean(each) for each in found.aliases) or reader.say("none")
    tags = ", ".join(sorted({clean(each) for each in found.tags})) or reader.say("none")
    maps = len(found.localizations)
    advocates = len(found.event_users_ids or ())
    return (
        (Link(reader.say("Open at {platform}", platform=portal.name), found.page(portal)),),
        reader.line("Time there: {time}", time=Instant(found.at, InstantForm.DATE_TIME)),
        (Text(reader.say("Aliases there: {aliases}", aliases=shorten(aliases, 300))),),
        (Text(reader.say("Tags there: {tags}", tags=shorten(tags, 300))),),
        (
            Text(
                reader.say(
                    "Notices {notices}, sky maps {maps}, advocates {advocates}",
                    notices=len(found.gcn_notices),
                    maps=maps,
                    advocates=advocates,
                )
            ),
        ),
    )


def _plans(reader: Reader, plans: tuple[PlanRequest, ...]) -> Table:
    rows = []
    for each in sorted(plans, key=lambda plan: -plan.id)[:PLANS_SHOWN]:
        numbers = each.statistics
        covered = "–"
        if numbers is not None and numbers.probability is not None:
            covered = f"{100.0 * numbers.probability:.0f} %"
        instrument = each.allocation.instrument if each.allocation is not None else None
        rows.append(
            (
                (Text(str(each.id)),),
                (Text(clean(instrument.name) if instrument is not None else "–"),),
                (Text(shorten(clean(said(each.status)), 60)),),
                (Text(str(numbers.num_observations) if numbers is not None else "–"),),
                (Text(covered),),
            )
        )
    columns = (
        reader.say("plan"), reader.say("instrument"), reader.say("how it stands"), reader.say("exposures"),
        reader.say("probability"),
    )  # fmt: skip
    return Table((), columns, tuple(rows))


NEEDED = Option("event", OptionKind.EVENT, EVENT.summary, required=True)


def _changing(name: str, summary: str, handler: Any, *options: Option, examples: tuple[str, ...]) -> Command:
    return Command(
        name, summary, handler, "skyportal",
        options, permission=Permission.SHIFTER,
        nature=Nature.STARTS, examples=examples,
    )  # fmt: skip


COMMANDS = (
    Command(
        "show",
        marked("What a SkyPortal knows of an event, and the plans made there"),
        show,
        "skyportal",
        (EVENT, AT),
        permission=Permission.VIEWER,
        examples=("skyportal show latest",),
    ),
    _changing(
        "mirror",
        marked("Find an event there, or post its notice where it is not known"),
        mirror,
        EVENT,
        AT,
        examples=("skyportal mirror latest",),
    ),
    _changing(
        "post",
        marked("Post the newest notice of an event there"),
        post,
        EVENT,
        AT,
        examples=("skyportal post latest",),
    ),
    _changing(
        "comment",
        marked("Comment on an event there, in your name"),
        comment,
        NEEDED,
        Option("text", OptionKind.TEXT, marked("What to say"), required=True),
        AT,
        examples=('skyportal comment latest "Looks like a neutron star merger"',),
    ),
    _changing(
        "tag",
        marked("Tag an event there, or take a tag away"),
        tag,
        NEEDED,
        Option("tag", OptionKind.TEXT, marked("The tag, as kilonova"), required=True),
        AT,
        Option("remove", OptionKind.FLAG, marked("Take it away")),
        examples=("skyportal tag S230518h interesting",),
    ),
    _changing(
        "advocate",
        marked("Name you, or somebody, as the event's advocate there"),
        advocate,
        EVENT,
        Option("person", OptionKind.PERSON, marked("Somebody else than you")),
        AT,
        examples=("skyportal advocate latest",),
    ),
)
