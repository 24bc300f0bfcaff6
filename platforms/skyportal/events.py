"""Events at a SkyPortal: mirrored, commented on, tagged, given their advocate; each once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.identity import (
    SUPEREVENT,
    EventIdentity,
    PortalEvent,
    find_event,
    search_events,
    would_merge,
)
from platforms.skyportal.instants import naive
from platforms.skyportal.posting import Posting
from platforms.skyportal.reading import Incoming, parsed, rows
from platforms.skyportal.refusals import SkyPortalError

POSTING_TIME = 80.0  # s: it answers after 0.2 to 15, with the map and its contours computed
LONGEST_COMMENT = 8000
PER_PAGE = 100
MOST_USERS = 2000


@dataclass(frozen=True)
class Mirrored:
    """An event there. `made`: by this call; `note` says what is not as one would expect."""

    event: PortalEvent
    made: bool = False
    note: str = ""


async def mirror(
    portal: SkyPortal, identity: EventIdentity, posting: Posting | None, *, token: str | None = None
) -> Mirrored:
    """Find the event there, or post its notice. Raises SkyPortalError where neither worked.

    Its own matching is by substring, so that the notice of S261001a would be attached to S261001ab: where
    that would happen the event is made from its time and name, without the notice. A refused posting may
    have made the event all the same: it is looked up before anything is said.
    """
    found = await find_event(portal, identity, token=token)
    if found is not None:
        return Mirrored(found)
    if posting is None:
        raise SkyPortalError(
            f"{portal.name} does not know {identity.name}, and there is no notice here that it could read",
            advice=f"make it on {portal.name} by hand, with the alias {identity.name}",
        )
    if posting.retraction:
        raise SkyPortalError(
            f"{portal.name} does not know {identity.name}: a retraction alone is not posted there"
        )
    other = await _merged_with(portal, identity, token)
    body = posting.body if other is None else _plain(identity, posting, portal)
    refused: SkyPortalError | None = None
    try:
        await portal.call(
            "POST", "/api/gcn_event", body, token=token, asked=f"take the notice of {identity.name}",
            within=POSTING_TIME,
        )  # fmt: skip
    except SkyPortalError as error:
        refused = error
    found = await find_event(portal, identity, token=token)
    if found is None:
        if refused is not None and refused.there_already:
            raise SkyPortalError(
                f"{portal.name} holds another notice of the same second and takes none of {identity.name}",
                advice=f"make the event on {portal.name} by hand, with the alias {identity.name}",
            ) from None
        raise refused or SkyPortalError(f"{portal.name} took the notice, and has no {identity.name} after it")
    if refused is not None:
        return Mirrored(found, made=True, note=f"the event is there, but not all of the notice: {refused}")
    if other is not None:
        why = f"made without its notice, which {portal.name} would have given to {', '.join(other.aliases)}"
        return Mirrored(found, made=True, note=why)
    return Mirrored(found, made=True)


async def post_notice(
    portal: SkyPortal,
    identity: EventIdentity,
    event: PortalEvent,
    posting: Posting,
    *,
    token: str | None = None,
) -> bool:
    """Post a further notice to an event that is there; False where it has it.

    A repeat is refused there with SQL, and leaves a second row of properties: it is not sent.
    """
    at = posting.issued
    if at is not None and any(
        each.date is not None and abs(each.date - at) < timedelta(seconds=1) for each in event.gcn_notices
    ):
        return False
    if await _merged_with(portal, identity, token) is not None:
        raise SkyPortalError(f"{portal.name} would give the notice of {identity.name} to another event")
    try:
        await portal.call(
            "POST", "/api/gcn_event", posting.body, token=token,
            asked=f"take the notice of {identity.name}", within=POSTING_TIME,
        )  # fmt: skip
    except SkyPortalError as error:
        if error.there_already:
            return False
        raise
    return True


async def comment(
    portal: SkyPortal, event: PortalEvent, text: str, *, who: str, token: str | None = None
) -> int:
    """Comment on an event, signed; the comment's id. The same text twice is one comment."""
    body = {"text": f"{text.strip()[:LONGEST_COMMENT]}\n\n{signature(who)}"}
    made = await portal.call(
        "POST", f"/api/gcn_event/{part(event.id)}/comments", body, token=token, needs="Comment",
        asked="comment on the event",
    )  # fmt: skip
    return int(made["comment_id"])


