"""Where a Discord channel leads: a text channel, perhaps with a role to be called, or one person directly."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CHANNEL = re.compile(r"(?:<#)?(\d{5,20})>?(?:\s+<?@&(\d{5,20})>?)?")
_PERSON = re.compile(r"<?@!?(\d{5,20})>?")
EXPECTED = (
    "a channel's id (digits: switch on Developer Mode, then Copy Channel ID), with ` @&ROLE` behind it to "
    "call a role, or `@` and a person's id"
)


@dataclass(frozen=True)
class DiscordAddress:
    """`channel` or, for direct messages, `person`; `role` is called when a card is posted. All are ids."""

    channel: str | None = None
    person: str | None = None
    role: str | None = None


def read_address(text: str, *, of_person: bool = False) -> DiscordAddress | None:
    """`123…`, `123… @&456…` or `@789…`; None for anything else.

    `of_person`: it stands in somebody's entry, where an id alone is theirs.
    """
    if of_person and text.strip().isdigit():
        return DiscordAddress(person=text.strip())
    if found := _PERSON.fullmatch(text.strip()):
        return DiscordAddress(person=found[1])
    if found := _CHANNEL.fullmatch(text.strip()):
        return DiscordAddress(channel=found[1], role=found[2])
    return None
