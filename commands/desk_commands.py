"""`help`, `status`, `audit`: what can be asked, how the desk fares, who did what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

from cards import wording
from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Line, Lines, Note, Table, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.book import Book
from commands.command import Command, Handler
from commands.errors import CommandError
from commands.job_cards.own_sentences import in_words_of
from commands.options import Option, OptionKind
from commands.permission import permission_name
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers import outbox
from notifiers.tables import State
from shifts.permissions import Permission, may
from store import audit


def help_command(book: list[Book]) -> Command:
    """`help` reads the book that it stands in, which is made after it."""

    async def helped(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        path = " ".join((request.text_or_none("command") or "").lower().split()).removeprefix("/")
        yield _one(request, book[0].get(path)) if path in book[0] else _all(request, book[0], path)

    handler: Handler = helped
    return Command(
        "help",
        marked("What you can ask, or all about one command"),
        handler,
        options=(Option("command", OptionKind.TEXT, marked("A command or group, as event or event show")),),
        permission=None,
        private=True,
        examples=("help", "help event show"),
    )


def _all(request: Request, book: Book, group: str) -> Reply:
    reader = request.reader
    if group and group not in book.groups:
        near = book.near(group.split())
        raise CommandError(
            reader.say(
                "There is no command “{name}”; did you mean {near}?",
                name=group[:80],
                near=reader.listing(near),
            )
            if near
            else reader.say("There is no command “{name}”; “help” lists them.", name=group[:80])
        )
    shown = [command for command in book if not group or command.group == group]
    allowed = [command for command in shown if _allowed(command, request)]
    lines: list[Line] = []
    if group:
        lines = [_line(command, request) for command in allowed]
    else:
        lines = [_line(command, request) for command in allowed if command.group is None]
        for name, one in book.groups.items():
            words = ", ".join(command.name for command in allowed if command.group == name)
            if words:
                lines.append(joined([(strong(name),), (Text(reader.say(one.summary)),), (Text(words),)]))
    title = reader.say("What you can ask") if not group else reader.say(book.groups[group].summary)
    hint = reader.say("“help COMMAND” tells all about one. What you may not do is not listed.")
    return Reply(answer_card(reader, title, Lines(tuple(lines)), Note((Text(hint),))))


def _line(command: Command, request: Request) -> Line:
    words = " ".join([command.path, *(_usage(option) for option in command.options if option.required)])
    return joined([(strong(words),), (Text(request.reader.say(command.summary)),)])


def _usage(option: Option) -> str:
    name = option.name.upper()
    return name if option.required else f"[{name}]"


def _one(request: Request, command: Command) -> Reply:
    reader = request.reader
    lines: list[Line] = [(Text(reader.say(command.summary)),)]
    lines += [
        joined(
            [
                (strong(_usage(option)),),
                (Text(reader.say(option.summary)),),
                (Text(", ".join(option.choices)),) if option.choices else (),
            ]
        )
        for option in command.options
    ]
    needs = (
        reader.say("anybody")
        if command.permission is None
        else permission_name(command.permission, request.caller)
    )
    lines.append(reader.line("For: {who}", who=needs))
    if command.question is not None:
        lines.append((Text(reader.say("It asks before it does anything.")),))
    lines.append(reader.line("For example: {examples}", examples=" · ".join(command.examples)))
    return Reply(answer_card(reader, command.path, Lines(tuple(lines))))


def _allowed(command: Command, request: Request) -> bool:
    if command.permission is None:
        return True
    return request.caller.person is not None and may(request.caller.person, command.permission)


async def status(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    parts = await rooms.parts() if rooms.parts is not None else {}
    rows = tuple(
        (
            (Text(name),),
            (strong(reader.say("NOT READY")) if not good else Text(reader.say("ready")),),
            (Text(shorten(clean(in_words_of(reader, detail)), 120)),),
        )
        for name, (good, detail) in sorted(parts.items(), key=lambda part: (part[1][0], part[0]))
    )
    async with rooms.database.read() as session:
        depths = await outbox.depth(session)
    lines: list[Line] = []
    for each in depths[:10]:
        waited = wording.duration(max(request.now - each.oldest, timedelta()), reader)
        lines.append(
            (
                Text(
                    reader.say_many(
                        "{count} message to {channel} is {state}, the oldest for {age}",
                        "{count} messages to {channel} are {state}, the oldest for {age}",
                        each.rows,
                        channel=each.channel,
                        state=_how_far(each.state, reader),
                        age=waited,
                    )
                ),
            )
        )
    ready = all(good for good, _ in parts.values())
    title = reader.say("The desk works") if ready else reader.say("Something is wrong at the desk")
    columns = (reader.say("part"), reader.say("state"), reader.say("what it says"))
    blocks = [Table((), columns, rows)] if rows else []
    more = [Lines(tuple(lines))] if lines else [Lines(((Text(reader.say("Nothing waits to be sent.")),),))]
    yield Reply(answer_card(reader, title, *blocks, *more, tone=Tone.GOOD if ready else Tone.WARNING))


def _how_far(state: State, reader: Reader) -> str:
    """How far a message has come that is still owed or was given up."""
    match state:
        case State.SENDING:
            return reader.say("being sent")
        case State.RETRY:
            return reader.say("to be tried again")
        case State.DEAD:
            return reader.say("given up")
        case _:
            return reader.say("waiting")


async def audited(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    who, what = request.text_or_none("who"), request.text_or_none("what")
    async with rooms.database.read() as session:
        found = await audit.entries(session, who=who, what=what, limit=int(request.number("limit")))
    title = reader.say("Who did what")
    if not found:
        yield Reply(answer_card(reader, title, reader.say("Nothing of the kind was done.")))
        return
    rows = tuple(
        (
            (Instant(each.at, InstantForm.DATE_TIME),),
            (Text(shorten(clean(each.who), 40)),),
            (Text(shorten(clean(f"{each.what} {each.subject}"), 80)),),
            (strong(clean(each.result)) if each.result != "done" else Text(clean(each.result)),),
            (Text(shorten(clean(each.where), 40)),),
        )
        for each in found
    )
    columns = (
        reader.say("when"),
        reader.say("who"),
        reader.say("what"),
        reader.say("result"),
        reader.say("where"),
    )
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


COMMANDS = (
    Command(
        "status",
        marked("How the desk fares: stream, queues, chats, latencies"),
        status,
        permission=None,
        examples=("status",),
    ),
    Command(
        "audit",
        marked("Who did what, when, from where, and how it ended"),
        audited,
        options=(
            Option("who", OptionKind.TEXT, marked("Only what this person did")),
            Option("what", OptionKind.TEXT, marked("Only this command")),
            Option(
                "limit", OptionKind.NUMBER, marked("How many at most"), default="20", minimum=1, maximum=50
            ),
        ),
        permission=Permission.ADMINISTRATOR,
        private=True,
        examples=("audit", "audit who:ana"),
    ),
)
