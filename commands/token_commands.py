"""`me token`, `me tokens`, `me forget`: people's own tokens for platforms, given privately, never shown."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Instant, InstantForm, Lines, Tone
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.credentials import CredentialError, Credentials
from platforms.instances import InstanceError

PLATFORM = Option("platform", OptionKind.TEXT, marked("A configured platform, by its name"), required=True)
TOKEN = Option(
    "token", OptionKind.TEXT, marked("Your token there; leave it out to be asked"), required=True, secret=True
)


async def given(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Keep the caller's own token for a platform."""
    reader, name = request.reader, _instance(request, rooms)
    if request.place.overheard:
        raise CommandError(
            reader.say(
                "Others could read that token here, so it was not taken: replace it at {platform}, then give "
                "the new one as a slash command or in a direct message.",
                platform=name,
            )
        )
    try:
        await _credentials(request, rooms).give(request.person.name, name, request.text("token"))
    except CredentialError as error:
        raise CommandError(str(error), option="token") from None
    title = reader.say("What you ask of {platform} is asked with your own token now", platform=name)
    said = reader.say(
        "It is kept encrypted and shown to nobody; “me forget {platform}” drops it.", platform=name
    )
    yield Reply(answer_card(reader, title, said, tone=Tone.GOOD))


async def forgotten(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Drop the caller's own token, also for a platform that is configured no more."""
    reader, credentials = request.reader, _credentials(request, rooms)
    wanted = request.text("platform")
    known = [each.instance for each in await credentials.given(request.person.name)]
    name = next((each for each in known if each.casefold() == wanted.casefold()), None)
    if name is None or not await credentials.forget(request.person.name, name):
        raise CommandError(reader.say("You gave no token for {platform}.", platform=wanted[:80]))
    title = reader.say("Your token for {platform} is forgotten", platform=name)
    yield Reply(answer_card(reader, title, reader.say("The desk's own is used again."), tone=Tone.GOOD))


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """For which platforms the caller gave a token, and which there are."""
    reader = request.reader
    mine = {each.instance: each.at for each in await _credentials(request, rooms).given(request.person.name)}
    names = dict.fromkeys([*rooms.platforms.instances, *mine])
    title = reader.say("Your tokens for platforms")
    if not names:
        yield Reply(answer_card(reader, title, reader.say("No platform is configured.")))
        return
    lines = tuple(
        reader.line(
            "{platform}: your own, given {when}",
            platform=name,
            when=Instant(mine[name], InstantForm.DATE_TIME),
        )
        if name in mine
        else reader.line("{platform}: the desk's", platform=name)
        for name in names
    )
    yield Reply(answer_card(reader, title, Lines(lines)))


def _instance(request: Request, rooms: Rooms) -> str:
    try:
        return rooms.platforms.instance(request.text("platform")).name
    except InstanceError as error:
        raise CommandError(str(error), option="platform") from None


def _credentials(request: Request, rooms: Rooms) -> Credentials:
    if rooms.platforms.credentials is None:
        raise CommandError(request.reader.say("No platform is configured."))
    return rooms.platforms.credentials


COMMANDS = (
    Command(
        "token",
        marked("Give your own token for a platform; only you and the platform know it"),
        given,
        "me",
        (PLATFORM, TOKEN),
        nature=Nature.CHANGES,
        private=True,
        examples=("me token fritz 01234567-89ab-cdef",),
    ),
    Command(
        "forget",
        marked("Have your own token for a platform forgotten"),
        forgotten,
        "me",
        (PLATFORM,),
        nature=Nature.CHANGES,
        private=True,
        examples=("me forget fritz",),
    ),
    Command(
        "tokens",
        marked("For which platforms you gave a token of your own"),
        listed,
        "me",
        private=True,
        examples=("me tokens",),
    ),
)