def signature(who: str) -> str:
    """The desk's mark: whose comment it is, since the account may be the desk's."""
    return f"({who}, by nightdesk)"


async def tag(portal: SkyPortal, event: PortalEvent, text: str, *, token: str | None = None) -> bool:
    """Tag an event; False where it has the tag. Its tags are not unique, so a second is not sent."""
    if text in event.tags:
        return False
    body = {"dateobs": event.dateobs, "text": text}
    await portal.call("POST", "/api/gcn_event/tags", body, token=token, asked="tag the event")
    return True


async def untag(portal: SkyPortal, event: PortalEvent, text: str, *, token: str | None = None) -> bool:
    """Take a tag away, as often as it is there; False where it is not. The tag goes in the body."""
    if text not in event.tags:
        return False
    for _ in range(event.tags.count(text)):
        await portal.call(
            "DELETE", f"/api/gcn_event/tags/{part(event.dateobs)}", {"tag": text}, token=token,
            asked="take the tag away",
        )  # fmt: skip
    return True


class PortalAccount(Incoming):
    """Somebody with an account there. User names are slugs: alice@example.org is alice-example-org."""

    id: int
    username: str
    contact_email: str | None = None


async def accounts(portal: SkyPortal) -> tuple[PortalAccount, ...]:
    """Everybody with an account there."""
    found: list[PortalAccount] = []
    for page in range(1, MOST_USERS // PER_PAGE + 1):
        answer = await portal.call(
            "GET", "/api/user", query={"numPerPage": PER_PAGE, "pageNumber": page}, asked="list its users"
        )
        listed = rows(answer, "users")
        found += [parsed(portal, PortalAccount, each, "a user") for each in listed]
        total = answer.get("totalMatches", 0) if isinstance(answer, Mapping) else 0
        if len(listed) < PER_PAGE or len(found) >= total:
            break
    return tuple(found)


async def account_of(
    portal: SkyPortal, name: str, emails: tuple[str, ...] = (), *, own: str | None = None
) -> PortalAccount | None:
    """Somebody's account there: by their own token, else by their address or name; None without one."""
    if own is not None:
        profile = await portal.call("GET", "/api/internal/profile", token=own, asked="read your profile")
        return parsed(portal, PortalAccount, profile, "your profile")
    wanted = {each.casefold() for each in emails}
    slugs = {slug(each) for each in (*emails, name)}
    for each in await accounts(portal):
        if (each.contact_email or "").casefold() in wanted or each.username.casefold() in slugs:
            return each
    return None


def slug(name: str) -> str:
    """A user name as it makes one of an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


async def set_advocate(
    portal: SkyPortal, event: PortalEvent, account: PortalAccount, *, token: str | None = None
) -> bool:
    """Name who has the event in hand there; False where they were named."""
    if account.id in (event.event_users_ids or ()):
        return False
    try:
        await portal.call(
            "POST", f"/api/gcn_event/{part(event.dateobs)}/users", {"userID": account.id}, token=token,
            asked="name the advocate of the event",
        )  # fmt: skip
    except SkyPortalError as error:
        if not error.there_already:
            raise
        return False
    return True


async def _merged_with(portal: SkyPortal, identity: EventIdentity, token: str | None) -> PortalEvent | None:
    for name in identity.names[:4]:
        near = await search_events(portal, {"partialdateobs": name}, token=token)
        other = would_merge(near, identity)
        if other is not None:
            return other
    return None


def _plain(identity: EventIdentity, posting: Posting, portal: SkyPortal) -> dict[str, Any]:
    """The event without its notice: found by its time to the second, which its address needs."""
    if identity.trigger_time is None:
        raise SkyPortalError(f"{portal.name} cannot be given {identity.name} without the time of its trigger")
    prefix = "LVC" if identity.mission == "LVK" else identity.mission
    alias = identity.name if SUPEREVENT.match(identity.name) else f"{prefix}#{identity.name}"
    body: dict[str, Any] = {
        "dateobs": naive(identity.trigger_time),
        "aliases": [alias],
        "tags": list(dict.fromkeys((*posting.tags, *(("GW",) if identity.mission == "LVK" else ())))),
    }
    return body | ({"skymap": posting.sky_map} if posting.sky_map else {})
