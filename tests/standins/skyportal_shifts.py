"""SkyPortal's shifts on loopback, with the habits of version 1.4: its errors, its silences, its limits."""

from __future__ import annotations

from typing import Any

from aiohttp import web

Json = dict[str, Any]


class SkyPortalShiftsStandIn:
    """`shifts` by id; `users` by id with their user names. Group 8 is the only one."""

    def __init__(self) -> None:
        self.token = "stand-in-0123456789"
        self.users = {3: "ana-example-org", 4: "bo-example-org", 5: "chidi-example-org"}
        self.shifts: dict[int, Json] = {}
        self.calls: list[str] = []
        self.full: set[int] = set()  # shifts that take nobody more
        self.keeps_people = False  # it says that nobody may be taken off
        self.busy = 0  # answers with 429 that are still to come
        self.mute_after: str | None = None  # the next call of this kind is done and not answered
        self.url = ""
        self._next = 1
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> SkyPortalShiftsStandIn:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def add(self, name: str, start: str, end: str, *users: int) -> int:
        """A shift that somebody makes over there."""
        number, self._next = self._next, self._next + 1
        self.shifts[number] = {
            "id": number, "name": name, "group_id": 8, "start_date": start, "end_date": end,
            "shift_users_ids": list(users), "required_users_number": None,
        }  # fmt: skip
        return number

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(f"{request.method} {request.path}")
        if self.busy:
            self.busy -= 1
            return web.Response(
                status=429, text="<html>429 Too Many Requests</html>", content_type="text/html"
            )
        if request.headers.get("Authorization") != f"token {self.token}":
            return _error(401, "Unauthorized")
        body = await request.json() if request.can_read_body else {}
        answer = self._answer(request.method, request.path.split("/")[2:], request.query, body)
        if self.mute_after == self.calls[-1]:
            self.mute_after = None
            assert request.transport is not None
            request.transport.close()
        return answer

    def _answer(self, method: str, path: list[str], query: Any, body: Json) -> web.Response:
        match method, path:
            case "GET", ["user"]:
                rows = [{"id": i, "username": n, "contact_email": None} for i, n in self.users.items()]
                return _ok({"users": rows, "totalMatches": len(rows)})
            case "GET", ["shifts"]:
                since = query.get("end_date_limit", "")
                rows = [s for s in self.shifts.values() if s["end_date"] >= since]
                return _ok([{k: v for k, v in s.items() if k != "shift_users"} for s in rows])
            case "POST", ["shifts"]:
                if body.get("group_id") != 8:
                    return _error(400, "Could not load group.")
                made = self.add(body["name"], body["start_date"], body["end_date"])
                return _ok({"id": made})
            case "GET", ["shifts", number]:
                found = self.shifts.get(int(number))
                return _error(404, f"Could not load shift with ID {number}.") if not found else _ok(found)
            case "DELETE", ["shifts", number]:
                if self.shifts.pop(int(number), None) is None:
                    return _error(
                        400, "Only the admin of a shift or an admin of the shift's group can delete it."
                    )
                return _ok({})
            case "POST", ["shifts", number, "users"]:
                on = self.shifts[int(number)]["shift_users_ids"]
                if body["userID"] in on:
                    return _error(400, f"User {body['userID']} is already a member of shift {number}.")
                if int(number) in self.full:
                    return _error(400, f"Shift {number} has reached its maximum number of users.")
                on.append(body["userID"])
                return _ok({"shift_id": int(number), "user_id": body["userID"], "admin": False})
            case "DELETE", ["shifts", number, "users", user]:
                on = self.shifts[int(number)]["shift_users_ids"]
                if int(user) not in on or self.keeps_people:
                    return _error(403, "User is not a member of this shift, or you don't have the right.")
                on.remove(int(user))
                return _ok({})
        return _error(200, f"Invalid request {method} {'/'.join(path)}")


def _ok(data: Any) -> web.Response:
    return web.json_response({"status": "success", "data": data, "version": "1.4.0"})


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"status": "error", "message": message, "data": {}}, status=status)
