"""Links by which whoever reads at an e-mail address stops it, without an account: signed, nothing stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from notifiers.channels.email import Unsubscribe
from store.database import Database
from store.secrets import secret

KEY_NAME = "unsubscribe"
PATH = "/unsubscribe"
_MARK = 18  # bytes of the HMAC that a link carries


def unsubscribe_links(database: Database, public_url: str) -> Unsubscribe:
    """Makes the link of an address, under the desk's own secret."""
    root = public_url.rstrip("/")

    async def link(address: str) -> str | None:
        return f"{root}{PATH}/{await token_of(database, address)}"

    return link


async def token_of(database: Database, address: str) -> str:
    """What a link carries: the address and a mark that only this desk can make."""
    key = await _key(database)
    return _encode(_marked(key, address) + address.encode())


async def address_of(database: Database, token: str) -> str | None:
    """The address that a link was made for; None for a link this desk did not make."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        mark, address = raw[:_MARK], raw[_MARK:].decode()
    except (ValueError, binascii.Error, UnicodeDecodeError):
        return None
    known = _marked(await _key(database), address)
    return address if address and hmac.compare_digest(mark, known) else None


def _marked(key: bytes, address: str) -> bytes:
    return hmac.new(key, address.encode(), hashlib.sha256).digest()[:_MARK]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def _key(database: Database) -> bytes:
    async with database.write() as session:
        return await secret(session, KEY_NAME)
