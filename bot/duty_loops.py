"""The loops of duty, put together: who is told what, what follows who is on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.composition import Tools
from bot.duty_groups import targets_of
from bot.duty_keeper import DutyKeeper
from bot.settings import Settings
from bot.telescope_nights import TelescopeNights
from bot.wakeups import Wakeups
from facilities.registry import Registry
from notifiers import outbox, roster_news
from notifiers.group_sync import GroupSync
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

Start = Callable[[str, Callable[[], Awaitable[None]]], None]


class DutyLoops:
    """Everything the hub runs for the duty of people. `start` it once, `stop` it with the hub."""

    def __init__(
        self, settings: Settings, tools: Tools, database: Database, clock: Clock, bell: Bell, owner: str
    ) -> None:
        self.wakeups = Wakeups(bell)
        self.nights = TelescopeNights(Registry(tools.facilities))
        self.keeper = DutyKeeper(
            database,
            clock,
            owner=owner,
            bell=bell,
            dusk=self.nights.dusk,
            wake=lambda due: self.wakeups.set(roster_news.BELL, due),
        )
        warned = {name: tools.configs[name].reader for name in tools.warnings}
        self.news = roster_news.RosterNews(
            database,
            clock,
            roster_news.Settings(warned, self.nights.open_blocks),
            bell=bell,
            owner=owner,
        )

        self.groups = GroupSync(
            database,
            clock,
            targets_of(settings, tools.connections),
            owner=owner,
            warnings=warned,
            ring=lambda: bell.ring(outbox.BELL),
        )
        self._follows = bool(settings.duty_groups)

    def start(self, start: Start) -> None:
        """Have a supervisor run the loops."""
        self.wakeups.start()
        start("duty", self.keeper.run)
        start("duty news", self.news.run)
        if self._follows:
            start("duty groups", self.groups.run)

    def stop(self) -> None:
        """Stop what wakes them."""
        self.wakeups.stop()
