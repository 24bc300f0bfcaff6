"""Names and public pages: only configured services are asked; it is said who knew nothing or was silent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from commands.request import Coordinates
from platforms.instances import Platforms
from platforms.job import PlatformError
from platforms.mmoda.dispatcher import Dispatcher
from platforms.resolvers import Found, GraceDb, MmodaNames, Names, Sesame, Tns, Unresolved, chain
from tests.commands.desk import AskedDesk
from tests.commands.platform_desk import with_platforms
from tests.events.story import attach, superevent
from tests.standins.mmoda import MmodaStandIn

SESAME = """<?xml version="1.0"?><Sesame><Target><name>M31</name><Resolver name="S=Simbad (CDS)">
<otype>AGN</otype><jradeg>10.6847083</jradeg><jdedeg>+41.26875</jdedeg><z><v>-0.001</v></z><oname>M 31</oname>
</Resolver></Target></Sesame>"""
NOTHING = (
    '<Sesame><Target><Resolver name="S=Simbad"><INFO>Zero (0) answers</INFO></Resolver></Target></Sesame>'
)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Sesame>&a;</Sesame>'


class Services:
    """TNS, Sesame and GraceDB on one loopback server."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[tuple[str, dict[str, str], str]] = []
        self.sesame = SESAME
        self.tns: Any = {
            "data": {
                "objname": "2017gfo",
                "name_prefix": "AT",
                "radeg": 197.450375,
                "decdeg": -23.381495,
                "object_type": {"name": "Kilonova"},
                "redshift": 0.009727,
            }
        }
        self.status = 200

    async def handle(self, request: web.Request) -> web.Response:
        form = {str(k): str(v) for k, v in (await request.post()).items()}
        self.seen.append((request.path_qs, form, request.headers.get("User-Agent", "")))
        if request.path == "/api/get/object":
            return web.json_response(self.tns, status=self.status)
        if request.path.startswith("/-oxp"):
            return web.Response(text=self.sesame, content_type="text/xml")
        if request.path == "/api/superevents/S230518h/":
            return web.json_response(
                {"superevent_id": "S230518h", "labels": ["EM_READY", "ADVOK"], "far": 3.2e-10}
            )
        if request.path == "/api/superevents/S230518h/files/":
            files = {
                "bayestar.multiorder.fits": "https://g.test/b.fits",
                "bayestar.multiorder.fits,0": "https://g.test/0",
            }
            return web.json_response(files)
        return web.json_response({}, status=404)


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    made = Services()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def tns(services: Services) -> AsyncIterator[Tns]:
    made = Tns(services.url, "tns-key", 42, "nightdesk_bot")
    yield made
    await made.close()


@pytest.fixture
async def sesame(services: Services) -> AsyncIterator[Sesame]:
    made = Sesame(services.url)
    yield made
    await made.close()


async def test_a_transient_is_found_by_its_tns_name(services: Services, tns: Tns) -> None:
    found = await tns.resolve("AT 2017gfo")
    assert found == Found(
        "AT 2017gfo", 197.450375, -23.381495, "TNS", "Kilonova", 0.009727, f"{services.url}/object/2017gfo"
    )
    ((path, form, agent),) = services.seen
    assert (path, json.loads(form["data"])) == ("/api/get/object", {"objname": "2017gfo"})
    assert "tns-key" not in path and agent.startswith("tns_marker{")
    services.tns = {"data": {"reply": services.tns["data"]}}
    assert await tns.resolve("SN2017gfo") is not None
    assert not tns.knows_kind("M 31")


async def test_a_key_that_tns_refuses_is_said_to_be(services: Services, tns: Tns) -> None:
    services.status = 401
    with pytest.raises(PlatformError, match="does not accept") as raised:
        await tns.resolve("AT2017gfo")
    assert "tns-key" not in str(raised.value)
    services.status = 404
    assert await tns.resolve("AT2017gfo") is None


async def test_simbad_and_ned_are_asked_through_sesame(services: Services, sesame: Sesame) -> None:
    found = await sesame.resolve("M 31")
    assert found is not None
    assert (found.name, found.ra, found.dec, found.by, found.kind) == (
        "M 31",
        10.6847083,
        41.26875,
        "Simbad",
        "AGN",
    )
    services.sesame = NOTHING
    assert await sesame.resolve("x") is None
    for broken in ("<html>", BOMB, ""):
        services.sesame = broken
        with pytest.raises(PlatformError, match="no answer"):
            await sesame.resolve("x")


async def test_who_knew_nothing_and_who_was_silent_is_said(services: Services, sesame: Sesame) -> None:
    services.sesame = NOTHING
    gone = Dispatcher("MMODA", "http://127.0.0.1:9")
    names = chain([None, MmodaNames(gone), sesame])
    with pytest.raises(Unresolved, match="'Zz 9' is not known to Simbad/NED; not reachable just now: MMODA"):
        await names.resolve("Zz  9")
    services.sesame = SESAME
    assert (await names.resolve("M31")).by == "Simbad"
    with pytest.raises(Unresolved, match="no service that knows names is configured"):
        await Names().resolve("M31")
    await gone.close()


async def test_a_name_may_stand_where_a_position_is_asked_for(desk: AskedDesk) -> None:
    async with MmodaStandIn() as standin:
        dispatcher = Dispatcher("MMODA", standin.url)
        platforms = Platforms(mmoda={"mmoda": dispatcher}, names=chain([MmodaNames(dispatcher)]))
        with_platforms(desk, platforms)
        await desk.ask('mmoda run legacysurvey legacy_survey_image source:"Mrk 421"')
        job = await desk.rooms.jobs.job(1)
        assert (job.parameters["parameters"]["RA"], job.parameters["parameters"]["DEC"]) == (
            "166.113808",
            "38.208833",
        )
        asked = await desk.ask('mmoda run legacysurvey legacy_survey_image source:"Nosuch 1"')
        assert "'Nosuch 1' is not known to MMODA. What to do: Give its position." in asked.words
        await platforms.close()


async def test_without_any_service_a_name_is_no_position(desk: AskedDesk) -> None:
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S230518h"))
    asked = await desk.ask('sky S230518h source:"M31"')
    assert "is no position" in asked.words


async def test_public_files_of_a_superevent_are_linked(desk: AskedDesk, services: Services) -> None:
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S230518h"))
        await attach(session, superevent("S999999a"))
    service = GraceDb(services.url)
    with_platforms(desk, Platforms(gracedb=service))
    words = (await desk.ask("gracedb S230518h")).words
    assert "EM_READY, ADVOK" in words and "3.2e-10" in words and "1 file" in words
    assert f"{services.url}/superevents/S230518h/view/" in words
    assert "shows nothing of" in (await desk.ask("gracedb S999999a")).words
    await service.close()
    with_platforms(desk, Platforms())
    assert "[resolvers] gracedb_url" in (await desk.ask("gracedb S230518h")).words


def test_coordinates_are_still_read_as_coordinates() -> None:
    from commands.positions import read_coordinates

    assert read_coordinates("10.5 -20.25") == Coordinates(10.5, -20.25)
