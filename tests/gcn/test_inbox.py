from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gcn.inbox import MESSAGES_BELL, Inbox
from gcn.message import Coordinates, RawMessage, StoredCounts, StoredMessage, StreamGroup
from gcn.tables import Message, MessageSource, MessageState
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell

GROUP = StreamGroup("kafka.example", "nightdesk")


@pytest.fixture
def bell(clock: ManualClock) -> Bell:
    return Bell(clock)


@pytest.fixture
def inbox(any_database: Database, clock: ManualClock, bell: Bell) -> Inbox:
    return Inbox(any_database, clock, bell)


def messages(clock: ManualClock, *contents: bytes | None, first: int = 0) -> list[RawMessage]:
    return [
        RawMessage("igwn.gwalert", content, clock.now(), Coordinates(0, offset), produced=clock.now())
        for offset, content in enumerate(contents, start=first)
    ]


def contents(claimed: Sequence[StoredMessage]) -> list[bytes]:
    return [message.content for message in claimed]


async def test_messages_come_out_as_they_came_in_and_in_their_order(inbox: Inbox, clock: ManualClock) -> None:
    sent = messages(clock, b"one", b"two\x00\xff", b"three")
    assert await inbox.store(sent, GROUP) == StoredCounts(new=3)
    claimed = await inbox.claim_new(10, "worker")
    assert contents(claimed) == [b"one", b"two\x00\xff", b"three"]
    first = claimed[0]
    assert (first.topic, first.source) == ("igwn.gwalert", MessageSource.KAFKA)
    assert first.arrived == first.produced == clock.now()


async def test_the_offset_to_read_on_from_is_stored_with_the_messages_of_its_group_and_cluster(
    inbox: Inbox, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a", b"b", first=7), GROUP)
    await inbox.store(
        [RawMessage("gcn.circulars", b"c", clock.now(), Coordinates(partition=3, offset=11))], GROUP
    )
    assert await inbox.offsets(GROUP) == {("igwn.gwalert", 0): 9, ("gcn.circulars", 3): 12}
    assert await inbox.offsets(replace(GROUP, cluster="kafka.test.example")) == {}
    assert await inbox.offsets(replace(GROUP, group_id="other")) == {}


async def test_a_batch_that_fails_leaves_neither_messages_nor_offsets(
    inbox: Inbox, clock: ManualClock
) -> None:
    good, bad = messages(clock, b"good", b"bad")
    naive = replace(bad, produced=bad.arrived.replace(tzinfo=None))
    with pytest.raises(Exception, match="aware"):
        await inbox.store([good, naive], GROUP)
    assert await inbox.claim_new(10, "worker") == []
    assert await inbox.offsets(GROUP) == {}


async def test_the_same_message_a_hundred_times_is_one_message_that_was_repeated(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    first, *rest = messages(clock, *[b"the same circular"] * 100)
    assert await inbox.store([first], GROUP) == StoredCounts(new=1)
    assert await inbox.store(rest[:50], GROUP) == StoredCounts(repeated=50)
    assert await inbox.store(rest[50:], GROUP) == StoredCounts(repeated=49)
    assert len(await inbox.claim_new(10, "worker")) == 1
    assert await inbox.offsets(GROUP) == {("igwn.gwalert", 0): 100}
    async with any_database.read() as session:
        assert await session.scalar(select(Message.repeats)) == 99


async def test_repeats_within_one_batch_are_recognised(inbox: Inbox, clock: ManualClock) -> None:
    assert await inbox.store(messages(clock, b"a", b"b", b"a", b"a"), GROUP) == StoredCounts(
        new=2, repeated=2
    )


async def test_equal_content_on_two_topics_is_two_messages(inbox: Inbox, clock: ManualClock) -> None:
    one = RawMessage("gcn.classic.text.SWIFT_POINTDIR", b"same", clock.now())
    other = replace(one, topic="gcn.classic.text.FERMI_POINTDIR")
    assert (await inbox.store([one, other])).new == 2


async def test_a_topic_made_anew_loses_nothing_although_its_offsets_begin_again(
    inbox: Inbox, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"old", first=1000), GROUP)
    assert (await inbox.store(messages(clock, b"new", first=0), GROUP)).new == 1
    assert await inbox.offsets(GROUP) == {("igwn.gwalert", 0): 1}


async def test_a_message_without_content_is_kept_visible_and_never_parsed(
    inbox: Inbox, clock: ManualClock
) -> None:
    assert await inbox.store(messages(clock, None, b""), GROUP) == StoredCounts(ignored=1, repeated=1)
    assert await inbox.claim_new(10, "worker") == []
    assert (await inbox.counts()).by_state[MessageState.IGNORED] == 1
    assert await inbox.offsets(GROUP) == {("igwn.gwalert", 0): 2}


async def test_replayed_messages_need_no_broker_and_a_known_one_is_recognised(
    inbox: Inbox, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"seen on the stream"), GROUP)
    replayed = [
        RawMessage("igwn.gwalert", content, clock.now())
        for content in (b"seen on the stream", b"an old night")
    ]
    assert await inbox.store(replayed) == StoredCounts(new=1, repeated=1)
    sources = [message.source for message in await inbox.claim_new(10, "worker")]
    assert sources == [MessageSource.KAFKA, MessageSource.REPLAY]
    assert await inbox.offsets(GROUP) == {("igwn.gwalert", 0): 1}


