"""Plays recorded notices through the configured desk and waits until all is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bot.hub import Hub, HubOptions, Role
from bot.quiet import wait_until_quiet
from bot.replay import TOPIC, Recorded, load_recorded, to_the_present
from bot.settings import Settings
from gcn.message import RawMessage
from store.clock import Clock, SystemClock

PATIENCE = 600.0  # s without any end in sight


async def play(
    settings: Settings, paths: Sequence[Path], speed: float | None, now: bool, progress: Console
) -> None:
    """Store each notice in its turn and let the desk's own steps read, analyse and tell it.

    Works beside a hub that is running on the same database: claims share the work. A notice that the database
    has seen before is recognised and changes nothing.
    """
    clock = SystemClock()
    recorded = load_recorded(paths)
    if now:
        recorded = to_the_present(recorded, clock.now(), in_real_time=speed is not None and speed <= 1.0)
    hub = Hub(settings, clock, HubOptions(roles=frozenset({Role.ANALYSE, Role.NOTIFY})))
    async with hub.running():
        new = await _play_all(hub, clock, recorded, speed, progress)
        quiet = await wait_until_quiet(hub.database, clock, PATIENCE)
        notices = "1 notice" if len(recorded) == 1 else f"{len(recorded)} notices"
        summary = f"played {notices}: {new} new, {len(recorded) - new} stored before"
        progress.print(summary + ("" if quiet else "; not everything has been said yet"), highlight=False)
        for failed in await hub.inbox.failed():
            progress.print(f"message {failed.id} could not be read: {failed.error}", markup=False)


async def _play_all(
    hub: Hub, clock: Clock, recorded: Sequence[Recorded], speed: float | None, progress: Console
) -> int:
    new, before = 0, None
    for each in recorded:
        if speed is not None and before is not None and each.sent is not None:
            await clock.sleep(max(0.0, (each.sent - before).total_seconds() / speed))
        before = each.sent or before
        stored = await hub.inbox.store([RawMessage(TOPIC, each.content, clock.now())])
        new += stored.new
        progress.print(
            f"{each.path.name}" + ("" if stored.new else ": stored before"), style="dim", highlight=False
        )
        if speed is None:
            # One after the other, as they came: else the second would overtake the first in the workers.
            await wait_until_quiet(hub.database, clock, PATIENCE)
    return new
