"""The doctor names what of a route means nobody, and whom no way reaches."""

from __future__ import annotations

from sqlalchemy import update

from bot.checkup_people import lost_targets
from notifiers.routes import Route
from notifiers.rules import compile_rule
from notifiers.targets import parse_targets
from shifts.tables import ContactMethodRow
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.people import settle_people, settle_roster, somebody


async def test_every_target_that_means_nobody_is_named(database: Database, clock: ManualClock) -> None:
    dora = somebody("dora", slack=None, email="dora@example.org")
    await settle_people(database, clock, somebody("ana"), dora)
    await settle_roster(database, clock, advocate="ana", observer="otto")
    async with database.write() as session:
        await session.execute(update(ContactMethodRow).values(verified=None))
    written = [
        "person:anna", "person:dora", "role:gw-advocates/advocat", "role:gw/advocate", "all:gw-advocate",
        "facility:ZTF", "facility:ZTTF", "facility:DECam", "person:ana", "role:gw-advocates/advocate",
    ]  # fmt: skip
    route = Route("news", compile_rule("true"), targets=parse_targets(written, "routes.news"))
    async with database.read() as session:
        lost = await lost_targets(session, [route], ["ZTF", "DECam"], clock.now())
    assert [each.complaint for each in lost] == [
        "nobody is called 'anna'; did you mean ana?",
        "dora has no way that may be used: link an account, or confirm an e-mail or phone",
        "roster gw-advocates has no role 'advocat'; did you mean advocate?",
        "there is no roster 'gw'; known are gw-advocates",
        "there is no roster 'gw-advocate'; did you mean gw-advocates?",
        "otto stands in a roster and is not in the people file",
        "there is no facility 'ZTTF'; did you mean ZTF?",
        "no role of any roster serves DECam: name it in a role, `facility: DECam`",
    ]
    assert {each.route for each in lost} == {"news"}
