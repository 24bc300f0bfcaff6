"""Codes that show whose an address is: sent there and given back, or shown in one chat for another.

Of a code only a salted hash is kept. It counts for a few minutes and a few tries, and an address is sent only
so many, so that guessing is hopeless and nobody's telephone can be made to ring all night.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.contact import CONFIRMED_BY_OWNER, AddressKind, masked, same
from shifts.errors import RosterError, worded
from shifts.people_file import Person
from shifts.people_store import person_row
from shifts.tables import ChallengeRow, ContactMethodRow, PersonRow

DIGITS = 6
LIFE = timedelta(minutes=15)
TRIES = 5
LIMITS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 4), (timedelta(days=1), 10))
"""How many codes an address (and a person) is sent within such a time."""

LINK = "link"
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without what is read for something else: a link code is typed by hand."""


class WrongCode(RosterError):
    """The code that was given back is not the one that was sent; how many tries are left."""


@dataclass(frozen=True)
class Challenge:
    """A code for `person` to give back before `expires`: send `code` to `address`, and nowhere else.

    For `kind` "link" there is no address: show it to the person in the chat they are linked to.
    """

    person: str
    kind: AddressKind | Literal["link"]
    address: str
    expires: datetime
    code: str = field(repr=False)


async def begin(session: AsyncSession, person: Person, kind: AddressKind, *, now: datetime) -> Challenge:
    """A new code for a person's e-mail or phone; the one before counts no more. Raises `RosterError`."""
    address = person.address(kind)
    if kind not in CONFIRMED_BY_OWNER:
        raise RosterError(f"a {kind} account is linked with a code shown in another chat, not verified")
    if address is None:
        raise RosterError(f"{person.name} has no {kind} to verify; set one first")
    if kind in person.stopped:
        raise RosterError(f"{masked(kind, address)} was stopped with STOP; send START from it first")
    row = await person_row(session, person.name, lock=True)
    same_address = (ChallengeRow.kind == kind) & (ChallengeRow.address == same(kind, address))
    await _within_limits(session, same_address, f"{masked(kind, address)} has been sent", now)
    own = (ChallengeRow.person_id == row.id) & (ChallengeRow.kind == kind)
    await _within_limits(session, own, f"{person.name} has been sent", now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    await _write(session, row, kind, same(kind, address), code, now)
    return Challenge(person.name, kind, address, now + LIFE, code)


async def begin_link(session: AsyncSession, person: Person, *, now: datetime) -> Challenge:
    """A code that links the chat account from which it is given back. Raises `RosterError`."""
    row = await person_row(session, person.name, lock=True)
    own = (ChallengeRow.person_id == row.id) & (ChallengeRow.kind == LINK)
    await _within_limits(session, own, f"{person.name} has been given", now)
    code = "".join(secrets.choice(_LETTERS) for _ in range(10))
    await _write(session, row, LINK, code[:3], code, now)
    return Challenge(person.name, "link", "", now + LIFE, code)


async def confirm(
    session: AsyncSession, person: Person, kind: AddressKind, code: str, *, now: datetime
) -> tuple[bool, int]:
    """Whether `code` is the one sent to the person's present address, and how many tries are left if not.

    The right one verifies the address. A wrong one counts, so the transaction is to be committed either way.
    Raises `RosterError` where no code counts any more.
    """
    row = await person_row(session, person.name, lock=True)
    address = person.address(kind)
    challenge: ChallengeRow | None = await session.scalar(
        _open(ChallengeRow.person_id == row.id, kind, now)
        .where(ChallengeRow.address == same(kind, address or ""))
        .limit(1)
    )
    if challenge is None:
        raise RosterError(
            worded(
                "no code counts for the {kind} of {person} any more: it lasts {minutes} minutes and "
                "{tries} tries; ask for a new one"
            ),
            kind=kind,
            person=person.name,
            minutes=LIFE.seconds // 60,
            tries=TRIES,
        )
    challenge.tries += 1
    right = await _matches(challenge, code)
    if right:
        challenge.settled = now
        method: ContactMethodRow = await session.scalar(  # type: ignore[assignment]
            select(ContactMethodRow).where(
                ContactMethodRow.person_id == row.id,
                ContactMethodRow.kind == kind,
                ContactMethodRow.address == challenge.address,
            )
        )
        method.verified = now
    await session.flush()
    return right, TRIES - challenge.tries


async def linked_by(session: AsyncSession, code: str, *, now: datetime) -> str | None:
    """The name of the person to whom this link code was given, once; None for a code that does not count."""
    code = "".join(code.upper().split()).replace("-", "")
    for challenge in await session.scalars(_open(ChallengeRow.address == code[:3], LINK, now)):
        if await _matches(challenge, code):
            challenge.settled = now
            return (await session.get_one(PersonRow, challenge.person_id)).name
    return None


def _open(of: ColumnElement[bool], kind: str, now: datetime) -> Select[ChallengeRow]:
    """The codes that count, newest first."""
    return (
        select(ChallengeRow)
        .where(
            of,
            ChallengeRow.kind == kind,
            ChallengeRow.settled.is_(None),
            ChallengeRow.expires > now,
            ChallengeRow.tries < TRIES,
        )
        .order_by(ChallengeRow.id.desc())
    )


async def _within_limits(session: AsyncSession, of: ColumnElement[bool], who: str, now: datetime) -> None:
    longest = max(time for time, _ in LIMITS)
    sent = sorted(
        await session.scalars(select(ChallengeRow.created).where(of, ChallengeRow.created > now - longest))
    )
    for time, most in LIMITS:
        recent = [each for each in sent if each > now - time]
        if len(recent) >= most:
            again = recent[-most] + time
            raise RosterError(
                f"{who} enough codes for now; the next can be asked for at {again:%H:%M:%S} UTC"
            )


async def _write(
    session: AsyncSession, row: PersonRow, kind: str, address: str, code: str, now: datetime
) -> None:
    for earlier in await session.scalars(_open(ChallengeRow.person_id == row.id, kind, now)):
        earlier.settled = now
    salt = secrets.token_hex(16)
    session.add(
        ChallengeRow(
            person_id=row.id, kind=kind, address=address, salt=salt, code=await _hashed(salt, code),
            created=now, expires=now + LIFE, tries=0, settled=None,
        )
    )  # fmt: skip
    await session.flush()


async def _matches(challenge: ChallengeRow, code: str) -> bool:
    given = await _hashed(challenge.salt, "".join(code.split()))
    return hmac.compare_digest(given, challenge.code)


async def _hashed(salt: str, code: str) -> str:
    """Slow on purpose (some 30 ms, in a thread): six digits are soon tried out by who has the hashes."""
    hashing = asyncio.to_thread(
        hashlib.scrypt, code.encode(), salt=bytes.fromhex(salt), n=2**13, r=8, p=1, dklen=32
    )
    return (await hashing).hex()
