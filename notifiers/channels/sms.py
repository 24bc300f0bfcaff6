"""SMS: what matters, in one part of 160 signs."""

from __future__ import annotations

from collections.abc import Mapping

from cards.card import Card
from cards.gsm import count, for_sms
from cards.reader import Reader
from cards.short_text import ONE_PART, fitted
from notifiers.channels.base import ChannelConfig, Pace
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.channels.twilio_text import TextForm, TwilioTextChannel, telephone_number

MOST_PARTS = 2
"""Never more: 320 signs are the most that carriers advise, and each part is paid for."""


def sms_channel(config: ChannelConfig, account: TwilioAccount) -> TwilioTextChannel:
    """A telephone reached by SMS. Raises ChannelError."""
    sender, recipient = account.identity.sender(config.name), telephone_number(config)
    form = TextForm(sender, recipient, _words, Pace(every=5.0, burst=3))
    return TwilioTextChannel(config, account, form)


def sms_words(card: Card, reader: Reader, tag: str) -> str:
    """The card's `short` words, or its summary cut to fit, and the tag by which it is found again.

    Short words are not cut unless they are far too long: their end may say what to reply.
    """
    short = for_sms(card.short, reader)
    if short and count(f"{short} {tag}").parts <= MOST_PARTS:
        return f"{short} {tag}"
    return fitted([card.short or card.summary], reader, tail=tag, limit=ONE_PART)


def _words(card: Card, reader: Reader, tag: str) -> Mapping[str, str]:
    return {"Body": sms_words(card, reader, tag)}
