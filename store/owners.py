"""Who claims rows: this process, by a name that tells on which host it runs and whether it still does."""

from __future__ import annotations

import os
import re
import socket

from sqlalchemy import delete, select, update

from store.claims import Claimable
from store.database import Base, Database
from store.leases import LeaseRow

_NAME = re.compile(r"(?P<host>.+):(?P<pid>\d+)")


def owner_name() -> str:
    """The name under which this process claims rows: `host:pid`."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_gone(owner: str) -> bool:
    """Whether no process can be working under this name any more, for a process that has not yet begun to.

    What follows a slash tells apart the workers of one process.

    True for a dead process of this host, and for this process's own name: a restarted container has the
    host name and the process number of its former life. Of other hosts nothing is known.
    """
    name = _NAME.fullmatch(owner.partition("/")[0])
    if name is None or name["host"] != socket.gethostname():
        return False
    pid = int(name["pid"])
    return pid == os.getpid() or not _runs(pid)


async def release_claims_of_the_gone(database: Database) -> int:
    """Free the rows that dead processes of this host had claimed, in all tables; returns how many.

    Their leases end, too. Called once when a process starts, before it claims anything itself: after a crash
    work goes on at once, not when claims and leases run out.
    """
    tables = [m.class_ for m in Base.registry.mappers if issubclass(m.class_, Claimable)]
    released = 0
    async with database.write() as session:
        for table in tables:
            claimants = select(table.claimed_by).where(table.claimed_by.is_not(None)).distinct()
            gone = [owner for owner in await session.scalars(claimants) if owner and is_gone(owner)]
            free = update(table).where(table.claimed_by.in_(gone)).values(claimed_by=None, claimed_until=None)
            released += len((await session.scalars(free.returning(table.claimed_by))).all()) if gone else 0
        holders = await session.scalars(select(LeaseRow.owner).distinct())
        ended = [owner for owner in holders if is_gone(owner)]
        await session.execute(delete(LeaseRow).where(LeaseRow.owner.in_(ended)))
    return released


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
