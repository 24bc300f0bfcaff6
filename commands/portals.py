"""Which SkyPortal a command speaks with, by whose token, and an event as it is called there."""

from __future__ import annotations

from cards.translation import marked
from commands.errors import CommandError
from commands.event_words import title_of
from commands.options import Choice, Option, OptionKind
from commands.request import Request
from commands.rooms import Rooms
from events.state import EventState
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.identity import Localization, PortalEvent, find_event, identity_of

AT = Option("at", OptionKind.TEXT, marked("Which SkyPortal, by its name; the only one otherwise"))


def portal_of(request: Request, rooms: Rooms, facility: str | None = None) -> SkyPortal:
    """The SkyPortal that is named, that the telescope belongs to, or the only one. Raises CommandError."""
    reader, portals = request.reader, rooms.platforms.skyportals
    if not portals:
        raise CommandError(
            reader.say("No SkyPortal is configured; whoever runs this desk sets one up under [skyportal].")
        )
    named = request.text_or_none("at")
    if named is not None:
        found = {name.casefold(): portal for name, portal in portals.items()}.get(named.casefold())
        if found is None:
            raise CommandError(
                reader.say(
                    "No SkyPortal is called “{name}”; known: {known}.",
                    name=named[:60],
                    known=", ".join(portals),
                ),
                option="at",
                choices=tuple(Choice(name, name) for name in list(portals)[:5]),
            )
        return found
    own = rooms.platforms.of_facility(facility) if facility is not None else None
    if own is not None and own.name in portals:
        return portals[own.name]
    if len(portals) == 1:
        return next(iter(portals.values()))
    raise CommandError(
        reader.say(
            "Several SkyPortals are configured; say which with at: {known}.", known=", ".join(portals)
        ),
        option="at",
        choices=tuple(Choice(name, name) for name in list(portals)[:5]),
    )


async def own_token(request: Request, rooms: Rooms, portal: SkyPortal) -> str | None:
    """The caller's own token there; None where the desk's is to be used."""
    if rooms.platforms.credentials is None or request.caller.person is None:
        return None
    return await rooms.platforms.credentials.own(request.caller.person.name, portal.name)


async def event_there(
    request: Request, portal: SkyPortal, state: EventState, token: str | None
) -> tuple[PortalEvent, Localization]:
    """An event as the SkyPortal has it, and its newest map there. Raises CommandError without either."""
    identity = identity_of(state)
    found = await find_event(portal, identity, token=token)
    where = found.map_of(identity) if found is not None else None
    if found is None or where is None:
        raise CommandError(
            request.reader.say(
                "{portal} has no sky map of {name} yet.", portal=portal.name, name=title_of(state)
            )
        )
    return found, where
