"""Voice: a call that reads the card out, and listens to keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import TypeAlias

from cards.card import Buttons, Card
from notifiers.channels.base import ChannelConfig, Pace, PictureFile, Receipt
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.channels.twilio_text import PLACE, telephone_number
from notifiers.channels.twiml import spoken_page, voice_query

RINGS_FOR = 30  # s; after that most telephones hand over to a mailbox, which acknowledges nothing

Known: TypeAlias = Callable[[Collection[str]], Awaitable[frozenset[str]]]
"""Which of these SIDs belong to messages that the outbox knows to be sent."""


class VoiceChannel:
    """One telephone, called.

    What was said cannot be edited: an edit says nothing, what changed is said by `reply` in another call.
    Where a card has a page's buttons, keys answer: 4 has it, 5 passes it on, 9 repeats.

    Promises: a call cannot carry a mark that Twilio would list, so after a crash a call to that number since
    then that belongs to no other message is taken for the one that was lost. Two calls whose answers were
    lost in the same minutes may become three, never one.
    """

    speaking = Pace(every=60.0, burst=2)
    changing = Pace()

    def __init__(self, config: ChannelConfig, account: TwilioAccount, known: Known | None = None) -> None:
        self.config = config
        self._account = account
        self._sender = account.identity.sender(config.name)
        self._recipient = telephone_number(config)
        self._known = known

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        reader, identity, page = self.config.reader, self._account.identity, _page_of(card)
        hook = identity.hook("voice", voice_query(nonce, reader, page))
        words = card.spoken or card.summary
        fields = [
            ("To", self._recipient),
            ("From", self._sender),
            ("Twiml", spoken_page(words, reader, hook, answerable=page is not None)),
            ("Timeout", str(RINGS_FOR)),
        ]
        if (callback := identity.hook("status")) is not None:
            fields.append(("StatusCallback", callback))
            fields += [("StatusCallbackEvent", e) for e in ("initiated", "ringing", "answered", "completed")]
        return Receipt(PLACE, await self._account.place_call(fields))

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        return shown

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        return await self.post(card, nonce, {})

    async def picture(self, picture: PictureFile) -> str:
        return "not shown"

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        if self._known is None:
            return None
        listed = [
            sent.sid
            async for sent in self._account.calls(self._recipient, since)
            if sent.direction.startswith("outbound")
        ]
        known = await self._known(listed)
        # The newest: an older one whose answer was lost has been looked for, and found, before.
        return next((Receipt(PLACE, sid) for sid in listed if sid not in known), None)

    async def check(self) -> str:
        account = await self._account.account()
        keys = "keys are heard" if self._account.identity.public_url else "set web.public_url to hear keys"
        return f"calls from {self._sender} by the Twilio account {account}; {keys}"

    async def answer(self) -> str:
        return f"Twilio answers as {await self._account.account()}"


def _page_of(card: Card) -> str | None:
    """What the buttons of a page carry; None for a card that can only be heard."""
    buttons = [b for block in card.blocks if isinstance(block, Buttons) for b in block.buttons]
    return next((button.value for button in buttons if button.action.startswith("page.")), None)
