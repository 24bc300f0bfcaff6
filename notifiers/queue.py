"""The queue: which destinations have something due, and which of their messages may go next.

What is owed to a destination is found through the partial indexes, which hold open messages only: how long
that takes depends on how many destinations wait, hardly on how many messages.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from notifiers.owing import PRIORITY, URGENT, is_open
from notifiers.tables import IS_OPEN, Kind, OutboxRow, State
from store.claims import LONGEST_CLAIM, is_free
from store.database import UtcDateTime

LONGEST_WAIT = 600.0
"""s a message is put off at most; what is put off longer was so before the clock was set back."""

WINDOW = 50  # messages of a destination that are looked at together


@dataclass(frozen=True)
class Waiting:
    """A destination with something due: its first message of words by priority and id, its first picture."""

    channel: str
    priority: int | None
    words: int | None
    picture: int | None


_DUE = f"""{IS_OPEN} AND channel = place.channel
      AND (held_until IS NULL OR held_until <= :now)
      AND (state <> 'retry' OR not_before <= :now OR not_before > :late)
      AND (claimed_until IS NULL OR claimed_until <= :now OR claimed_until > :never)"""


def _waiting(queue: str) -> TextClause:
    # Destinations are found by leaps through the index (a loose scan), not by reading all that waits.
    sql = f"""
    WITH RECURSIVE place(channel) AS (
      SELECT (SELECT channel FROM {queue} WHERE {IS_OPEN} ORDER BY channel LIMIT 1)
      UNION ALL
      SELECT (
        SELECT channel FROM {queue} WHERE {IS_OPEN} AND channel > place.channel ORDER BY channel LIMIT 1
      ) FROM place WHERE place.channel IS NOT NULL
    )
    SELECT place.channel, words.priority, words.id, (
      SELECT id FROM {queue} WHERE {_DUE} AND priority >= {PRIORITY[Kind.PICTURE]}
      ORDER BY priority, id LIMIT 1
    ) AS picture
    FROM place LEFT JOIN outbox AS words ON words.id = (
      SELECT id FROM {queue} WHERE {_DUE} AND priority < {PRIORITY[Kind.PICTURE]}
      ORDER BY priority, id LIMIT 1
    )
    WHERE place.channel IS NOT NULL
    """  # noqa: S608 - its parts are constants of this room
    return text(sql).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in ("now", "late", "never")))


_WAITING = _waiting("outbox")
_WAITING_SQLITE = _waiting("outbox INDEXED BY ix_outbox_queue")  # it never counts, and guesses another


async def waiting(session: AsyncSession, now: datetime) -> list[Waiting]:
    """The destinations where something may be due, whatever their lanes hold. Only reads."""
    values = {
        "now": now,
        "late": now + timedelta(seconds=LONGEST_WAIT),
        "never": now + LONGEST_CLAIM,
    }
    question = _WAITING if session.get_bind().dialect.name == "postgresql" else _WAITING_SQLITE
    found = [Waiting(*row) for row in await session.execute(question, values)]
    return [each for each in found if each.words is not None or each.picture is not None]


async def next_of(
    session: AsyncSession, channel: str, kinds: Collection[Kind], now: datetime
) -> tuple[int, ...]:
    """The messages of a destination that may be sent now, those that come first in front. Only reads.

    Of a lane only the oldest open message may go. A lane whose first message waits for its next try holds up
    none but its own.
    """
    blocked: set[str] = set()
    while True:
        behind = _behind(OutboxRow, now)
        wanted = (
            select(OutboxRow.id, OutboxRow.lane, behind.label("behind"))
            .where(_due(channel, kinds, now))
            .order_by(OutboxRow.priority, OutboxRow.id)
            .limit(WINDOW)
        )
        if blocked:
            wanted = wanted.where(OutboxRow.lane.not_in(blocked))
        rows = (await session.execute(wanted)).all()
        free = tuple(row.id for row in rows if not row.behind)
        if free or len(rows) < WINDOW:
            return free
        blocked |= {row.lane for row in rows}


def may_go(channel: str, kinds: Collection[Kind], now: datetime) -> ColumnElement[bool]:
    """Of a message that may be sent now: what has to hold when it is claimed."""
    return and_(_due(channel, kinds, now), ~_behind(OutboxRow, now))


def _behind(row: type[OutboxRow], now: datetime) -> ColumnElement[bool]:
    """Of a message in whose lane an older one is still owed."""
    earlier = aliased(OutboxRow)
    return exists().where(earlier.lane == row.lane, earlier.id < row.id, _in_the_way(earlier, now))


def _in_the_way(row: type[OutboxRow], now: datetime) -> ColumnElement[bool]:
    # Nothing waits for a picture, nor for what is held until a person's morning.
    held = and_(row.held_until.is_not(None), row.held_until > now)
    return and_(is_open(row), row.kind != Kind.PICTURE.value, ~held)


def _due(channel: str, kinds: Collection[Kind], now: datetime) -> ColumnElement[bool]:
    late = now + timedelta(seconds=LONGEST_WAIT)
    return and_(
        is_open(),
        OutboxRow.channel == channel,
        OutboxRow.priority >= (URGENT if Kind.MESSAGE in kinds else min(PRIORITY[kind] for kind in kinds)),
        OutboxRow.kind.in_([kind.value for kind in kinds]),
        or_(OutboxRow.held_until.is_(None), OutboxRow.held_until <= now),
        or_(OutboxRow.state != State.RETRY.value, OutboxRow.not_before <= now, OutboxRow.not_before > late),
        is_free(OutboxRow, now),
    )
