"""Stopping e-mail by a link: one click of a mail program does it, looking does nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from sqlalchemy import select

import store.audit
import store.secrets  # noqa: F401 - tables
from bot.unsubscribing import address_of, token_of, unsubscribe_links
from bot.web import Readiness, WebServer
from bot.web_unsubscribe import UnsubscribePages
from cards.reader import Reader
from notifiers.desk_lookups import DeskLookups
from notifiers.tables import OutboxRow
from shifts.people import PeopleService
from shifts.people_file import parse_people
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.patience import PATIENCE

ANA = "ana@example.org"


@dataclass
class Desk:
    database: Database
    people: PeopleService
    url: str

    async def link(self, address: str = ANA) -> str:
        made = await unsubscribe_links(self.database, self.url)(address)
        assert made is not None
        return made


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> AsyncIterator[Desk]:
    people = PeopleService(database, clock)
    entry = f"{{name: ana, email: {ANA}, timezone: Europe/Paris, locale: fr, verified: [email]}}"
    await people.put(parse_people(f"people: [{entry}]"), by="test")
    pages = UnsubscribePages(database, clock, people, Bell(clock), lambda: [("ops", Reader())])
    server = WebServer("127.0.0.1", 0, _ready, _measured, pages.routes())
    task = asyncio.create_task(server.run())
    async with asyncio.timeout(PATIENCE):
        while not server.bound_port:  # noqa: ASYNC110 - it tells nobody but whoever looks
            await asyncio.sleep(0.01)
    yield Desk(database, people, f"http://127.0.0.1:{server.bound_port}")
    task.cancel()


async def _ready() -> Readiness:
    return Readiness({})


async def _measured() -> bytes:
    return b""


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def post(url: str, **fields: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=fields) as answer:
        return answer.status, await answer.text()


async def test_a_mail_scanner_that_looks_at_every_link_stops_nothing(desk: Desk) -> None:
    status, text = await get(await desk.link())
    assert status == 200
    assert "cesser d’écrire à ana@example.org" in text
    assert "email" in await desk.people.usable("ana")


async def test_one_click_of_a_mail_program_stops_it_and_twice_is_once(desk: Desk) -> None:
    for _ in range(2):
        status, text = await post(await desk.link(), **{"List-Unsubscribe": "One-Click"})
        assert status == 200
        assert "n’écrira plus" in text
    assert "email" not in await desk.people.usable("ana")


async def test_there_is_a_way_back(desk: Desk) -> None:
    link = await desk.link()
    await post(link, do="stop")
    await post(link, do="start")
    assert "email" in await desk.people.usable("ana")


@pytest.mark.parametrize("token", ["x", "", "AAAA", "..", "a" * 500, "%00", "é"])
async def test_a_link_this_desk_did_not_make_does_nothing(desk: Desk, token: str) -> None:
    status, _ = await post(f"{desk.url}/unsubscribe/{token}")
    assert status == 404
    assert "email" in await desk.people.usable("ana")


async def test_the_address_in_a_link_cannot_be_exchanged(desk: Desk) -> None:
    token = await token_of(desk.database, ANA)
    other = await token_of(desk.database, "bo@example.org")
    assert await address_of(desk.database, token) == ANA
    assert await address_of(desk.database, token[:24] + other[24:]) is None


async def test_a_channels_own_address_stops_too_and_the_desk_is_told(desk: Desk, clock: ManualClock) -> None:
    await post(await desk.link("list@example.org"), do="stop")
    assert await DeskLookups(desk.database, clock).stopped("list@example.org")
    assert not await DeskLookups(desk.database, clock).stopped(ANA)
    async with desk.database.read() as session:
        (row,) = await session.scalars(select(OutboxRow))
    assert row.channel == "ops"
    assert row.card is not None
    assert "l…@example.org was stopped" in row.card["summary"]
