"""One event to two thousand people in twelve zones and five languages: decided, and every message owed.

Run as `python -m benchmarks.deciding`. One transaction from the event's state to its commit, SQLite on disk
with `synchronous=FULL`; half of the people asleep, so that both messages and held rows are written. There is
no peer that does this in one transaction.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

import bot.schema  # noqa: F401 - every room's tables
from benchmarks.timing import Measurement, table
from notifiers.decide_people import Told, decide_people
from notifiers.routes import Route
from notifiers.rules import compile_rule
from notifiers.subscription_tables import HeldRow
from notifiers.tables import OutboxRow
from notifiers.targets import parse_targets
from shifts.people import PeopleService
from shifts.people_file import People
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.stories import initial, nsbh

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PEOPLE = 2000
ZONES = (
    "Europe/Paris", "America/Santiago", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "Africa/Cairo",
    "America/Los_Angeles", "Asia/Kathmandu", "Europe/Lisbon", "America/Sao_Paulo", "Asia/Kolkata", "UTC",
)  # fmt: skip
LOCALES = ("en", "fr", "de", "es", "ja")
REPEATS = 5
Spent = tuple[float, float]
"""Seconds on the wall, and of processor: the first tells little on a machine that does other things."""


def crowd(quiet: bool) -> People:
    """The people; with quiet hours about half of them are asleep at NOW."""
    return People.from_dict(
        {
            "people": [
                {
                    "name": f"person{n}",
                    "slack": f"U{n:08d}",
                    "timezone": ZONES[n % len(ZONES)],
                    "locale": LOCALES[n % len(LOCALES)],
                    **({"quiet": {"from": "19:00", "to": "07:00"}} if quiet else {}),
                }
                for n in range(PEOPLE)
            ]
        }
    )


async def _measured(quiet: bool) -> tuple[list[Spent], list[Spent]]:
    firsts: list[Spent] = []
    seconds: list[Spent] = []
    route = Route(
        "all",
        compile_rule("significant"),
        targets=parse_targets([f"person:person{n}" for n in range(PEOPLE)], ""),
    )
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}")
        await database.create_all()
        await PeopleService(database, ManualClock(NOW)).put(crowd(quiet), by="bench")
        for number in range(REPEATS + 1):
            state = replace(nsbh(), id=number + 1, event=f"LVK:S26112{number}x")
            for measured, what in ((firsts, state), (seconds, initial(state))):
                began, burnt = time.perf_counter(), time.process_time()
                async with database.write() as session:
                    told: Told = await decide_people(session, what, [route], NOW + timedelta(minutes=number))
                measured.append((time.perf_counter() - began, time.process_time() - burnt))
                if what is state:
                    assert told.messages + len(told.held) == PEOPLE
        async with database.read() as session:
            posts = select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == "post")
            held = select(func.count()).select_from(HeldRow)
            written = (await session.scalar(posts) or 0) + (await session.scalar(held) or 0)
            assert written == PEOPLE * (REPEATS + 1)
        await database.dispose()
    return firsts[1:], seconds[1:]


def run() -> list[Measurement]:
    awake, _ = asyncio.run(_measured(quiet=False))
    mixed, later = asyncio.run(_measured(quiet=True))
    note = f"{len(ZONES)} zones, {len(LOCALES)} languages, SQLite, one transaction; median of {REPEATS}"
    rows = (
        ("one event to 2,000 people, all awake", awake),
        ("one event to 2,000 people, half asleep", mixed),
        ("its next revision to the same", later),
    )
    return [
        Measurement(
            name,
            statistics.median(wall for wall, _ in spent),
            unit="s",
            goal="< 2 s",
            note=f"{note}; {statistics.median(cpu for _, cpu in spent):.2f} s of processor",
        )
        for name, spent in rows
    ]


if __name__ == "__main__":
    print(table(run()))
