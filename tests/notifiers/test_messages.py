"""Messages of their own: owed once, thousands at a time, changed and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cards.card import Card, Text, Tone
from notifiers.outbox import Message, amend, notify, notify_many, withdraw
from notifiers.tables import OutboxRow, State
from store.database import Database

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
EVENT = "LVK:S261120h"


def words(text: str) -> Card:
    return Card((Text(text),), Tone.INFO, summary=text)


async def rows(database: Database) -> list[OutboxRow]:
    async with database.read() as session:
        return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


async def test_a_message_is_owed_to_each_channel_and_person_once(any_database: Database) -> None:
    async with any_database.write() as session:
        names = await notify(session, words("a page"), ["@ana/sms", "gw", "gw"], key="page|1", now=NOW)
        again = await notify(session, words("a page"), ["@ana/sms", "ops"], key="page|1", now=NOW)
    assert (names, again) == (("@ana/sms", "gw"), ("ops",))
    assert [row.channel for row in await rows(any_database)] == ["@ana/sms", "gw", "ops"]


async def test_two_who_decide_the_same_at_once_owe_it_once(any_database: Database) -> None:
    async with any_database.write() as session:
        await notify(session, words("a page"), ["gw"], key="page|1", now=NOW)
        if not any_database.is_sqlite:  # there only one writes at a time
            async with any_database.read() as other:
                assert await other.scalar(select(func.count(OutboxRow.id))) == 0
    async with any_database.write() as session:
        await notify(session, words("a page"), ["gw"], key="page|1", now=NOW)
    assert len(await rows(any_database)) == 1


async def test_two_thousand_people_are_owed_in_one_transaction(any_database: Database) -> None:
    card = words("a page")
    messages = [Message(f"@person{n}/sms", card, "told|7", EVENT, urgent=True) for n in range(2000)]
    async with any_database.write() as session:
        assert len(await notify_many(session, messages, now=NOW)) == 2000
        assert await notify_many(session, messages, now=NOW) == ()
    found = await rows(any_database)
    assert len({row.nonce for row in found}) == len(found) == 2000


async def test_a_key_too_long_to_be_kept_is_refused(database: Database) -> None:
    async with database.write() as session:
        with pytest.raises(ValueError, match="300 characters"):
            await notify(session, words("a page"), ["gw"], key="k" * 301, now=NOW)


async def test_a_message_that_was_never_tried_goes_out_with_its_newest_words(database: Database) -> None:
    async with database.write() as session:
        await notify(session, words("who has it?"), ["gw"], key="page|1", now=NOW)
        assert await amend(session, "gw", words("Ana has it"), key="page|1", now=NOW)
    (row,) = await rows(database)
    assert Card.from_dict(dict(row.card or {})).summary == "Ana has it"


async def test_what_nobody_was_told_cannot_be_changed(database: Database) -> None:
    async with database.write() as session:
        assert not await amend(session, "gw", words("Ana has it"), key="page|1", now=NOW)


async def test_what_belongs_together_is_taken_back_together(database: Database) -> None:
    async with database.write() as session:
        await notify(session, words("a page"), ["@ana/sms", "@bo/sms"], key="1", now=NOW, subject="page:1")
        await notify(session, words("another"), ["@ana/sms"], key="2", now=NOW, subject="page:2")
        assert await withdraw(session, "page:1") == 2
    assert [row.state for row in await rows(database)] == [State.SUPERSEDED, State.SUPERSEDED, State.PENDING]


async def test_a_page_stands_in_no_queue_behind_the_card_of_its_event(database: Database) -> None:
    async with database.write() as session:
        await notify(session, words("news"), ["gw"], key="1", now=NOW, event=EVENT)
        await notify(
            session,
            words("a page"),
            ["gw"],
            key="2",
            now=NOW,
            event=EVENT,
            urgent=True,
            not_after=NOW + timedelta(hours=1),
        )
    news, page = await rows(database)
    assert page.priority < news.priority
    assert page.lane != news.lane
    assert page.event == news.event == EVENT
