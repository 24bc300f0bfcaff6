"""`followup`: ask an instrument to look at a source, with the instrument's own form; `followups` lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import Block, Button, Card, Line, Lines, Note, Table, Text, Tone, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands import waiting
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.followup_form import SETTINGS, form_card, form_of, label_of, payload_of, wrong_at
from commands.followup_target import Target, target_of
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.source_commands import SOURCE, source_named
from commands.source_words import request_line
from platforms.jobs import Wanted
from platforms.skyportal import followup
from platforms.skyportal.followup import FollowupRequest
from platforms.skyportal.followup_work import KIND
from platforms.skyportal.forms import value_text
from shifts.permissions import Permission

REQUESTS_SHOWN = 12
CHANGES_OFFERED = 3
LATE = 86400.0  # s after its window that a request is looked at for the last time
LONGEST = 60 * 86400.0


async def checked(request: Request, rooms: Rooms) -> None:
    """Whether what is set can be sent. Raises CommandError at the field that is wrong."""
    given = request.settings(SETTINGS)
    if given:
        payload_of(request, await target_of(request, rooms), given)


async def asked(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The form, where nothing is set yet; else the request, as a job."""
    target = await target_of(request, rooms)
    given = request.settings(SETTINGS)
    if not given:
        yield Reply(form_card(request, target), form=form_of(request, target, {}), private=True)
        return
    payload = payload_of(request, target, given)
    parameters: dict[str, object] = {
        "allocation": target.allocation.id,
        "instrument": target.allocation.name,
        "payload": payload,
    }
    if target.changed is not None:
        parameters["change"] = target.changed.id
    else:
        parameters["despite"] = bool(target.duplicates)
    wanted = Wanted(
        KIND,
        target.portal.name,
        parameters,
        facility=target.name,
        source=target.source.name,
        event=request.place.event,
        patience=_patience(payload, request.now),
    )
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def asking(request: Request, rooms: Rooms) -> Card | None:
    """What will be sent, with what was asked before; None while the form is still to be filled in."""
    target = await target_of(request, rooms)
    given = request.settings(SETTINGS)
    if not given:
        return None
    reader = request.reader
    payload = payload_of(request, target, given)
    window = _window(payload)
    if window is not None and window[1] <= request.now:
        said = reader.say(
            "Its window is over already: it ended {when} UTC.", when=f"{window[1]:%Y-%m-%d %H:%M}"
        )
        raise wrong_at(request, target, "end_date", said, given)
    instrument, source = target.allocation.name, clean(target.source.name)
    if target.changed is None:
        title = reader.say("Ask {instrument} to observe {source}?", instrument=instrument, source=source)
        blocks: list[Block] = [_what(payload, target, reader)]
    else:
        title = reader.say(
            "Change request {number} of {instrument} for {source}?",
            number=target.changed.id,
            instrument=instrument,
            source=source,
        )
        blocks = [_change(payload, target, target.changed, request)]
        if target.changed.requester:
            who = reader.say("It was asked for by {who}.", who=clean(target.changed.requester))
            blocks.append(Note((Text(who),)))
    if target.duplicates:
        head: Line = (
            strong(
                reader.say("Careful: it was asked before")
                if target.changed is None
                else reader.say("Asked for besides")
            ),
        )
        blocks.append(Lines((head, *(request_line(each, reader) for each in target.duplicates[:3]))))
    where = reader.line(
        "By allocation {allocation} at {portal}",
        allocation=clean(target.allocation.label),
        portal=target.portal.name,
    )
    blocks.append(Note(where))
    return answer_card(reader, title, *blocks, tone=Tone.WARNING)


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The follow-up requests of a source, and the jobs of this desk among them."""
    reader, portal = request.reader, portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    found = await followup.requests_of(portal, source.name, token=token)
    jobs = await rooms.jobs.jobs(kind=KIND, source=source.name, open_only=True)
    title = reader.say("Follow-up of {name}", name=clean(source.name))
    if not found:
        yield Reply(answer_card(reader, title, reader.say("No follow-up asked for yet.")))
        return
    ordered = sorted(found, key=lambda each: not each.open)
    lines = [request_line(each, reader) for each in ordered[:REQUESTS_SHOWN]]
    blocks: list[Block] = [Lines(tuple(lines))]
    if jobs:
        numbers = reader.listing([str(each.id) for each in jobs])
        said = reader.say(
            "Asked for from here: job {numbers}. “job cancel NUMBER” takes it back.", numbers=numbers
        )
        blocks.append(Note((Text(said),)))
    buttons = [
        Button(
            "command.run",
            # Short text: button that changes a request to a telescope
            reader.say("Change {number}", number=each.id),
            await _change_later(request, rooms, source.name, each),
        )
        for each in ordered[:CHANGES_OFFERED]
        if each.open and each.instrument
    ]
    yield Reply(answer_card(reader, title, *blocks, buttons=buttons))


async def _change_later(request: Request, rooms: Rooms, source: str, each: FollowupRequest) -> str:
    """What a button carries that opens the form of a request with what it asks for now."""
    given = {
        "source": source,
        "instrument": each.instrument,
        "allocation": str(each.allocation),
        "request": str(each.id),
    }
    at = request.text_or_none("at")
    async with rooms.database.write() as session:
        return await waiting.keep(
            session, "followup", given | ({"at": at} if at is not None else {}), request.now
        )


def _what(payload: Mapping[str, object], target: Target, reader: Reader) -> Table:
    rows = tuple(
        ((Text(label_of(target.form, key)),), (strong(_text(value)),)) for key, value in payload.items()
    )
    return Table((), (reader.say("setting"), reader.say("value")), rows)


def _change(payload: Mapping[str, object], target: Target, there: FollowupRequest, request: Request) -> Table:
    """What is another than it is there. Raises CommandError where nothing is."""
    reader, given = request.reader, request.settings(SETTINGS)
    told = {key.casefold() for key in (*there.payload, *given)}  # the form's own switches are no change
    rows = tuple(
        (
            (Text(label_of(target.form, key)),),
            (Text(_text(there.payload.get(key)) or "–"),),
            (strong(_text(value)),),
        )
        for key, value in payload.items()
        if key.casefold() in told and _text(there.payload.get(key)) != _text(value)
    )
    if not rows:
        said = reader.say("Nothing would change: request {number} asks for this already.", number=there.id)
        raise CommandError(said, option=SETTINGS)
    return Table((), (reader.say("setting"), reader.say("now"), reader.say("then")), rows)


def _window(payload: Mapping[str, object]) -> tuple[datetime, datetime] | None:
    start, end = (followup.instant(payload.get(key)) for key in ("start_date", "end_date"))
    return (start, end) if start is not None and end is not None else None


def _patience(payload: Mapping[str, object], now: datetime) -> float | None:
    """How long a request is followed: until its window is over and a day more."""
    window = _window(payload)
    if window is None:
        return None
    return min(LONGEST, max(0.0, (window[1] - now).total_seconds()) + LATE)


def _text(value: object) -> str:
    return shorten(clean(value_text(value)), 80)


COMMANDS = (
    Command(
        "followup",
        marked("Ask an instrument to observe a source, with the instrument's own form"),
        asked,
        options=(
            SOURCE,
            Option(
                "instrument",
                OptionKind.TEXT,
                marked("An instrument or telescope that the SkyPortal gives time on: SEDM"),
                required=True,
            ),
            Option(
                "settings", OptionKind.SETTINGS, marked("Its form's fields: priority=3 observation_type=IFU")
            ),
            Option(
                "allocation",
                OptionKind.TEXT,
                marked("Which allocation, by its proposal, where there are several"),
            ),
            AT,
            Option(
                "request",
                OptionKind.NUMBER,
                marked("Changes this request there, by its number, instead of asking anew"),
                minimum=1,
            ),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        question=asking,
        check=checked,
        examples=(
            "followup AT2025vsw SEDM",
            "followup AT2025vsw SEDM priority=3 observation_type=IFU",
            "followup AT2025vsw SEDM request:17 priority=5",
        ),
        short="followup",
    ),
    Command(
        "followups",
        marked("What instruments were asked for a source, and how it stands"),
        listed,
        options=(SOURCE, AT),
        examples=("followups AT2025vsw",),
    ),
)
