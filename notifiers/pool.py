"""The pool of one kind of channel: a few senders that serve however many destinations wait, in fair order."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from notifiers.ledger import Item
from notifiers.pacing import Traffic
from notifiers.queue import Waiting
from notifiers.tables import Kind


@dataclass(frozen=True)
class Turn:
    """A destination that may be served now, and with which kinds of messages."""

    channel: str
    kinds: tuple[Kind, ...]


class Pool:
    """Whose turn it is among the destinations of one kind of channel.

    Promises: urgent messages go first, then first words, then the rest; among equals the destination that was
    served longest ago. One message of a destination is under way at a time; none waits for another's pace.
    """

    def __init__(self, kind: str, kinds: tuple[Kind, ...], traffic: Traffic, senders: int) -> None:
        self.kind = kind
        self.kinds = kinds
        self.traffic = traffic
        self.busy: set[str] = set()
        self._senders = senders
        self._line: list[str] = []
        self._served: dict[str, int] = {}
        self._count = itertools.count()

    @property
    def free(self) -> int:
        """How many more messages may be under way."""
        return self._senders - len(self.busy)

    def line_up(self, waiting: Iterable[Waiting]) -> None:
        """These destinations wait now, and no others."""
        if Kind.PICTURE in self.kinds:
            order = {each.channel: (0, each.picture) for each in waiting if each.picture is not None}
        else:
            order = {
                each.channel: (each.priority or 0, each.words) for each in waiting if each.words is not None
            }
        served = self._served = {name: at for name, at in self._served.items() if name in order}
        self._line = sorted(order, key=lambda name: (order[name][0], served.get(name, -1), order[name][1]))

    def turns(self) -> list[Turn]:
        """Who may be served now, as many as there are free senders."""
        found: list[Turn] = []
        most = min(self.free, self.traffic.allowance()) if Kind.PICTURE not in self.kinds else self.free
        for name in self._line:
            if len(found) >= most:
                break
            if name not in self.busy and (ready := self.traffic.ready(name, self.kinds)):
                found.append(Turn(name, ready))
        return found

    def serve(self, item: Item) -> None:
        """A message of this destination is under way: the others come first now."""
        channel = item.channel
        self.traffic.claimed(item.kind)
        self.busy.add(channel)
        self._served[channel] = next(self._count)
        if channel in self._line:  # else the line was made anew while it was claimed
            self._line.remove(channel)
            self._line.append(channel)

    def done(self, channel: str) -> None:
        """Its message has been sent or put off, and that is written down."""
        self.busy.discard(channel)

    def nothing_for(self, channels: Collection[str]) -> None:
        """These have nothing that may go now: they are looked at again when the line is made anew."""
        gone = set(channels)
        self._line = [name for name in self._line if name not in gone]

    def wait(self) -> float | None:
        """Seconds until the pace of somebody who waits allows something; None where nobody waits."""
        waits = [
            min(self.traffic.wait_for(name, kind) for kind in self.kinds)
            for name in self._line
            if name not in self.busy
        ]
        return min(waits, default=None)
