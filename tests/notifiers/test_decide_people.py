"""Which people are told of an event, when, by which way, in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, update

from cards.card import Card
from events.state import EventState
from notifiers.decide_people import Told, decide_people
from notifiers.deciding import Habits
from notifiers.limits import Group, Staleness
from notifiers.routes import Route, Tell
from notifiers.rules import compile_rule
from notifiers.ruling import Urgency
from notifiers.subscription_tables import HeldRow, HeldState
from notifiers.subscriptions import SubscriptionService, Wish
from notifiers.tables import OutboxRow, State, ThreadRow
from notifiers.targets import parse_targets
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.people import settle_people, settle_roster, somebody
from tests.notifiers.stories import TRIGGER, grb, initial, nsbh, retraction

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)  # 03:30 in Paris
MORNING = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)  # 07:00 in Paris


def to(*targets: str, when: str = "true", name: str = "news", **more: Any) -> Route:
    return Route(name, compile_rule(when), targets=parse_targets(targets, "test"), **more)


@dataclass
class Desk:
    database: Database
    clock: ManualClock
    routes: Sequence[Route] = ()
    habits: Habits | None = None

    async def told(self, state: EventState, at: datetime = NOON) -> Told:
        async with self.database.write() as session:
            return await decide_people(session, state, self.routes, at, habits=self.habits)

    async def owed(self) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.channel, row.kind) for row in rows if row.state != State.SUPERSEDED.value]

    async def held(self) -> list[HeldRow]:
        async with self.database.read() as session:
            waiting = select(HeldRow).where(HeldRow.state == HeldState.WAITING.value)
            return list(await session.scalars(waiting.order_by(HeldRow.id)))

    async def sent(self) -> None:
        """The dispatcher has sent everything."""
        async with self.database.write() as session:
            await session.execute(update(OutboxRow).values(state=State.SENT.value, attempts=1))
            await session.execute(update(ThreadRow).values(message="1", place="D1"))


async def settled(database: Database, clock: ManualClock) -> Desk:
    people = [
        somebody("ana"),
        somebody("bo", timezone="Asia/Tokyo", slack=None, email="bo@example.org"),
        somebody("chidi", timezone="UTC", quiet=None, locale="fr"),
        somebody("otto", timezone="America/Santiago"),
    ]
    await settle_people(database, clock, *people)
    return Desk(database, clock)


@pytest.fixture
async def desk(database: Database, clock: ManualClock) -> Desk:
    return await settled(database, clock)


@pytest.fixture
async def any_desk(any_database: Database, clock: ManualClock) -> Desk:
    """On SQLite once and on PostgreSQL once."""
    return await settled(any_database, clock)


async def test_a_person_awake_is_told_at_once_by_their_way(desk: Desk) -> None:
    desk.routes = [to("person:ana", "person:bo")]
    assert (await desk.told(nsbh(), NOON)).messages == 2
    assert await desk.owed() == [("@ana/slack", "post"), ("@bo/email", "post")]
    assert (await desk.told(nsbh(), NOON)).messages == 0


async def test_a_person_asleep_is_told_in_their_morning(desk: Desk) -> None:
    desk.routes = [to("person:ana")]
    assert (await desk.told(nsbh(), NIGHT)).held == ("@ana",)
    assert await desk.owed() == []
    [held] = await desk.held()
    assert (held.due, held.why, held.first) == (MORNING, "quiet", True)


async def test_only_a_route_that_wakes_wakes_and_only_who_is_on_shift(desk: Desk) -> None:
    await settle_roster(desk.database, desk.clock, advocate="ana", observer="chidi")
    desk.routes = [to("all:gw-advocates", "person:otto", urgency=Urgency.HIGH, wakes=True)]
    asleep_in_santiago = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    await desk.told(nsbh(), asleep_in_santiago)
    assert ("@ana/slack", "post") in await desk.owed()
    assert [held.reader for held in await desk.held()] == ["@otto"]


async def test_who_asked_to_be_woken_is_woken_by_what_may_wake(desk: Desk) -> None:
    await SubscriptionService(desk.database, desk.clock).wake("ana", True, by="ana")
    desk.routes = [to("person:ana")]
    await desk.told(grb(), NIGHT)
    assert await desk.owed() == []
    desk.routes = [to("person:ana", wakes=True)]
    await desk.told(nsbh(), NIGHT)
    assert await desk.owed() == [("@ana/slack", "post")]


async def test_a_role_means_who_is_on_now_and_a_facility_its_duty(desk: Desk) -> None:
    await settle_roster(desk.database, desk.clock, advocate="chidi", observer="ana")
    desk.routes = [to("role:gw-advocates/advocate", "facility:ztf")]
    await desk.told(nsbh(), NOON)
    assert await desk.owed() == [("@chidi/slack", "post"), ("@ana/slack", "post")]


async def test_who_is_on_leave_hears_of_it_when_they_are_back(desk: Desk) -> None:
    away = {"person": "ana", "from": "2026-11-18", "to": "2026-11-25", "timezone": "Europe/Paris"}
    await settle_roster(desk.database, desk.clock, advocate="chidi", absences=[away])
    desk.routes = [to("person:ana"), to("person:ana", name="gossip", urgency=Urgency.LOW)]
    await desk.told(nsbh(), NOON)
    [held] = await desk.held()
    assert held.why == "leave"
    assert held.due == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)  # the end of the first night, 07:00 there
    desk.routes = desk.routes[1:]
    await desk.told(grb(), NOON)
    assert len(await desk.held()) == 1


async def test_what_is_new_edits_silently_at_night_and_is_said_in_the_morning(desk: Desk) -> None:
    desk.routes = [to("person:ana", "person:bo")]
    await desk.told(nsbh(), datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    await desk.sent()
    night = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # 23:00 in Paris, 07:00 in Tokyo
    await desk.told(initial(nsbh()), night)
    assert (await desk.owed())[2:] == [("@ana/slack", "edit"), ("@bo/email", "reply")]
    [held] = await desk.held()
    assert (held.reader, held.first) == ("@ana", False)
    assert (await desk.told(initial(nsbh()), night)).messages == 0


async def test_a_retraction_reaches_everybody_who_was_told_muted_or_not(any_desk: Desk) -> None:
    desk = any_desk
    service = SubscriptionService(desk.database, desk.clock)
    desk.routes = [to("person:ana", "person:chidi")]
    await desk.told(nsbh())
    await desk.sent()
    await service.mute("ana", NOON + timedelta(days=3), by="ana")
    desk.routes = []
    await desk.told(initial(nsbh()))
    assert (await desk.owed())[2:] == [
        ("@ana/slack", "edit"), ("@chidi/slack", "edit"), ("@chidi/slack", "reply"),
    ]  # fmt: skip
    await desk.sent()
    told = await desk.told(retraction(initial(nsbh())))
    assert told.messages == 4
    replies = [channel for channel, kind in (await desk.owed())[5:] if kind == "reply"]
    assert replies == ["@ana/slack", "@chidi/slack"]


async def test_what_was_taken_back_while_it_waited_is_known_to_be(any_desk: Desk) -> None:
    desk = any_desk
    desk.routes = [to("person:ana")]
    await desk.told(nsbh(), NIGHT)
    await desk.told(retraction(nsbh()), NIGHT)
    [held] = await desk.held()
    assert held.revision_id == retraction(nsbh()).newest.id
    assert await desk.owed() == []


async def test_mutes_leave_a_person_alone_with_an_event_a_mission_or_all(desk: Desk) -> None:
    service = SubscriptionService(desk.database, desk.clock)
    later = NOON + timedelta(days=1)
    desk.routes = [to("person:ana", "person:bo", "person:chidi")]
    await service.mute("ana", later, scope="event", subject="LVK:S261120h", by="ana")
    await service.mute("bo", later, scope="mission", subject="lvk", by="bo")
    await desk.told(nsbh())
    assert await desk.owed() == [("@chidi/slack", "post")]
    await desk.told(grb())
    assert [channel for channel, _ in (await desk.owed())[1:]] == ["@ana/slack", "@bo/email", "@chidi/slack"]
    assert await service.unmute("bo", by="bo") == 1
    await desk.told(nsbh())
    assert (await desk.owed())[-1] == ("@bo/email", "post")


async def test_a_subscription_is_a_route_of_ones_own(desk: Desk) -> None:
    service = SubscriptionService(desk.database, desk.clock)
    await service.add("ana", Wish("distance_mean < 300"), by="ana")
    await service.add("chidi", Wish("distance_mean < 100"), by="chidi")
    paused = await service.add("bo", Wish("true"), by="bo")
    await service.pause("bo", paused.number, by="bo")
    await desk.told(nsbh())
    assert await desk.owed() == [("@ana/slack", "post")]


async def test_each_person_reads_in_their_own_language(desk: Desk) -> None:
    desk.routes = [to("person:ana", "person:chidi")]
    await desk.told(nsbh())
    async with desk.database.read() as session:
        threads = {t.channel: Card.from_dict(t.card) for t in await session.scalars(select(ThreadRow))}
    assert "candidate" in threads["@ana/slack"].summary
    assert "Candidat" in threads["@chidi/slack"].summary


async def test_more_than_a_route_tells_in_an_hour_comes_in_one_message(desk: Desk) -> None:
    desk.routes = [to("person:chidi", at_most=2)]
    for number in range(5):
        await desk.told(_numbered(number), NOON + timedelta(minutes=number))
    assert await desk.owed() == [("@chidi/slack", "post")] * 2
    held = await desk.held()
    assert {(row.why, row.due) for row in held} == {("many", NOON + timedelta(hours=1))}
    assert len(held) == 3


async def test_a_family_of_events_is_gathered_after_its_first(desk: Desk) -> None:
    desk.routes = [to("person:chidi", group=Group.KIND, group_for=timedelta(minutes=20))]
    for number in range(3):
        await desk.told(_numbered(number))
    await desk.told(grb())
    assert await desk.owed() == [("@chidi/slack", "post")] * 2
    assert [row.due for row in await desk.held()] == [NOON + timedelta(minutes=20)] * 2


async def test_a_backlog_becomes_a_digest(desk: Desk) -> None:
    desk.routes = [to("person:chidi")]
    desk.habits = Habits(Staleness(cards=3))
    after_the_outage = TRIGGER + timedelta(hours=9)
    for number in range(8):
        await desk.told(_numbered(number), after_the_outage)
    assert len(await desk.owed()) == 3
    held = await desk.held()
    assert {(row.why, row.due) for row in held} == {("backlog", after_the_outage + timedelta(minutes=5))}


async def test_an_archive_that_is_played_is_no_backlog(desk: Desk) -> None:
    desk.routes = [to("person:chidi")]
    desk.habits = Habits(Staleness(cards=1))
    for number in range(3):
        await desk.told(_numbered(number), TRIGGER + timedelta(days=400))
    assert len(await desk.owed()) == 3


async def test_a_daily_digest_waits_for_the_morning(desk: Desk) -> None:
    desk.routes = [to("person:ana", "person:chidi", tell=Tell.DIGEST)]
    await desk.told(nsbh(), NOON)
    due = {held.reader: held.due for held in await desk.held()}
    assert due["@ana"] == MORNING + timedelta(days=1)
    assert due["@chidi"] == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


async def test_who_has_no_way_is_named_not_forgotten(desk: Desk) -> None:
    lost = somebody("dora", slack=None, email="dora@example.org", verified=None, quiet=None)
    await settle_people(desk.database, desk.clock, {**lost, "verified": []})
    async with desk.database.write() as session:
        from shifts.tables import ContactMethodRow

        await session.execute(
            update(ContactMethodRow)
            .where(ContactMethodRow.address == "dora@example.org")
            .values(verified=None)
        )
    desk.routes = [to("person:dora", "person:nobody")]
    assert (await desk.told(nsbh())).unreachable == ("dora",)


async def test_two_thousand_people_are_told_in_a_fixed_number_of_statements(any_desk: Desk) -> None:
    desk = any_desk

    async def statements(people: int, name: str) -> int:
        crowd = [somebody(f"{name}{n}", quiet=None, slack=f"U{name.upper()}{n:06d}") for n in range(people)]
        await settle_people(desk.database, desk.clock, *crowd)
        desk.routes = [to(*(f"person:{each['name']}" for each in crowd))]
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        engine = desk.database.engine.sync_engine
        sqlalchemy_event.listen(engine, "before_cursor_execute", counted)
        assert (await desk.told(replace(nsbh(), event=f"LVK:{name}"))).messages == people
        sqlalchemy_event.remove(engine, "before_cursor_execute", counted)
        return count

    assert await statements(120, "b") <= await statements(12, "a") + 4


def _numbered(number: int) -> EventState:
    return replace(nsbh(), id=number + 1, event=f"LVK:S26112{number}x", name=f"S26112{number}x")
