"""A small SkyPortal of our own, which remembers: accounts, events, comments, tags, advocates, plans.

Its habits, also the bad ones, are those of the recorded 1.4.0. Further subjects add an answerer to `rooms`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from store.clock import Clock
from tests.standins.skyportal import portal_events, portal_plans
from tests.standins.skyportal.serving import Answer, Call, Served, error, success

Json = dict[str, Any]
FULL = ("Comment", "Upload data", "Classify", "Run Analyses")
EVERYTHING = (*FULL, "Manage observation plans", "Manage allocations", "Manage GCNs", "System admin")


@dataclass
class Account:
    """Somebody with a token there."""

    id: int
    username: str
    acls: tuple[str, ...] = FULL
    email: str | None = None


@dataclass
class Portal(Served):
    """The server's world. `clock` moves its plans; `accounts` are by token.

    `rooms` answer in turn: the first that knows the call. Numbers come from one sequence for each kind.
    """

    clock: Clock = field(kw_only=True)
    desk: str = "desk-0123456789abcdef"
    accounts: dict[str, Account] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    advocates: list[tuple[int, int]] = field(default_factory=list)
    plans: list[Json] = field(default_factory=list)
    habits: set[str] = field(default_factory=set)
    rooms: list[Callable[[Portal, Account, Call], Answer | None]] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts.setdefault(self.desk, Account(2, "desk", EVERYTHING))
        self.rooms += [accounts, portal_events.answer, portal_plans.answer]

    def number(self, kind: str) -> int:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def written(self) -> str:
        return f"{self.clock.now():%Y-%m-%dT%H:%M:%S}"

    async def answer(self, call: Call) -> Answer:
        account = self.accounts.get(call.token)
        if account is None:
            return error(401, "HTTP 401: Unauthorized")
        for room in self.rooms:
            found = room(self, account, call)
            if found is not None:
                return found
        return error(400 if call.method == "GET" else 405, "Invalid API endpoint")


def accounts(portal: Portal, account: Account, call: Call) -> Answer | None:
    """Profiles and users."""
    match call.method, call.parts:
        case "GET", ("internal", "profile"):
            tokens = [{"id": token} for token, each in portal.accounts.items() if each is account]
            return success({"id": account.id, "username": account.username, "contact_email": account.email,
                            "permissions": list(account.acls), "tokens": tokens})  # fmt: skip
        case "GET", ("user",):
            wanted = call.query.get("username", "")
            users = [
                {"id": each.id, "username": each.username, "contact_email": each.email}
                for each in portal.accounts.values()
                if wanted in each.username
            ]
            return success({"users": users, "totalMatches": len(users)})
    return None


def forbidden(account: Account, acl: str) -> Answer | None:
    """What somebody without a permission gets: the answer of a bad token."""
    return None if acl in account.acls else error(401, "HTTP 401: Unauthorized")
