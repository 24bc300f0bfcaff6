"""The one way to take due rows for work, so that several workers and replicas share a table.

A claim is a promise with a deadline: until then the row is its owner's; a claimer that crashed or hangs loses
it to whoever looks next. Work may therefore be done twice, but it is finished once: who finishes asks `hold`
whether the row is still its own, in the transaction that writes the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

LONGEST_CLAIM = timedelta(hours=1)
"""Longer than any piece of work, and than clocks of replicas differ."""


class Claimable:
    """Mixin of tables whose rows are claimed. The deadline is an instant of the injected clock."""

    claimed_by: Mapped[str | None] = mapped_column(String(80), default=None)
    claimed_until: Mapped[datetime | None] = mapped_column(default=None)


Row = TypeVar("Row", bound=Claimable)


async def claim(
    session: AsyncSession,
    model: type[Row],
    *,
    where: ColumnElement[bool],
    order_by: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    limit: int,
    owner: str,
    now: datetime,
    until: datetime,
) -> list[Row]:
    """Take up to `limit` rows that match `where` and are nobody's, or whose claim ran out by `now`.

    Inside `Database.write`; the claim stands once that block has ended. Two claimers never get the same row:
    PostgreSQL skips rows that another transaction has locked, SQLite lets one writer in at a time.

    Raises ValueError for a claim of more than LONGEST_CLAIM.
    """
    if until - now > LONGEST_CLAIM:
        raise ValueError(f"a claim lasts {LONGEST_CLAIM} at most, not {until - now}")
    due = (
        select(model)
        .where(where, is_free(model, now))
        .order_by(*order_by)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    rows = list(await session.scalars(due))
    for row in rows:
        row.claimed_by, row.claimed_until = owner, until
    await session.flush()
    return rows


def is_free(model: type[Claimable], now: datetime) -> ColumnElement[bool]:
    """Of a row that is nobody's, or whose claim ran out by `now`.

    A claim that would last longer than LONGEST_CLAIM was made before the clock was set back, and has run out.
    """
    return or_(
        model.claimed_until.is_(None), model.claimed_until <= now, model.claimed_until > now + LONGEST_CLAIM
    )


async def hold(session: AsyncSession, model: type[Row], key: int | str, owner: str) -> Row | None:
    """The row of this primary key, locked until the transaction ends, if it is still `owner`'s.

    None where it is gone or somebody else took it over: then the result of the work is theirs to write.
    A claim past its deadline that nobody took still holds.
    """
    row = await session.get(model, key, with_for_update=True, populate_existing=True)
    return row if row is not None and row.claimed_by == owner else None


def release(row: Claimable) -> None:
    """Give a held row back: it is nobody's again."""
    row.claimed_by = row.claimed_until = None
