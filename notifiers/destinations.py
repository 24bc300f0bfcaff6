"""Where a message goes: a configured channel by its name, a person by one of their ways (`@ana/sms`), or a
place in a chat where somebody asked for it (`#slack/C024BE91L/1732.5~fr~Europe/Paris`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 80  # characters a destination's name may have

_SPOT = re.compile(
    r"#(?P<kind>slack|discord)/(?P<channel>[^/~]+)(?:/(?P<thread>[^/~]+))?~(?P<locale>[^~]*)~(?P<timezone>.+)"
)
_DIRECT = re.compile(r"@(?P<person>[^/]+)/(?P<way>[a-z]+)(?P<unconfirmed>\?)?")


def direct(person: str, way: str) -> str:
    """The outbox's name for a person reached by a way: `@ana/sms`."""
    return f"@{person}/{way}"


def unconfirmed(person: str, way: str) -> str:
    """The same where the address need not be confirmed yet: for the code that confirms it only."""
    return f"{direct(person, way)}?"


@dataclass(frozen=True)
class Spot:
    """A place in a chat that no configuration names, and in whose language and zone it is read there.

    `channel` and `thread` are the chat's own ids; what is posted goes into the thread where there is one.
    """

    kind: str  # slack or discord
    channel: str
    thread: str | None = None
    locale: str = "en"
    timezone: str = "UTC"

    @property
    def name(self) -> str:
        """The outbox's name for it. Raises ValueError for ids that are none."""
        place = f"{self.channel}/{self.thread}" if self.thread else self.channel
        name = f"#{self.kind}/{place}~{self.locale}~{self.timezone}"
        if len(name) > LONGEST or spot(name) != self:
            raise ValueError(f"{name[:120]!r} is no place in a chat")
        return name


def spot(channel: str) -> Spot | None:
    """The place in a chat that a name means; None for other names."""
    found = _SPOT.fullmatch(channel)
    return Spot(**found.groupdict()) if found else None


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
    """A channel's name in figures: people are counted together, by way (`@sms`), and places by chat."""
    found, asked = person_and_way(channel), spot(channel)
    if asked is not None:
        return f"#{asked.kind}"
    return f"@{found[1]}" if found else channel
