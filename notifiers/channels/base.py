"""A channel: one way to reach one place, with the small interface that every way has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cards.card import Card
from cards.reader import Reader


class ChannelError(ValueError):
    """A channel that cannot be opened as configured: which, and what was expected."""


class DeliveryError(Exception):
    """A message that was not delivered. Its text tells the person who can mend it what to do.

    `uncertain`: the provider may have taken the message, or a part of it, all the same.
    """

    uncertain = False


class TryAgain(DeliveryError):
    """It may work later."""

    def __init__(self, reason: str, *, uncertain: bool = True) -> None:
        super().__init__(reason)
        self.uncertain = uncertain


class TryLater(DeliveryError):
    """The provider asks to be left alone for `retry_after` seconds.

    `everywhere`: it means all of its destinations, not only the one that was spoken to.
    """

    def __init__(
        self, reason: str, retry_after: float, *, uncertain: bool = False, everywhere: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.everywhere = everywhere


class Never(DeliveryError):
    """It will not work until somebody mends what the text says."""


class TooLate(Never):
    """It is of no use any more, and was not sent."""


class Gone(Never):
    """The card this belongs to is no longer there: somebody deleted it."""


@dataclass(frozen=True)
class ChannelConfig:
    """One `[[channels]]` of the configuration: who reads there, in which language and zone."""

    name: str
    kind: str
    address: str | None = field(default=None, repr=False)  # a webhook's address is a secret
    reader: Reader = field(default_factory=Reader)
    secret: str | None = field(default=None, repr=False)  # a webhook is signed with it
    thread: str | None = None  # of Slack: what is posted goes into this thread


@dataclass(frozen=True)
class Receipt:
    """Where a message is: the provider's id of the channel and of the message.

    `parts` are the messages in its thread that hold what did not fit; `unshown` the pictures the provider
    could not show yet, so that it should be asked again a little later.
    """

    place: str
    message: str
    parts: tuple[str, ...] = ()
    unshown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PictureFile:
    """A picture to be uploaded; `alt` says in words what it shows."""

    name: str  # a file name
    content: bytes = field(repr=False)
    alt: str = ""


@dataclass(frozen=True)
class Pace:
    """How fast a provider wants to be spoken to: one message each `every` seconds, up to `burst` at once."""

    every: float = 0.0
    burst: int = 1


class Channel(Protocol):
    """What every channel can do. All methods raise DeliveryError only.

    `nonce` travels with a message, so that `find` can tell after a crash whether it arrived. Messages that
    add something (`post`, `reply`) follow `speaking`, those that change what is there follow `changing`.
    """

    @property
    def config(self) -> ChannelConfig: ...

    @property
    def speaking(self) -> Pace: ...

    @property
    def changing(self) -> Pace: ...

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        """Show a new card. `pictures` gives the channel's reference of each uploaded picture by its key."""
        ...

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        """Make the card that is there show this. Doing it twice does no more than once. Raises Gone."""
        ...

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        """Say something in the card's thread. Raises Gone."""
        ...

    async def picture(self, picture: PictureFile) -> str:
        """Upload a picture that nobody sees yet, and give the reference by which a card can show it."""
        ...

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        """The message that carries `nonce`, said since then in the channel or, if given, in that thread."""
        ...

    async def check(self) -> str:
        """One line about where this channel leads. Raises DeliveryError that says what to mend."""
        ...

    async def answer(self) -> str:
        """One line if the provider answers and knows us: cheap enough to be asked every minute."""
        ...
