"""What counts as a recorded error, and that none is passed over or excused without a ground."""

from __future__ import annotations

from typing import Any

from tests.nights.recorded_refusals import Calls, Refusal, calls_of, dishonest, gaps, is_error
from tests.standins.recordings import Exchange


def exchange(status: int | None, value: Any = None, *, text: str | None = None, **more: Any) -> Exchange:
    kind = "text/html" if text is not None else "application/json"
    body = {"text": text} if text is not None else {"json": value}
    response = {"status": status, "headers": {"content-type": kind}, **body}
    return Exchange("0506-x", {"method": "POST", "path": "/api/observation_plan"}, response, **more)


def test_what_came_back_wrong_is_an_error_whatever_its_status_says() -> None:
    assert is_error(exchange(None)) and is_error(exchange(401, {})) and is_error(exchange(302, text="Moved"))
    assert is_error(exchange(200, {"status": "error", "message": "no"})), "an error inside a success"
    assert is_error(exchange(200, {"query_status": "failed"})), "MMODA's"
    assert is_error(exchange(200, {"pointing_ids": [], "ERRORS": [["Object", "no"]]})), "Treasure Map's"
    assert is_error(exchange(200, {"status": "pending"}, callback={"json": {"status": "failure"}})), "NMMA's"
    assert is_error(exchange(200, text="<html>log in</html>")), "a proxy's page"
    assert not is_error(exchange(200, {"status": "success", "data": {}}))
    assert not is_error(exchange(200, [1, 2]))
    assert not is_error(exchange(200, {"pointing_ids": [1], "ERRORS": []}))


def test_an_error_is_played_or_exempt_and_never_both() -> None:
    refused = [Refusal(number, exchange(400)) for number in ("0506", "0507", "0508")]
    why = "no command makes this call"
    assert gaps(refused, ["0506", "0506", "0507"], {"0508": why}) == []
    (passed_over,) = gaps(refused, ["0506", "0507"])
    assert "no row plays it" in passed_over
    assert gaps(refused, ["0506", "0507", "0508"], {"0508": why}) == ["0508: exempt, and played all the same"]
    (stale,) = gaps(refused, ["0506", "0507", "0508"], {"0999": why})
    assert "0999" in stale
    (lazy,) = gaps(refused, ["0506", "0507"], {"0508": "no"})
    assert "without a reason" in lazy


def test_what_the_client_calls_is_read_off_its_source() -> None:
    calls = calls_of("platforms/skyportal", "platforms/skyportal_shifts.py")
    assert calls.makes("POST", "/api/observation_plan/16/queue")
    assert calls.makes("GET", "/api/observation_plan/16/simsurvey"), "its path is held in a name"
    assert calls.makes("GET", "/api/observation_plan/1/simsurvey/plot"), "a download"
    assert calls.makes("POST", "/api/shifts/5/users")
    assert not calls.makes("POST", "/api/gcn_event/2025-09-10T00:07:57/alias")
    assert not calls.makes("PUT", "/api/shifts/5/users")
    there = calls_of("platforms/treasure_map.py", base="/api/v1/").besides(("GET", "/api/v1/instruments"))
    assert there.makes("POST", "/api/v1/update_pointings") and there.makes("GET", "/api/v1/instruments")


def test_an_exemption_of_what_the_client_does_call_is_found_out() -> None:
    refused = [Refusal("0506", exchange(400))]
    calls = Calls(frozenset({("POST", "/api/observation_plan")}))
    (found,) = dishonest(refused, {"0506": "no command makes this call"}, calls)
    assert "POST /api/observation_plan" in found
    assert dishonest(refused, {"0506": "no command makes it"}, Calls(frozenset({("GET", "/api/x")}))) == []
