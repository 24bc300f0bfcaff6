"""One row of the outbox: its names, its place among the others, and how many are written at once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import AliasedClass

from notifiers.tables import OPEN, Kind, OutboxRow, State
from store.upsert import insert

PRIORITY = {
    Kind.POST: 0,
    Kind.NOTE: 0,
    Kind.MESSAGE: 0,
    Kind.REPLY: 1,
    Kind.EDIT: 1,
    Kind.PICTURE: 2,
}
"""First words first: a new card goes before what is added to cards that are there."""

URGENT = -1
"""Pages go before everything else."""

KEYS_AT_ONCE = 500  # a statement of SQLite takes 999 values at least, of PostgreSQL 32,767


def new_nonce() -> str:
    """24 characters nobody else has; Discord takes 25 at most."""
    return secrets.token_hex(12)


def lane_of(channel: str, event: str | None) -> str:
    """The queue in a channel in which the messages of an event keep their order; `desk` for those of none."""
    return f"{channel}|{event or 'desk'}"


def post_key(channel: str, event: str) -> str:
    """The key of the message that shows a channel the first card of an event."""
    return f"{lane_of(channel, event)}|post"


def values_of(kind: Kind, key: str, channel: str, event: str | None, now: datetime) -> dict[str, Any]:
    """The columns of a new message that is owed from now on."""
    return {
        "key": key,
        "nonce": new_nonce(),
        "channel": channel,
        "kind": kind.value,
        "lane": lane_of(channel, event),
        "event": event,
        "routes": [],
        "card": None,
        "priority": PRIORITY[kind],
        "state": State.PENDING.value,
        "attempts": 0,
        "uncertain": False,
        "not_before": now,
        "created": now,
    }


def new_row(kind: Kind, key: str, channel: str, event: str | None, now: datetime) -> OutboxRow:
    """A new message that is owed from now on."""
    return OutboxRow(**values_of(kind, key, channel, event, now))


async def write_rows(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Write new messages, thousands at once; gives the keys of those that were not there before.

    Every row has the same columns. A key that is there already, or stands twice among them, changes nothing.
    """
    unique = {str(row["key"]): row for row in rows}
    keys = list(unique)
    there: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = OutboxRow.key.in_(keys[start : start + KEYS_AT_ONCE])
        there.update(await session.scalars(select(OutboxRow.key).where(some)))
    missing = [dict(row) for key, row in unique.items() if key not in there]
    if missing:
        # Another replica may write the same meanwhile: then its rows stand.
        await session.execute(insert(session, OutboxRow).on_conflict_do_nothing(), missing)
    return frozenset(unique) - there


def is_open(row: type[OutboxRow] | AliasedClass[OutboxRow] = OutboxRow) -> ColumnElement[bool]:
    """Of a message that is still owed, in the words of the partial indexes (`tables.IS_OPEN`)."""
    return row.state.in_([literal_column(f"'{state}'") for state in OPEN])
