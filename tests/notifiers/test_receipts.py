"""Receipts: what providers say moves forward only, and tells who knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select, update

from notifiers.outbox import notify, withdraw
from notifiers.receipts import Reached, Told, record_status, told, told_of
from notifiers.tables import OutboxRow, ReceiptRow, State
from store.database import Database
from tests.notifiers.test_messages import EVENT, NOW, words


async def page(database: Database, *people: str, **values: Any) -> None:
    """A page by SMS to these people, as far as `values` say."""
    async with database.write() as session:
        names = [f"@{person}/sms" for person in people]
        await notify(
            session, words("a page"), names, key="page|1", now=NOW, event=EVENT, subject="page:1", urgent=True
        )
        if values:
            mine = OutboxRow.channel.in_(names)
            await session.execute(update(OutboxRow).where(mine).values(**values))


async def say(database: Database, *statuses: str | tuple[str, int], number: str = "SM1") -> list[bool]:
    news = []
    async with database.write() as session:
        for status in statuses:
            word, sequence = status if isinstance(status, tuple) else (status, None)
            news.append(await record_status(session, "twilio", number, word, sequence=sequence, at=NOW))
    return news


async def known(database: Database) -> Sequence[Told]:
    async with database.read() as session:
        return await told(session, EVENT)


async def status(database: Database) -> str:
    async with database.read() as session:
        return str(await session.scalar(select(ReceiptRow.status)))


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_in_whatever_order_callbacks_come_the_furthest_counts(
    database: Database, order: tuple[str, ...]
) -> None:
    await say(database, *order)
    assert await status(database) == "delivered"


async def test_an_older_callback_changes_nothing(any_database: Database) -> None:
    assert await say(any_database, ("sent", 3), ("failed", 2), ("sent", 3)) == [True, False, False]
    assert await status(any_database) == "sent"
    assert await say(any_database, ("undelivered", 4), ("read", 5)) == [True, True]


async def test_what_arrived_did_not_fail(database: Database) -> None:
    assert await say(database, "delivered", "failed") == [True, False]


async def test_a_status_nobody_knows_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="teleported"):
        await say(database, "teleported")


async def test_a_callback_that_overtakes_the_answer_to_the_call_counts(database: Database) -> None:
    await say(database, "delivered")
    await page(database, "ana", state=State.SENT.value, provider="twilio", message="SM1", sent=NOW)
    (row,) = await known(database)
    assert (row.person, row.way, row.reached, row.was_told) == ("ana", "sms", Reached.DELIVERED, True)


async def test_a_page_the_provider_could_not_deliver_told_nobody(database: Database) -> None:
    await page(database, "ana", state=State.SENT.value, provider="twilio", message="SM1", sent=NOW)
    await say(database, "undelivered")
    async with database.read() as session:
        (row,) = await told(session, subject="page:1")
        assert row == await told_of(session, "twilio", "SM1")
    assert (row.reached, row.was_told, row.reason) == (
        Reached.FAILED,
        False,
        "the provider says: undelivered",
    )


@pytest.mark.parametrize(
    ("values", "reached", "was_told"),
    [
        ({}, Reached.WAITING, False),
        ({"state": "sending", "uncertain": True}, Reached.PERHAPS, True),
        ({"state": "retry", "uncertain": True}, Reached.PERHAPS, True),
        ({"state": "retry"}, Reached.WAITING, False),
        ({"state": "dead", "error": "no such number"}, Reached.FAILED, False),
        ({"state": "expired"}, Reached.EXPIRED, False),
        ({"state": "sent", "sent": NOW + timedelta(seconds=2)}, Reached.SENT, True),
    ],
)
async def test_who_may_know_is_told_from_how_far_the_message_came(
    database: Database, values: dict[str, Any], reached: Reached, was_told: bool
) -> None:
    await page(database, "ana", **values)
    (row,) = await known(database)
    assert (row.reached, row.was_told, row.reason) == (reached, was_told, values.get("error"))
    assert row.at == values.get("sent", NOW)


async def test_what_was_taken_back_unread_told_nobody_but_what_may_have_arrived_did(
    database: Database,
) -> None:
    await page(database, "ana")
    await page(database, "bo", state=State.RETRY.value, uncertain=True)
    async with database.write() as session:
        assert await withdraw(session, "page:1") == 2
    assert [(row.person, row.reached) for row in await known(database)] == [("bo", Reached.PERHAPS)]
