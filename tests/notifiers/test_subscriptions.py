"""What people ask for themselves: kept, tried on the past, refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from events.service import EventService
from gcn.notice import AlertType, Notice
from notifiers.dry_run import Would
from notifiers.routes import Tell
from notifiers.ruling import Urgency
from notifiers.subscriptions import Mute, SubscriptionError, SubscriptionService, Wish
from shifts.errors import RosterError
from store import audit
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.people import settle_people, settle_roster, somebody
from tests.notifiers.stories import NSBH_NOTICE

START = datetime(2026, 10, 21, 3, 0, tzinfo=UTC)


@pytest.fixture
async def service(database: Database, clock: ManualClock) -> SubscriptionService:
    await settle_people(database, clock, somebody("ana"), somebody("bo"))
    return SubscriptionService(database, clock)


async def test_a_subscription_is_kept_listed_paused_and_removed(service: SubscriptionService) -> None:
    wish = Wish("p.BNS > 0.5", Tell.EVERY, Urgency.HIGH, wakes=True, way="slack", at_most=4)
    first = await service.add("ana", wish, by="ana")
    second = await service.add("ana", Wish("has_tag('GRB')"), by="ana")
    await service.add("bo", Wish("true"), by="bo")
    assert (first.number, second.number) == (1, 2)
    assert [each.wish for each in await service.all_of("ana")] == [wish, Wish("has_tag('GRB')")]
    assert (await service.pause("ana", 1, by="ana")).paused
    assert not (await service.pause("ana", 1, paused=False, by="ana")).paused
    await service.remove("ana", 1, by="ana")
    assert [each.number for each in await service.all_of("ana")] == [2]


async def test_every_change_is_in_the_audit(database: Database, service: SubscriptionService) -> None:
    await service.add("ana", Wish("true"), by="bo", where="slack")
    await service.remove("ana", 1, by="ana")
    async with database.read() as session:
        entries = await audit.entries(session)
    found = {(e.who, e.where, e.what, e.subject) for e in entries}
    assert {
        ("bo", "slack", "subscription.add", "@ana/1"),
        ("ana", "terminal", "subscription.remove", "@ana/1"),
    } <= found


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        (Wish("p.BNS >"), "that rule cannot be used: line 1"),
        (Wish("distance_mean"), "not yes or no"),
        (Wish("true", way="pigeon"), "'pigeon' is no way"),  # type: ignore[arg-type]
        (Wish("true", at_most=0), "expected 1 or more"),
        (Wish("true", urgency=Urgency.LOW, wakes=True), "low urgency"),
        (Wish("true", Tell.DIGEST, wakes=True), "wakes nobody"),
    ],
)
async def test_what_cannot_be_is_refused_in_one_sentence(
    service: SubscriptionService, wish: Wish, complaint: str
) -> None:
    with pytest.raises(SubscriptionError, match=complaint) as refused:
        await service.add("ana", wish, by="ana")
    assert "\n" not in str(refused.value)
    assert await service.all_of("ana") == ()


async def test_a_number_that_is_not_there_is_answered_with_those_that_are(
    service: SubscriptionService,
) -> None:
    await service.add("ana", Wish("true"), by="ana")
    with pytest.raises(SubscriptionError, match="ana has no subscription 7; there are: 1"):
        await service.remove("ana", 7, by="ana")


async def test_nobody_unknown_subscribes(service: SubscriptionService) -> None:
    with pytest.raises(RosterError, match="nobody is called “anna”; did you mean ana"):
        await service.add("anna", Wish("true"), by="anna")


async def test_mutes_stand_until_their_end(service: SubscriptionService, clock: ManualClock) -> None:
    later = clock.now() + timedelta(hours=2)
    await service.mute("ana", later, scope="mission", subject="Fermi", by="ana")
    await service.mute("ana", later, scope="mission", subject="FERMI", by="ana")
    assert await service.mutes("ana") == (Mute("mission", "fermi", later),)
    await clock.advance(7201.0)
    assert await service.mutes("ana") == ()


@pytest.mark.parametrize(
    ("scope", "subject", "hours", "complaint"),
    [
        ("mision", "LVK", 1, "did you mean mission"),
        ("event", "", 1, "needs a name"),
        ("all", "LVK", 1, "names nothing"),
        ("all", "", -1, "expected a time ahead"),
        ("all", "", 24 * 400, "within a year"),
    ],
)
async def test_a_mute_that_does_nothing_is_refused(
    service: SubscriptionService, clock: ManualClock, scope: str, subject: str, hours: int, complaint: str
) -> None:
    with pytest.raises(SubscriptionError, match=complaint):
        await service.mute(
            "ana", clock.now() + timedelta(hours=hours), scope=scope, subject=subject, by="ana"
        )


async def _happened(database: Database, notice: Notice, arrived: datetime) -> None:
    content = sha256(repr(notice).encode()).hexdigest()
    async with database.write() as session:
        await EventService().attach(session, notice, message_id=None, arrived=arrived, content_hash=content)


async def _last_month(database: Database) -> None:
    """Seven events, one at four in the morning in Paris; one of them vetted, one taken back."""
    for day in range(7):
        at = START + timedelta(days=3 * day, hours=0 if day == 3 else 9)
        notice = replace(NSBH_NOTICE, event=f"LVK:S2610{day}a", trigger_time=at, issued=at)
        await _happened(database, notice, at)
        hour = at + timedelta(hours=1)
        if day == 1:
            vetted = replace(notice, alert_type=AlertType.INITIAL, kind="INITIAL", issued=hour)
            await _happened(database, vetted, hour)
        if day == 2:
            end = replace(NSBH_NOTICE, event=notice.event, alert_type=AlertType.RETRACTION, issued=hour)
            await _happened(database, end, hour)


async def test_a_dry_run_says_what_a_rule_would_have_told(
    database: Database, service: SubscriptionService
) -> None:
    await _last_month(database)
    run = await service.dry_run("ana", Wish("significant", Tell.FIRST, wakes=True))
    firsts = [occasion for occasion in run.occasions if occasion.first]
    assert run.events == 7
    assert len(firsts) == 7
    assert run.count(Would.WOKEN) == 1
    [woken] = [occasion for occasion in run.occasions if occasion.would is Would.WOKEN]
    assert (woken.event, woken.at) == ("LVK:S26103a", START + timedelta(days=9))
    assert len(run.occasions) == 8  # the retraction too
    material = await service.dry_run("ana", Wish("significant", Tell.MATERIAL))
    assert len(material.occasions) == 9
    assert material.count(Would.HELD) == 1
    assert material.count(Would.WOKEN) == 0
    assert (await service.dry_run("ana", Wish("p.BNS > 0.5"))).occasions == ()
    assert await service.all_of("ana") == ()


async def test_a_dry_run_knows_who_was_on_shift_and_rules_about_changes(
    database: Database, clock: ManualClock, service: SubscriptionService
) -> None:
    await _last_month(database)
    await settle_roster(database, clock, advocate="ana")
    changes = await service.dry_run("ana", Wish("'vetted' in reasons", Tell.EVERY))
    assert [occasion.event for occasion in changes.occasions] == ["LVK:S26101a"]
    with pytest.raises(SubscriptionError, match="cannot look back"):
        await service.dry_run("ana", Wish("true"), days=-1)
