"""Pacing: no provider is spoken to faster than it wants, and one that asks for silence gets it."""

from __future__ import annotations

from collections.abc import Collection

from notifiers.channels.base import Channel, DeliveryError, Pace, TryAgain, TryLater
from notifiers.tables import Kind
from store.clock import Clock

SPEAKING = (Kind.POST, Kind.MESSAGE, Kind.NOTE, Kind.REPLY)
CHANGING = (Kind.EDIT,)

UNLIMITED = 1_000_000
LONGEST_HOLD = 600.0  # s, whatever a provider asks for
LONGEST_BREATHER = 15.0  # s between probes of what does not answer
MANY = 3  # destinations that fail one after the other: then it is their provider


class Pacer:
    """A token bucket on the injected clock, for one destination.

    Promises: over any stretch of time, at most `burst` messages and one more for each `every` seconds pass;
    after `hold(seconds)` none passes until they are over. For the event loop's thread only.
    """

    def __init__(self, clock: Clock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace
        self._tokens = float(pace.burst)
        self._filled = clock.monotonic()
        self._silent_until = self._filled

    def wait_for(self) -> float:
        """Seconds until the next message may pass; 0 means now."""
        self._fill()
        now = self._clock.monotonic()
        silence = max(0.0, self._silent_until - now)
        if self._pace.every <= 0.0 or self._tokens >= 1.0:
            return silence
        return max(silence, (1.0 - self._tokens) * self._pace.every)

    def allowance(self) -> int:
        """How many messages may pass now."""
        if self.wait_for() > 0.0:
            return 0
        return max(1, int(self._tokens)) if self._pace.every > 0.0 else UNLIMITED

    def take(self) -> None:
        """A message passes now."""
        self._fill()
        self._tokens -= 1.0

    def hold(self, seconds: float) -> None:
        """Let nothing pass for so long, as the provider asked (`Retry-After`)."""
        self._silent_until = max(self._silent_until, self._clock.monotonic() + seconds)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        if self._pace.every > 0.0:
            # The small amount forgives binary fractions: ten waits of 0.1 s are one second.
            gained = (now - self._filled) / self._pace.every + 1e-9
            self._tokens = min(float(self._pace.burst), self._tokens + gained)
        self._filled = now


class Traffic:
    """The pace of one provider, and of each of its destinations.

    Promises: a pause that a provider asks for holds the destination that was spoken to, and all of them where
    it says so or a second destination is refused while the first still waits. What does not answer is probed
    more and more seldom, at least every LONGEST_BREATHER: a destination after its second failure in a row,
    the provider after MANY of its destinations failed with none in between that did not.

    `shared` is False where every destination has a server of its own, so that one tells nothing of others.
    """

    def __init__(self, clock: Clock, pace: Pace, *, shared: bool = True) -> None:
        self._clock = clock
        self._shared = shared
        self._provider = Pacer(clock, pace)
        self._paces: dict[str, tuple[Pacer, Pacer]] = {}
        self._refused: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._in_a_row: set[str] = set()

    def allowance(self) -> int:
        """How many messages the provider takes now."""
        return self._provider.allowance()

    def wait_for(self, destination: str, kind: Kind) -> float:
        """Seconds until a message of this kind may go there; 0 means now."""
        if kind is Kind.PICTURE:
            return 0.0
        pacer = self._pacer(destination, kind)
        return max(self._provider.wait_for(), pacer.wait_for() if pacer else 0.0)

    def ready(self, destination: str, kinds: Collection[Kind]) -> tuple[Kind, ...]:
        """Which kinds of messages may go there now."""
        return tuple(kind for kind in kinds if self.wait_for(destination, kind) == 0.0)

    def claimed(self, kind: Kind) -> None:
        """A message of the provider's is going to be sent."""
        if kind is not Kind.PICTURE:
            self._provider.take()

    def take(self, destination: str, kind: Kind, channel: Channel) -> None:
        """A message goes there now."""
        if kind is Kind.PICTURE:
            return
        self._note_paces(destination, channel)
        pacer = self._pacer(destination, kind)
        assert pacer is not None, "its paces were just noted"
        pacer.take()

    def arrived(self, destination: str) -> None:
        """A message arrived there: whatever failed before is over."""
        self._failures.pop(destination, None)
        self._refused.pop(destination, None)
        self._in_a_row.clear()

    def failed(self, destination: str, error: DeliveryError) -> None:
        """A message did not arrive there."""
        if isinstance(error, TryLater):
            self._pause(destination, min(error.retry_after, LONGEST_HOLD), error.everywhere)
        elif isinstance(error, TryAgain):
            self._breathe(destination)

    def _pause(self, destination: str, seconds: float, everywhere: bool) -> None:
        now = self._clock.monotonic()
        self._refused = {name: until for name, until in self._refused.items() if until > now}
        others = self._refused.keys() - {destination}
        self._refused[destination] = now + seconds
        self._hold(destination, seconds)
        if everywhere or (others and self._shared):
            self._provider.hold(seconds)

    def _breathe(self, destination: str) -> None:
        times = self._failures[destination] = self._failures.get(destination, 0) + 1
        if times > 1:
            self._hold(destination, _breather(times - 2))
        self._in_a_row.add(destination)
        if self._shared and len(self._in_a_row) >= MANY:
            self._provider.hold(_breather(len(self._in_a_row) - MANY))

    def _hold(self, destination: str, seconds: float) -> None:
        for pacer in self._paces.get(destination, ()):
            pacer.hold(seconds)

    def _note_paces(self, destination: str, channel: Channel) -> None:
        if destination not in self._paces:
            self._paces[destination] = (
                Pacer(self._clock, channel.speaking),
                Pacer(self._clock, channel.changing),
            )

    def _pacer(self, destination: str, kind: Kind) -> Pacer | None:
        paces = self._paces.get(destination)
        if paces is None:
            return None
        return paces[1] if kind in CHANGING else paces[0]


def _breather(times: int) -> float:
    return float(min(LONGEST_BREATHER, 2.0 ** min(times, 10)))
