"""Pacing: no provider is spoken to faster than it wants, and one that asks for silence gets it."""

from __future__ import annotations

from notifiers.channels.base import Pace
from store.clock import Clock


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
