"""Events at a SkyPortal: found exactly, mirrored once, never merged with another; marked, tagged, in hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from platforms.job import JobState
from platforms.skyportal import events
from platforms.skyportal.client import SkyPortal, SkyPortalError
from platforms.skyportal.identity import EventIdentity, PortalEvent, find_event, identity_of
from platforms.skyportal.posting import Posting, posting_of
from store.database import Database
from tests.cards import nights
from tests.platforms.skyportal_desk import EVENT, START, SkyPortalDesk, skyportal_desk
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import FULL, Account
from tests.standins.skyportal.portal_events import add_event
from tests.standins.skyportal.recorded import RecordedPortal, recorded

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
SHORT = EventIdentity("LVK:S261120a", ("S261120a",), AT)
VOEVENT = (
    '<?xml version="1.0"?><voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" ivorn="ivo://x#1">'
    '<What><Param name="TrigID" value="7"/></What><ISOTime>2026-11-20T21:00:00</ISOTime></voe:VOEvent>'
)


def notice(identity: EventIdentity = SHORT, issued: datetime = AT + timedelta(minutes=3)) -> Posting:
    assert identity.trigger_time is not None
    value = {
        "superevent_id": identity.name, "time_created": f"{issued:%Y-%m-%dT%H:%M:%SZ}",
        "event": {"time": f"{identity.trigger_time:%Y-%m-%dT%H:%M:%S.5Z}"},
    }  # fmt: skip
    found = posting_of(json.dumps(value).encode(), issued=issued, tags=("BNS",))
    assert found is not None
    return found


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[SkyPortalDesk]:
    async with skyportal_desk(database) as opened:
        yield opened


async def test_a_name_that_is_only_part_of_another_is_not_that_event(desk: SkyPortalDesk) -> None:
    assert await find_event(desk.client, SHORT) is None
    found = await find_event(desk.client, EVENT)
    assert found is not None and found.aliases == ("LVC#S261120ab",)


async def test_a_notice_that_would_be_merged_into_another_event_is_not_posted_as_it_is(
    desk: SkyPortalDesk,
) -> None:
    desk.postings[SHORT.event] = notice()
    done = await desk.do("mirror", SHORT)
    assert done.state is JobState.DONE and done.results["made"] and "LVC#S261120ab" in done.results["note"]
    assert [each["aliases"] for each in desk.portal.events] == [["LVC#S261120ab"], ["LVC#S261120a"]]
    assert desk.portal.events[1]["dateobs"] == "2026-11-20T01:00:00"  # to the second, or nobody can read it
    assert len(desk.portal.events[0]["localizations"]) == 1


async def test_the_recorded_merger_of_two_superevents_is_found_out_and_not_followed() -> None:
    merged = recorded("0252")["response"]["json"]["data"]
    async with RecordedPortal("0318") as served:
        portal = SkyPortal("fritz", served.url, "TOKEN", HurriedClock(START))
        listed = {"events": [{**merged, "localizations": merged["localizations"][:2]}], "totalMatches": 1}
        served._only["GET", "/api/gcn_event"][0]["response"]["json"]["data"] = listed
        swallowed = EventIdentity("LVK:S261001a", ("S261001a",), datetime(2026, 10, 1, 1, 0, tzinfo=UTC))
        with pytest.raises(SkyPortalError, match=r"as an alias of another event.* merged there by mistake"):
            await find_event(portal, swallowed)
        host = EventIdentity("LVK:S261001ab", ("S261001ab",), datetime(2026, 10, 1, 5, 0, tzinfo=UTC))
        found = await find_event(portal, host)
        assert found is not None and found.id == 24
        own = found.map_of(host)
        assert own is None or own.localization_name.startswith("S261001ab-")
        await portal.close()


async def test_a_recorded_event_is_found_by_its_alias_in_the_short_list() -> None:
    async with RecordedPortal("0318") as served:
        portal = SkyPortal("fritz", served.url, "TOKEN", HurriedClock(START))
        at = datetime(2025, 9, 10, 0, 7, 57, 300000, tzinfo=UTC)
        found = await find_event(portal, EventIdentity("LVK:S250910b", ("S250910b",), at))
        assert found is not None and (found.id, found.dateobs) == (1, "2025-09-10T00:07:57")
        assert found.page(portal).endswith("/gcn_events/2025-09-10T00:07:57") and "Significant" in found.tags
        assert served.calls == ["GET /api/gcn_event"]  # the single answer is 1.5 MB
        await portal.close()


async def test_an_event_without_alias_there_is_found_by_its_second_unless_it_is_claimed(
    desk: SkyPortalDesk,
) -> None:
    at = datetime(2026, 11, 20, 21, 0, 0, 700000, tzinfo=UTC)
    burst = EventIdentity("Fermi:785192405", ("GRB 261120A", "785192405"), at)
    add_event(desk.portal, "2026-11-20T21:00:01", tags=("Fermi", "GRB"))
    found = await find_event(desk.client, burst)
    assert found is not None and found.dateobs == "2026-11-20T21:00:01"
    desk.portal.events[-1]["tags"].append("GW")
    assert await find_event(desk.client, burst) is None


async def test_an_event_is_mirrored_once_though_its_posting_was_not_answered(desk: SkyPortalDesk) -> None:
    at = AT + timedelta(hours=9)
    new = EventIdentity("LVK:S261120zz", ("S261120zz",), at)
    desk.postings[new.event] = notice(new, at + timedelta(minutes=3))
    desk.portal.fail("mute", "POST /api/gcn_event")
    done = await desk.do("mirror", new)
    assert done.state is JobState.DONE and done.results["page"].endswith("/gcn_events/2026-11-20T10:00:00")
    assert desk.portal.calls.count("POST /api/gcn_event") == 1
    assert len(desk.portal.events) == 2 and len(desk.portal.events[1]["gcn_notices"]) == 1


async def test_a_refused_posting_may_have_made_the_event_and_is_looked_up(desk: SkyPortalDesk) -> None:
    at = AT + timedelta(hours=9)
    new, other = (EventIdentity(f"LVK:{name}", (name,), at + timedelta(minutes=index))
                  for index, name in enumerate(("S261120zy", "S261120zz")))  # fmt: skip
    same_second = at + timedelta(minutes=5)
    for each in (new, other):
        desk.postings[each.event] = notice(each, same_second)
    assert not (await desk.do("mirror", new)).results["note"]
    done = await desk.do("mirror", other)
    assert done.state is JobState.DONE and "not all of the notice" in done.results["note"]
    assert desk.portal.calls.count("POST /api/gcn_event") == 2


async def test_further_notices_are_posted_once(desk: SkyPortalDesk) -> None:
    desk.postings[EVENT.event] = notice(EVENT, START)
    assert (await desk.do("post")).results["changed"] is True
    assert (await desk.do("post", again=1)).results["changed"] is False
    assert len(desk.portal.events[0]["gcn_notices"]) == 1


async def test_an_event_of_somebody_elses_account_is_told_as_such(desk: SkyPortalDesk) -> None:
    desk.portal.events[0]["sent_by_id"] = 9
    desk.postings[EVENT.event] = notice(EVENT, START)
    failed = await desk.do("post")
    assert failed.state is JobState.FAILED and "another account has posted the event there" in (
        failed.failure or ""
    )


@pytest.mark.parametrize(
    "content",
    [b"this is not xml", b"<html>no</html>", b"<VOEvent/>", b"[1]", b"\xff\xfe", b"<VOEvent ivorn='x'",
     b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><VOEvent ivorn="x">&b;</VOEvent>'],
)  # fmt: skip
def test_what_does_not_parse_is_never_posted_since_it_would_be_opened_as_a_file(content: bytes) -> None:
    assert posting_of(content) is None


def test_a_voevent_and_a_json_alert_can_be_posted() -> None:
    found = posting_of(VOEVENT.encode())
    assert found is not None and found.body == {"xml": VOEVENT}
    assert notice().kind == "json"


async def test_an_event_without_a_notice_that_can_be_posted_is_not_made_up(desk: SkyPortalDesk) -> None:
    nowhere = replace(SHORT, event="LVK:S261120q", names=("S261120q",))
    failed = await desk.do("mirror", nowhere)
    assert failed.state is JobState.FAILED and "does not know S261120q" in (failed.failure or "")
    desk.postings[nowhere.event] = replace(notice(nowhere), retraction=True)
    failed = await desk.do("mirror", nowhere, again=1)
    assert "a retraction alone" in (failed.failure or "") and len(desk.portal.events) == 1


async def test_a_comment_bears_the_desks_mark_and_comes_once(desk: SkyPortalDesk) -> None:
    desk.portal.fail("mute", "POST /api/gcn_event/1/comments")
    done = await desk.do("comment", text="Looks like a\x00 merger.")
    assert done.state is JobState.DONE
    assert [each["text"] for each in desk.portal.comments] == ["Looks like a merger.\n\n(ana, by nightdesk)"]
    assert (
        desk.portal.calls.count("POST /api/gcn_event/1/comments") == 2
    )  # the same text is one comment there


async def test_a_comment_without_the_permission_names_it(desk: SkyPortalDesk) -> None:
    desk.portal.accounts["of-ana"] = Account(7, "ana", ())
    desk.tokens["ana", "fritz"] = "of-ana"
    failed = await desk.do("comment", text="hello")
    assert failed.state is JobState.FAILED and "“Comment” is missing" in (failed.failure or "")


async def test_tags_are_put_once_and_taken_away_by_the_body(desk: SkyPortalDesk) -> None:
    assert (await desk.do("tag", tag="interesting")).results["changed"] is True
    assert (await desk.do("tag", tag="interesting", again=1)).results["changed"] is False
    assert desk.portal.events[0]["tags"] == ["interesting"]
    desk.portal.events[0]["tags"].append("interesting")  # theirs are not unique
    assert (await desk.do("untag", tag="interesting")).results["changed"] is True
    assert desk.portal.events[0]["tags"] == []


async def test_the_advocate_there_is_found_by_token_address_or_slug_and_named_once(
    desk: SkyPortalDesk,
) -> None:
    desk.portal.accounts |= {
        "a": Account(3, "alice-example-org"),
        "b": Account(4, "bo", FULL, "bo@example.org"),
        "c": Account(5, "carla"),
    }
    desk.tokens["chidi", "fritz"] = "c"
    for person, emails, user in (
        ("alice", ("alice@example.org",), 3),
        ("bo", ("Bo@example.org",), 4),
        ("chidi", (), 5),
    ):
        done = await desk.do("advocate", person=person, emails=list(emails))
        assert done.state is JobState.DONE and (1, user) in desk.portal.advocates, person
    assert (await desk.do("advocate", person="chidi", emails=[], again=1)).results["changed"] is False
    failed = await desk.do("advocate", person="dora", emails=[])
    assert failed.state is JobState.FAILED and "no account of dora" in (failed.failure or "")


async def test_a_repeated_advocate_and_comment_as_recorded_are_no_errors() -> None:
    async with RecordedPortal("0371", "0352") as served:
        portal = SkyPortal("fritz", served.url, "TOKEN", HurriedClock(START))
        value = {"id": 1, "dateobs": "2025-09-10T00:07:57"}
        event = PortalEvent.model_validate(value)
        assert not await events.set_advocate(portal, event, events.PortalAccount(id=3, username="alice"))
        assert await events.comment(portal, event, "again", who="ana") == 1
        await portal.close()


def test_the_identity_of_an_event_holds_all_its_names_and_survives_as_json() -> None:
    identity = identity_of(nights.S230518H)
    assert identity.has("LVC#S230518h") and not identity.has("LVC#S230518ha") and identity.mission == "LVK"
    assert EventIdentity.from_json(json.loads(json.dumps(identity.to_json()))) == identity


@pytest.mark.parametrize(
    ("name", "there", "advice"),
    [
        ("0203", True, "it is there already (ivorn LVC-2025-09-10T00:07:58)"),
        ("0210", True, "already exists"),
        ("0238", True, "it is there already"),
        ("0204", False, "another account has posted the event there"),
        ("0207", False, "no event there that it could belong to"),
        ("0231", False, "failed inside when asked to"),
        ("0326", False, "what it belongs to is not there"),
        ("0347", False, "GCN event not found"),
        ("0356", False, "Could not find any accessible gcn events with ID 99999."),
        ("0373", False, "User with ID 99999 not found"),
    ],
)
async def test_recorded_refusals_of_events_are_read_for_what_they_are(
    name: str, there: bool, advice: str
) -> None:
    request = recorded(name)["request"]
    async with RecordedPortal(name) as served:
        portal = SkyPortal("fritz", served.url, "TOKEN", HurriedClock(START))
        with pytest.raises(SkyPortalError) as refused:
            await portal.call(request["method"], request["path"], {})
        await portal.close()
    assert refused.value.there_already is there and not refused.value.later
    assert (
        advice in str(refused.value) and "SQL" not in str(refused.value) and "/srv/" not in str(refused.value)
    )
    assert len(served.calls) == 1
