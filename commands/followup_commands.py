"""`followup`: ask an instrument to look at a source, with the instrument's own form; `followups` lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import Block, Card, Line, Lines, Note, Table, Text, Tone, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError, NotAllowed
from commands.instants import read_instant
from commands.jobs_asked import ask_job
from commands.options import Choice, Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Form, FormField, Reply, Request
from commands.rooms import Rooms
from commands.source_commands import SOURCE, source_named
from commands.source_words import request_line
from facilities.facility import Facility
from platforms.jobs import Wanted
from platforms.skyportal import followup
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.followup import KIND, Allocation, FollowupRequest
from platforms.skyportal.forms import FieldKind, FormError, FormItem, InstrumentForm, Problem, written_instant
from platforms.skyportal.sources import Source
from shifts.permissions import Permission, may_trigger

SETTINGS = "settings"
REQUESTS_SHOWN = 12
LATE = 86400.0  # s after its window that a request is looked at for the last time
LONGEST = 60 * 86400.0


@dataclass(frozen=True)
class Target:
    """What a request is for: source, instrument by an allocation, and the telescope as this desk knows it."""

    portal: SkyPortal
    token: str | None
    source: Source
    allocation: Allocation
    facility: Facility | None
    form: InstrumentForm

    @property
    def name(self) -> str:
        return self.facility.name if self.facility is not None else self.allocation.name


async def checked(request: Request, rooms: Rooms) -> None:
    """Whether what is set can be sent. Raises CommandError at the field that is wrong."""
    given = request.settings(SETTINGS)
    if given:
        _payload(request, await _target(request, rooms), given)


async def asked(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The form, where nothing is set yet; else the request, as a job."""
    target = await _target(request, rooms)
    given = request.settings(SETTINGS)
    if not given:
        yield Reply(_form_card(request, target), form=_form(request, target, {}), private=True)
        return
    payload = _payload(request, target, given)
    existing = await _duplicates(target)
    wanted = Wanted(
        KIND,
        target.portal.name,
        {
            "allocation": target.allocation.id,
            "instrument": target.allocation.name,
            "payload": payload,
            "despite": bool(existing),
        },
        facility=target.name,
        source=target.source.name,
        event=request.place.event,
        patience=_patience(payload, request.now),
    )
    async for reply in ask_job(request, rooms, wanted):
        yield reply


async def asking(request: Request, rooms: Rooms) -> Card | None:
    """What will be sent, with what was asked before; None while the form is still to be filled in."""
    target = await _target(request, rooms)
    given = request.settings(SETTINGS)
    if not given:
        return None
    reader = request.reader
    payload = _payload(request, target, given)
    title = reader.say(
        "Ask {instrument} to observe {source}?",
        instrument=target.allocation.name,
        source=clean(target.source.name),
    )
    rows = tuple(
        ((Text(_label(target.form, key)),), (strong(shorten(clean(_text(value)), 80)),))
        for key, value in payload.items()
    )
    columns = (reader.say("setting"), reader.say("value"))
    blocks: list[Block] = [Table((), columns, rows)]
    window = _window(payload)
    if window is not None and window[1] <= request.now:
        said = reader.say(
            "Its window is over already: it ended {when} UTC.", when=f"{window[1]:%Y-%m-%d %H:%M}"
        )
        raise _wrong(request, target, "end_date", said, given)
    existing = await _duplicates(target)
    if existing:
        head: Line = (strong(reader.say("Careful: it was asked before")),)
        blocks.append(Lines((head, *(request_line(each, reader) for each in existing[:3]))))
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
    yield Reply(answer_card(reader, title, *blocks))


async def _target(request: Request, rooms: Rooms) -> Target:
    """Everything that is meant, looked up; what is wrong is said at its option."""
    name = request.text("instrument").strip()
    facility = _facility(rooms, name)
    portal = portal_of(request, rooms, facility.name if facility is not None else None)
    token = await own_token(request, rooms, portal)
    allocation = await _allocation(request, portal, name, facility, token)
    facility = facility or _facility(rooms, allocation.telescope)
    _may(request, rooms, name, allocation, facility)
    source = await source_named(request, portal, token)
    form = await followup.form(portal, allocation.instrument, token=token)
    return Target(portal, token, source, allocation, facility, form)


