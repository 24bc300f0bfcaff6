"""`drill`: a marked mock event through the whole chain of the desk, followed by a card that edits itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from cards.answer_card import answer_card
from cards.card import Card
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError, nearest
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.request import AGAIN, Reply, Request
from commands.rooms import Rooms
from notifiers.routes import Route
from platforms.jobs import Wanted
from shifts.errors import Nearest
from shifts.permissions import Permission

KIND = "desk.drill"
HERE = "here"


async def drilled(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Ask for the drill; the job's card tells how far it has come."""
    parameters = {"route": request.text_or_none("route"), "silent": request.flag("silent")}
    wanted = Wanted(KIND, HERE, parameters)
    # A drill that is over answers nothing: the next one asks whether people are reached now.
    async for reply in ask_job(replace(request, given={**request.given, AGAIN: "yes"}), rooms, wanted):
        yield reply


async def _check(request: Request, rooms: Rooms) -> None:
    _routes(request, rooms)
    going_on = await rooms.jobs.jobs(open_only=True, kind=KIND, limit=1)
    if going_on:
        raise CommandError(
            request.reader.say(
                "A drill is going on already: job {number}, asked for by {who}.",
                number=going_on[0].id,
                who=going_on[0].requester,
            )
        )


async def _question(request: Request, rooms: Rooms) -> Card:
    reader = request.reader
    routes = _routes(request, rooms)
    lines = [
        reader.say("Route {route}: pages by the escalation {name}", route=each.name, name=each.page or "")
        for each in routes
    ]
    rung = (
        reader.say("Nobody is rung and no card is shown: it measures how far it would come.")
        if request.flag("silent")
        else reader.say("Who is on is told and rung as for a real event; every message begins with DRILL.")
    )
    return answer_card(reader, reader.say("Hold a drill?"), rung, *lines)


def _routes(request: Request, rooms: Rooms) -> list[Route]:
    """The routes that the drill takes. Raises CommandError where none of them pages anybody."""
    reader, name = request.reader, request.text_or_none("route")
    known = [each.name for each in rooms.configured.routes]
    if name is not None and name not in known:
        raise CommandError(
            reader.say(
                "No route is called “{name}”; {hint}.",
                name=name[:60],
                hint=nearest(reader, Nearest(name, tuple(known))),
            ),
            option="route",
        )
    routes = [each for each in rooms.configured.routes if each.page and name in (None, each.name)]
    if not routes:
        raise CommandError(
            reader.say(
                "No route pages anybody: “page” of a route has to be set to the name of an escalation."
            ),
            option="route",
        )
    return routes


COMMANDS = (
    Command(
        "drill",
        marked("Hold a drill: a marked mock event goes the whole way, and people are rung"),
        drilled,
        options=(
            Option("route", OptionKind.TEXT, marked("The route to go; all that page unless named")),
            Option("silent", OptionKind.FLAG, marked("Show no card and ring nowhere, only measure")),
        ),
        permission=Permission.ADMINISTRATOR,
        nature=Nature.STARTS,
        question=_question,
        check=_check,
        examples=("drill", "drill silent", "drill route:near"),
    ),
)
