"""SIGKILL at every step of an escalation, hundreds of times: no page is lost, none is doubled.

The page is moved on in another process, which is killed between any two lines at which a crash makes a
difference, and begun again at the same instant of the clock: whoever takes over has nothing to wait for. What
comes of it is compared with the same night on which nobody died.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from notifiers.paging.answers import Answer
from notifiers.paging.engine import PagingEngine
from notifiers.paging.tables import Outcome, PageContactRow, PageLogRow, PageRow
from notifiers.tables import OutboxRow
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.killed import Mortals
from tests.notifiers.paging.escalations import move_on
from tests.notifiers.paging.pagedesk import STEPS, PageDesk, open_page_desk

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

JOB = "tests.notifiers.paging.escalations:move_on"
NIGHTS = int(os.environ.get("KILLED_NIGHTS", "2"))
BEGINS = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
INSTANTS = (0.0, 2.0, 3.0, 5.0, 7.0, 10.0, 12.0, 15.0, 20.0)  # min; something is due at each of them
STEPS_OF_A_MOVE = 6
ESCALATION = {**STEPS, "acknowledgements": 1, "reopen_after": 8}


@dataclass(frozen=True)
class Night:
    """Who answers what at which of the instants; at the end dana closes the page."""

    answers: tuple[tuple[str, str] | None, ...]

    @classmethod
    def drawn(cls, rng: Random) -> Night:
        def one() -> tuple[str, str] | None:
            if rng.random() < 0.6:
                return None
            what = rng.choice(("acknowledge", "acknowledge", "decline", "escalate", "snooze", "take_over"))
            return rng.choice(("ana", "bo", "chidi")), what

        return cls((*(one() for _ in INSTANTS[:-1]), ("dana", "resolve")))


async def begin(desk: PageDesk, number: int) -> int:
    return await desk.page(ESCALATION, key=f"night {number}", subject=f"Night {number}")


def arguments_of(url: str, now: datetime, page: int, night: Night, at: int) -> dict[str, Any]:
    answer = night.answers[at]
    told = None if answer is None else [*answer, f"SM{page}-{at}"]
    return {"url": url, "now": now.isoformat(), "page": page, "answer": told}


async def traces(database: Database, page: int) -> tuple[object, ...]:
    """All that a page has left behind, without the numbers of its rows."""
    async with database.read() as session:
        row = await session.get_one(PageRow, page)
        log = await session.scalars(
            select(PageLogRow).where(PageLogRow.page_id == page).order_by(PageLogRow.id)
        )
        happened = [(each.at, each.what, each.person) for each in log]
        tries = await session.scalars(
            select(PageContactRow).where(PageContactRow.page_id == page).order_by(PageContactRow.id)
        )
        tried = [(each.person, each.way, each.due, each.done, each.outcome) for each in tries]
        messages = await session.scalars(
            select(OutboxRow).where(OutboxRow.subject.in_((f"page:{page}", f"page:{page}:news")))
        )
        owed = Counter((each.channel, each.kind, each.created, each.state) for each in messages)
        return (row.state, row.turn, row.step, row.holder, row.next_due, happened, tried, owed)


async def test_whatever_line_a_kill_hits_the_night_ends_as_if_nobody_had_died(
    any_database: Database, filled_url: str, tmp_path: Path
) -> None:
    rng = Random(20261120)
    calm_url = f"sqlite+aiosqlite:///{tmp_path / 'calm.sqlite'}"
    calm_database = Database(calm_url)
    await calm_database.create_all()
    deaths: Counter[str] = Counter()
    clock, calm_clock = ManualClock(BEGINS), ManualClock(BEGINS)
    async with (
        open_page_desk(any_database, clock) as desk,
        open_page_desk(calm_database, calm_clock) as calm,
        Mortals() as mortals,
    ):
        for number in range(NIGHTS):
            night, begins = Night.drawn(rng), clock.now()
            page, twin = await begin(desk, number), await begin(calm, number)
            for at, minute in enumerate(INSTANTS):
                now = begins + timedelta(minutes=minute)
                # The first life of each instant dies one step later than on the night before.
                dies_at: int | None = 1 + (number + at) % STEPS_OF_A_MOVE
                while dies_at is not None:
                    end = await mortals.live(
                        JOB, arguments_of(filled_url, now, page, night, at), dies_at=dies_at
                    )
                    deaths[end.step] += end.died
                    dies_at = rng.randint(1, STEPS_OF_A_MOVE + 3) if end.died else None
                await move_on(arguments_of(calm_url, now, twin, night, at))
            assert await traces(any_database, page) == await traces(calm_database, twin), (number, night)
            await clock.advance(3600.0)
            await calm_clock.advance(3600.0)
        assert set(deaths) >= {"before a transaction", "before a commit", "after a commit"}
        assert sum(deaths.values()) > 5 * NIGHTS
    await calm_database.dispose()


@pytest.mark.parametrize("replicas", [2, 4])
async def test_replicas_share_the_pages_and_nothing_is_doubled(any_pages: PageDesk, replicas: int) -> None:
    engines = [
        PagingEngine(any_pages.database, any_pages.clock, any_pages.parts, owner=f"replica {number}")
        for number in range(replicas)
    ]
    pages = [await any_pages.page(key=f"page {number}", subject=f"Page {number}") for number in range(6)]
    for _ in range(12):
        await asyncio.gather(*(engine.settle() for engine in engines))
        await any_pages.clock.advance(60.0)
    async with any_pages.database.read() as session:
        tries = (await session.scalars(select(PageContactRow))).all()
        rows = (await session.scalars(select(OutboxRow).where(OutboxRow.subject.is_not(None)))).all()
    owed = [each for each in tries if each.outcome == Outcome.OWED.value]
    asked = Counter((each.channel, each.subject) for each in rows if each.kind == "message")
    assert len(owed) == sum(asked.values())
    each_page = {key: count for key, count in asked.items() if key[1] == f"page:{pages[0]}"}
    assert set(each_page.values()) == {1}  # every way of every person once
    assert len(asked) == len(pages) * len(each_page)


async def test_an_answer_that_races_with_a_step_leaves_nobody_ringing(any_pages: PageDesk) -> None:
    """The next step is due in the instant in which somebody says that they have it: either may be first."""
    for number in range(6):
        page = await any_pages.page(key=f"race {number}", subject=f"Race {number}")
        await any_pages.pass_(0)
        await any_pages.clock.advance(300.0)
        engine = any_pages.engine
        answer = any_pages.answer(page, Answer.ACKNOWLEDGE, "ana")
        await asyncio.gather(*([engine.settle(), answer] if number % 2 else [answer, engine.settle()]))
        async with any_pages.database.read() as session:
            wanted = select(PageContactRow).where(
                PageContactRow.page_id == page, PageContactRow.done.is_(None)
            )
            assert (await session.scalars(wanted)).all() == []
            subject = OutboxRow.subject == f"page:{page}"
            waiting = select(OutboxRow).where(subject, OutboxRow.state.in_(("pending", "retry")))
            left = (await session.scalars(waiting.where(OutboxRow.kind != "edit"))).all()
            assert left == []
        await any_pages.deliver()
        assert (await any_pages.pages.page(page)).holder == "ana"
