"""The events that a source's follow-up may be about, where nobody says for which event it is asked."""

from __future__ import annotations

import asyncio
import logging

from commands.errors import CommandError
from commands.portals import own_token, portal_of
from commands.request import Request
from commands.rooms import Rooms
from commands.source_commands import regions_of
from platforms.job import PlatformError
from platforms.jobs import Wanted
from platforms.skyportal import sources

log = logging.getLogger(__name__)

WAITS = 10.0  # s: nobody waits longer for a telescope only because maps are slow to read


async def events_holding(request: Request, rooms: Rooms, wanted: Wanted) -> tuple[str, ...]:
    """The events of the last 30 days in whose 99 % region the job's source lies, by their keys.

    None for a job that names its event, and where it cannot be told now: the job is asked for all the same.
    """
    if wanted.source is None or wanted.event is not None or not rooms.platforms.skyportals:
        return ()
    try:
        async with asyncio.timeout(WAITS):
            own = rooms.platforms.skyportals.get(wanted.platform)
            portal = own if own is not None else portal_of(request, rooms)
            token = await own_token(request, rooms, portal)
            source = await sources.source(portal, wanted.source, token=token)
            return tuple(state.event for state, _ in await regions_of(rooms, source, request.now))
    except (PlatformError, CommandError, TimeoutError) as error:
        log.info("which events hold %s is not known: %s", wanted.source, type(error).__name__)
        return ()
