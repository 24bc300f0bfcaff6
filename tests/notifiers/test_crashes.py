"""The process dies at every step of a delivery; afterwards everything was said exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.outbox import notify_desk
from notifiers.tables import State
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk
from tests.notifiers.stories import initial, nsbh
from tests.notifiers.test_dispatcher import note
from tests.standins.slack import Fault

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")

LEASE = 5.0  # s; longer than the claims of the tests' desk


class Died(BaseException):
    """The process is gone: nothing catches this, nothing is cleaned up by it."""


async def die_at_step(desk: Desk, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Deliver what is due and die before the given step; False where there are fewer steps.

    The steps: of each transaction its beginning, its end before the commit and after it, and of each call to
    Slack before it and after its answer. A message of one call has eight.
    """
    counted = 0

    def count() -> None:
        nonlocal counted
        counted += 1
        if counted == step:
            raise Died

    with monkeypatch.context() as patched:
        patched.setattr(desk.database, "write", _counted_write(desk.database, count))
        patched.setattr(desk.workspace, "call", _counted_call(desk.workspace.call, count))
        try:
            await desk.dispatcher.deliver_due()
        except Died:
            return True
    return False


def _counted_write(database: Database, count: Callable[[], None]) -> Callable[[], Any]:
    write = database.write

    @asynccontextmanager
    async def counted() -> AsyncIterator[AsyncSession]:
        count()
        async with write() as session:
            yield session
            count()  # done but not committed
        count()

    return counted


def _counted_call(call: Callable[[Any], Any], count: Callable[[], None]) -> Callable[[Any], Any]:
    async def counted(answer: Any) -> Any:
        try:
            count()
        except Died:
            answer.close()
            raise
        made = await call(answer)
        count()
        return made

    return counted


@pytest.mark.parametrize("step", range(1, 9))
async def test_a_post_is_said_once_wherever_the_process_dies(
    any_desk: Desk, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await any_desk.told(nsbh())
    assert await die_at_step(any_desk, step, monkeypatch)
    any_desk.restart()
    await any_desk.deliver()
    assert len(any_desk.slack.channel("gw").messages) == 1
    assert await any_desk.states() == [("post", State.SENT)]


@pytest.mark.parametrize("step", range(1, 17))
async def test_an_edit_and_a_reply_are_said_once_wherever_the_process_dies(
    desk: Desk, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    await desk.clock.advance(5.0)
    await desk.told(initial(nsbh()))
    await die_at_step(desk, step, monkeypatch)
    desk.restart()
    await desk.deliver()
    channel = desk.slack.channel("gw")
    (card,) = channel.messages
    assert "666" in card.words
    assert len(channel.thread(card.ts)) == 1
    assert {state for _, state in await desk.states()} == {State.SENT}


@pytest.mark.parametrize("step", range(1, 9))
async def test_dying_twice_at_the_same_step_doubles_nothing(
    desk: Desk, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.told(nsbh())
    for _ in range(2):
        await die_at_step(desk, step, monkeypatch)
        desk.restart()
        await desk.clock.advance(LEASE)
    await desk.deliver()
    assert len(desk.slack.channel("gw").messages) == 1


async def test_a_second_replica_takes_over_what_the_first_left(
    any_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await any_desk.told(nsbh())
    assert await die_at_step(any_desk, 5, monkeypatch)  # Slack has it, nobody wrote it down
    any_desk.restart()
    assert await any_desk.dispatcher.deliver_due() == 0  # the claim of the dead still stands
    await any_desk.clock.advance(LEASE)
    assert await any_desk.dispatcher.deliver_due() == 1
    assert len(any_desk.slack.channel("gw").messages) == 1


async def test_two_replicas_share_a_queue_and_double_nothing(any_desk: Desk) -> None:
    async with any_desk.database.write() as session:
        for number in range(12):
            await notify_desk(
                session, note(f"note {number}"), ["gw"], key=str(number), now=any_desk.clock.now()
            )
    first = any_desk.dispatcher
    any_desk.restart()
    second = any_desk.dispatcher
    for _ in range(12):
        await asyncio.gather(first.deliver_due(), second.deliver_due())
        await any_desk.clock.advance(1.0)
    words = [message.words.split()[-1] for message in any_desk.slack.channel("gw").messages]
    assert sorted(words, key=int) == [str(number) for number in range(12)]


async def test_a_sender_that_was_slower_than_its_claim_writes_over_nobody(
    desk: Desk, clock: ManualClock
) -> None:
    """The first sender hangs, the second takes over and sends; then the first one's answer arrives."""
    await desk.told(nsbh())
    first = desk.dispatcher
    go_on, reached = asyncio.Event(), asyncio.Event()
    original = desk.workspace.call

    async def slow(answer: Any) -> Any:
        made = await original(answer)
        reached.set()
        await go_on.wait()
        return made

    desk.workspace.call = slow  # type: ignore[method-assign]
    sending = asyncio.create_task(first.deliver_due())
    await reached.wait()
    desk.workspace.call = original  # type: ignore[method-assign]
    await clock.advance(LEASE)
    desk.restart()
    assert await desk.dispatcher.deliver_due() == 1
    go_on.set()
    await sending
    assert len(desk.slack.channel("gw").messages) == 1
    assert await desk.states() == [("post", State.SENT)]


async def test_a_channel_that_may_not_be_searched_is_told_twice_rather_than_never(desk: Desk) -> None:
    desk.slack.scopes.remove("channels:history")
    desk.slack.fail("chat.postMessage", Fault("reset", accepted=True))
    await desk.told(nsbh())
    await desk.deliver()
    assert len(desk.slack.channel("gw").messages) == 2


async def test_a_message_is_found_among_hundreds_said_since(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", Fault("reset", accepted=True))
    await desk.told(nsbh())
    await desk.dispatcher.deliver_due()
    place = desk.slack.channel("gw")
    for number in range(450):
        desk.slack._new(place, {"text": f"chatter {number}"}, None)
    await desk.deliver()
    assert len([m for m in place.messages if "S261120h" in m.words]) == 1
