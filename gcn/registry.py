"""Every format a notice may come in, in the order they are asked, and the one way to read a message."""

from __future__ import annotations

from typing import Protocol

from gcn.formats import circular, classic_text, generic, igwn, schema, snews, voevent
from gcn.gates import gated
from gcn.notice import Notice, NoticeError
from gcn.raw_message import LARGEST, RawMessage


class Family(Protocol):
    """One family of notices: how to know one, and how to read it.

    `recognises` is cheap and looks only at what the message is; `read` raises NoticeError, never
    anything else.
    """

    @property
    def name(self) -> str: ...

    def recognises(self, message: RawMessage) -> bool: ...

    def read(self, message: RawMessage) -> Notice: ...


FAMILIES: tuple[Family, ...] = (
    classic_text.FAMILY,  # first: a binary packet may begin with the byte of a brace
    igwn.FAMILY,
    circular.FAMILY,
    snews.FAMILY,
    schema.FAMILY,
    voevent.FAMILY,
    generic.FAMILY,
)


def parse_notice(raw: bytes, *, topic: str | None = None) -> Notice:
    """What a message says, whatever its format; kinds that nobody has taught us get the generic reading.

    `topic` is the Kafka topic, where there is one: it names the mission of what is otherwise unknown.

    Raises NoticeError: what was read, where in it, what was expected.
    """
    message = RawMessage(raw, topic)
    return gated(family_of(message).read(message), topic)


def family_of(message: RawMessage) -> Family:
    """The family that reads a message. Raises NoticeError where the message is of none."""
    raw = message.raw
    if len(raw) > LARGEST:
        raise NoticeError(f"message of {len(raw):,} bytes: the limit is {LARGEST:,}")
    if not message.first:
        raise NoticeError("empty message: expected a JSON, VOEvent or classic text notice")
    for family in FAMILIES:
        if family.recognises(message):
            return family
    raise NoticeError(
        f"message that begins with {raw[:24]!r}: no format of a notice (JSON, VOEvent, classic text)"
    )
