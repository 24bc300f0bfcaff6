"""The SkyPortals of a desk: side by side, each with its works; the notices it would post, as they came."""

from __future__ import annotations

import json

import pytest

from bot.platforms import platforms_of, works_of
from bot.portals import Notices
from bot.settings import Settings, SettingsError
from events.service import EventService
from gcn.notice import AlertType, Notice
from gcn.tables import Message, MessageSource, MessageState
from platforms.skyportal.client import SkyPortalError
from platforms.skyportal.event_work import EventFinder
from platforms.skyportal.identity import EventIdentity
from store import blobs
from store.clock import ManualClock
from store.database import Database
from tests.events.story import at, attach, content_hash, superevent
from tests.standins.skyportal.clocks import HurriedClock
from tests.standins.skyportal.portal import Portal

VOEVENT = (
    b'<?xml version="1.0"?><v:VOEvent xmlns:v="http://www.ivoa.net/xml/VOEvent/v2.0" ivorn="ivo://x#1"/>'
)


def settings(**values: object) -> Settings:
    return Settings.model_validate(values)


def test_instances_stand_side_by_side_each_with_its_own_telescopes(
    database: Database, clock: ManualClock
) -> None:
    given = settings(
        skyportal={"name": "fritz", "url": "https://fritz.example.org", "token": "f", "facilities": ["ZTF"]},
        skyportals=[
            {"name": "icare", "url": "https://icare.example.org", "token": "i", "facilities": ["KAO"]}
        ],
    )
    platforms = platforms_of(given, database, clock)
    assert {name: each.url for name, each in platforms.skyportals.items()} == {
        "fritz": "https://fritz.example.org", "icare": "https://icare.example.org",
    }  # fmt: skip
    owner = platforms.of_facility("KAO")
    assert owner is not None and owner.name == "icare"
    works = works_of(given, None, platforms, database, clock)  # type: ignore[arg-type]
    assert {"skyportal.plan", "skyportal.queue", "skyportal.event"} <= set(works)
    assert "https://fritz" in repr(given) and "'f'" not in repr(given)


@pytest.mark.parametrize(
    "url", ["fritz.example.org", "ftp://fritz.example.org", "https://a:b@fritz.example.org"]
)
def test_an_address_that_is_none_is_told_by_its_key_when_the_desk_starts(
    database: Database, clock: ManualClock, url: str
) -> None:
    with pytest.raises(SettingsError, match=r"skyportal\.url") as refused:
        platforms_of(settings(skyportal={"url": url, "token": "t"}), database, clock)
    assert "a:b" not in str(refused.value)


async def stored(database: Database, notice: Notice, content: bytes) -> None:
    async with database.write() as session:
        sha256 = await blobs.put(session, content)
        message = Message(
            source=MessageSource.REPLAY.value, topic="t", arrived=at(0), sha256=sha256, size=len(content),
            state=MessageState.PARSED.value,
        )  # fmt: skip
        session.add(message)
        await session.flush()
        await EventService().attach(
            session, notice, message_id=message.id, arrived=at(100), content_hash=content_hash(notice)
        )


async def test_the_newest_notice_that_tells_the_event_is_posted_byte_by_byte(database: Database) -> None:
    alert = json.dumps({"superevent_id": "S261120a"}).encode()
    await stored(database, superevent("S261120a"), VOEVENT)
    await stored(database, superevent("S261120a", AlertType.INITIAL, issued=900), alert)
    await stored(database, superevent("S261120a", AlertType.RETRACTION, issued=1900), b'{"event": null}')
    found = await Notices(database).newest("LVK:S261120a")
    assert found is not None and found.body == {"json": alert.decode()} and found.issued == at(900)
    assert (not found.retraction and "BNS" in found.tags) or found.tags == ()


async def test_a_notice_that_a_portal_could_not_read_is_passed_over(database: Database) -> None:
    await stored(database, superevent("S261120a"), VOEVENT)
    await stored(database, superevent("S261120a", AlertType.INITIAL, issued=900), b"TITLE: GCN NOTICE")
    found = await Notices(database).newest("LVK:S261120a")
    assert found is not None and found.kind == "xml"
    async with database.write() as session:
        await attach(session, superevent("S261120b"))
    assert await Notices(database).newest("LVK:S261120b") is None


async def test_a_desk_that_does_not_post_says_so_instead(database: Database) -> None:
    platforms_clock = HurriedClock(at(0))
    async with Portal(clock=platforms_clock) as portal:
        given = settings(skyportal={"name": "fritz", "url": portal.url, "token": portal.desk})
        client = platforms_of(given, database, platforms_clock).skyportals["fritz"]
        finder = EventFinder(Notices(database).newest, frozenset())
        with pytest.raises(SkyPortalError, match="does not post its notices there") as refused:
            await finder(client, EventIdentity("LVK:S261120a", ("S261120a",), at(0)), None)
        assert refused.value.advice == "mirror it with /skyportal mirror S261120a"
        await client.close()
