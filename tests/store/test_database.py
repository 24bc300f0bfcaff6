import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from store import blobs
from store.blobs import Blob
from store.clock import ManualClock
from store.database import DATABASE_AWAY, Database
from store.leases import Lease, LeaseRow


async def count(database: Database) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(Blob)) or 0


async def test_what_a_write_block_did_is_there_when_it_ends_and_not_at_all_when_it_raises(
    any_database: Database,
) -> None:
    async with any_database.write() as session:
        await blobs.put(session, b"kept")
    with pytest.raises(RuntimeError):
        async with any_database.write() as session:
            await blobs.put(session, b"dropped")
            raise RuntimeError("half way")
    assert await count(any_database) == 1


async def test_many_writers_of_two_processes_queue_instead_of_failing(database_url: str) -> None:
    processes = [Database(database_url), Database(database_url)]
    await processes[0].create_all()

    async def write(number: int) -> None:
        async with processes[number % 2].write() as session:
            await blobs.put(session, b"notice %d" % number)

    await asyncio.gather(*(write(number) for number in range(40)))
    assert await count(processes[0]) == 40
    for process in processes:
        await process.dispose()


async def test_instants_come_back_aware_and_in_utc_whatever_zone_they_were_given_in(
    any_database: Database,
) -> None:
    given = datetime(2026, 10, 25, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    lease = Lease(any_database, ManualClock(given), "rosters", "ana", seconds=0)
    await lease.acquire()
    async with any_database.read() as session:
        until = await session.scalar(select(LeaseRow.until))
    assert until == given
    assert until is not None and until.tzinfo is UTC


async def test_a_postgresql_that_drops_its_connections_fails_as_away_and_then_works_again(
    postgres_url: str,
) -> None:
    database, other = Database(postgres_url), Database(postgres_url)
    await database.create_all()
    drop_all = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with pytest.raises(DATABASE_AWAY):
        async with database.write() as session:
            await blobs.put(session, b"cut off")
            async with other.read() as killer:
                await killer.execute(drop_all)
            await blobs.put(session, b"never arrives")
    assert await count(database) == 0
    async with other.read() as killer:
        await killer.execute(drop_all)  # those that idle in the pool
    async with database.write() as session:
        await blobs.put(session, b"back again")
    assert await count(database) == 1
    for each in (database, other):
        await each.dispose()


async def test_a_server_that_is_not_there_fails_as_away(tmp_path: Path) -> None:
    database = Database(f"postgresql+asyncpg://postgres@/postgres?host={tmp_path}")
    with pytest.raises(DATABASE_AWAY):
        await count(database)
    await database.dispose()


@pytest.mark.parametrize(("error", "told"), [(asyncio.CancelledError(), False), (OSError("full"), True)])
async def test_a_connection_cut_off_by_a_cancelled_task_is_no_error_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: BaseException, told: bool
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/night.sqlite")
    database.engine.pool.logger.error("Exception closing connection", exc_info=error)
    assert bool(caplog.records) is told
    await database.dispose()
