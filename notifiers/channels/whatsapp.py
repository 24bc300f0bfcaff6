"""WhatsApp through Twilio: the card in words, or its short words in a template."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cards.card import Card
from cards.cleaning import shorten
from cards.reader import Reader
from cards.whatsapp import CHARACTERS, render_whatsapp
from notifiers.channels.base import ChannelConfig, ChannelError, Pace
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.channels.twilio_text import TextForm, TwilioTextChannel, telephone_number

TEMPLATE_CHARACTERS = 700  # a template has 1024 in all, its own words among them


def whatsapp_channel(config: ChannelConfig, account: TwilioAccount) -> TwilioTextChannel:
    """A telephone reached by WhatsApp. Raises ChannelError.

    Who has not written to the desk for a day is reached by an approved template only, so where one is
    configured every message is made from it.
    """
    identity = account.identity
    if not identity.whatsapp_number:
        raise ChannelError(
            f"channel {config.name!r} speaks from a WhatsApp sender: set twilio.whatsapp_number"
        )
    sender = f"whatsapp:{identity.whatsapp_number.removeprefix('whatsapp:')}"
    template = identity.whatsapp_template

    def words(card: Card, reader: Reader, tag: str) -> Mapping[str, str]:
        if template is None:
            return {"Body": f"{render_whatsapp(card, reader, CHARACTERS - len(tag) - 1)}\n{tag}"}
        said = f"{shorten(card.short or card.summary, TEMPLATE_CHARACTERS)} {tag}"
        return {"ContentSid": template, "ContentVariables": json.dumps({"1": said}, ensure_ascii=False)}

    form = TextForm(sender, f"whatsapp:{telephone_number(config)}", words, Pace(every=1.0, burst=3))
    return TwilioTextChannel(config, account, form)
