"""A desk with platforms behind it: what is asked becomes jobs, and jobs are followed when a test says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands.declared import book
from commands.desk import Desk
from platforms.instances import Platforms
from platforms.job import Job, Work
from platforms.tracker import Tracker
from tests.commands.desk import AskedDesk

ROUND = 61.0  # s: longer than a tracker waits between two looks


def with_platforms(desk: AskedDesk, platforms: Platforms) -> AskedDesk:
    """The same desk with these platforms configured."""
    desk.rooms = replace(desk.rooms, platforms=platforms)
    desk.desk = Desk(book(), desk.rooms)
    return desk


def tracker_of(desk: AskedDesk, works: Iterable[Work]) -> Tracker:
    """A tracker as a new process has it."""
    return Tracker(desk.rooms.database, desk.clock, {work.kind: work for work in works})


async def follow(desk: AskedDesk, works: Iterable[Work], number: int = 1, *, rounds: int = 30) -> Job:
    """Follow jobs, each round by a new tracker (the desk is restarted), until one has ended."""
    works = tuple(works)
    for _ in range(rounds):
        await tracker_of(desk, works).track_due()
        job = await desk.rooms.jobs.job(number)
        if job.state.ended:
            return job
        await desk.clock.advance(ROUND)
    return job
