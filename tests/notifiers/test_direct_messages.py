"""Messages to people: sent where their entry leads at that moment, in their zone; failures are told of."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from cards.card import Card, Instant, Lines, Text, Tone
from notifiers.channels.base import Pace
from notifiers.dispatcher import SENDERS
from notifiers.outbox import Message, amend, notify, notify_many, withdraw
from notifiers.receipts import Reached, told
from notifiers.tables import State
from shifts.people import PeopleService
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk, open_desk
from tests.notifiers.test_messages import EVENT, words
from tests.standins.slack import Fault


async def owe(desk: Desk, card: Card, *names: str, key: str = "1", **values: Any) -> None:
    async with desk.database.write() as session:
        await notify(session, card, names, key=key, now=desk.clock.now(), **values)


async def test_a_person_is_told_directly_and_in_their_own_zone(desk: Desk) -> None:
    ana = await desk.person("ana", timezone="Pacific/Auckland")
    at = Card((Text("a shift begins"),), Tone.INFO, (Lines(((Instant(desk.clock.now()),),)),))
    await owe(desk, at, "@ana/slack")
    await desk.deliver()
    assert "16:00" in ana.expect("a shift begins").words  # 03:00 UTC
    assert desk.slack.channel("gw").messages == []


async def test_a_message_goes_where_the_person_is_when_it_is_sent(desk: Desk) -> None:
    old = await desk.person("ana")
    await owe(desk, words("your shift begins"), "@ana/slack")
    new = desk.slack.add_person("U0NEW")
    people = PeopleService(desk.database, desk.clock)
    await people.change("ana", {"slack": "U0NEW"}, by="chidi", administrator=True)
    await desk.deliver()
    new.expect("your shift begins")
    assert old.messages == []


@pytest.mark.parametrize(
    ("name", "entry", "reason"),
    [
        ("@ana/email", {}, "ana has no email"),
        ("@ana/email", {"email": "ana@example.org"}, "has not confirmed their email"),
        ("@ana/slack", {"stopped": ["slack"]}, "ana has stopped messages to their slack"),
        ("@anna/slack", {}, "nobody is called “anna”; "),
        ("@ana/pigeon", {}, "'pigeon' is no way to reach a person"),
        ("@ana/sms", {"phone": "+33612345678", "verified": ["phone"]}, "sms"),
    ],
)
async def test_whom_the_desk_cannot_reach_is_told_to_those_who_mend_it(
    database: Database, clock: ManualClock, name: str, entry: dict[str, Any], reason: str
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("ops",)) as desk:
        await desk.person("ana", **entry)
        await owe(desk, words("a page"), name, event=EVENT)
        await desk.deliver()
        warning = desk.slack.channel("ops").expect(f"Not delivered: S261120h to {name}")
        assert reason in warning.words
        assert desk.slack.unexpected == []
        (page, _) = await desk.rows()
        assert page.state == State.DEAD


async def test_when_every_warning_goes_the_failed_way_the_administrators_are_told_by_another(
    database: Database, clock: ManualClock
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("ops",)) as desk:
        await desk.person(
            "chidi", email="chidi@example.org", verified=["email"], permissions=["administrator"]
        )
        desk.ways = ("slack", "email")
        desk.restart()
        await owe(desk, words("a page"), "gw")
        desk.slack.fail("chat.postMessage", Fault("error", "token_revoked"))
        await desk.dispatcher.deliver_due()
        assert {row.channel for row in await desk.rows()} == {"gw", "ops", "@chidi/email"}


async def test_a_message_is_changed_where_it_stands(desk: Desk) -> None:
    ana = await desk.person("ana")
    await owe(desk, words("who has it?"), "@ana/slack", event=EVENT, urgent=True)
    await desk.deliver()
    async with desk.database.write() as session:
        for text in ("Bo has it", "Chidi has it"):
            assert await amend(session, "@ana/slack", words(text), key="1", now=desk.clock.now())
    await desk.deliver()
    (message,) = ana.messages
    assert "Chidi has it" in message.words
    assert message.edits == 1  # those that waited were merged
    assert (await desk.states())[-1] == ("edit", State.SENT)


async def test_a_change_of_what_somebody_deleted_is_let_go(desk: Desk) -> None:
    ana = await desk.person("ana")
    await owe(desk, words("who has it?"), "@ana/slack")
    await desk.deliver()
    desk.slack.delete(ana.messages[0])
    async with desk.database.write() as session:
        await amend(session, "@ana/slack", words("Bo has it"), key="1", now=desk.clock.now())
    await desk.deliver()
    assert ana.messages == []
    assert (await desk.states())[-1] == ("edit", State.SUPERSEDED)


async def test_what_is_of_no_use_any_more_is_not_sent_and_the_desk_is_told(
    database: Database, clock: ManualClock
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("ops",)) as desk:
        ana = await desk.person("ana")
        hour = clock.now() + timedelta(hours=1)
        for key in ("1", "2", "3"):
            await owe(desk, words("a page"), "@ana/slack", key=key, event=EVENT, not_after=hour)
        await desk.slack.stop()
        await desk.deliver(seconds=10)
        await clock.advance(3700.0)
        await desk.slack.start()
        await desk.deliver(seconds=120)
        assert ana.messages == []
        async with database.read() as session:
            assert [row.reached for row in await told(session, EVENT)] == [Reached.EXPIRED] * 3
        assert desk.slack.channel("ops").messages


async def test_what_arrived_before_it_was_of_no_use_is_found_and_told_as_sent(desk: Desk) -> None:
    ana = await desk.person("ana")
    minute = desk.clock.now() + timedelta(minutes=1)
    desk.slack.fail("chat.postMessage", Fault("reset", accepted=True))
    await owe(desk, words("a page"), "@ana/slack", event=EVENT, not_after=minute)
    await desk.dispatcher.deliver_due()
    await desk.clock.advance(120.0)
    await desk.deliver()
    assert len(ana.messages) == 1
    assert await desk.states() == [("message", State.SENT)]


async def test_what_is_held_until_the_morning_holds_up_nobody(desk: Desk) -> None:
    ana = await desk.person("ana")
    morning = desk.clock.now() + timedelta(hours=4)
    await owe(desk, words("what you missed"), "@ana/slack", key="digest", held_until=morning)
    await owe(desk, words("a swap is asked for"), "@ana/slack", key="swap")
    await desk.deliver()
    ana.expect("a swap is asked for")
    assert len(ana.messages) == 1
    await desk.clock.advance(4 * 3600.0)
    await desk.deliver()
    ana.expect("what you missed")


async def test_what_was_taken_back_is_not_sent(desk: Desk) -> None:
    ana = await desk.person("ana")
    await owe(desk, words("a page"), "@ana/slack", subject="page:1")
    async with desk.database.write() as session:
        await withdraw(session, "page:1")
    await desk.deliver()
    assert ana.messages == []


async def test_a_page_overtakes_a_thousand_others_at_the_pace_of_the_provider(desk: Desk) -> None:
    people = [await desk.person(f"p{number}") for number in range(30)]
    last = await desk.person("zoe")
    desk.paces = {"slack": Pace(every=1.0, burst=2)}
    desk.restart()
    async with desk.database.write() as session:
        news = [Message(f"@p{number}/slack", words("news"), f"{n}") for number in range(30) for n in range(3)]
        await notify_many(session, news, now=desk.clock.now())
    await desk.deliver(seconds=5)
    assert len(desk.slack.messages) == 7  # two at once, then one a second, to one person after the other
    assert [len(person.messages) for person in people[:8]] == [1] * 7 + [0]
    await owe(desk, words("a page"), "@zoe/slack", urgent=True)
    await desk.deliver(seconds=1)
    last.expect("a page")


async def test_the_pause_of_one_destination_is_not_that_of_others_but_two_are_the_providers(
    desk: Desk,
) -> None:
    people = [await desk.person(name) for name in ("ana", "bo", "chidi")]
    for name in ("ana", "bo", "chidi"):
        await owe(desk, words("news"), f"@{name}/slack", key="1")
        await owe(desk, words("more"), f"@{name}/slack", key="2")
    desk.slack.fail("chat.postMessage", Fault("rate", number=30))
    await desk.dispatcher.deliver_due()
    assert [len(person.messages) for person in people] == [0, 1, 1]
    desk.slack.fail("chat.postMessage", Fault("rate", number=20))
    await desk.clock.advance(2.0)
    await desk.dispatcher.deliver_due()
    calls = len(desk.slack.calls_of("chat.postMessage"))
    assert calls == 5  # the third was under way already
    await desk.clock.advance(19.0)
    await desk.dispatcher.deliver_due()
    assert len(desk.slack.calls_of("chat.postMessage")) == calls
    await desk.deliver(seconds=60)
    assert [len(person.messages) for person in people] == [2, 2, 2]


async def test_many_people_are_served_by_a_few_senders(desk: Desk) -> None:
    people = [await desk.person(f"p{number}") for number in range(40)]
    async with desk.database.write() as session:
        pages = [Message(f"@p{n}/slack", words("a page"), "1", EVENT, urgent=True) for n in range(40)]
        await notify_many(session, pages, now=desk.clock.now())
    async with desk.running():
        await desk.slack.wait_for(lambda: any(person.messages for person in people))
        sending = [task for task in asyncio.all_tasks() if "Dispatcher._see_to" in repr(task)]
        assert len(sending) <= SENDERS
        await desk.slack.wait_for(lambda: all(person.messages for person in people))
