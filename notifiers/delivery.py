"""Delivering one message by its channel: at once where nobody has it, looked for first where somebody may."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

from cards.card import Card, CardError, Picture
from notifiers.channels.base import Channel, Gone, Never, PictureFile, Receipt, TooLate
from notifiers.ledger import Item
from notifiers.tables import Kind

log = logging.getLogger(__name__)

CLOCK_MARGIN = timedelta(minutes=15)
"""How far this machine's clock may be from the provider's when a message is looked for."""


async def deliver(channel: Channel, item: Item) -> Receipt:
    """Send a message of words, or find it where an earlier attempt left it. Raises DeliveryError.

    Editing is safe to repeat. What adds a message is not: after an attempt whose answer never came, it is
    looked for by its nonce, and adopted and brought up to date instead of being said twice. An edit of a card
    that is nowhere posts it; a reply to it stands on its own.
    """
    card = _card(item)
    if item.late:
        return await _arrived_before(channel, item)
    if item.amends:
        return await _amend(channel, item, card)
    if item.kind is Kind.POST or item.kind is Kind.EDIT:
        return await _show(channel, item, card)
    thread = item.shown if item.kind is Kind.REPLY else None
    if item.uncertain:
        found = await _find(channel, item.nonce, item.created, thread)
        if found is not None:
            return found
    if thread is not None:
        return await channel.reply(thread, card, item.nonce)
    return await channel.post(card, item.nonce, {})


async def upload(channel: Channel, item: Item) -> str:
    """Upload a picture and give the channel's reference of it. Raises DeliveryError."""
    if item.shown is None and item.amends:
        raise Gone("the message this picture belongs to was never seen")
    if item.shown is None:
        raise Never("the card this picture belongs to was never posted")
    if item.picture is None or item.blob is None:
        raise Never("the picture was not stored")
    shown = [b for b in _card(item).blocks if isinstance(b, Picture) and b.key == item.picture]
    alt = shown[0].alt if shown else item.picture
    return await channel.picture(PictureFile(_file_name(item.event, item.picture), item.blob, alt))


def _file_name(event: str | None, picture: str) -> str:
    # An event's name comes from outside: it must not lead a file out of its folder (`../`), nor hide it.
    name = re.sub(r"[^A-Za-z0-9+-]+", "_", (event or "picture").partition(":")[2] or "picture")
    return f"{name[:80]}-{picture}.png"


async def _show(channel: Channel, item: Item, card: Card) -> Receipt:
    nonce, shown = item.card_nonce or item.nonce, item.shown
    if item.uncertain or (shown is None and item.kind is Kind.EDIT):
        found = await _find(channel, nonce, item.card_since or item.created, None)
        shown = found or shown
    if shown is None:
        return await channel.post(card, nonce, item.pictures)
    return await channel.edit(shown, card, nonce, item.pictures)


async def _amend(channel: Channel, item: Item, card: Card) -> Receipt:
    nonce = item.card_nonce or item.nonce
    shown = item.shown or await _find(channel, nonce, item.card_since or item.created, None)
    if shown is None:
        raise Gone("the message this changes was never seen")
    return await channel.edit(shown, card, nonce, item.pictures)


async def _arrived_before(channel: Channel, item: Item) -> Receipt:
    """Where an earlier attempt left a message that is of no use any more. Raises TooLate where nowhere."""
    thread = item.shown if item.kind is Kind.REPLY else None
    found = await _find(channel, item.nonce, item.created, thread) if item.uncertain else None
    if found is None:
        raise TooLate("it could not be sent while it was of use")
    return found


async def _find(channel: Channel, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
    try:
        return await channel.find(nonce, since - CLOCK_MARGIN, thread)
    except Never as error:
        # A channel that may not be searched is spoken to once more: better said twice than never.
        log.error("%s cannot be searched for what it may have: %s", channel.config.name, error)
        return None


def _card(item: Item) -> Card:
    try:
        return Card.from_dict(dict(item.card))
    except CardError as error:
        raise Never(f"the outbox holds something that is no card: {error}") from error
