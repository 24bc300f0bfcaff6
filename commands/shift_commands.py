"""`shift …`: my shifts, offering and taking them, being covered, being away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import (
    Button,
    ButtonStyle,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Table,
    Text,
    Tone,
    joined,
    strong,
)
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Handler, Nature
from commands.duty_commands import actor_of, shift_words
from commands.errors import CommandError
from commands.options import Choice, Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from shifts.actor import Actor
from shifts.offers import Offer, SwapState
from shifts.permissions import Permission
from shifts.service import Published
from shifts.shift import Shift
from shifts.upcoming import upcoming

GROUP = Group("shift", marked("Your shifts: offer, take, cover, be away"))
MINE = Option(
    "shift", OptionKind.SHIFT, marked("A shift of yours; the one that runs or comes next otherwise")
)
OFFER = Option(
    "offer",
    OptionKind.NUMBER,
    marked("Its number; “shift offers” lists them"),
    required=True,
    minimum=1,
    whole=True,
)
NOTE = Option("note", OptionKind.TEXT, marked("A word for them"))
SHOWN = 12


async def mine(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    whose = request.someone_or_none() or request.person
    async with rooms.database.read() as session:
        found = await upcoming(session, whose.name, request.now, limit=SHOWN)
    title = reader.say("The next shifts of {person}", person=whose.name)
    lines: list[Line] = [
        (
            *shift_words(shift, reader),
            *((Text(" · "), Text(reader.say("on now"))) if shift.start <= request.now else ()),
        )
        for shift in found
    ]
    yield Reply(answer_card(reader, title, Lines(tuple(lines)) if lines else reader.say("None ahead.")))


async def offered(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Offer a shift to one, to several or to all, maybe for one of theirs."""
    reader = request.reader
    shift = await the_shift(request, rooms)
    returns = request.text_or_none("returns")
    offer = await rooms.swaps.offer(
        actor_of(request),
        shift.id,
        to=[person.name for person in request.people("to")],
        returns=returns,
        note=clean(request.text_or_none("note") or ""),
    )
    yield Reply(offer_card(offer, reader, reader.say("Offered")))


