"""Codes on their way to the address they confirm: begun and owed in one transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cards.code_card import code_card
from notifiers.destinations import unconfirmed
from notifiers.directory import reader_of
from notifiers.messages import notify
from shifts import people_store, verification
from shifts.contact import ADDRESS_OF, Way
from shifts.verification import Challenge


async def send_code(session: AsyncSession, name: str, way: Way, *, desk: str, now: datetime) -> Challenge:
    """Owe a person a code by e-mail, SMS, voice or WhatsApp, at the address that it confirms.

    In the caller's transaction; ring the outbox's bell after it. It is not sent any more once it counts no
    more. Raises `RosterError` for a person or address there is not, one that was stopped, or too many codes.
    """
    person = await people_store.person(session, name)
    kind = ADDRESS_OF[way]
    challenge = await verification.begin(session, person, kind, now=now)
    minutes = round((challenge.expires - now).total_seconds() / 60)
    card = code_card(challenge.code, desk, minutes, reader_of(person), by_phone=kind == "phone")
    await notify(
        session,
        card,
        [unconfirmed(name, way)],
        key=f"code|{name}|{kind}|{now.isoformat()}",
        now=now,
        urgent=True,
        not_after=challenge.expires,
    )
    return challenge
