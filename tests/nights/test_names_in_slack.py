"""Names, GraceDB, products, jobs and reactions in Slack, from the question to the answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.cards.goldens import assert_golden
from tests.nights.archives import EVENT, Archives, open_archives

GOLDEN = Path(__file__).parent / "golden"
NUMBERS = re.compile(r'("(?:session_id|job_id)": ")\w+')
"""What a dispatcher and a job's mark make anew each time."""
NOTHING = (
    '<Sesame><Target><Resolver name="S=Simbad"><INFO>Zero (0) answers</INFO></Resolver></Target></Sesame>'
)


class Services:
    """Sesame and GraceDB on one server: `status` is what GraceDB answers with."""

    def __init__(self) -> None:
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.startswith("/-oxp"):
            return web.Response(text=NOTHING, content_type="text/xml")
        if request.path.endswith("/files/"):
            return web.json_response({"bayestar.multiorder.fits": "https://gracedb.test/bayestar.fits"})
        about = {"superevent_id": EVENT, "labels": ["EM_READY", "ADVOK"], "far": 3.2e-10}
        return web.json_response(about if self.status == 200 else {}, status=self.status)


async def test_names_pages_and_products_from_the_question_to_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, app = Services(), web.Application()
    app.router.add_route("*", "/{path:.*}", services.answer)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        resolvers = {"gracedb_url": url, "sesame_url": url}
        async with open_archives(tmp_path, monkeypatch, resolvers=resolvers) as night:
            await _gracedb(night, services)
            await _names(night)
            await _products(night)
            await _jobs(night)
            read = night.protocol().replace(url, "http://gracedb.test")
            assert_golden("names.txt", NUMBERS.sub(r"\1…", read), GOLDEN)


async def _gracedb(night: Archives, services: Services) -> None:
    await night.asks(f"gracedb {EVENT}", "EM_READY", "3.2e-10", title="gracedb")
    for services.status, words in (
        (404, "shows nothing of"),
        (403, "shows nothing of"),
        (500, "no answer that can be read"),
        (503, "is busy or down"),
        (302, "by sending elsewhere"),
    ):
        await night.asks(f"gracedb {EVENT}", words, title=f"gracedb: {services.status}")
    services.status = 200


async def _names(night: Archives) -> None:
    await night.asks("mmoda name Mrk 421", "166.11381 +38.20883", title="a name")
    line = 'mmoda run legacysurvey legacy_survey_image source:"Zz 9"'
    unknown = "'Zz 9' is not known to MMODA, Simbad/NED. What to do: Give its position."
    await night.asks(line, unknown, title="an unknown name")


async def _products(night: Archives) -> None:
    await night.asks("mmoda list", "spi_acs", title="mmoda list")
    await night.asks("mmoda list gw gw_strain", "H1, L1, V1", title="mmoda list of a product")
    line = 'mmoda run legacysurvey legacy_survey_image source:"Mrk 421"'
    await night.follows(line, "grz", title="an image of a name")
    await night.asks("mmoda status", "legacy_survey_image", title="mmoda status")
    await night.asks("mmoda result 1", "grz", title="mmoda result", pictures=1)
    await night.asks("mmoda code 1", "par_dict", title="mmoda code")
    await night.asks("mmoda code 9", "Job 9 is no product", title="no such product")


async def _jobs(night: Archives) -> None:
    await night.asks("jobs", "legacy_survey_image", title="jobs")
    await night.asks("job show 1", "grz", title="job show", pictures=1)
    await night.asks("job cancel 1", "has ended", title="too late")
    await night.asks("job show 99", "There is no job 99", title="no such job")
    await night.asks("reactions list", "eaction", title="reactions")
