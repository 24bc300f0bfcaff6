"""A map that is published later is looked for with patience, within limits, and attached once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from events import download as downloads
from events.download import NotPublished, Refused, check_url, download
from events.map_fetch import PATIENCE, MapFetcher, looked_for_until, wait_before
from events.tables import FetchState, MapFetchRow
from gcn.notice import MapSource, Notice, Position, SkyMapRef
from skymaps.shapes import Cone
from skymaps.writer import write_skymap
from store.clock import ManualClock
from store.database import Database
from tests.events.inline_compute import InlineCompute
from tests.events.story import burst
from tests.events.test_analyst import Night

URL = "https://heasarc.gsfc.nasa.gov/FTP/fermi/data/gbm/map.fit"
MAP = write_skymap(Cone(ra=10.0, dec=20.0, radius=3.0).to_skymap())


def promising(**more: object) -> Notice:
    return burst(
        **{
            "position": Position(ra=10.0, dec=20.0, radius=8.0, containment=0.68),
            "skymap": SkyMapRef(MapSource.URL, url=URL),
        }
        | more
    )


class Publisher:
    """Answers with what it has been given, one after the other; the last one for ever."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def night(database: Database, clock: ManualClock) -> Night:
    return Night(database, clock)


def fetcher(night: Night, publisher: Publisher) -> MapFetcher:
    return MapFetcher(night.database, night.clock, publisher, owner="here", bell=night.bell)


async def the_row(night: Night) -> MapFetchRow:
    async with night.database.read() as session:
        return (await session.execute(select(MapFetchRow))).scalar_one()


async def test_a_published_map_replaces_the_cone_as_a_later_revision(night: Night) -> None:
    await night.attach(promising())
    analyst = night.analyst(InlineCompute())
    await analyst.analyse_next()
    cone = (await night.state("745811685")).newest
    assert await fetcher(night, Publisher(MAP)).fetch_next()
    assert await analyst.analyse_next()
    state = await night.state("745811685")
    assert [r.number for r in state.revisions] == [1, 2]
    assert state.newest.notice.skymap is not None
    assert state.newest.notice.skymap.source is MapSource.EMBEDDED
    assert state.newest.notice.kind == cone.notice.kind
    assert state.newest.statistics is not None
    assert cone.statistics is not None
    assert state.newest.statistics.area_90 < cone.statistics.area_90 / 4
    assert not await fetcher(night, Publisher(MAP)).fetch_next()


async def test_one_link_in_several_notices_is_fetched_once(night: Night) -> None:
    await night.attach(promising(issued=30), promising(issued=60))
    publisher = Publisher(MAP)
    while await fetcher(night, publisher).fetch_next():
        pass
    assert publisher.asked == [URL]
    assert len((await night.state("745811685")).revisions) == 3


async def test_a_map_that_is_late_is_asked_for_again_with_longer_and_longer_waits(night: Night) -> None:
    await night.attach(promising())
    publisher = Publisher(NotPublished("heasarc.gsfc.nasa.gov answers 404"))
    worker = fetcher(night, publisher)
    for wait in (30, 60, 120, 240, 480, 900, 900):
        assert await worker.fetch_next()
        assert not await worker.fetch_next()
        await night.clock.advance(wait - 1)
        assert not await worker.fetch_next()
        await night.clock.advance(1)
    publisher.answers = [MAP]
    assert await worker.fetch_next()
    assert (await the_row(night)).state == FetchState.DONE


async def test_after_half_a_day_nobody_looks_any_more_and_the_reason_is_kept(night: Night) -> None:
    (revision_id,) = await night.attach(promising())
    assert revision_id
    publisher = Publisher(NotPublished("heasarc.gsfc.nasa.gov answers 404"))
    worker = fetcher(night, publisher)
    state = await night.state("745811685")
    async with night.database.read() as session:
        until = await looked_for_until(session, state.id)
    assert until == state.newest.arrived + PATIENCE
    for _ in range(60):
        await worker.fetch_next()
        await night.clock.advance(900)
    row = await the_row(night)
    assert row.state == FetchState.FAILED
    assert row.error == "not published within 12 h (heasarc.gsfc.nasa.gov answers 404)"
    assert 40 < len(publisher.asked) < 60
    async with night.database.read() as session:
        assert await looked_for_until(session, state.id) is None


