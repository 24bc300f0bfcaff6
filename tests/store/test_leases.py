import asyncio

from store.clock import ManualClock
from store.database import Database
from store.leases import Lease


def lease(database: Database, clock: ManualClock, owner: str) -> Lease:
    return Lease(database, clock, "rosters", owner, seconds=30)


async def test_a_lease_has_one_holder_who_may_renew_it(any_database: Database, clock: ManualClock) -> None:
    ana, bo = (lease(any_database, clock, owner) for owner in ("ana", "bo"))
    assert await ana.acquire()
    assert not await bo.acquire()
    await clock.advance(20)
    assert await ana.acquire()
    await clock.advance(20)
    assert not await bo.acquire()


async def test_a_holder_that_vanished_is_succeeded_when_its_term_ends(
    any_database: Database, clock: ManualClock
) -> None:
    ana, bo = (lease(any_database, clock, owner) for owner in ("ana", "bo"))
    assert await ana.acquire()
    await clock.advance(29.9)
    assert not await bo.acquire()
    await clock.advance(0.1)
    assert await bo.acquire()
    assert not await ana.acquire()


async def test_a_released_lease_is_free_and_only_its_holder_can_release_it(
    any_database: Database, clock: ManualClock
) -> None:
    ana, bo = (lease(any_database, clock, owner) for owner in ("ana", "bo"))
    assert await ana.acquire()
    await bo.release()
    assert not await bo.acquire()
    await ana.release()
    assert await bo.acquire()


async def test_of_many_replicas_that_ask_at_once_one_wins(database_url: str, clock: ManualClock) -> None:
    replicas = [Database(database_url) for _ in range(4)]
    await replicas[0].create_all()
    for _ in range(5):
        answers = await asyncio.gather(
            *(lease(replica, clock, f"replica {n}").acquire() for n, replica in enumerate(replicas))
        )
        assert answers.count(True) == 1
        await clock.advance(31)
    for replica in replicas:
        await replica.dispose()
