import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import true
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from store.claims import Claimable, claim, hold, release
from store.clock import ManualClock
from store.database import Base, BigId, Database
from tests.patience import PATIENCE

TERM = timedelta(seconds=30)


class ErrandTables(DeclarativeBase):
    """Apart from the program's own tables, which other tests compare with its migrations."""

    type_annotation_map = Base.type_annotation_map


class Errand(Claimable, ErrandTables):
    """Something to do, for these tests."""

    __tablename__ = "errands"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    urgency: Mapped[int] = mapped_column(default=0)
    done: Mapped[bool] = mapped_column(default=False)


async def add(database: Database, *urgencies: int) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(ErrandTables.metadata.create_all)
    async with database.write() as session:
        session.add_all(Errand(urgency=urgency) for urgency in urgencies)


async def take(database: Database, clock: ManualClock, owner: str, limit: int = 10) -> list[int]:
    async with database.write() as session:
        rows = await claim(
            session,
            Errand,
            where=Errand.done.is_(False),
            order_by=[Errand.urgency.desc(), Errand.id],
            limit=limit,
            owner=owner,
            now=clock.now(),
            until=clock.now() + TERM,
        )
        return [row.urgency for row in rows]


async def test_rows_are_claimed_in_the_order_asked_for_and_no_more_than_asked_for(
    any_database: Database, clock: ManualClock
) -> None:
    await add(any_database, 1, 3, 2)
    assert await take(any_database, clock, "ana", limit=2) == [3, 2]
    assert await take(any_database, clock, "bo") == [1]


async def test_a_claimed_row_is_left_alone_until_its_deadline_and_then_taken_over(
    any_database: Database, clock: ManualClock
) -> None:
    await add(any_database, 1)
    assert await take(any_database, clock, "ana") == [1]
    await clock.advance(29.9)
    assert await take(any_database, clock, "bo") == []
    await clock.advance(0.1)
    assert await take(any_database, clock, "bo") == [1]


async def test_a_claim_made_before_the_clock_was_set_back_runs_out_at_once(
    any_database: Database, clock: ManualClock
) -> None:
    await add(any_database, 1)
    assert await take(any_database, clock, "ana") == [1]
    clock.jump(timedelta(minutes=-20))  # as far as replicas may differ: it could be another one's claim
    assert await take(any_database, clock, "bo") == []
    clock.jump(timedelta(hours=-5))
    assert await take(any_database, clock, "bo") == [1]


async def test_who_lost_its_claim_can_no_longer_finish_the_work(
    any_database: Database, clock: ManualClock
) -> None:
    await add(any_database, 1)
    await take(any_database, clock, "slow")
    await clock.advance(31)
    async with any_database.write() as session:
        assert await hold(session, Errand, 1, "slow") is not None  # late, but nobody has taken it
    await take(any_database, clock, "next")
    async with any_database.write() as session:
        assert await hold(session, Errand, 1, "slow") is None
        assert await hold(session, Errand, 1, "next") is not None
        assert await hold(session, Errand, 77, "next") is None


async def test_a_claim_rolled_back_was_never_made(any_database: Database, clock: ManualClock) -> None:
    await add(any_database, 1)
    with pytest.raises(RuntimeError):
        async with any_database.write() as session:
            await claim(
                session,
                Errand,
                where=true(),
                order_by=[Errand.id],
                limit=1,
                owner="ana",
                now=clock.now(),
                until=clock.now() + TERM,
            )
            raise RuntimeError("the process fails before the claim is durable")
    assert await take(any_database, clock, "bo") == [1]


async def test_a_released_row_is_free_at_once(any_database: Database, clock: ManualClock) -> None:
    await add(any_database, 1)
    await take(any_database, clock, "ana")
    async with any_database.write() as session:
        row = await hold(session, Errand, 1, "ana")
        assert row is not None
        release(row)
    assert await take(any_database, clock, "bo") == [1]


async def test_workers_of_two_replicas_share_a_table_without_taking_a_row_twice(
    database_url: str, clock: ManualClock
) -> None:
    replicas = [Database(database_url), Database(database_url)]
    await add(replicas[0], *range(60))

    async def work(replica: Database, owner: str) -> list[int]:
        taken: list[int] = []
        while batch := await take(replica, clock, owner, limit=4):
            taken += batch
        return taken

    shares = await asyncio.gather(*(work(replicas[n % 2], f"worker {n}") for n in range(6)))
    assert sorted(urgency for share in shares for urgency in share) == list(range(60))
    for replica in replicas:
        await replica.dispose()


async def test_on_postgresql_a_locked_row_is_skipped_not_waited_for(
    postgres_url: str, clock: ManualClock
) -> None:
    database = Database(postgres_url)
    await add(database, 1, 2)
    async with database.write() as session:
        locked = await session.get(Errand, 2, with_for_update=True)
        assert locked is not None
        assert await asyncio.wait_for(take(database, clock, "bo"), timeout=PATIENCE) == [1]
    await database.dispose()
