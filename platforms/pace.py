"""Not asking a platform more often than it allows: a pace that all who use one instance share."""

from __future__ import annotations

from store.clock import Clock


class Pace:
    """At most `burst` calls at once and `per_second` after that, in the order of asking.

    Promises: in any window of T seconds not more than `burst + per_second * T` calls begin. One for each
    instance and token of this process: replicas share nothing but the platform's own refusals.
    """

    def __init__(self, per_second: float, burst: int, clock: Clock) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError(f"a pace allows something: {per_second} a second, {burst} at once")
        self._every = 1.0 / per_second
        self._slack = (burst - 1) * self._every
        self._clock = clock
        self._next = clock.monotonic() - self._slack

    async def wait(self) -> None:
        """Return when the next call may begin; cancelled while waiting, its turn is lost."""
        now = self._clock.monotonic()
        turn = max(self._next, now - self._slack)
        self._next = turn + self._every
        if turn > now:
            await self._clock.sleep(turn - now)

    def rest(self, seconds: float) -> None:
        """Let nobody call for this long: the platform said so (429, Retry-After)."""
        self._next = max(self._next, self._clock.monotonic() + seconds)