async def covered(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Ask to be covered until a time."""
    reader, shift = request.reader, await the_shift(request, rooms)
    offer = await rooms.swaps.cover_until(
        actor_of(request),
        request.time("until"),
        shift=shift.id,
        to=[person.name for person in request.people("to")],
        note=clean(request.text_or_none("note") or ""),
    )
    yield Reply(offer_card(offer, reader, reader.say("Asked to be covered")))


async def took(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Take a shift that runs now: at once, nobody has to agree to being relieved."""
    reader = request.reader
    wanted = request.someone_or_none("person")
    running = [
        shift
        for shift in await rooms.rosters.shifts_at(request.now)
        if shift.person != request.person.name and (wanted is None or shift.person == wanted.name)
    ]
    role = (request.text_or_none("role") or "").casefold()
    running = [shift for shift in running if role in shift.role.casefold()]
    if len(running) != 1:
        choices = tuple(Choice(s.person, f"{s.role}: {s.person}") for s in running[:5])
        words = (
            reader.say("Whose? Several shifts run now.") if running else reader.say("No such shift runs now.")
        )
        raise CommandError(words, option="person", choices=choices)
    await rooms.swaps.take_now(actor_of(request), running[0].id)
    title = reader.say("{role} is yours from now on", role=running[0].role)
    yield Reply(answer_card(reader, title, _until(running[0].end, reader), tone=Tone.GOOD))


async def taking(request: Request, rooms: Rooms) -> Card | None:
    reader = request.reader
    return answer_card(reader, reader.say("Take the shift over, from now on?"), tone=Tone.WARNING)


def _until(at: datetime, reader: Reader) -> Line:
    return reader.line("Until {time}", time=Instant(at, InstantForm.DATE_TIME))


async def offers(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    found = await rooms.swaps.offers(person=None if request.flag("all") else request.person.name)
    if not found:
        yield Reply(answer_card(reader, reader.say("No shift is on offer.")))
        return
    rows = tuple(
        (
            (strong(str(each.id)),),
            (Text(each.person),),
            (Text(each.role),),
            (
                Instant(each.span[0], InstantForm.DATE_TIME),
                Text(" – "),
                Instant(each.span[1], InstantForm.DATE_TIME),
            ),
            (Text(shorten(clean(each.note), 60)),),
        )
        for each in found[:SHOWN]
    )
    columns = (
        reader.say("no."),
        reader.say("who"),
        reader.say("role"),
        reader.say("when"),
        reader.say("note"),
    )
    buttons = [
        button
        for each in found[:4]
        if each.person != request.person.name
        for button in (
            Button(
                "shift.accept", reader.say("Take {number}", number=each.id), str(each.id), ButtonStyle.PRIMARY
            ),
            Button("shift.decline", reader.say("Not {number}", number=each.id), str(each.id)),
        )
    ]
    yield Reply(answer_card(reader, reader.say("Shifts on offer"), Table((), columns, rows), buttons=buttons))


async def accepted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    done = await rooms.swaps.accept(actor_of(request), int(request.number("offer")))
    yield _published(done, request.reader, request.reader.say("It is yours"))


async def agreed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    person = request.someone_or_none()
    assert person is not None, "the option is required"
    done = await rooms.swaps.agree(actor_of(request), int(request.number("offer")), person.name)
    yield _published(done, request.reader, request.reader.say("Agreed"))


async def countered(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Answer with another offer: a shift of one's own in return, or a part only."""
    reader, number = request.reader, int(request.number("offer"))
    start, end = request.time_or_none("from"), request.time_or_none("to")
    part = (start, end) if start is not None and end is not None else None
    offer = await rooms.swaps.counter(
        actor_of(request), number, returns=request.text_or_none("returns"), part=part
    )
    yield Reply(offer_card(offer, reader, reader.say("Answered with another offer")))


def _on_offer(
    act: Callable[[Rooms, Actor, int], Awaitable[Offer]], title: Callable[[Reader], str]
) -> Handler:
    async def done(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        offer = await act(rooms, actor_of(request), int(request.number("offer")))
        yield Reply(offer_card(offer, request.reader, title(request.reader)))

    return done


async def given(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """A roster manager gives somebody's shift to another."""
    to = request.someone_or_none("to")
    assert to is not None, "the option is required"
    done = await rooms.swaps.impose(actor_of(request), request.text("shift"), to.name)
    yield _published(done, request.reader, request.reader.say("Given to {person}", person=to.name))


async def giving(request: Request, rooms: Rooms) -> Card | None:
    reader, to = request.reader, request.someone_or_none("to")
    assert to is not None, "the option is required"
    title = reader.say(
        "Give {shift} to {person}, without asking?", shift=clean(request.text("shift")), person=to.name
    )
    return answer_card(reader, title, tone=Tone.WARNING)


async def away(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Absent: the turns of that time go to whoever is next."""
    reader = request.reader
    whose = request.someone_or_none() or request.person
    start, end = request.time("from"), request.time("to")
    if end <= start:
        raise CommandError(reader.say("to: expected a time after from."), option="to")
    spans = [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, end)]
    done = await rooms.changes.away(actor_of(request), whose.name, *spans)
    names = ", ".join(each.name for each in done)
    title = reader.say("{person} is away", person=whose.name)
    span: Line = (Instant(start, InstantForm.DATE_TIME), Text(" – "), Instant(end, InstantForm.DATE_TIME))
    yield Reply(
        answer_card(
            reader, title, span, reader.say("Rosters that changed: {names}", names=names), tone=Tone.GOOD
        )
    )


async def the_shift(request: Request, rooms: Rooms) -> Shift:
    """The shift that is named, or the caller's that runs or comes next."""
    reader, wanted = request.reader, request.text_or_none("shift")
    async with rooms.database.read() as session:
        found = await upcoming(session, request.person.name, request.now, limit=60)
    if wanted is None:
        if not found:
            raise CommandError(reader.say("You have no shift ahead."))
        return found[0]
    named = [shift for shift in found if wanted in (shift.id, shift_label(shift, reader))]
    if len(named) != 1:
        choices = tuple(Choice(shift.id, shift_label(shift, reader)) for shift in found[:5])
        raise CommandError(
            reader.say("“{text}” is no shift of yours.", text=wanted[:80]), option="shift", choices=choices
        )
    return named[0]


def shift_label(shift: Shift, reader: Reader) -> str:
    """One of a person's shifts as it is told apart in a list: `advocate Sat 21 Nov 09:00`."""
    local = reader.local(shift.start)
    return f"{shift.role} {local:%a %d %b %H:%M}"


def offer_card(offer: Offer, reader: Reader, title: str) -> Card:
    """An offer as it stands, with what can be done about it."""
    start, end = offer.span
    what: Line = (
        strong(offer.role),
        Text(" "),
        Instant(start, InstantForm.DATE_TIME),
        Text(" – "),
        Instant(end, InstantForm.DATE_TIME),
    )
    asked = ", ".join(each.person for each in offer.answers) if not offer.to_all else reader.say("everybody")
    lines: list[Line] = [
        what,
        joined(
            [
                (
                    Text(
                        reader.say(
                            "offer {number} of {person} to {asked}",
                            number=offer.id,
                            person=offer.person,
                            asked=asked,
                        )
                    ),
                ),
                (Text(_how_far(offer.state, reader)),),
            ]
        ),
    ]
    if offer.returns:
        lines.append(reader.line("for {shift}", shift=clean(offer.returns)))
    if offer.note:
        lines.append((Text(shorten(clean(offer.note), 300)),))
    return answer_card(reader, title, Lines(tuple(lines)), tone=Tone.GOOD)


def _how_far(state: SwapState, reader: Reader) -> str:
    match state:
        case SwapState.OPEN:
            return reader.say("not answered yet")
        case SwapState.ACCEPTED:
            return reader.say("accepted")
        case SwapState.DECLINED:
            return reader.say("declined")
        case SwapState.WITHDRAWN:
            return reader.say("withdrawn")
        case SwapState.EXPIRED:
            return reader.say("expired")
        case SwapState.VOID:
            return reader.say("void: that shift is not theirs any more")


def _published(done: Published, reader: Reader, title: str) -> Reply:
    words = reader.say("{roster} is published as version {version}", roster=done.name, version=done.version)
    return Reply(answer_card(reader, title, words, tone=Tone.GOOD))


SHIFTER = Permission.SHIFTER
TO = Option(
    "to", OptionKind.PERSON, marked("To whom, with commas between; everybody otherwise"), several=True
)
RETURNS = Option("returns", OptionKind.TEXT, marked("The id of a shift wanted in return"))
COMMANDS = (
    Command(
        "mine",
        marked("My next shifts, or somebody's"),
        mine,
        "shift",
        (Option("person", OptionKind.PERSON, marked("Somebody else")),),
        permission=Permission.VIEWER,
        examples=("shift mine", "shift mine bo"),
    ),
    Command(
        "offer",
        marked("Offer a shift to one, to several or to all"),
        offered,
        "shift",
        (MINE, TO, RETURNS, NOTE),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift offer", "shift offer to:bo note:travelling"),
    ),
    Command(
        "swap",
        marked("Offer a shift for one of theirs"),
        offered,
        "shift",
        (
            Option("to", OptionKind.PERSON, marked("With whom"), required=True, several=True),
            RETURNS,
            MINE,
            NOTE,
        ),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift swap bo",),
    ),
    Command(
        "cover",
        marked("Ask to be covered until a time"),
        covered,
        "shift",
        (Option("until", OptionKind.TIME, marked("Until when, as 18:00"), required=True), TO, MINE, NOTE),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift cover 18:00", "shift cover 18:00 to:bo"),
    ),
    Command(
        "take",
        marked("Take a running shift over, now"),
        took,
        "shift",
        (
            Option("person", OptionKind.PERSON, marked("Whose; goes without saying where one runs")),
            Option("role", OptionKind.TEXT, marked("In which role")),
        ),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        question=taking,
        examples=("shift take bo",),
    ),
    Command(
        "offers",
        marked("The shifts that are on offer to you"),
        offers,
        "shift",
        (Option("all", OptionKind.FLAG, marked("Those to others too")),),
        permission=Permission.VIEWER,
        examples=("shift offers",),
    ),
    Command(
        "accept",
        marked("Take an offered shift"),
        accepted,
        "shift",
        (OFFER,),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift accept 3",),
    ),
    Command(
        "decline",
        marked("Say no to an offered shift"),
        _on_offer(
            lambda rooms, actor, number: rooms.swaps.decline(actor, number),
            lambda reader: reader.say("Declined"),
        ),
        "shift",
        (OFFER,),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift decline 3",),
    ),
    Command(
        "counter",
        marked("Answer an offer with another: a shift in return, or a part"),
        countered,
        "shift",
        (
            OFFER,
            RETURNS,
            Option("from", OptionKind.TIME, marked("Only from then on")),
            Option("to", OptionKind.TIME, marked("Only until then")),
        ),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift counter 3 from:21:00 to:23:00",),
    ),
    Command(
        "agree",
        marked("Agree to what somebody answered to your offer"),
        agreed,
        "shift",
        (OFFER, Option("person", OptionKind.PERSON, marked("Whose answer"), required=True)),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift agree 3 bo",),
    ),
    Command(
        "withdraw",
        marked("Take an offer back"),
        _on_offer(
            lambda rooms, actor, number: rooms.swaps.withdraw(actor, number),
            lambda reader: reader.say("Taken back"),
        ),
        "shift",
        (OFFER,),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift withdraw 3",),
    ),
    Command(
        "give",
        marked("Give somebody's shift to another, without asking"),
        given,
        "shift",
        (
            Option("shift", OptionKind.SHIFT, marked("The shift's id"), required=True),
            Option("to", OptionKind.PERSON, marked("To whom"), required=True),
        ),
        permission=Permission.ROSTER_MANAGER,
        nature=Nature.CHANGES,
        question=giving,
        examples=("shift give ID bo",),
    ),
    Command(
        "absent",
        marked("Say that you are away: your turns go to whoever is next"),
        away,
        "shift",
        (
            Option("from", OptionKind.TIME, marked("From when, as 2026-12-24"), required=True),
            Option("to", OptionKind.TIME, marked("Until when, not included"), required=True),
            Option("person", OptionKind.PERSON, marked("Somebody else, for roster managers")),
        ),
        permission=SHIFTER,
        nature=Nature.CHANGES,
        examples=("shift absent 2026-12-24 2026-12-27",),
    ),
)
