"""`nightdesk doctor` and the platforms: which answer, which take the token, how people's tokens are kept."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.fernet import Fernet

from bot.checkup_platforms import platform_findings
from bot.settings import Settings

NOWHERE = "http://127.0.0.1:9"


async def portal(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "token good":
        return web.json_response({"status": "error", "message": "Invalid token"}, status=401)
    data: dict[str, Any] = {"permissions": ["Upload data", "Comment"]}
    return web.json_response({"status": "success", "data": data})


async def examined(**sections: Any) -> dict[str, tuple[str, str]]:
    findings = await platform_findings(Settings.model_validate(sections))
    assert all(each.remedy for each in findings if each.verdict != "good"), "says how to mend it"
    return {each.name: (each.verdict, each.detail) for each in findings}


async def test_without_platforms_nothing_is_said_of_them() -> None:
    assert await examined() == {}


async def test_each_instance_is_asked_for_itself() -> None:
    app = web.Application()
    app.router.add_get("/api/internal/profile", portal)
    app.router.add_get("/", lambda request: web.Response(text="here"))
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        found = await examined(
            skyportal={"url": url, "token": "good"},
            skyportals=[
                {"name": "fritz", "url": url, "token": "bad"},
                {"name": "icare", "url": NOWHERE, "token": "t"},
                {"name": "other", "url": url},
            ],
            mmoda={"url": url},
            treasuremap={"url": NOWHERE},
            credentials={"key": Fernet.generate_key().decode()},
        )
    assert found["platform skyportal"] == ("good", "takes the token, which has 2 permissions (ACLs)")
    assert found["platform fritz"][0] == "bad"
    assert found["platform icare"][0] == "bad"
    assert found["platform other"][0] == "warning"
    assert found["platform mmoda"] == ("good", "answers")
    assert found["platform treasuremap"][0] == "bad"
    assert found["people's tokens"][0] == "good"
    assert "good" not in found["platform fritz"][1], "no token is repeated"


async def test_a_key_in_the_database_and_a_key_that_is_none_are_told() -> None:
    assert (await examined(mmoda={"url": NOWHERE}))["people's tokens"][0] == "warning"
    wrong = await examined(mmoda={"url": NOWHERE}, credentials={"key": "secret-but-no-key"})
    assert wrong["people's tokens"][0] == "bad"
    assert "secret-but-no-key" not in str(wrong)


async def test_two_instances_of_one_name_are_told() -> None:
    found = await examined(skyportal={"url": NOWHERE}, skyportals=[{"url": NOWHERE}])
    assert found["platforms"][0] == "bad"
    assert "'skyportal'" in found["platforms"][1]
