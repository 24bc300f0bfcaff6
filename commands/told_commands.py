"""`who`, `page send`, `event advocate`, and short names of what people answer to a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from cards.answer_card import answer_card
from cards.card import (
    Button,
    ButtonStyle,
    Card,
    Instant,
    InstantForm,
    Lines,
    Table,
    Text,
    Tone,
    joined,
)
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.options import Option, OptionKind
from commands.page_commands import MINUTES, PAGE, answering
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers.paging.advocates import advocate_of, advocates, hand_to
from notifiers.paging.answers import Answer, PageView
from notifiers.paging.plan import parse_escalation
from notifiers.receipts import Reached, told
from shifts.permissions import Permission

LONGEST_SUBJECT = 200


async def sent(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Page somebody, or an escalation, about something that no notice says."""
    reader = request.reader
    whom, subject = request.text("whom"), shorten(clean(request.text("about")).strip(), LONGEST_SUBJECT)
    escalation = rooms.escalations.get(whom)
    if escalation is None:
        person = await rooms.people.person(whom)
        steps = [{"who": [f"person:{person.name}"], "wake": True}]
        escalation = parse_escalation({"name": person.name, "steps": steps})
    key = f"asked|{request.caller.name}|{request.now.isoformat()}"
    async with rooms.database.write() as session:
        number = await rooms.pages.open(session, escalation, key=key, subject=subject, by=request.caller.name)
    rooms.pages.ring()
    title = reader.say("Page {number} asks {whom}", number=number, whom=whom)
    yield Reply(answer_card(reader, title, subject, tone=Tone.GOOD))


async def sending(request: Request, rooms: Rooms) -> Card | None:
    reader = request.reader
    title = reader.say("Page {whom}? It may wake people.", whom=clean(request.text("whom")))
    return answer_card(
        reader, title, shorten(clean(request.text("about")), LONGEST_SUBJECT), tone=Tone.WARNING
    )


async def advocated(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader, to = request.event(), request.reader, request.someone_or_none()
    if to is not None:
        if request.caller.person is None:
            raise CommandError(reader.say("The desk does not know you yet: “me link” tells how."))
        async with rooms.database.write() as session:
            moved = await hand_to(session, state.event, to.name, request.now, via=request.place.front.value)
        if not moved:
            raise CommandError(
                reader.say(
                    "{person} is the advocate of {name} already.", person=to.name, name=title_of(state)
                )
            )
    async with rooms.database.read() as session:
        now = await advocate_of(session, state.event)
        before = await advocates(session, state.event)
    title = (
        reader.say("{person} has {name} in hand", person=now.person, name=title_of(state))
        if now is not None
        else reader.say("Nobody has {name} in hand", name=title_of(state))
    )
    lines = [joined([(Text(each.person),), (Instant(each.since, InstantForm.DATE_TIME),)]) for each in before]
    take = Button("event.take", reader.say("I have it"), state.event, ButtonStyle.PRIMARY)
    yield Reply(answer_card(reader, title, Lines(tuple(lines)), buttons=(take,)))


async def who(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Who was told of an event: when, by which way, whether it arrived."""
    state, reader = request.event(), request.reader
    async with rooms.database.read() as session:
        found = await told(session, state.event)
    title = reader.say("Who was told of {name}", name=title_of(state))
    if not found:
        yield Reply(answer_card(reader, title, reader.say("Nobody yet.")))
        return
    rows = tuple(
        (
            (Instant(each.at, InstantForm.DATE_TIME),),
            (Text(each.person or each.channel),),
            (Text(each.way or ""),),
            (
                Text(_reached(each.reached, reader)),
                *((Text(f": {shorten(clean(each.reason), 80)}"),) if each.reason else ()),
            ),
        )
        for each in found[:40]
    )
    columns = (reader.say("when"), reader.say("who"), reader.say("way"), reader.say("how far"))
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


def about(page: PageView) -> str:
    """What a page is about, in a few words."""
    return shorten(clean(page.event.split(":", 1)[-1] if page.event else page.subject), 60)


def _reached(reached: Reached, reader: Reader) -> str:
    words: dict[Reached, Callable[[], str]] = {
        Reached.WAITING: lambda: reader.say("waits"),
        Reached.PERHAPS: lambda: reader.say("perhaps sent"),
        Reached.SENT: lambda: reader.say("sent"),
        Reached.DELIVERED: lambda: reader.say("delivered"),
        Reached.READ: lambda: reader.say("read"),
        Reached.FAILED: lambda: reader.say("failed"),
        Reached.EXPIRED: lambda: reader.say("too late to send"),
    }
    return words[reached]()


def _short(name: str, summary: str, answer: Answer) -> Command:
    options = (PAGE, MINUTES) if answer is Answer.SNOOZE else (PAGE,)
    return Command(
        name,
        summary,
        answering(answer),
        options=options,
        nature=Nature.CHANGES,
        permission=Permission.SHIFTER,
        private=True,
        examples=(name, f"{name} 12"),
    )


COMMANDS = (
    _short("ack", marked("I have it: acknowledge a page"), Answer.ACKNOWLEDGE),
    _short("escalate", marked("Ask the next people of a page now"), Answer.ESCALATE),
    _short("snooze", marked("Let a page rest for some minutes"), Answer.SNOOZE),
    _short("resolve", marked("A page is done"), Answer.RESOLVE),
    Command(
        "who",
        marked("Who was told of an event, how, and whether it arrived"),
        who,
        None,
        (EVENT,),
        permission=Permission.VIEWER,
        examples=("who latest",),
    ),
    Command(
        "send",
        marked("Page somebody, or an escalation, now"),
        sent,
        "page",
        (
            Option("whom", OptionKind.TEXT, marked("A person or an escalation, by name"), required=True),
            Option("about", OptionKind.TEXT, marked("What for, in one line"), required=True),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
        question=sending,
        examples=('page send bo "the dome does not close"',),
    ),
    Command(
        "advocate",
        marked("Who has an event in hand; or hand it to somebody"),
        advocated,
        "event",
        (EVENT, Option("person", OptionKind.PERSON, marked("Hand it to this person"))),
        permission=Permission.VIEWER,
        nature=Nature.CHANGES,
        examples=("event advocate latest", "event advocate latest bo"),
    ),
)
