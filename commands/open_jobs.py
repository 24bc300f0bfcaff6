"""What runs and what waits for a go, in a few lines: for hand-offs, an event's card, the Home tab."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Block, Line, Lines, Text, joined, strong
from cards.cleaning import clean, shorten
from cards.reaction_card import what_starts
from cards.reader import Reader
from commands.job_cards.frame import standing, told
from notifiers.reactions.tables import ReactionRow, ReactionState
from platforms.job import Job
from platforms.jobs import jobs_in

SHOWN = 6
ENOUGH = 100


async def open_blocks(session: AsyncSession, roster: str, now: datetime, reader: Reader) -> Sequence[Block]:
    """What is open at a handover, whatever the roster: jobs that run, and questions that wait."""
    jobs = await jobs_in(session, open_only=True, limit=ENOUGH)
    asked = select(ReactionRow).where(
        ReactionRow.state == ReactionState.ASKED.value, ReactionRow.expires > now
    )
    rows = list(await session.scalars(asked.order_by(ReactionRow.id.desc())))
    questions: list[Line] = [
        joined([(strong(_short(row.event)),), (Text(what_starts(row.start, row.facilities, reader)),)])
        for row in rows
    ]
    blocks = (
        _listed(reader.say("Open jobs and plans"), [job_line(job, reader) for job in jobs], reader),
        _listed(reader.say("Waits for a go"), questions, reader),
    )
    return [block for block in blocks if block is not None]


async def event_jobs(session: AsyncSession, event: str, reader: Reader) -> Block | None:
    """The jobs of an event, newest first; None where there are none."""
    jobs = await jobs_in(session, event=event, limit=ENOUGH)
    return _listed(reader.say("Jobs"), [job_line(job, reader, event=False) for job in jobs], reader)


def job_line(job: Job, reader: Reader, *, event: bool = True) -> Line:
    """`12 Plan of S240422ed for ZTF · running, 40 % · ana`."""
    what = told(reader, job).title or " ".join(
        filter(None, (job.kind, _short(job.event) if event and job.event else None, job.facility))
    )
    lead: Line = (strong(str(job.id)), Text(f" {shorten(clean(what), 60)}"))
    return joined([lead, (Text(standing(reader, job)),), (Text(clean(job.requester)),)])


def _short(event: str) -> str:
    return clean(event.partition(":")[2] or event)


def _listed(title: str, lines: Sequence[Line], reader: Reader) -> Block | None:
    if not lines:
        return None
    shown: list[Line] = [(strong(title),), *lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append((Text(reader.say_many("and {count} more", "and {count} more", len(lines) - SHOWN)),))
    return Lines(tuple(shown))
