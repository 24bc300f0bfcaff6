"""A follow-up that names no event: listed, and taken back, with the event in whose region its source lies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from cards.card import Card
from cards.reader import Reader
from cards.text import render_text
from commands.declared import book
from commands.desk import Desk
from commands.retraction.telling import RetractedJobs
from events.state import EventState
from gcn.notice import AlertType, Position
from notifiers.tables import OutboxRow
from platforms.about import events_about
from platforms.job import JobState
from platforms.tracker import Tracker
from shifts.people_file import parse_people
from store.database import Database
from tests.commands.desk import ANA
from tests.commands.portal_night import MORE, Night, night
from tests.commands.test_followup import ASKED
from tests.events.story import attach, burst

HERE = Position(ra=150.1, dec=2.2, radius=3.0, containment=0.9)
FIRST, SECOND = "Fermi:745811685", "Swift:1234567"


@pytest.fixture
async def tonight(database: Database) -> AsyncIterator[Night]:
    async with night(database) as made:
        desk = made.desk
        retracted = RetractedJobs(desk.rooms.jobs, desk.clock)
        desk.rooms = replace(desk.rooms, retracted=retracted)
        desk.desk = Desk(book(), desk.rooms)
        await desk.rooms.people.put(parse_people(MORE.replace("slack:", "verified: true, slack:")), by="test")
        yield made


async def retract(tonight: Night, key: str) -> EventState:
    """The retraction comes, and is decided about as the hub does it."""
    rooms = tonight.desk.rooms
    async with rooms.database.write() as session:
        attached = await attach(session, _notice(key, alert_type=AlertType.RETRACTION, issued=7200))
        state = await rooms.events.state(session, attached.event_id)
        assert rooms.retracted is not None
        await rooms.retracted.landed(session, state, tonight.desk.clock.now())
    return state


async def told(tonight: Night) -> dict[str, str]:
    """What is read of retractions now, by person."""
    async with tonight.desk.rooms.database.read() as session:
        rows = select(OutboxRow).where(OutboxRow.subject.like("retracted:%")).order_by(OutboxRow.id)
        return {
            row.channel: render_text(Card.from_dict(row.card), Reader())
            for row in await session.scalars(rows)
            if row.card is not None
        }


async def asked(tonight: Night) -> None:
    """AT2026kn's follow-up is asked for, in no event's thread, and runs."""
    await tonight.yes(await tonight.desk.ask(ASKED))
    assert (await tonight.follow(seconds=30)).state is JobState.RUNNING


async def test_a_retraction_lists_the_follow_up_of_a_source_in_its_region_and_takes_it_back(
    tonight: Night,
) -> None:
    await asked(tonight)
    async with tonight.desk.rooms.database.read() as session:
        assert await events_about(session, [1]) == {1: (FIRST,)}
    await retract(tonight, FIRST)
    (words,) = (await told(tonight)).values()
    assert "1 job was started for it" in words
    assert "AT2026kn lies in the region of this event" in words and "Cancel all that can be" in words
    done = await tonight.desk.press(("job.withdraw", FIRST), ANA)
    assert "1: being cancelled" in done.words
    rooms = tonight.desk.rooms
    assert rooms.retracted is not None
    works = {work.kind: work for work in tonight.works}
    await Tracker(rooms.database, rooms.clock, works, tell=rooms.retracted.tell).track_due()
    assert (await rooms.jobs.job(1)).state is JobState.CANCELLED
    assert not [each for each in tonight.world.followups if each["status"] != "deleted"]
    (words,) = (await told(tonight)).values()
    assert "cancelled" in words and "Cancel all" not in words


async def test_what_may_be_for_another_event_too_is_listed_and_left_to_a_person(tonight: Night) -> None:
    async with tonight.desk.rooms.database.write() as session:
        await attach(session, _notice(SECOND))
    await asked(tonight)
    await retract(tonight, FIRST)
    (words,) = (await told(tonight)).values()
    assert "too: “job cancel 1” takes it back" in words and "1234567" in words
    assert "Cancel all" not in words
    refused = await tonight.desk.press(("job.withdraw", FIRST), ANA)
    assert "can be taken back now" in refused.words
    assert (await tonight.desk.rooms.jobs.job(1)).state is JobState.RUNNING
    await retract(tonight, SECOND)  # now nothing is left that it could be for
    assert "1: being cancelled" in (await tonight.desk.press(("job.withdraw", SECOND), ANA)).words


async def test_a_source_that_lies_in_no_region_or_cannot_be_read_is_asked_for_all_the_same(
    tonight: Night,
) -> None:
    tonight.world.add_source("AT2026away", 20.0, -60.0)
    line = ASKED.replace("AT2026kn", "AT2026away")
    await tonight.yes(await tonight.desk.ask(line))
    async with tonight.desk.rooms.database.read() as session:
        assert await events_about(session, [1]) == {}
    await retract(tonight, FIRST)
    assert await told(tonight) == {}


def _notice(key: str, **more: Any) -> Any:
    mission, _, number = key.partition(":")
    values: dict[str, Any] = {"event": key, "mission": mission, "position": HERE}
    if more.get("alert_type") is AlertType.RETRACTION:
        values["position"] = None
    return burst(number, **(values | more))
