"""A Treasure Map on loopback with the habits of its server; recorded answers where a test says so."""

from __future__ import annotations

from collections import deque
from typing import Any

from aiohttp import web

from facilities.treasure_map_bands import BANDS
from platforms.treasure_map import DEPTH_UNITS, STATUSES
from tests.standins.recordings import Exchange

Json = dict[str, Any]


class TreasureMapStandIn:
    """Event S260901a (also GW260901) and instruments 1 and 2 are known; `tokens` maps a token to its user."""

    def __init__(self) -> None:
        self.url = ""
        self.script: deque[Exchange] = deque()
        self.calls: list[tuple[str, str, Json]] = []
        self.tokens = {"tm-token-ana": "ana", "tm-token-desk": "nightdesk"}
        self.events = {"S260901a": "GW260901"}
        self.instruments = [
            {
                "id": 1,
                "instrument_name": "Zwicky Transient Facility",
                "nickname": "ZTF",
                "instrument_type": 1,
            },
            {"id": 2, "instrument_name": "Example Spectrograph", "nickname": None, "instrument_type": 2},
        ]
        self.rows: list[Json] = []
        self.mute = False  # the next POST is done and not answered
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> TreasureMapStandIn:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def add(self, ra: float, dec: float, time: str, *, user: str = "somebody", **more: Any) -> int:
        """A pointing that somebody reported."""
        longitude = ra if ra <= 180 else ra - 360  # as its database gives it back
        row = {
            "id": len(self.rows) + 1, "graceid": "S260901a", "position": f"POINT({longitude:g} {dec:g})",
            "ra": None, "dec": None, "instrumentid": 1, "instrument_name": "ZTF", "depth": 21.5,
            "depth_unit": "ab_mag", "band": "r", "pos_angle": 0.0, "time": time, "status": "completed",
            "username": user, **more,
        }  # fmt: skip
        self.rows.append(row)
        return int(row["id"])

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else {}
        self.calls.append((request.method, request.path_qs, body))
        if self.script and self.script[0].answers(request):
            return self.script.popleft().replied()
        user = self._user(request)
        if request.method == "POST" and user is None:
            return _said(401, "Authentication required. Please provide a valid JWT token or API token.")
        answer = self._answer(request, body, user or "")
        if self.mute and request.method == "POST":
            self.mute = False
            assert request.transport is not None
            request.transport.close()
        return answer

    def _user(self, request: web.Request) -> str | None:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(request.headers.get("api_token", bearer))

    def _answer(self, request: web.Request, body: Json, user: str) -> web.Response:
        match request.method, request.path.removeprefix("/api/v1/"):
            case "GET", "instruments":
                return web.json_response(self.instruments)
            case "GET", "query_alerts":
                wanted = request.query.get("graceid")
                known = [g for g, other in self.events.items() if wanted in (g, other)]
                return web.json_response([{"graceid": g, "alternateid": self.events[g]} for g in known])
            case "GET", "footprints":
                outline = "POLYGON ((-0.5 -0.5, 0.5 -0.5, 0.5 0.5, -0.5 0.5, -0.5 -0.5))"
                return web.json_response([{"id": 1, "instrumentid": 2, "footprint": outline}])
            case "GET", "pointings":
                return web.json_response(self._listed(request))
            case "POST", "pointings":
                return self._stored(body, user)
            case "POST", "update_pointings":
                return self._cancelled(body, user)
        return web.json_response({"detail": "Not Found"}, status=404)

    def _listed(self, request: web.Request) -> list[Json]:
        query = request.query
        wanted = [g for g, other in self.events.items() if query.get("graceid") in (g, other)]
        return [
            {key: value for key, value in row.items() if key != "graceid"}
            for row in self.rows
            if row["graceid"] in wanted
            and query.get("status", row["status"]) == row["status"]
            and query.get("instrument", str(row["instrumentid"])) == str(row["instrumentid"])
        ]

    def _stored(self, body: Json, user: str) -> web.Response:
        if body.get("graceid") not in self.events:
            return _said(400, "Invalid graceid")
        ids: list[int] = []
        errors: list[Any] = []
        for each in body["pointings"]:
            if "id" in each:
                self._mark(each, user, ids, errors)
                continue
            bad = (
                each.get("band") not in {None, *BANDS}
                or each.get("depth_unit") not in {None, *DEPTH_UNITS}
                or each.get("status") not in STATUSES
            )
            if bad:
                return _said(500, "A database error occurred")
            if each["instrumentid"] not in {row["id"] for row in self.instruments}:
                why = f"Instrument with ID {each['instrumentid']} not found"
                about = f"Object: {{'ra': {each['ra']}, 'dec': {each['dec']}, 'id': None}}"
                errors.append([about, [f"400: {{'errors': [{{'message': '{why}'}}]}}"]])
                continue
            more = {key: value for key, value in each.items() if key not in ("ra", "dec", "time")}
            more["graceid"] = body["graceid"]
            ids.append(self.add(each["ra"], each["dec"], each["time"], user=user, **more))
        return web.json_response({"pointing_ids": ids, "ERRORS": errors, "WARNINGS": [], "DOI": None})

    def _mark(self, each: Json, user: str, ids: list[int], errors: list[Any]) -> None:
        row = next((r for r in self.rows if r["id"] == each["id"] and r["username"] == user), None)
        if row is None or row["status"] != "planned":
            why = "['400: {\\'message\\': \\'This pointing has already been completed\\'}']"
            errors.append([f"Object: {{'ra': None, 'id': {each['id']}}}", [why]])
            return
        row.update(status="completed", time=each["time"])
        self.rows.append(row)  # the event's link is written twice
        ids.append(row["id"])

    def _cancelled(self, body: Json, user: str) -> web.Response:
        count = 0
        for row in self.rows:
            if row["id"] in body["ids"] and row["username"] == user and row["status"] == "planned":
                row["status"] = "cancelled"
                count += 1
        return web.json_response({"message": f"Updated {count} pointings successfully."})


def _said(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
