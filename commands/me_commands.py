"""`me …`: what people say of themselves: how they stand, where they live, how they are reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from cards.answer_card import answer_card
from cards.card import Card, Instant, InstantForm, Line, Lines, Link, Note, Text, Tone, joined, strong
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.options import Choice, Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers import outbox
from notifiers.confirmation import send_code
from shifts.contact import ADDRESS_OF, CONFIRMED_BY_OWNER, KINDS, AddressKind, ContactRule, State, Way
from shifts.errors import RosterError
from shifts.feeds import FeedKind, FeedService
from shifts.people_file import Person
from shifts.quiet_hours import Quiet
from shifts.standing import Standing
from shifts.standing_store import standings
from shifts.zones import (
    ZoneChoice,
    check_zone,
    nearest_zones,
    zone_choices,
    zones_of_country,
    zones_of_profile,
)

GROUP = Group("me", marked("You: how the desk knows and reaches you"))
OFFERED = 8


@contextmanager
def said_to(option: str | None = None) -> Iterator[None]:
    """Inside the block, what the people's room refuses is told to the person who asked."""
    try:
        yield
    except RosterError as error:
        raise CommandError(str(error), option=option) from None


async def show(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, person = request.reader, request.person
    async with rooms.database.read() as session:
        standing = (await standings(session, request.now, [person.name]))[person.name]
    lines: list[Line] = [
        reader.line(
            "{zone}, where it is {time}; {state}.",
            zone=person.timezone,
            time=Instant(request.now, InstantForm.DATE_TIME),
            state=", ".join(_states(standing, reader)),
        )
    ]
    lines += [
        joined([(strong(kind),), (Text(address),), (Text(_address_state(person, kind, reader)),)])
        for kind in KINDS
        if (address := person.address(kind)) is not None
    ]
    lines += [rule_line(rule, reader) for rule in sorted(person.contact, key=lambda rule: rule.after)]
    hint = reader.say(
        "“me zone”, “me language”, “me quiet”, “me contact”, “me confirm” and “me link” change it."
    )
    tone = Tone.INFO if person.usable() else Tone.WARNING
    yield Reply(answer_card(reader, person.name, Lines(tuple(lines)), Note((Text(hint),)), tone=tone))


def rule_line(rule: ContactRule, reader: Reader) -> Line:
    if not rule.after:
        return reader.line("At once by {way} ({state})", way=rule.by, state=_when(rule.when, reader))
    return reader.line(
        "After {minutes} min by {way} ({state})",
        minutes=str(rule.after),
        way=rule.by,
        state=_when(rule.when, reader),
    )


def _states(standing: Standing, reader: Reader) -> Iterator[str]:
    yield reader.say("quiet hours") if standing.quiet else reader.say("awake")
    if standing.on_shift:
        yield reader.say("on shift")
    if standing.on_leave:
        yield reader.say("on leave")
    if standing.holiday is not None:
        yield standing.holiday


def _when(state: State, reader: Reader) -> str:
    return {
        "any": reader.say("always"),
        "quiet": reader.say("quiet hours"),
        "awake": reader.say("awake"),
        "on_shift": reader.say("on shift"),
        "on_leave": reader.say("on leave"),
    }[state]


def _address_state(person: Person, kind: AddressKind, reader: Reader) -> str:
    if kind in person.stopped:
        return reader.say("stopped: send START from it")
    if kind not in CONFIRMED_BY_OWNER or kind in person.verified:
        return reader.say("used")
    return reader.say("not used: say “me confirm {way}”", way="sms" if kind == "phone" else kind)


async def zone(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, wanted = request.reader, request.text_or_none("zone")
    if wanted is None or not _is_zone(wanted):
        raise _offer(request, wanted)
    with said_to("zone"):
        await change(request, rooms, {"timezone": wanted})
    (choice,) = zone_choices([wanted], request.now)
    title = reader.say("Your times are those of {zone} now", zone=wanted)
    yield Reply(answer_card(reader, title, _there(choice, reader), tone=Tone.GOOD))


async def ask_zone(request: Request, rooms: Rooms) -> Card | None:
    """The time on the wall is what people know for sure: it is shown back before anything changes."""
    wanted = request.text_or_none("zone")
    if wanted is None or not _is_zone(wanted):
        return None
    (choice,) = zone_choices([wanted], request.now)
    reader = request.reader
    return answer_card(reader, reader.say("Is this what your clock shows?"), _there(choice, reader))


def _there(choice: ZoneChoice, reader: Reader) -> str:
    return reader.say("In {zone} it is {time} now.", zone=choice.zone, time=f"{choice.local:%H:%M, %d.%m.}")


def _is_zone(text: str) -> bool:
    try:
        check_zone(text)
    except ValueError:
        return False
    return True


def _offer(request: Request, wanted: str | None) -> CommandError:
    """Zones to choose from: of a country, near to what was typed, or as the chat's profile suggests."""
    reader, account = request.reader, request.caller.account
    if wanted is None:
        zones = zones_of_profile(tz=account.timezone, locale=account.locale, instant=request.now)
        ask = reader.say("Name your zone or country, as “me zone Asia/Tokyo” or “me zone Chile”.")
    else:
        ask = reader.say("No time zone or country is called “{name}”.", name=wanted[:60])
        try:
            zones = zones_of_country(wanted)
            ask = reader.say("Which of the clocks of {country} is yours?", country=wanted[:60])
        except RosterError:
            zones = tuple(nearest_zones(wanted))
    choices = tuple(
        Choice(each.zone, f"{each.zone} {each.local:%H:%M}")
        for each in zone_choices(zones[:OFFERED], request.now)
    )
    return CommandError(ask, option="zone", choices=choices)


async def link(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, code, account = request.reader, request.text_or_none("code"), request.caller.account
    if code is None:
        if request.caller.person is None:
            raise CommandError(
                reader.say(
                    "Say “me link” in the chat where the desk knows you, or ask an administrator for a code; "
                    "then say “me link CODE” here."
                )
            )
        with said_to():
            challenge = await rooms.people.begin_link(request.person.name)
        title = reader.say("Your code is {code}", code=challenge.code)
        line = reader.say("Say “me link {code}” from the account that shall be yours.", code=challenge.code)
        yield Reply(answer_card(reader, title, line, _until(challenge.expires, reader)))
        return
    with said_to("code"):
        for kind in KINDS:
            if kind == account.kind:
                person = await rooms.people.link(code, kind, account.id, where=request.place.front.value)
                title = reader.say("The desk knows you here as {name} now", name=person.name)
                yield Reply(answer_card(reader, title, tone=Tone.GOOD))
                return
    raise CommandError(reader.say("There is no account here that could be linked."))


async def confirm(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, person = request.reader, request.person
    way, given = _way(request.text("way")), request.text_or_none("what")
    kind = ADDRESS_OF[way]
    front = request.place.front.value
    if given is not None and given.isdigit() and len(given) == 6:
        with said_to("what"):
            await rooms.people.confirm(person.name, kind, given, where=front)
        title = (
            reader.say("Your phone is confirmed")
            if kind == "phone"
            else reader.say("Your e-mail is confirmed")
        )
        yield Reply(answer_card(reader, title, tone=Tone.GOOD))
        return
    with said_to("what"):
        if given is not None:
            await change(request, rooms, {kind: given})
        async with rooms.database.write() as session:
            challenge = await send_code(session, person.name, way, desk=rooms.facts.name, now=request.now)
    rooms.bell.ring(outbox.BELL)
    title = reader.say("A code is on its way")
    line = reader.say("Say “me confirm {way} CODE” with the six digits that arrive.", way=way)
    yield Reply(answer_card(reader, title, line, _until(challenge.expires, reader)))


def _way(text: str) -> Way:
    for way, kind in ADDRESS_OF.items():
        if way == text and kind in CONFIRMED_BY_OWNER:
            return way
    raise LookupError(f"{text} is not among the choices of the option")


async def quiet(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    hours = request.text("hours").strip()
    begins, dash, ends = (part.strip() for part in hours.replace("–", "-").partition("-"))
    with said_to("hours"):
        if hours.casefold() in ("none", "off"):
            wanted: list[dict[str, Any]] = []
        elif not dash:
            raise CommandError(
                reader.say("Expected hours as 23:00-07:00, or “none”, not “{hours}”.", hours=hours[:40]),
                option="hours",
            )
        else:
            wanted = [Quiet.from_dict({"from": begins, "to": ends}).to_dict()]
        await change(request, rooms, {"quiet": wanted})
    said = reader.say("Quiet from {begins} to {ends}, by your own clock", begins=begins, ends=ends)
    title = said if wanted else reader.say("You have no quiet hours now")
    yield Reply(answer_card(reader, title, tone=Tone.GOOD))


async def calendar(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, minutes = request.reader, request.number_or_none("alarm")
    base = rooms.facts.public_url
    if base is None:
        raise CommandError(
            reader.say("This desk has no public address yet (web.public_url): ask an administrator.")
        )
    alarms = [] if minutes is None else [timedelta(minutes=minutes)]
    with said_to("alarm"):
        new = await FeedService(rooms.database, rooms.clock).create(
            FeedKind.PERSON, request.person.name, by=request.person.name,
            where=request.place.front.value, reminders=alarms,
        )  # fmt: skip
    url = f"{base.rstrip('/')}/calendar/{new.token}.ics"
    warning = reader.say("Whoever has this address reads your shifts. It is shown this once.")
    title = reader.say("Your shifts as a calendar")
    yield Reply(answer_card(reader, title, (Link(url, url),), Note((Text(warning),))))


def _until(instant: Any, reader: Reader) -> Line:
    return reader.line("It counts until {time}.", time=Instant(instant))


async def change(request: Request, rooms: Rooms, changes: Mapping[str, Any]) -> Person:
    """Change what is known of the caller, as they ask. Raises `RosterError`."""
    name = request.person.name
    return await rooms.people.change(name, changes, by=name, where=request.place.front.value)


COMMANDS = (
    Command(
        "show", marked("Your zone and time there, how you stand, how you are reached"), show, group="me",
        private=True, examples=("me show",),
    ),
    Command(
        "zone", marked("Where you live: your times, your nights"), zone, group="me", nature=Nature.CHANGES,
        private=True, question=ask_zone,
        options=(Option("zone", OptionKind.TEXT, marked("A time zone, or a country to choose from")),),
        examples=("me zone Europe/Paris", "me zone Chile"),
    ),
    Command(
        "link", marked("Link this chat's account with you, by a code from where you are known"), link,
        group="me", permission=None, nature=Nature.CHANGES, private=True,
        options=(
            Option("code", OptionKind.TEXT, marked("The code; without one you are given one"), secret=True),
        ),
        examples=("me link",),
    ),
    Command(
        "confirm", marked("Confirm your e-mail or phone with a code that is sent there"), confirm, group="me",
        nature=Nature.CHANGES, private=True,
        options=(
            Option("way", OptionKind.CHOICE, marked("How the code comes"), required=True,
                   choices=("email", "sms", "voice", "whatsapp")),
            Option("what", OptionKind.TEXT, marked("The address, if it is new; or the code"), secret=True),
        ),
        examples=("me confirm email ana@example.org",),
    ),
    Command(
        "quiet", marked("Hours in which you want to sleep"), quiet, group="me", nature=Nature.CHANGES,
        private=True,
        options=(Option("hours", OptionKind.TEXT, marked("As 23:00-07:00, or none"), required=True),),
        examples=("me quiet 23:00-07:00",),
    ),
    Command(
        "calendar", marked("A secret address of your shifts for your calendar"), calendar, group="me",
        nature=Nature.CHANGES, private=True,
        options=(Option("alarm", OptionKind.NUMBER, marked("Minutes before each shift to ring"), minimum=0),),
        examples=("me calendar 30",),
    ),
)  # fmt: skip