async def test_a_four_megabyte_message_is_stored_whole(inbox: Inbox, clock: ManualClock) -> None:
    content = bytes(range(256)) * (4 * 4096)
    await inbox.store(messages(clock, content), GROUP)
    assert contents(await inbox.claim_new(1, "worker")) == [content]


async def test_storing_rings_the_bell_once_there_is_something_to_parse(
    inbox: Inbox, bell: Bell, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a"), GROUP)
    assert await bell.wait(MESSAGES_BELL, 60) is True


async def test_the_parser_settles_a_message_in_its_own_transaction(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a"), GROUP)
    [message] = await inbox.claim_new(10, "worker")
    with pytest.raises(RuntimeError):
        async with any_database.write() as session:
            assert await inbox.mark_parsed(session, message.id, "worker")
            raise RuntimeError("the notice could not be attached")
    assert (await inbox.counts()).by_state[MessageState.NEW] == 1
    async with any_database.write() as session:
        assert await inbox.mark_parsed(session, message.id, "worker")
    assert (await inbox.counts()).by_state[MessageState.PARSED] == 1


async def test_a_message_is_settled_once_whoever_comes_late(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a"), GROUP)
    [message] = await inbox.claim_new(1, "slow")
    await clock.advance(10)
    assert len(await inbox.claim_new(1, "quick")) == 1
    async with any_database.write() as session:
        assert not await inbox.mark_parsed(session, message.id, "slow")
        assert await inbox.mark_parsed(session, message.id, "quick")
    async with any_database.write() as session:
        assert not await inbox.mark_failed(session, message.id, "quick", "too late")


async def test_what_cannot_be_parsed_is_kept_with_its_error_and_can_be_tried_again(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"broken", b"whole"), GROUP)
    broken, whole = await inbox.claim_new(10, "worker")
    async with any_database.write() as session:
        await inbox.mark_failed(session, broken.id, "worker", "line 1: expected a JSON object")
        await inbox.mark_parsed(session, whole.id, "worker")
    [failed] = await inbox.failed()
    assert (failed.id, failed.topic, failed.size) == (broken.id, "igwn.gwalert", 6)
    assert failed.error == "line 1: expected a JSON object"

    assert await inbox.retry_failed() == 1
    assert contents(await inbox.claim_new(10, "worker")) == [b"broken"]
    assert await inbox.failed() == []


async def test_a_message_that_kills_its_readers_fails_after_five_attempts_and_takes_no_other_with_it(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"poison", b"innocent"), GROUP)
    assert contents(await inbox.claim_new(10, "worker")) == [b"poison", b"innocent"]  # and the reader dies
    await clock.advance(10)
    await inbox.store(messages(clock, b"fresh", first=2), GROUP)
    for expected in (b"fresh", b"poison", b"innocent"):
        [message] = await inbox.claim_new(10, "worker")
        assert message.content == expected
        if expected != b"poison":
            async with any_database.write() as session:
                assert await inbox.mark_parsed(session, message.id, "worker")
    for attempt in (3, 4, 5):
        await clock.advance(10)
        [message] = await inbox.claim_new(10, "worker")
        assert (message.content, message.attempts) == (b"poison", attempt)
    await clock.advance(10)
    assert await inbox.claim_new(10, "worker") == []
    [failed] = await inbox.failed()
    assert "5 attempts" in failed.error


async def test_a_message_given_back_was_not_tried(
    inbox: Inbox, any_database: Database, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a"), GROUP)
    for _ in range(20):
        [message] = await inbox.claim_new(10, "worker")
        assert message.attempts == 1
        async with any_database.write() as session:
            assert await inbox.give_back(session, message.id, "worker")


async def test_the_counts_say_since_when_the_oldest_message_has_been_waiting(
    inbox: Inbox, clock: ManualClock
) -> None:
    arrived = clock.now()
    assert (await inbox.counts()).oldest_new is None
    await inbox.store(messages(clock, b"a"), GROUP)
    await clock.advance(5)
    await inbox.store(messages(clock, b"b", first=1), GROUP)
    counts = await inbox.counts()
    assert counts.by_state == {"new": 2, "parsed": 0, "failed": 0, "ignored": 0}
    assert counts.oldest_new == arrived


async def test_a_clock_that_jumps_back_holds_claims_for_an_hour_at_most(
    inbox: Inbox, clock: ManualClock
) -> None:
    await inbox.store(messages(clock, b"a"), GROUP)
    assert len(await inbox.claim_new(1, "crashed")) == 1
    clock.jump(timedelta(minutes=-40))
    assert await inbox.claim_new(1, "next") == []
    clock.jump(timedelta(minutes=-40))
    assert len(await inbox.claim_new(1, "next")) == 1
