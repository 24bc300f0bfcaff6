"""Text messages through Twilio: what SMS and WhatsApp have in common."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cards.card import Card
from cards.reader import Reader
from notifiers.channels.base import ChannelConfig, ChannelError, Pace, PictureFile, Receipt
from notifiers.channels.twilio_account import TwilioAccount

PLACE = "twilio"
"""`Receipt.place` of everything sent by Twilio; its message is the SID."""

_E164 = re.compile(r"\+[1-9]\d{6,14}")

Words: TypeAlias = Callable[[Card, Reader, str], Mapping[str, str]]
"""What of a message's fields says the card, with the tag at its end."""


@dataclass(frozen=True)
class TextForm:
    """How one kind of text message is addressed and written."""

    sender: str
    recipient: str
    words: Words
    pace: Pace


class TwilioTextChannel:
    """One telephone, by SMS or WhatsApp.

    What was sent cannot be edited: an edit says nothing, what changed is said by `reply` as a message of its
    own. Promises: every message ends in a tag made from its nonce, and `find` looks for it among the messages
    Twilio lists to that number; so a message whose answer was lost is found again rather than sent twice.
    """

    changing = Pace()

    def __init__(self, config: ChannelConfig, account: TwilioAccount, form: TextForm) -> None:
        self.config = config
        self._account = account
        self._form = form

    @property
    def speaking(self) -> Pace:
        return self._form.pace

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        fields = {"To": self._form.recipient, "From": self._form.sender}
        fields |= self._form.words(card, self.config.reader, tag_of(nonce))
        callback = self._account.identity.hook("status")
        if callback is not None:
            fields["StatusCallback"] = callback
        return Receipt(PLACE, await self._account.send_message(fields))

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        return shown

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        return await self.post(card, nonce, {})

    async def picture(self, picture: PictureFile) -> str:
        return "not shown"

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        tag = tag_of(nonce)
        async for sent in self._account.messages(self._form.recipient, since):
            if sent.direction != "inbound" and tag in sent.body.split():
                return Receipt(PLACE, sent.sid)
        return None

    async def check(self) -> str:
        return f"writes from {self._form.sender} by the Twilio account {await self._account.account()}"

    async def answer(self) -> str:
        return f"Twilio answers as {await self._account.account()}"


def tag_of(nonce: str) -> str:
    """Five signs that tell one message from any other to the same number: `#k3fq`."""
    digest = hashlib.sha256(nonce.encode()).digest()
    return "#" + base64.b32encode(digest)[:4].decode().lower()


def telephone_number(config: ChannelConfig) -> str:
    """The number of a channel, without the blanks and dashes people write. Raises ChannelError."""
    written = re.sub(r"[\s().-]", "", (config.address or "").removeprefix("whatsapp:"))
    if not _E164.fullmatch(written):
        raise ChannelError(
            f"channel {config.name!r} needs an address: a telephone number in E.164, as +33612345678"
        )
    return written
