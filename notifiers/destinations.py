"""Where a message goes: a configured channel by its name, or a person by one of their ways (`@ana/sms`)."""

from __future__ import annotations

import re

_DIRECT = re.compile(r"@(?P<person>[^/]+)/(?P<way>[a-z]+)(?P<unconfirmed>\?)?")


def direct(person: str, way: str) -> str:
    """The outbox's name for a person reached by a way: `@ana/sms`."""
    return f"@{person}/{way}"


def unconfirmed(person: str, way: str) -> str:
    """The same where the address need not be confirmed yet: for the code that confirms it only."""
    return f"{direct(person, way)}?"


def may_be_unconfirmed(channel: str) -> bool:
    """Whether the name is one that `unconfirmed` gave."""
    found = _DIRECT.fullmatch(channel)
    return found is not None and found["unconfirmed"] is not None


def person_and_way(channel: str) -> tuple[str, str] | None:
    """Whom and how `@ana/sms` means; None for a configured channel's name."""
    found = _DIRECT.fullmatch(channel)
    return (found["person"], found["way"]) if found else None


def provider_of(kind: str) -> str:
    """Who gives the ids of messages of this kind of channel, and calls back about them."""
    return "twilio" if kind in ("sms", "voice", "whatsapp") else kind


def group_of(channel: str) -> str:
    """A channel's name in figures: people are counted together, by way (`@sms`)."""
    found = person_and_way(channel)
    return f"@{found[1]}" if found else channel
