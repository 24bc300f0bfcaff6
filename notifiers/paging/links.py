"""Links by which a person answers on the web: signed, for one page and one person, for two days."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from store.secrets import secret

SECRET = "page links"  # noqa: S105 - the name of a secret, not one
GOOD_FOR = timedelta(hours=48)
_SIGNATURE = 18  # bytes of the HMAC; 144 bits


@dataclass(frozen=True)
class LinkFor:
    """Whose link it is, to which page, and until when it is good."""

    page: int
    person: str
    until: datetime


async def answer_link(session: AsyncSession, public_url: str, page: int, person: str, now: datetime) -> str:
    """The address under which `person` can answer the page."""
    return f"{public_url.rstrip('/')}/ack/{await token_for(session, page, person, now)}"


async def token_for(session: AsyncSession, page: int, person: str, now: datetime) -> str:
    """A token that names page and person and cannot be made by anybody else. Inside `Database.write`."""
    words = f"{page}|{int((now + GOOD_FOR).timestamp())}|{person}".encode()
    return _text(_signature(await secret(session, SECRET), words) + words)


async def read_token(session: AsyncSession, token: str, now: datetime) -> LinkFor | None:
    """What a token names; None where it was not made here or is no longer good. Inside `write`."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    given, words = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(given, _signature(await secret(session, SECRET), words)):
        return None
    page, until, person = words.decode().split("|", 2)
    good_until = datetime.fromtimestamp(int(until), UTC)
    return LinkFor(int(page), person, good_until) if now < good_until else None


def _signature(key: bytes, words: bytes) -> bytes:
    return hmac.new(key, words, hashlib.sha256).digest()[:_SIGNATURE]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
