"""SkyPortal's client: what is refused, lost, leaked or mistaken over there ends as one sentence here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from platforms.job import PlatformError
from platforms.pace import Pace
from platforms.skyportal.client import SkyPortal, SkyPortalError, part
from platforms.skyportal.said import LONGEST, said
from platforms.skyportal.secrets_dropped import without_secrets
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.recorded import RecordedPortal, everything, recorded
from tests.standins.skyportal.serving import Answer, Call, Served, success

START = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
TOKEN = "4f6d1d2e-9c0b-4c55-8a51-2f3d8a7b6c11"


class Echo(Served):
    """Answers every call with what came."""

    async def answer(self, call: Call) -> Answer:
        return success({"line": call.line, "query": dict(call.query), "body": call.body, "with": call.token})


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with Echo() as served:
        yield served


@pytest.fixture
def clock() -> HurriedClock:
    return HurriedClock(START)


Opener = Callable[..., SkyPortal]


@pytest.fixture
async def opened(clock: HurriedClock) -> AsyncIterator[Opener]:
    clients: list[SkyPortal] = []

    def client(url: str, token: str = TOKEN, **settings: Any) -> SkyPortal:
        clients.append(SkyPortal("fritz", url, token, clock, **settings))
        return clients[-1]

    yield client
    for each in clients:
        await each.close()


async def refused(
    portal: SkyPortal, method: str = "GET", path: str = "/api/config", **more: Any
) -> SkyPortalError:
    with pytest.raises(SkyPortalError) as caught:
        await portal.call(method, path, **more)
    assert isinstance(caught.value, PlatformError)
    return caught.value


async def test_the_data_of_a_success_is_all_that_comes_out(echo: Echo, opened: Opener) -> None:
    portal = opened(echo.url)
    data = await portal.call("POST", "/api/gcn_event", {"text": "a\x00b"}, query={"a": True, "b": 2})
    assert data == {"line": "POST /api/gcn_event", "query": {"a": "true", "b": "2"}, "body": {"text": "ab"},
                    "with": "…"}  # fmt: skip
    assert echo.seen[0].token == TOKEN


async def test_a_persons_token_is_used_where_given_and_hidden_too(echo: Echo, opened: Opener) -> None:
    portal = opened(echo.url)
    assert (await portal.call("GET", "/api/config", token="tok-of-ana"))["with"] == "…"
    assert echo.seen[0].token == "tok-of-ana"


async def test_an_error_inside_a_200_is_an_error(echo: Echo, opened: Opener) -> None:
    echo.fail("inside")
    error = await refused(opened(echo.url), asked="send the plan")
    assert str(error) == "fritz refused to send the plan: The telescope said no." and not error.later


async def test_a_token_in_a_message_is_never_shown(echo: Echo, opened: Opener) -> None:
    echo.fail("leak")
    error = await refused(opened(echo.url), "POST", "/api/instrument", body={})
    assert TOKEN not in str(error) + error.message and "this account create Instrument" in str(error)


@pytest.mark.parametrize(("fault", "method"), [("405", "POST"), ("405", "DELETE"), ("503", "GET")])
async def test_the_application_being_down_means_later(
    echo: Echo, opened: Opener, fault: str, method: str
) -> None:
    echo.fail(fault, times=9)
    error = await refused(opened(echo.url), method, "/api/gcn_event/tags")
    assert error.later and error.unsent and "for the moment" in str(error)


async def test_a_405_in_json_is_a_wrong_method_and_not_later(opened: Opener) -> None:
    async with RecordedPortal("1009") as served:
        error = await refused(opened(served.url, "TOKEN"), "POST", "/api/sysinfo")
    assert not error.later and "does not know POST /api/sysinfo" in str(error)


async def test_too_many_requests_are_waited_out_also_for_what_makes_something(
    echo: Echo, opened: Opener, clock: HurriedClock
) -> None:
    echo.fail("429", times=2)
    await opened(echo.url).call("POST", "/api/observation_plan", {})
    assert len(echo.calls) == 3 and clock.slept >= 6.0


async def test_too_many_requests_without_end_mean_later(echo: Echo, opened: Opener) -> None:
    echo.fail("429", times=99)
    error = await refused(opened(echo.url))
    assert error.later and len(echo.calls) == 4


async def test_nothing_that_makes_something_is_sent_twice_after_a_lost_answer(
    echo: Echo, opened: Opener
) -> None:
    for kind in ("reset", "mute", "502"):
        echo.calls.clear()
        echo.fail(kind, times=1)
        error = await refused(opened(echo.url), "POST", "/api/observation_plan", body={})
        assert error.later and not error.unsent and len(echo.calls) == 1


async def test_what_only_reads_is_asked_again_after_a_lost_answer(echo: Echo, opened: Opener) -> None:
    for kind in ("reset", "502", "503"):
        echo.calls.clear()
        echo.fail(kind)
        assert await opened(echo.url).call("GET", "/api/config")
        assert len(echo.calls) == 2


async def test_a_hanging_server_is_given_up(echo: Echo, opened: Opener) -> None:
    echo.fail("hang")
    error = await refused(opened(echo.url, timeout=0.1), asked="read the event")
    assert error.later and str(error) == "fritz did not answer in time when asked to read the event"


async def test_a_server_that_is_not_there_is_said_so(opened: Opener) -> None:
    error = await refused(opened("http://127.0.0.1:9"), "POST", "/api/gcn_event", body={})
    assert error.later and error.unsent and "cannot be reached" in str(error)


async def test_the_token_goes_nowhere_but_to_the_configured_host(echo: Echo, opened: Opener) -> None:
    echo.fail("redirect")
    error = await refused(opened(echo.url))
    assert "points to another address" in str(error) and len(echo.calls) == 1
    for path in ("//evil.example.org/api", "/api/../internal", "http://evil/api/x", "/api/a b", "/api/x?y=1"):
        with pytest.raises(ValueError, match="path"):
            await opened(echo.url).call("GET", path)
    for url in ("ftp://a.example.org", "https://user:pw@a.example.org", "skyportal.example.org"):
        with pytest.raises(ValueError, match="address") as caught:
            opened(url)
        assert "pw" not in str(caught.value)
    assert part("../x y?#") == "..%2Fx%20y%3F%23" and part("..") == "%2E%2E"


async def test_a_page_instead_of_an_answer_is_told_from_one(echo: Echo, opened: Opener) -> None:
    echo.fail("page")
    error = await refused(opened(echo.url))
    assert "no answer of SkyPortal's" in str(error) and error.advice is not None
    assert error.later  # a page of maintenance ends no job that is only looked at


async def test_a_page_instead_of_an_answer_to_what_makes_something_is_not_tried_again(
    echo: Echo, opened: Opener
) -> None:
    echo.fail("page")
    error = await refused(opened(echo.url), "POST")
    assert "no answer of SkyPortal's" in str(error) and not error.later


async def test_an_answer_without_end_is_cut_off(echo: Echo, opened: Opener) -> None:
    echo.fail("huge", times=9)
    assert "more than can be taken" in str(await refused(opened(echo.url)))


async def test_a_number_that_is_none_is_not_sent(echo: Echo, opened: Opener) -> None:
    error = await refused(opened(echo.url), "POST", "/api/sources", body={"ra": float("nan")})
    assert "not a number" in str(error) and echo.calls == []


async def test_a_missing_permission_is_told_from_a_dead_token_though_both_are_401(opened: Opener) -> None:
    async with RecordedPortal("0553", "0110") as served:
        error = await refused(
            opened(served.url, "TOKEN_ALICE"), "POST", "/api/observation_plan/1/queue",
            asked="send the plan to the telescope", needs="Manage observation plans",
        )  # fmt: skip
    assert str(error) == (
        "fritz does not allow the desk's account to send the plan to the telescope: the permission “Manage"
        " observation plans” is missing"
    )
    assert error.advice is not None and "“me token fritz”" in error.advice
    async with RecordedPortal() as served:
        error = await refused(opened(served.url, "00000000-0000-0000-0000-000000000000"))
    assert "does not know the token of the desk's account" in str(error) and error.advice is not None


async def test_not_there_is_told_from_refused_whatever_its_status(opened: Opener) -> None:
    names = ("0309", "0523", "0476", "0417", "0814", "0377", "0404")
    for name in names[:-1]:
        request = recorded(name)["request"]
        async with RecordedPortal(name) as served:
            error = await refused(opened(served.url, "TOKEN"), request["method"], request["path"])
        assert error.missing, name
    async with RecordedPortal("0407", "0552") as served:
        portal = opened(served.url, "TOKEN")
        error = await refused(portal, "POST", "/api/groups/8/users", body={})
        assert error.there_already and not error.missing
        error = await refused(portal, "POST", "/api/observation_plan/1/queue")
        assert not error.missing and not error.later


async def test_a_500_for_the_callers_mistake_is_not_tried_again(opened: Opener) -> None:
    async with RecordedPortal("0504", "0510", "1025") as served:
        portal = opened(served.url, "TOKEN")
        error = await refused(portal, "POST", "/api/observation_plan", body={})
        assert str(error).endswith("refused to POST /api/observation_plan: exposure_time is missing")
        error = await refused(portal, "POST", "/api/observation_plan", body={})
        assert str(error).endswith("one of greedy, greedy_slew, sear, airmass_weighted")
        error = await refused(portal, "GET", "/api/gcn_event")
        assert not error.later and "formats it knows" in str(error)
        assert len(served.calls) == 3


async def test_what_the_proxy_answers_is_understood(opened: Opener) -> None:
    expected = {
        "1201": True,
        "1203": False,
        "1205": True,
        "1206": True,
        "1207": True,
        "1209": True,
        "1210": True,
    }
    for name, later in expected.items():
        request = recorded(name)["request"]
        async with RecordedPortal(name) as served:
            error = await refused(opened(served.url, "TOKEN"), request["method"], request["path"])
        assert error.later is later, name
        assert "<html>" not in str(error)


async def test_burst_and_rate_stay_below_what_the_proxy_refuses(
    echo: Echo, opened: Opener, clock: HurriedClock
) -> None:
    portal = opened(echo.url)
    began = clock.monotonic()
    for _ in range(8):
        await portal.call("GET", "/api/config")
    assert clock.monotonic() == began
    for _ in range(25):
        await portal.call("GET", "/api/config")
    assert clock.monotonic() - began == pytest.approx(5.0)
    await portal.call("GET", "/api/config", token="of-ana")  # another token, another allowance
    assert clock.monotonic() - began == pytest.approx(5.0)


async def test_a_pace_holds_everybody_who_shares_it_when_told_it_is_too_much(clock: HurriedClock) -> None:
    pace = Pace(5, 8, clock)
    pace.rest(2.0)
    began = clock.monotonic()
    await pace.wait()
    assert clock.monotonic() - began >= 2.0


def test_no_recorded_message_shows_a_token_sql_a_path_or_a_traceback() -> None:
    seen = 0
    for value in everything():
        answer = value["response"].get("json")
        if not isinstance(answer, dict) or answer.get("status") != "error":
            continue
        text = said(answer["message"], ("TOKEN_ALICE", "TOKEN_BOB", "TOKEN"))
        seen += 1
        assert len(text) <= LONGEST and "\n" not in text, value["name"]
        for leak in ("TOKEN", "[SQL", "psycopg", "Traceback", "/srv/", "secret-", "%("):
            assert leak not in text, (value["name"], text)
    assert seen > 200


def test_every_credential_in_the_recorded_answers_is_dropped_on_reading() -> None:
    leaks = ("TOKEN", "secret-", "Bearer")
    for value in everything():
        answer = value["response"].get("json")
        if not isinstance(answer, dict) or answer.get("status") != "success":
            continue
        text = repr(without_secrets(answer.get("data"), ("TOKEN_ALICE", "TOKEN_BOB", "TOKEN_DAVE", "TOKEN")))
        assert not any(leak in text for leak in leaks), value["name"]
    capability = recorded("0721")["response"]["json"]["data"]
    assert "token" in repr(capability) and "token" not in repr(without_secrets(capability))
