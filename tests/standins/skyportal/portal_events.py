"""Events of the small SkyPortal: posted, found, merged by substring, tagged, commented on, taken in hand."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.standins.skyportal.serving import Answer, Call, error, success

if TYPE_CHECKING:
    from tests.standins.skyportal.portal import Account, Portal

Json = dict[str, Any]


def answer(portal: Portal, account: Account, call: Call) -> Answer | None:
    match call.method, call.parts:
        case "GET", ("gcn_event",):
            return success(_listed(portal, call))
        case "POST", ("gcn_event",):
            return _post(portal, account, call.body or {})
        case "GET", ("gcn_event", dateobs):
            found = by_time(portal, dateobs)
            return error(404, "GCN event not found") if found is None else success(found)
        case "POST", ("gcn_event", "tags"):
            return _tag(portal, call.body)
        case "DELETE", ("gcn_event", "tags", dateobs):
            return _untag(portal, dateobs, call.body)
        case "POST", ("gcn_event", number, "comments"):
            return _comment(portal, account, number, call.body)
        case "GET", ("gcn_event", number, "comments"):
            return success([each for each in portal.comments if str(each["gcn_id"]) == number])
        case "POST", ("gcn_event", dateobs, "users"):
            return _advocate(portal, dateobs, call.body)
        case "DELETE", ("gcn_event", dateobs, "users", user):
            found = by_time(portal, dateobs)
            pair = (found["id"] if found else 0, int(user))
            if pair not in portal.advocates:
                return error(403, "GcnEventUser does not exist, or you don't have the right to delete them.")
            portal.advocates.remove(pair)
            return success({})
    return None


def add_event(
    portal: Portal, dateobs: str, *aliases: str, maps: tuple[str, ...] = (), tags: tuple[str, ...] = ()
) -> Json:
    """An event that is there."""
    event: Json = {
        "id": portal.number("event"), "dateobs": dateobs, "aliases": list(aliases), "tags": list(tags),
        "trigger_id": None, "sent_by_id": 2, "gcn_notices": [], "localizations": [], "event_users_ids": None,
    }  # fmt: skip
    portal.events.append(event)
    for name in maps:
        add_map(portal, event, name)
    return event


def add_map(portal: Portal, event: Json, name: str) -> None:
    event["localizations"].append(
        {
            "id": portal.number("map"),
            "localization_name": name,
            "created_at": portal.written(),
            "notice_id": None,
        }
    )


def by_time(portal: Portal, dateobs: str) -> Json | None:
    return next((each for each in portal.events if each["dateobs"] == dateobs), None)


def _listed(portal: Portal, call: Call) -> Json:
    part = call.query.get("partialdateobs", "")
    start, end = call.query.get("startDate", ""), call.query.get("endDate", "9999")
    found = [
        each
        for each in portal.events
        if (part in each["dateobs"] or any(part in alias for alias in each["aliases"]))
        and start <= each["dateobs"] <= end
    ]
    for each in found:
        users = [user for event, user in portal.advocates if event == each["id"]]
        each["event_users_ids"] = users or None
    return {"events": found[: int(call.query.get("numPerPage", 10))], "totalMatches": len(found)}


def _post(portal: Portal, account: Account, body: Json) -> Answer:
    if "json" in body:
        notice = json.loads(body["json"]) if isinstance(body["json"], str) else body["json"]
        alias = f"LVC#{notice['superevent_id']}"
        at = datetime.fromisoformat(notice["event"]["time"]) if notice.get("event") else None
        ivorn = f"LVC-{datetime.fromisoformat(notice['time_created']):%Y-%m-%dT%H:%M:%S}"
    elif "xml" in body:
        if not body["xml"].lstrip().startswith("<"):
            return error(400, "Cannot post event: can't access to resource 'file:///srv/skyportal/x'")
        alias, at, ivorn = _of_voevent(body["xml"])
    else:
        return _dictionary(portal, account, body)
    # As the server does it: a name that is part of another's is taken for that one.
    event = next((e for e in portal.events if any(alias in each for each in e["aliases"])), None)
    if event is None and at is None:
        return error(
            400, "Cannot post event: Cannot ingest GCN notice: no trigger_time and no existing event"
        )
    if event is None:
        assert at is not None
        event = by_time(portal, f"{at:%Y-%m-%dT%H:%M:%S}") or add_event(portal, f"{at:%Y-%m-%dT%H:%M:%S}")
        event["sent_by_id"] = account.id
    elif event["sent_by_id"] != account.id:
        return error(
            400,
            "Cannot post event: Insufficient permissions: GCN event can only be updated by original poster",
        )
    if alias not in event["aliases"]:
        event["aliases"].append(alias)
    if any(notice["ivorn"] == ivorn for each in portal.events for notice in each["gcn_notices"]):
        text = "(psycopg.errors.UniqueViolation) duplicate key value violates unique constraint"
        return error(
            400, f"Cannot post event: {text}\nDETAIL:  Key (ivorn)=({ivorn}) already exists.\n[SQL: INSERT]"
        )
    number = portal.number("notice")
    event["gcn_notices"].append({"id": number, "ivorn": ivorn, "date": ivorn.partition("-")[2]})
    add_map(portal, event, f"{alias.partition('#')[2]}-PRELIMINARY.multiorder.fits")
    return success({"gcnevent_id": event["id"], "dateobs": event["dateobs"], "notice_id": number})


def _dictionary(portal: Portal, account: Account, body: Json) -> Answer:
    if "dateobs" not in body:
        return error(400, "Either xml, json or dateobs must be present in data to parse a GcnEvent")
    event = by_time(portal, body["dateobs"]) or add_event(portal, body["dateobs"])
    event["sent_by_id"] = account.id
    event["aliases"] += [each for each in body.get("aliases", ()) if each not in event["aliases"]]
    event["tags"] += [each for each in body.get("tags", ()) if each not in event["tags"]]
    if body.get("skymap"):
        add_map(portal, event, f"{body['dateobs']}.fits")
    return success({"gcnevent_id": event["id"], "dateobs": event["dateobs"], "notice_id": None})


def _of_voevent(text: str) -> tuple[str, datetime | None, str]:
    ivorn = re.search(r'ivorn="([^"]+)"', text)
    time = re.search(r"<ISOTime>([^<]+)<", text)
    trigger = re.search(r'name="(?:TrigID|GraceID)"[^>]*value="([^"]+)"', text)
    at = datetime.fromisoformat(time[1]) if time else None
    return f"TRIG#{trigger[1] if trigger else '0'}", at, ivorn[1] if ivorn else "x"


def _tag(portal: Portal, body: Json) -> Answer:
    found = by_time(portal, body.get("dateobs", ""))
    if found is None:
        return error(400, "Cannot post tag: (psycopg.errors.ForeignKeyViolation) insert\n[SQL: INSERT]")
    found["tags"].append(body["text"])  # twice, if asked twice
    return success({"gcntag_id": portal.number("tag")})


def _untag(portal: Portal, dateobs: str, body: Json | None) -> Answer:
    if not body or "tag" not in body:
        return error(400, "tag must be present in data to remove GcnTag")
    found = by_time(portal, dateobs)
    if found is None or body["tag"] not in found["tags"]:
        return error(400, f"No tag {body['tag']} for {dateobs}.")
    found["tags"].remove(body["tag"])
    return success({})


def _comment(portal: Portal, account: Account, number: str, body: Json) -> Answer:
    if "Comment" not in account.acls:
        return error(401, "HTTP 401: Unauthorized")
    if not any(str(each["id"]) == number for each in portal.events):
        return error(400, f"Could not find any accessible gcn events with ID {number}.")
    same = [c for c in portal.comments if (str(c["gcn_id"]), c["text"]) == (number, body["text"])]
    if same:
        return success({"comment_id": same[0]["id"], "message": "Same comment already exists."})
    comment = {
        "id": portal.number("comment"),
        "gcn_id": int(number),
        "text": body["text"],
        "author_id": account.id,
    }
    portal.comments.append(comment)
    return success({"comment_id": comment["id"]})


def _advocate(portal: Portal, dateobs: str, body: Json) -> Answer:
    found, user = by_time(portal, dateobs), body.get("userID")
    if found is None:
        return error(404, "GCN event not found")
    if not any(each.id == user for each in portal.accounts.values()):
        return error(404, f"User with ID {user} not found")
    if (found["id"], user) in portal.advocates:
        return error(400, f"User {user} is already a member of event {dateobs}.")
    portal.advocates.append((found["id"], user))
    return success({})
