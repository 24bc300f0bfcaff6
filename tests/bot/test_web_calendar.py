"""`/calendar/{token}.ics` over a real socket: for calendar programs, and for those who guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest

from bot.web import Readiness, WebServer
from bot.web_calendar import CalendarPages, nights_from
from facilities.registry import load_registry
from shifts.feeds import FeedKind, FeedService
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from store.clock import ManualClock
from store.database import Database
from tests.patience import PATIENCE
from tests.shifts.strict_ical import instant, read_strictly

ROSTER = """
roster: desk
timezone: UTC
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-11-02, turn: {days: 1}}
"""


@dataclass
class Desk:
    url: str
    feeds: FeedService
    database: Database
    clock: ManualClock


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    people = parse_people("- {name: ana, timezone: Europe/Paris}\n- {name: bo, timezone: UTC}\n")
    await PeopleService(database, clock).put(people, by="root")
    await RosterService(database, clock).publish(ROSTER, by="root")
    feeds = FeedService(database, clock)
    pages = CalendarPages(feeds, nights_from(load_registry().all(), clock))

    async def ready() -> Readiness:
        return Readiness({})

    async def measured() -> bytes:
        return b""

    server = WebServer("127.0.0.1", 0, ready, measured, pages.routes())
    task = asyncio.create_task(server.run())
    async with asyncio.timeout(PATIENCE):
        while not server.bound_port:  # noqa: ASYNC110 - it tells nobody but whoever looks
            await asyncio.sleep(0.01)
    yield Desk(f"http://127.0.0.1:{server.bound_port}/calendar", feeds, database, clock)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_calendar_program_reads_it_once_and_is_then_told_that_nothing_changed(desk: Desk) -> None:
    new = await desk.feeds.create(FeedKind.PERSON, "ana", by="ana", reminders=[timedelta(minutes=30)])
    url = f"{desk.url}/{new.token}.ics"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
            assert answer.headers["Cache-Control"].startswith("private, max-age=")
            root = read_strictly(await answer.read())
            etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        assert modified == "Fri, 20 Nov 2026 03:00:00 GMT"
        assert len(root.all("VALARM")) == len(root.all("VEVENT")) > 10
        await desk.clock.advance(60)
        for header in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
            async with session.get(url, headers=header) as answer:
                assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", etag)
        await RosterService(desk.database, desk.clock).publish(ROSTER.replace("ana, bo", "ana"), by="root")
        for header in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
            async with session.get(url, headers=header) as answer:
                assert answer.status == 200 and answer.headers["ETag"] != etag
        async with session.head(url) as answer:
            assert answer.status == 200 and await answer.read() == b""


async def test_the_nights_of_a_telescope_are_on_its_own_clock(desk: Desk) -> None:
    new = await desk.feeds.create(FeedKind.NIGHT, "DECam", by="ana")
    async with aiohttp.ClientSession() as session, session.get(f"{desk.url}/{new.token}.ics") as answer:
        root = read_strictly(await answer.read())
    events = root.all("VEVENT")
    assert 55 < len(events) < 70
    assert {event.properties["DTSTART"][0] for event in events} == {";TZID=America/Santiago"}
    lengths = [instant(root, e.properties["DTEND"]) - instant(root, e.properties["DTSTART"]) for e in events]
    assert all(timedelta(hours=6) < length < timedelta(hours=9) for length in lengths)


async def test_who_guesses_or_comes_late_reads_nothing(desk: Desk) -> None:
    new = await desk.feeds.create(FeedKind.ROSTER, "desk", by="ana")
    await desk.feeds.revoke(new.feed.id, by="ana")
    async with aiohttp.ClientSession() as session:
        for token, status in ((new.token, 410), ("desk", 404), ("..%2f..%2fetc%2fpasswd", 404), ("%00", 404)):
            async with session.get(f"{desk.url}/{token}.ics") as answer:
                said = await answer.text()
                assert answer.status == status and "advocate" not in said and "desk" not in said
