"""Whether the channels' providers answer: asked now and then, so that `/readyz` need not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from notifiers.channels.base import Channel, DeliveryError
from store.clock import Clock

EVERY = 60.0  # s
PATIENCE = 10.0  # s


class Pulse:
    """Asks every channel's provider once a minute and remembers what each one said."""

    def __init__(self, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._channels = channels
        self._clock = clock
        self.answers: dict[str, tuple[bool, str]] = dict.fromkeys(channels, (False, "not asked yet"))

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            await self.ask()
            await self._clock.sleep(EVERY)

    async def ask(self) -> None:
        """Ask all of them once, at the same time."""
        await asyncio.gather(*(self._ask(name, channel) for name, channel in self._channels.items()))

    async def _ask(self, name: str, channel: Channel) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                self.answers[name] = (True, await channel.answer())
        except DeliveryError as error:
            self.answers[name] = (False, str(error))
        except TimeoutError:
            self.answers[name] = (False, f"no answer within {PATIENCE:.0f} s")
