"""The switchboard: from a name in the outbox to the channel that reaches it now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader, ReaderError
from notifiers.channels.base import Channel, ChannelConfig, ChannelError, Never
from notifiers.destinations import Spot, may_be_unconfirmed, person_and_way, spot
from notifiers.directory import contact_of

LINES_KEPT = 5000  # channels to people that are kept open: what they know of their place is worth a call each

NOWHERE = "nowhere"
"""The kind of ways to people for which this desk has no provider: such messages are given up."""

OpenChannel = Callable[[ChannelConfig], Channel]


class Switchboard:
    """Configured channels by name; people's own channels (`@ana/sms`) and places in chats where somebody
    asked (`#slack/C1~en~UTC`), opened when they are needed.

    `ways` are the ways to people for which this desk has a provider. Promises: a person is reached where
    their entry leads at the moment of the call, never where it led when the message was written.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        open_channel: OpenChannel | None = None,
        ways: Sequence[str] = (),
    ) -> None:
        self.channels = channels
        self.ways = tuple(ways)
        self._open = open_channel
        self._lines: OrderedDict[ChannelConfig, Channel] = OrderedDict()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of channels messages may go to: each has a provider, or several of one sort."""
        return tuple(dict.fromkeys([*(c.config.kind for c in self.channels.values()), *self.ways, NOWHERE]))

    def kind_of(self, name: str) -> str | None:
        """The kind of channel a name leads to; None for one that is not configured (any more)."""
        direct, asked = person_and_way(name), spot(name)
        if direct is not None:
            return direct[1] if direct[1] in self.kinds else NOWHERE
        if asked is not None:
            return asked.kind if asked.kind in self.kinds else NOWHERE
        channel = self.channels.get(name)
        return channel.config.kind if channel is not None else None

    async def connect(self, session: AsyncSession, name: str) -> Channel:
        """The channel a name leads to now. Raises Never, which says why it leads nowhere."""
        direct, asked = person_and_way(name), spot(name)
        if asked is not None:
            return self._line(_config(name, asked))
        if direct is None:
            if name not in self.channels:
                raise Never(f"no channel {name!r} is configured any more")
            return self.channels[name]
        contact = await contact_of(session, *direct, confirmed=not may_be_unconfirmed(name))
        # In Discord a person's number looks like that of a channel.
        address = f"@{contact.address}" if direct[1] == "discord" else contact.address
        return self._line(ChannelConfig(name, direct[1], address, contact.reader))

    def _line(self, config: ChannelConfig) -> Channel:
        line = self._lines.get(config)
        if line is None:
            if self._open is None:
                raise Never(f"this desk has no provider for {config.kind}: it reaches nobody that way")
            try:
                line = self._open(config)
            except ChannelError as error:
                raise Never(str(error)) from None
            self._lines[config] = line
        self._lines.move_to_end(config)
        if len(self._lines) > LINES_KEPT:
            self._lines.popitem(last=False)
        return line


def _config(name: str, asked: Spot) -> ChannelConfig:
    try:
        reader = Reader(asked.locale, asked.timezone)
    except ReaderError:
        reader = Reader()
    return ChannelConfig(name, asked.kind, asked.channel, reader, thread=asked.thread)