async def test_a_link_that_is_refused_is_not_tried_again(night: Night) -> None:
    await night.attach(promising())
    assert await fetcher(night, Publisher(Refused("more than 64 MiB"))).fetch_next()
    await night.clock.advance(3600)
    assert not await fetcher(night, Publisher(MAP)).fetch_next()
    assert (await the_row(night)).error == "more than 64 MiB"


@pytest.mark.parametrize("attempt", [1, 6, 7, 1000])
def test_no_wait_is_longer_than_a_quarter_of_an_hour(attempt: int) -> None:
    assert timedelta(seconds=30) <= wait_before(attempt) <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "url",
    [
        "http://heasarc.gsfc.nasa.gov/map.fit",
        "file:///etc/passwd",
        "https://heasarc.gsfc.nasa.gov.evil.example/map.fit",
        "https://evil.example/heasarc.gsfc.nasa.gov",
        "https://heasarc.gsfc.nasa.gov@evil.example/map.fit",
        "https://user:secret@heasarc.gsfc.nasa.gov/map.fit",
        "https://heasarc.gsfc.nasa.gov:8443/map.fit",
        "https://127.0.0.1/map.fit",
        "https://[::1/map.fit",
        "https:///map.fit",
        "",
    ],
)
def test_only_https_to_known_publishers_is_followed(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url, downloads.PUBLISHERS)


def test_a_known_publisher_is_followed_whatever_its_case() -> None:
    check_url("https://HEASARC.gsfc.nasa.gov:443/map.fit", downloads.PUBLISHERS)


@pytest.fixture
async def publisher(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A real server on the loopback with maps, pages and traps; the scheme and port checks are off for it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/map.fits":
                return web.Response(body=MAP)
            case "/moved":
                return web.Response(status=302, headers={"Location": "/map.fits"})
            case "/away":
                return web.Response(status=302, headers={"Location": "https://evil.example/map.fits"})
            case "/round":
                return web.Response(status=302, headers={"Location": "/round"})
            case "/page":
                return web.Response(text="<html>soon</html>")
            case "/large":
                return web.Response(body=b"SIMPLE  =" + bytes(4096))
            case _:
                return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    here = f"http://{host}:{port}"

    def check(url: str, publishers: object, known: str) -> None:
        if not url.startswith(here):
            check_url(url, downloads.PUBLISHERS)

    monkeypatch.setattr(downloads, "check_url", check)
    yield here
    await runner.cleanup()


async def test_a_download_follows_a_redirection_to_the_file(publisher: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert await download(session, f"{publisher}/map.fits") == MAP
        assert await download(session, f"{publisher}/moved") == MAP


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/missing", NotPublished, "answers 404"),
        ("/page", NotPublished, "something else than a FITS file"),
        ("/away", Refused, "evil.example is not among the known publishers"),
        ("/round", Refused, "more than 3 redirections"),
        ("/large", Refused, "more than 0 MiB"),
    ],
)
async def test_a_download_says_what_was_there_instead(
    publisher: str, path: str, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path == "/large":
        monkeypatch.setattr(downloads, "LARGEST", 2048)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(error, match=words):
            await download(session, f"{publisher}{path}")


async def test_a_publisher_that_is_down_is_asked_again() -> None:
    async with aiohttp.ClientSession() as session:
        session.get = down_context  # type: ignore[method-assign, assignment]
        with pytest.raises(NotPublished, match="connection refused"):
            await download(session, URL)


def down_context(*_: object, **__: object) -> object:
    raise aiohttp.ClientConnectionError("connection refused")
