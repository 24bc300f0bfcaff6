"""Calls kept for later: behind a button, or until somebody says yes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from commands.forms import filled_in
from commands.request import Form, Request
from commands.tables import ConfirmationRow, SeenCallRow, WaitingCallRow
from store.upsert import insert

BUTTON_LIFE = timedelta(days=7)
CONFIRMATION_LIFE = timedelta(minutes=15)
SEEN_LIFE = timedelta(days=1)


class Settled(StrEnum):
    """What an answer to a confirmation came to."""

    YES = "yes"
    NO = "no"
    EXPIRED = "expired"
    SETTLED = "settled"  # somebody answered before
    OWN = "own"  # a second person is wanted, and this is the first


@dataclass(frozen=True)
class Waiting:
    """A call as it was asked: its path and the texts of its options."""

    path: str
    given: Mapping[str, str]
    form: Form | None = None


async def keep(
    session: AsyncSession, path: str, given: Mapping[str, str], now: datetime, form: Form | None = None
) -> str:
    """Keep a call for a button, and the form that asks for more; gives what the button carries."""
    row = WaitingCallRow(
        id=secrets.token_hex(12),
        path=path,
        given=dict(given),
        form=form.to_dict() if form is not None else None,
        created=now,
        expires=now + BUTTON_LIFE,
    )
    session.add(row)
    await session.flush()
    return row.id


async def kept(session: AsyncSession, token: str, now: datetime) -> Waiting | None:
    """The call behind a button; None where it is too old or never was."""
    row = await session.get(WaitingCallRow, token)
    if row is None or now >= row.expires:
        return None
    return Waiting(row.path, dict(row.given), Form.from_dict(row.form) if row.form is not None else None)


async def keep_form(session: AsyncSession, form: Form, now: datetime) -> str:
    """Keep a form as it stands for the button that opens it."""
    return await keep(session, form.path, filled_in(form), now, form)


async def ask(session: AsyncSession, request: Request, given: Mapping[str, str], *, second: bool) -> str:
    """Keep a dangerous call until somebody says yes; gives the confirmation's id."""
    row = ConfirmationRow(
        id=secrets.token_hex(12),
        path=request.path,
        given=dict(given),
        asked_by=request.caller.name,
        front=request.place.front.value,
        channel=request.place.channel,
        second=second,
        state="open",
        confirmed_by=None,
        message=None,
        created=request.now,
        expires=request.now + CONFIRMATION_LIFE,
    )
    session.add(row)
    await session.flush()
    return row.id


async def stands_in(session: AsyncSession, token: str, message: str) -> None:
    """Note which message of its front end a question stands in."""
    asked = update(ConfirmationRow).where(ConfirmationRow.id == token)
    await session.execute(asked.values(message=message[:40]))


async def settle(
    session: AsyncSession, token: str, *, by: str, yes: bool, now: datetime
) -> tuple[Settled, ConfirmationRow | None]:
    """Answer a confirmation, once: of two who answer at the same moment one does."""
    row = await session.get(ConfirmationRow, token, with_for_update=True, populate_existing=True)
    if row is None or now >= row.expires:
        return Settled.EXPIRED, row
    if row.state != "open":
        return Settled.SETTLED, row
    if yes and row.second and by == row.asked_by:
        return Settled.OWN, row
    wanted = (ConfirmationRow.id == token, ConfirmationRow.state == "open")
    done = await session.execute(
        update(ConfirmationRow)
        .where(*wanted)
        .values(state="done" if yes else "declined", confirmed_by=by)
        .returning(ConfirmationRow.id)
    )
    if done.first() is None:
        return Settled.SETTLED, row
    await session.refresh(row)
    return (Settled.YES if yes else Settled.NO), row


async def first_time(
    session: AsyncSession,
    delivery: str,
    now: datetime,
    *,
    call: Mapping[str, Any] | None = None,
    owner: str | None = None,
) -> bool:
    """Whether a front end's delivery is new; chats deliver again what they believe was not heard.

    `call` is what is done now, so that its caller can be told should `owner` die before it is `finished`.
    """
    wish = insert(session, SeenCallRow).values(
        id=delivery[:120], at=now, call=dict(call) if call is not None else None, owner=owner, done=None
    )
    return (
        await session.execute(wish.on_conflict_do_nothing().returning(SeenCallRow.id))
    ).first() is not None


async def finished(session: AsyncSession, delivery: str, now: datetime) -> None:
    """A call was answered: whatever became of it, its caller knows."""
    await session.execute(update(SeenCallRow).where(SeenCallRow.id == delivery[:120]).values(done=now))


async def forget(session: AsyncSession, now: datetime) -> None:
    """Drop what can no longer be used."""
    await session.execute(delete(WaitingCallRow).where(WaitingCallRow.expires < now))
    await session.execute(delete(SeenCallRow).where(SeenCallRow.at < now - SEEN_LIFE))
