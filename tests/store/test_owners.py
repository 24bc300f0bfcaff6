import os
import socket
import subprocess
import sys

from gcn.inbox import Inbox
from gcn.message import RawMessage
from store.clock import ManualClock
from store.database import Database
from store.leases import Lease
from store.owners import is_gone, owner_name, release_claims_of_the_gone
from store.wakeup import Bell


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_dead_process_of_this_host_is_gone_and_a_living_one_is_not() -> None:
    host = socket.gethostname()
    assert is_gone(f"{host}:{dead_process()}")
    assert is_gone(f"{host}:{dead_process()}/dispatcher")
    assert not is_gone(f"{host}:{os.getppid()}")
    assert not is_gone(f"{host}:1")


def test_a_former_life_under_our_own_name_is_gone_too() -> None:
    assert is_gone(owner_name())


def test_of_other_hosts_and_other_names_nothing_is_assumed() -> None:
    assert not is_gone(f"elsewhere.example:{dead_process()}")
    assert not is_gone("worker 7")


async def test_after_a_crash_its_claims_are_free_at_once_and_nobody_elses(
    any_database: Database, clock: ManualClock
) -> None:
    inbox = Inbox(any_database, clock, Bell(clock))
    await inbox.store([RawMessage("topic", b"of the dead", clock.now())])
    await inbox.claim_new(1, f"{socket.gethostname()}:{dead_process()}", seconds=3600)
    await inbox.store([RawMessage("topic", b"of the living", clock.now())])
    await inbox.claim_new(1, "elsewhere.example:4711", seconds=3600)

    assert await inbox.claim_new(10, "next") == []
    assert await release_claims_of_the_gone(any_database) == 1
    assert [message.content for message in await inbox.claim_new(10, "next")] == [b"of the dead"]


async def test_after_a_crash_its_leases_are_over_at_once_and_nobody_elses(
    any_database: Database, clock: ManualClock
) -> None:
    dead = f"{socket.gethostname()}:{dead_process()}"
    assert await Lease(any_database, clock, "jobs at fritz", dead, seconds=3600).acquire()
    assert await Lease(any_database, clock, "rosters", "elsewhere.example:4711", seconds=3600).acquire()
    await release_claims_of_the_gone(any_database)
    assert await Lease(any_database, clock, "jobs at fritz", "next", seconds=60).acquire()
    assert not await Lease(any_database, clock, "rosters", "next", seconds=60).acquire()
