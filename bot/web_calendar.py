"""`/calendar/{token}.ics`: calendar feeds for whoever has their secret address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

from facilities.facility import Facility
from facilities.nights import nights
from shifts.calendar import Entry, night_entries
from shifts.feeds import Feed, FeedKind, FeedService, FeedText, NoSuchFeed
from store.clock import Clock

NIGHTS_PAST, NIGHTS_AHEAD = timedelta(days=3), timedelta(days=60)
MAX_AGE = 300  # s; a swap is seen within this and however long the calendar program waits

NightsOf = Callable[[str], tuple[Entry, ...]]


class CalendarPages:
    """Serves feeds. An address that is not (or no longer) good tells nothing about which there are."""

    def __init__(self, feeds: FeedService, nights_of: NightsOf) -> None:
        self._feeds = feeds
        self._nights_of = nights_of

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/calendar/{token}.ics", self._calendar)]

    async def _calendar(self, request: web.Request) -> web.Response:
        try:
            feed = await self._feeds.opened(request.match_info["token"])
            text = await self._feeds.text(feed, await self._entries(feed))
        except NoSuchFeed as error:
            problem = web.HTTPGone if error.gone else web.HTTPNotFound
            raise problem(text=f"{error}\n", headers={"Cache-Control": "no-store"}) from None
        headers = {
            "ETag": f'"{text.etag}"',
            "Last-Modified": format_datetime(text.modified.astimezone(UTC), usegmt=True),
            "Cache-Control": f"private, max-age={MAX_AGE}",
            "X-Robots-Tag": "noindex",
        }
        if _already_there(request, text):
            return web.Response(status=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="nightdesk.ics"'
        return web.Response(body=text.content, content_type="text/calendar", charset="utf-8", headers=headers)

    async def _entries(self, feed: Feed) -> tuple[Entry, ...]:
        if feed.kind is FeedKind.NIGHT:
            return self._nights_of(feed.subject)
        return await self._feeds.entries(feed)


def nights_from(facilities: Sequence[Facility], clock: Clock) -> NightsOf:
    """The nights of the desk's facilities around now; none of a facility that it has no more."""
    by_name = {facility.name: facility for facility in facilities}

    def nights_of(name: str) -> tuple[Entry, ...]:
        facility = by_name.get(name)
        if facility is None or facility.space:
            return ()
        first = (clock.now() - NIGHTS_PAST).date()
        found = nights(facility, first, (NIGHTS_PAST + NIGHTS_AHEAD).days)
        return night_entries(facility.name, facility.timezone, found)

    return nights_of


def _already_there(request: web.Request, text: FeedText) -> bool:
    """RFC 9110, 13.2.2: the ETag decides where one is sent, else the time."""
    if (tags := request.if_none_match) is not None:
        return any(tag.value in (text.etag, "*") for tag in tags)
    since: datetime | None = request.if_modified_since
    return since is not None and text.modified.replace(microsecond=0) <= since
