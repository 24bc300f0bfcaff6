"""What the dispatcher promises: nothing lost, nothing doubled, in order, at the provider's pace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from cards.card import Card, Text, Tone
from cards.reader import Reader
from notifiers.channels.base import ChannelConfig, Pace, PictureFile, Receipt, TryAgain
from notifiers.dispatcher import Dispatcher
from notifiers.ledger import claim_one
from notifiers.outbox import BELL, attach_picture, notify_desk
from notifiers.tables import OutboxRow, State
from store import blobs
from store.clock import ManualClock, SystemClock
from store.database import Database
from store.wakeup import Bell
from tests.notifiers.desk import Desk, open_desk, route
from tests.notifiers.stories import TRIGGER, initial, nsbh, retraction, revision, story
from tests.patience import PATIENCE
from tests.standins.slack import Fault


async def test_a_story_is_one_card_edited_with_its_changes_in_the_thread(desk: Desk) -> None:
    first = nsbh()
    second = initial(first)
    third = retraction(second)
    for state, before in ((first, None), (second, first.newest), (third, second.newest)):
        await desk.told(state, before)
        await desk.deliver()
    channel = desk.slack.channel("gw")
    card = channel.expect("S261120h")
    assert channel.messages == [card]
    assert card.edits == 2
    assert "retracted" in card.words.lower()
    changed, ended = channel.thread(card.ts)
    assert "666" in changed.words
    assert "retracted" in ended.words.lower()


async def test_what_is_sent_is_written_down(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    (row,) = await desk.rows()
    card = desk.slack.channel("gw").messages[0]
    assert (row.state, row.place, row.message) == ("sent", card.channel, card.ts)
    assert (row.attempts, row.sent, row.claimed_by) == (1, desk.clock.now(), None)
    assert [outcome.state for outcome in desk.outcomes] == [State.SENT]


async def test_a_message_is_marked_as_being_sent_before_the_provider_hears_of_it(desk: Desk) -> None:
    seen: list[str] = []
    original = desk.channels["gw"].post

    async def post(card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        seen.extend(row.state for row in await desk.rows())
        return await original(card, nonce, pictures)

    desk.channels["gw"].post = post  # type: ignore[method-assign]
    await desk.told(nsbh())
    await desk.deliver()
    assert seen == ["sending"]


# --- faults


@pytest.mark.parametrize(
    "fault",
    [
        Fault("http", number=503),
        Fault("error", "internal_error"),
        Fault("error", "fatal_error", accepted=True),
        Fault("http", number=502, accepted=True),
        Fault("reset"),
        Fault("reset", accepted=True),
        Fault("rate", number=7),
    ],
    ids=lambda fault: f"{fault.kind} {fault.value or fault.number}{' accepted' if fault.accepted else ''}",
)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_a_fault_of_the_provider_loses_nothing_and_doubles_nothing(
    desk: Desk, method: str, fault: Fault
) -> None:
    desk.slack.fail(method, fault)
    await desk.told(nsbh())
    await desk.deliver()
    await desk.told(initial(nsbh()))
    await desk.deliver()
    channel = desk.slack.channel("gw")
    card = channel.messages[0]
    assert channel.messages == [card]
    assert "666" in card.words
    assert len(channel.thread(card.ts)) == 1
    assert {state for _, state in await desk.states()} == {State.SENT}


async def test_a_reply_that_was_accepted_without_an_answer_is_not_said_twice(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    await desk.told(initial(nsbh()))
    await desk.dispatcher.deliver_due()  # the edit; the reply waits its second
    desk.slack.fail("chat.postMessage", Fault("reset", accepted=True))
    await desk.deliver()
    channel = desk.slack.channel("gw")
    assert len(channel.thread(channel.messages[0].ts)) == 1


async def test_a_server_that_keeps_silent_is_not_waited_for_beyond_the_claim(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", Fault("silence", accepted=True))
    await desk.told(nsbh())
    await desk.deliver()
    assert len(desk.slack.channel("gw").messages) == 1
    assert {state for _, state in await desk.states()} == {State.SENT}


async def test_nothing_is_sent_before_retry_after_is_over(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", Fault("rate", number=20))
    await desk.told(nsbh())
    await desk.dispatcher.deliver_due()
    await desk.clock.advance(19.0)
    await desk.dispatcher.deliver_due()
    assert len(desk.slack.calls_of("chat.postMessage")) == 1
    await desk.clock.advance(1.0)
    await desk.dispatcher.deliver_due()
    desk.slack.channel("gw").expect("S261120h")
    (row,) = await desk.rows()
    assert row.attempts == 1  # a pause is no failure of the message


async def test_waits_grow_between_attempts_and_stay_under_a_minute(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", *[Fault("http", number=503)] * 12)
    await desk.told(nsbh())
    await desk.deliver(seconds=900)
    times = [call.at for call in desk.slack.calls_of("chat.postMessage")]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 13
    assert 1.0 <= waits[0] <= 3.0
    assert all(30.0 <= wait <= 61.0 for wait in waits[6:])
    assert len(set(waits[6:])) > 1  # spread, so that a hundred messages do not come back at once
    desk.slack.channel("gw").expect("S261120h")


async def test_a_provider_that_is_down_for_an_hour_loses_nothing(desk: Desk) -> None:
    await desk.slack.stop()
    state = nsbh()
    await desk.told(state)
    for minute in range(0, 60, 10):
        await desk.dispatcher.deliver_due()
        await desk.clock.advance(600.0)
        if minute == 30:
            before, state = state.newest, initial(state)
            await desk.told(state, before)
    await desk.slack.start()
    await desk.deliver(seconds=90)
    card = desk.slack.channel("gw").messages[0]
    assert "666" in card.words
    assert {state for _, state in await desk.states()} == {State.SENT}


async def test_what_fails_for_half_a_day_is_given_up_loudly(database: Database, clock: ManualClock) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("ops",)) as desk:
        await desk.told(nsbh())
        await clock.advance(12 * 3600 + 1.0)
        desk.slack.fail("chat.postMessage", *[Fault("http", number=500)] * 5)
        await desk.deliver(seconds=120)
        desk.slack.channel("ops").expect("Not delivered: S261120h to gw")


# --- never


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        ("channel_not_found", "/invite"),
        ("not_in_channel", "/invite"),
        ("is_archived", "unarchive"),
        ("invalid_auth", "slack.bot_token"),
        ("token_revoked", "install the app again"),
        ("msg_too_long", "longer than Slack takes"),
        ("msg_blocks_too_long", "longer than Slack takes"),
        ("something_new", "something_new"),
    ],
)
async def test_what_will_never_work_is_given_up_at_once_and_told_elsewhere(
    database: Database, clock: ManualClock, code: str, mend: str
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("gw", "ops")) as desk:
        desk.slack.fail("chat.postMessage", Fault("error", code))
        await desk.told(nsbh())
        await desk.deliver()
        warning = desk.slack.channel("ops").expect("Not delivered: S261120h to gw")
        assert mend in warning.words
        assert desk.slack.unexpected == []
        assert await desk.states() == [("post", State.DEAD), ("note", State.SENT)]


async def test_a_missing_scope_is_named(desk: Desk) -> None:
    desk.slack.scopes.remove("chat:write")
    await desk.told(nsbh())
    await desk.deliver()
    (row,) = await desk.rows()
    assert row.error is not None
    assert "lacks the scope chat:write" in row.error


async def test_a_hundred_failures_for_one_reason_are_told_once_an_hour(
    database: Database, clock: ManualClock
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("ops",)) as desk:
        desk.slack.channel("gw").archived = True
        async with database.write() as session:
            for number in range(5):
                await notify_desk(session, note(f"{number}"), ["gw"], key=str(number), now=clock.now())
        await desk.told(nsbh())
        await desk.told(story(revision(1)))
        await desk.deliver()
        assert len(desk.slack.channel("ops").messages) == 1


async def test_a_warning_that_fails_too_warns_no_further(database: Database, clock: ManualClock) -> None:
    async with open_desk(database, clock, channels=("gw", "ops"), warnings=("gw", "ops")) as desk:
        desk.slack.channel("gw").archived = desk.slack.channel("ops").archived = True
        await desk.told(nsbh())
        await desk.deliver(seconds=120)
        assert await desk.states() == [("post", State.DEAD), ("note", State.DEAD)]


async def test_the_next_revision_posts_what_could_not_be_posted_before(desk: Desk) -> None:
    desk.slack.channel("gw").member = False
    await desk.told(nsbh())
    await desk.deliver()
    desk.slack.channel("gw").member = True
    await desk.told(initial(nsbh()))
    await desk.deliver()
    assert "666" in desk.slack.channel("gw").expect("S261120h").words
    assert desk.slack.unexpected == []


async def test_a_card_that_somebody_deleted_is_posted_anew_with_what_changed(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    channel = desk.slack.channel("gw")
    desk.slack.delete(channel.messages[0])
    await desk.told(initial(nsbh()))
    await desk.deliver()
    (card,) = channel.messages
    assert "666" in card.words
    assert len(channel.thread(card.ts)) == 1


async def test_a_bad_item_never_stops_the_sender(desk: Desk) -> None:
    """Peers' N1: there a number on the queue killed the sending thread, and the message with it."""
    async with desk.database.write() as session:
        for name in ("one", "two", "three"):
            await notify_desk(session, note(name), ["gw"], key=name, now=desk.clock.now())
        broken = update(OutboxRow).where(OutboxRow.key.like("%one")).values(card={"title": 17})
        await session.execute(broken)
    await desk.deliver()
    assert [state for _, state in await desk.states()] == [State.DEAD, State.SENT, State.SENT]
    desk.slack.channel("gw").expect("two")
    desk.slack.channel("gw").expect("three")


