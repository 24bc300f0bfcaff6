"""SkyPortal's shifts: read, made and taken away, people put on and taken off.

Its times are naive UTC. Its start and end cannot be changed (a PATCH is silently ignored), an end before the
start is accepted, both date limits of the list are lower bounds, and an error may come with HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from platforms.skyportal.client import SkyPortal, SkyPortalError

PER_PAGE = 100

__all__ = ["PortalShift", "PortalUser", "SkyPortalError", "SkyPortalShifts", "naive"]


@dataclass(frozen=True)
class PortalShift:
    """A shift as SkyPortal lists it."""

    id: int
    name: str
    start: datetime
    end: datetime
    users: frozenset[int]


@dataclass(frozen=True)
class PortalUser:
    """Somebody with an account there."""

    id: int
    username: str
    email: str | None


class SkyPortalShifts:
    """One SkyPortal's shifts, by the desk's token.

    Goes through the client that everything else there goes through, and so shares its pace (five requests a
    second for a token). Promises: what it refuses for a moment is asked again, but nothing that makes
    something is sent twice once an answer may have been lost: the next look finds what was made.
    """

    def __init__(self, portal: SkyPortal) -> None:
        self._portal = portal

    async def shifts(self, group: int, since: datetime) -> list[PortalShift]:
        """The shifts of a group that end at or after `since`."""
        query = {"group_id": str(group), "end_date_limit": naive(since)}
        found = await self._call("GET", "/api/shifts", query=query, asked="list the shifts")
        shifts = []
        for each in found if isinstance(found, list) else []:
            shifts.append(
                PortalShift(
                    id=int(each["id"]),
                    name=str(each.get("name") or ""),
                    start=_aware(each["start_date"]),
                    end=_aware(each["end_date"]),
                    users=frozenset(int(user) for user in each.get("shift_users_ids") or ()),
                )
            )
        return shifts

    async def users(self) -> list[PortalUser]:
        """Everybody with an account."""
        users: list[PortalUser] = []
        page = 1
        while True:
            query = {"numPerPage": str(PER_PAGE), "pageNumber": str(page)}
            found = await self._call("GET", "/api/user", query=query, asked="list its users")
            rows = found.get("users", []) if isinstance(found, Mapping) else found
            users += [PortalUser(int(u["id"]), str(u["username"]), u.get("contact_email")) for u in rows]
            total = found.get("totalMatches", 0) if isinstance(found, Mapping) else 0
            if len(rows) < PER_PAGE or len(users) >= total:
                return users
            page += 1

    async def create(self, group: int, name: str, start: datetime, end: datetime) -> int:
        """Make a shift without people; its id. Without a required number anybody may still be put on."""
        body = {
            "name": name,
            "group_id": group,
            "start_date": naive(start),
            "end_date": naive(end),
        }
        made = await self._call("POST", "/api/shifts", body, asked=f"make the shift “{name}”")
        return int(made["id"])

    async def delete(self, shift: int) -> None:
        """Take a shift away; one that is not there is gone already."""
        try:
            await self._call("DELETE", f"/api/shifts/{shift}", asked=f"take shift {shift} away")
        except SkyPortalError:
            # That it is not there is refused in the same words as that one may not.
            there = await self._call(
                "GET", f"/api/shifts/{shift}", gone=("could not load",), asked=f"read shift {shift}"
            )
            if there is not None:
                raise

    async def put_on(self, shift: int, user: int, asked: str = "put somebody on a shift") -> None:
        """Put somebody on a shift; who is on it stays. `asked` says it in names that people know."""
        body = {"userID": user, "admin": False}
        await self._call(
            "POST", f"/api/shifts/{shift}/users", body, gone=("already a member",),
            asked=asked,
        )  # fmt: skip

    async def take_off(self, shift: int, user: int, asked: str = "take somebody off a shift") -> None:
        """Take somebody off a shift; who is not on it is off already. `asked` as in `put_on`."""
        try:
            await self._call("DELETE", f"/api/shifts/{shift}/users/{user}", asked=asked)
        except SkyPortalError as error:
            # That somebody is not on it is refused in the same words as that one may not.
            if error.later or error.status == 401:
                raise
            there = await self._call(
                "GET", f"/api/shifts/{shift}", gone=("could not load",), asked=f"read shift {shift}"
            )
            if there is not None and user in (there.get("shift_users_ids") or ()):
                raise

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        gone: tuple[str, ...] = (),
        asked: str,
    ) -> Any:
        try:
            return await self._portal.call(method, path, body, query=query, asked=asked)
        except SkyPortalError as error:
            if error.message and any(word in error.message.casefold() for word in gone):
                return None
            raise


def naive(at: datetime) -> str:
    """An instant as SkyPortal writes it: UTC without saying so."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _aware(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