def _facility(rooms: Rooms, name: str) -> Facility | None:
    """The telescope of this desk that goes by a name, here or there."""
    folded = name.casefold()
    for each in rooms.facilities:
        if folded in {word.casefold() for word in (each.name, *each.aliases, each.skyportal or "") if word}:
            return each
    return None


async def _allocation(
    request: Request, portal: SkyPortal, name: str, facility: Facility | None, token: str | None
) -> Allocation:
    """The allocation of an instrument: by its name, its telescope's, or the proposal."""
    reader = request.reader
    found = await followup.allocations(portal, token=token)
    words = {name.casefold()}
    if facility is not None:
        words |= {
            each.casefold() for each in (facility.name, *facility.aliases, facility.skyportal or "") if each
        }
    fitting = [each for each in found if {each.name.casefold(), each.telescope.casefold()} & words]
    proposal = request.text_or_none("allocation")
    if proposal is not None:
        fitting = [
            each
            for each in fitting or found
            if proposal.casefold() in (each.proposal.casefold(), str(each.id))
        ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = tuple(Choice(each.proposal or str(each.id), each.label) for each in fitting)
        raise CommandError(
            reader.say(
                "There are several allocations of {instrument}: {known}.",
                instrument=clean(name)[:40],
                known=reader.listing([each.label for each in names]),
            ),
            option="allocation",
            choices=names,
        )
    known = tuple(dict.fromkeys(each.name for each in found))
    raise CommandError(
        reader.say(
            "{portal} gives no time on “{instrument}”; there is: {known}.",
            portal=portal.name,
            instrument=clean(name)[:40],
            known=reader.listing(known) if known else reader.say("none"),
        ),
        option="instrument",
        choices=tuple(Choice(each, each) for each in known[:5]),
    )


def _may(
    request: Request, rooms: Rooms, name: str, allocation: Allocation, facility: Facility | None
) -> None:
    """Whether the caller may trigger the instrument, by any name it has here. Raises NotAllowed."""
    names = {name, allocation.name, allocation.telescope}
    if facility is not None:
        names |= {facility.name, *facility.aliases}
    if any(may_trigger(request.caller.person, each) for each in names if each):
        return
    whom = rooms.facts.administrators
    reader = request.reader
    raise NotAllowed(
        reader.say(
            "You may not do this for {facility}; ask {whom} for the permission to trigger it.",
            facility=clean(facility.name if facility is not None else allocation.name),
            whom=reader.listing(whom) if whom else reader.say("an administrator of the desk"),
        )
    )


def _payload(request: Request, target: Target, given: Mapping[str, str]) -> dict[str, object]:
    """What to send. Raises CommandError at the field that is wrong."""
    texts = {key: _instant(request, target.form, key, text) for key, text in given.items()}
    try:
        return target.form.payload(texts)
    except FormError as error:
        sentence = _sentence(error, target.form, request.reader)
        raise _wrong(request, target, error.key, sentence, given) from None


def _instant(request: Request, form: InstrumentForm, key: str, text: str) -> str:
    """Words such as `tonight` and `in 2h` as an instant; what is no such word stays."""
    item = form.item(key)
    if item is None or item.kind is not FieldKind.INSTANT or text[:4].isdigit():
        return text
    try:
        return written_instant(item, read_instant(text, request.now, request.reader.zone))
    except ValueError:
        return text


def _wrong(
    request: Request, target: Target, key: str, sentence: str, given: Mapping[str, str]
) -> CommandError:
    item = target.form.item(key)
    return CommandError(
        sentence,
        option=f"{SETTINGS}.{item.key if item is not None else key}",
        form=_form(request, target, given),
    )


def _sentence(error: FormError, form: InstrumentForm, reader: Reader) -> str:
    label = _label(form, error.key)
    given, expected = clean(error.given)[:60], clean(error.expected)[:300]
    match error.problem:
        case Problem.MISSING:
            return reader.say("{label} is missing; expected {expected}.", label=label, expected=expected)
        case Problem.UNKNOWN if error.near:
            return reader.say(
                "The instrument has no setting “{key}”; did you mean {near}?",
                key=error.key[:60],
                near=reader.listing(error.near),
            )
        case Problem.UNKNOWN:
            return reader.say(
                "The instrument has no setting “{key}”; it takes: {known}.",
                key=error.key[:60],
                known=expected,
            )
        case Problem.OTHER:
            return reader.say("{label}: {why}", label=label, why=expected)
        case _:
            return reader.say(
                "{label}: “{given}” is not what is expected: {expected}.",
                label=label,
                given=given,
                expected=expected,
            )


def _form(request: Request, target: Target, given: Mapping[str, str]) -> Form:
    """The instrument's own form, with what was given and its defaults in it."""
    folded = {key.casefold(): text for key, text in given.items()}
    fields = tuple(
        FormField(
            f"{SETTINGS}.{each.key}",
            folded.get(each.key.casefold(), each.default),
            label=each.label,
            choices=tuple(Choice(one, one) for one in each.choices) if each.kind is FieldKind.CHOICE else (),
            hint=_hint(each, request.reader),
            required=each.required,
        )
        for each in target.form.shown(given)
    )
    carried = {"source": target.source.name, "instrument": request.text("instrument")}
    for name in ("allocation", "at"):
        text = request.text_or_none(name)
        if text is not None:
            carried[name] = text
    return Form(request.path, fields, carried)


def _form_card(request: Request, target: Target) -> Card:
    """The form in words, for whoever has no modal: what can be set, with the values it has by itself."""
    reader = request.reader
    title = reader.say(
        "{instrument} for {source}: what to set",
        instrument=target.allocation.name,
        source=clean(target.source.name),
    )
    rows = tuple(
        ((Text(each.key),), (Text(clean(each.default) or "–"),), (Text(_hint(each, reader) or each.label),))
        for each in target.form.shown({})
    )
    columns = (reader.say("setting"), reader.say("by itself"), reader.say("what"))
    example = next(iter(target.form.shown({})), None)
    words = f"followup {target.source.name} {request.text('instrument')}"
    if example is not None:
        words += f" {example.key}={example.default or '…'}"
    hint = reader.line("Fill in the form, or write it on one line: {example}", example=strong(words))
    return answer_card(reader, title, Table((), columns, rows), Lines((hint,)))


def _hint(item: FormItem, reader: Reader) -> str | None:
    if item.kind is FieldKind.SEVERAL:
        return reader.say("of {choices}, with commas between them", choices=", ".join(item.choices))
    if item.choices:
        return reader.say("one of {choices}", choices=", ".join(item.choices))
    if item.kind is FieldKind.FLAG:
        return reader.say("yes or no")
    if item.kind is FieldKind.INSTANT:
        return reader.say("UTC, or words: tonight, in 2h")
    if item.minimum is not None and item.maximum is not None:
        return reader.say("{low} to {high}", low=f"{item.minimum:g}", high=f"{item.maximum:g}")
    return None


def _label(form: InstrumentForm, key: str) -> str:
    item = form.item(key)
    return clean(item.label if item is not None else key)


async def _duplicates(target: Target) -> list[FollowupRequest]:
    """Open requests of the same source by the same allocation."""
    found = await followup.requests_of(target.portal, target.source.name, token=target.token)
    return [each for each in found if each.open and each.allocation == target.allocation.id]


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
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


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
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        question=asking,
        check=checked,
        examples=("followup AT2025vsw SEDM", "followup AT2025vsw SEDM priority=3 observation_type=IFU"),
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