async def test_a_channel_that_raises_what_nobody_foresaw_ends_one_message_only(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    original = desk.channels["gw"].post

    async def post(card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        if "one" in str(card.title):
            raise ZeroDivisionError
        return await original(card, nonce, pictures)

    desk.channels["gw"].post = post  # type: ignore[method-assign]
    async with desk.database.write() as session:
        for name in ("one", "two"):
            await notify_desk(session, note(name), ["gw"], key=name, now=desk.clock.now())
    await desk.deliver()
    desk.slack.channel("gw").expect("two")
    assert "ZeroDivisionError" in caplog.text


# --- order and pace


async def test_posts_to_one_channel_are_a_second_apart(desk: Desk) -> None:
    desk.slack.limit_rate(1.0)
    async with desk.database.write() as session:
        for number in range(10):
            await notify_desk(session, note(f"note {number}"), ["gw"], key=str(number), now=desk.clock.now())
    began = desk.clock.monotonic()
    await desk.deliver()
    assert [m.words.split()[-1] for m in desk.slack.channel("gw").messages] == [str(n) for n in range(10)]
    assert desk.clock.monotonic() - began == 9.0
    refused = [call for call in desk.slack.calls if call.answer and call.answer.get("error") == "ratelimited"]
    assert refused == []


async def test_a_first_notice_goes_before_what_waits_for_other_cards(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    await desk.told(initial(nsbh()))
    other = story(revision(1))
    await desk.told(other.__class__(**{**vars(other), "event": "LVK:S261120zz", "name": "S261120zz"}))
    await desk.clock.advance(1.0)
    await desk.deliver()
    said = desk.slack.channel("gw").said
    assert "S261120zz" in said[1].words
    assert said[2].thread_ts == said[0].ts


async def test_the_messages_of_an_event_keep_their_order_through_a_failure(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    card = desk.slack.channel("gw").messages[0]
    desk.slack.fail("chat.postMessage", Fault("http", number=503), Fault("http", number=503))
    state = nsbh()
    for area in (900, 800, 700):
        before, state = state.newest, initial(state, area=area)
        await desk.told(state, before)
    await desk.deliver(seconds=60)
    told = [reply.words for reply in desk.slack.channel("gw").thread(card.ts)]
    assert ["900" in told[0], "800" in told[1], "700" in told[2]] == [True, True, True]


async def test_a_slow_channel_delays_no_other(database: Database, clock: ManualClock) -> None:
    async with open_desk(database, clock, channels=("gw", "ops")) as desk:
        desk.routes = (route("both", "true", "gw", "ops"),)
        reached, go_on = asyncio.Event(), asyncio.Event()
        original = desk.channels["gw"].post

        async def post(card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
            reached.set()
            await go_on.wait()
            return await original(card, nonce, pictures)

        desk.channels["gw"].post = post  # type: ignore[method-assign]
        await desk.told(nsbh())
        async with desk.running():
            await asyncio.wait_for(reached.wait(), PATIENCE)
            await desk.slack.wait_for(lambda: len(desk.slack.channel("ops").messages) == 1)
            assert desk.slack.channel("gw").messages == []
            go_on.set()
            await desk.slack.wait_for(lambda: len(desk.slack.channel("gw").messages) == 1)


async def test_a_ring_wakes_the_sender_at_once(database: Database) -> None:
    manual = ManualClock(TRIGGER)  # never moves: only the bell can wake
    async with open_desk(database, manual) as desk:
        bell = Bell(manual)
        dispatcher = Dispatcher(database, manual, desk.channels, bell=bell)
        async with desk.running(dispatcher):
            await asyncio.sleep(0.05)
            await desk.told(nsbh())
            bell.ring(BELL)
            await desk.slack.wait_for(lambda: len(desk.slack.messages) == 1)


async def test_a_line_made_anew_while_a_message_is_claimed_mutes_no_destination(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words and pictures have pools of their own, and each lines up for both whoever waits."""

    async def meanwhile(*claiming: Any, **more: Any) -> Any:
        item = await claim_one(*claiming, **more)
        for pool in desk.dispatcher._pools:
            pool.line_up(())  # what is being claimed waits no more
        return item

    monkeypatch.setattr("notifiers.dispatcher.claim_one", meanwhile)
    first = nsbh()
    async with desk.running():
        await desk.told(first)
        await desk.clock.advance(1.0)
        await desk.slack.wait_for(lambda: len(desk.slack.messages) == 1)
        await desk.told(initial(first), first.newest)
        for _ in range(5):
            await asyncio.sleep(0.02)
            await desk.clock.advance(1.0)
        await desk.slack.wait_for(lambda: desk.slack.messages[0].edits == 1)


async def test_without_a_ring_the_sender_looks_every_second(desk: Desk) -> None:
    async with desk.running():
        await asyncio.sleep(0.1)  # it has found nothing and waits
        await desk.told(nsbh())
        await desk.clock.advance(1.0)
        await desk.slack.wait_for(lambda: len(desk.slack.messages) == 1)


async def test_a_database_that_is_gone_for_a_while_does_not_end_the_sender(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise OSError("the database is gone")

    await desk.told(nsbh())
    with monkeypatch.context() as broken:
        broken.setattr(desk.database, "write", gone)
        async with desk.running():
            await asyncio.sleep(0.05)
            broken.undo()
            await desk.clock.advance(2.0)
            await desk.slack.wait_for(lambda: len(desk.slack.messages) == 1)


async def test_idle_returns_when_everything_is_out(database: Database) -> None:
    clock = SystemClock()
    async with open_desk(database, ManualClock(clock.now())) as desk:
        await desk.told(nsbh())
        dispatcher = Dispatcher(database, clock, desk.channels)
        async with desk.running(dispatcher):
            await asyncio.wait_for(dispatcher.idle(), PATIENCE)
            assert len(desk.slack.messages) == 1


async def test_a_clock_that_is_set_back_holds_nothing_up(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", Fault("http", number=503))
    await desk.told(nsbh())
    await desk.dispatcher.deliver_due()
    desk.clock.jump(timedelta(days=-1))
    await desk.deliver(seconds=5)
    assert len(desk.slack.messages) == 1


# --- pictures


async def test_pictures_follow_the_words_and_are_shown_on_the_card(desk: Desk) -> None:
    await desk.told(nsbh())
    async with desk.database.write() as session:
        blob = await blobs.put(session, b"\x89PNG of a sky map")
        await attach_picture(session, "LVK:S261120h", "gw", "sky_map", blob, desk.clock.now())
    await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert desk.slack.files[card.pictures[0]] == b"\x89PNG of a sky map"
    assert desk.slack.calls[0].method == "chat.postMessage"
    assert desk.slack.channel("gw").said == [card]


async def test_a_picture_stays_while_it_shows_what_the_card_says(desk: Desk) -> None:
    await desk.told(nsbh())
    await picture(desk, b"first")
    await desk.deliver()
    await desk.told(retraction(nsbh()))
    await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert "retracted" in card.words.lower()
    assert [desk.slack.files[shown] for shown in card.pictures] == [b"first"]


async def test_the_picture_of_an_older_map_never_stands_beside_newer_numbers(desk: Desk) -> None:
    await desk.told(nsbh())
    await picture(desk, b"first")
    await desk.deliver()
    await desk.told(initial(nsbh()))
    await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert card.pictures == []
    await picture(desk, b"second")
    await desk.deliver()
    assert [desk.slack.files[shown] for shown in card.pictures] == [b"second"]


async def test_a_better_name_takes_no_picture_away(desk: Desk) -> None:
    await desk.told(nsbh())
    await picture(desk, b"sky")
    await desk.deliver()
    await desk.told(replace(nsbh(), name="GW261120_022100"))
    await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert "GW261120_022100" in card.words
    assert len(card.pictures) == 1


async def test_a_picture_that_is_right_again_is_shown_again(desk: Desk) -> None:
    first = nsbh()
    there = initial(first)
    back = initial(there, area=1002)
    for state, content in ((first, b"wide"), (there, b"narrow"), (back, b"wide")):
        await desk.told(state)
        await picture(desk, content)
        await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert [desk.slack.files[shown] for shown in card.pictures] == [b"wide"]


async def test_a_picture_that_was_overtaken_while_it_was_uploaded_is_not_shown(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    await picture(desk, b"first")
    await desk.told(initial(nsbh()))
    await desk.deliver()
    (card,) = desk.slack.channel("gw").messages
    assert card.pictures == []


async def test_a_picture_that_slack_still_works_on_holds_no_words_up(desk: Desk) -> None:
    desk.slack.pictures_take = 2
    await desk.told(nsbh())
    await picture(desk, b"sky")
    await desk.dispatcher.deliver_due()
    await desk.told(retraction(nsbh()))
    await desk.dispatcher.deliver_due()
    (card,) = desk.slack.channel("gw").messages
    assert "retracted" in card.words.lower()
    assert card.pictures == []
    await desk.deliver()
    assert len(card.pictures) == 1


async def test_a_picture_that_cannot_be_uploaded_holds_no_words_up(desk: Desk) -> None:
    desk.slack.fail("files.getUploadURLExternal", *[Fault("http", number=503)] * 3)
    await desk.told(nsbh())
    await picture(desk, b"sky")
    await desk.dispatcher.deliver_due()
    await desk.told(retraction(nsbh()))
    await desk.deliver(seconds=2)
    (card,) = desk.slack.channel("gw").messages
    assert "retracted" in card.words.lower()
    await desk.deliver(seconds=30)
    assert len(card.pictures) == 1


async def test_a_picture_whose_bytes_are_gone_ends_alone(desk: Desk) -> None:
    await desk.told(nsbh())
    async with desk.database.write() as session:
        await attach_picture(session, "LVK:S261120h", "gw", "sky_map", "0" * 64, desk.clock.now())
    await picture_of(desk, "observability", b"night")
    await desk.deliver()
    assert [state for kind, state in await desk.states() if kind == "picture"] == [State.DEAD, State.SENT]


# --- a channel of the test's own


class Counting:
    """A channel that fails as often as told, and never finds anything."""

    speaking = Pace()
    changing = Pace()

    def __init__(self, failures: int) -> None:
        self.config = ChannelConfig("counting", "test", None, Reader())
        self.failures = failures
        self.posts = 0

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        self.posts += 1
        if self.posts <= self.failures:
            raise TryAgain("not yet", uncertain=False)
        return Receipt("here", nonce)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        return shown

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        return Receipt("here", nonce)

    async def picture(self, picture: PictureFile) -> str:
        return picture.name

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        raise AssertionError("what was certainly not taken is not looked for")

    async def check(self) -> str:
        return "here"


async def test_what_was_certainly_not_taken_is_not_looked_for(database: Database, clock: ManualClock) -> None:
    channel = Counting(2)
    dispatcher = Dispatcher(database, clock, {"counting": channel})
    async with database.write() as session:
        await notify_desk(session, note("hello"), ["counting"], key="1", now=clock.now())
    for _ in range(12):
        await dispatcher.deliver_due()
        await clock.advance(1.0)
    assert channel.posts == 3


def note(words: str) -> Card:
    return Card((Text(words),), Tone.WARNING)


async def picture(desk: Desk, content: bytes) -> None:
    await picture_of(desk, "sky_map", content)


async def picture_of(desk: Desk, key: str, content: bytes) -> None:
    async with desk.database.write() as session:
        blob = await blobs.put(session, content)
        await attach_picture(session, "LVK:S261120h", "gw", key, blob, desk.clock.now())
