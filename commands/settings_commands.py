"""`settings`: what the desk is configured to do, for administrators. Never an address, never a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Block, Line, Lines, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command
from commands.request import Reply, Request
from commands.rooms import Configured, Rooms
from notifiers.routes import Route
from shifts.permissions import Permission

LONGEST_RULE = 160
LONGEST_NAME = 80


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader, configured = request.reader, rooms.configured
    title = reader.say("What {desk} is configured to do", desk=_word(rooms.facts.name))
    blocks: list[Block] = [Lines(tuple(_facts(rooms, reader)))]
    if configured.channels:
        rows = tuple(
            (
                (strong(_word(each.name)),),
                *((Text(word),) for word in (each.kind, each.locale, each.timezone)),
            )
            for each in configured.channels
        )
        columns = (reader.say("channel"), reader.say("kind"), reader.say("language"), reader.say("zone"))
        blocks.append(Table((), columns, rows))
    if configured.routes:
        columns = (reader.say("route"), reader.say("rule"), reader.say("to"), reader.say("pages"))
        blocks.append(Table((), columns, tuple(_route(each) for each in configured.routes)))
    yield Reply(answer_card(reader, title, *blocks))


def _facts(rooms: Rooms, reader: Reader) -> list[Line]:
    configured: Configured = rooms.configured
    none = reader.say("none")
    asked = reader.listing(configured.fronts) or none
    escalations = reader.listing([_word(name) for name in sorted(rooms.escalations)]) or none
    second = reader.listing(sorted(rooms.facts.second_person)) or none
    return [
        reader.line("People ask in: {fronts}", fronts=strong(asked)),
        reader.line("Telescopes: {count}", count=strong(str(len(rooms.facilities)))),
        reader.line("Escalations: {names}", names=strong(escalations)),
        reader.line("A second person confirms: {commands}", commands=strong(second)),
    ]


def _route(route: Route) -> tuple[Line, ...]:
    to = ", ".join((*route.channels, *(target.text for target in route.targets)))
    return (
        (strong(_word(route.name)),),
        (Text(shorten(clean(route.rule.text), LONGEST_RULE)),),
        (Text(shorten(clean(to), LONGEST_RULE) or "–"),),
        (Text(_word(route.page) if route.page else "–"),),
    )


def _word(name: str) -> str:
    return shorten(clean(name), LONGEST_NAME)


COMMANDS = (
    Command(
        "settings",
        marked("What the desk is configured to do: channels, routes, escalations; no secrets"),
        shown,
        permission=Permission.ADMINISTRATOR,
        private=True,
        examples=("settings",),
    ),
)
