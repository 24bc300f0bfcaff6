"""The loops of duty, put together: who is told what, what follows who is on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.composition import Tools
from bot.duty_groups import targets_of
from bot.duty_keeper import DutyKeeper
from bot.settings import Settings, SettingsError
from bot.skyportal_sync import Agreement, SkyPortalSync
from bot.telescope_nights import TelescopeNights
from bot.wakeups import Wakeups
from cards.card import Block
from cards.reader import Reader
from commands.open_jobs import open_blocks
from facilities.registry import Registry
from notifiers import outbox, roster_news
from notifiers.group_sync import GroupSync
from platforms.skyportal.client import SkyPortal
from platforms.skyportal_shifts import SkyPortalShifts
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell

Start = Callable[[str, Callable[[], Awaitable[None]]], None]


class DutyLoops:
    """Everything the hub runs for the duty of people. `start` it once, `stop` it with the hub."""

    def __init__(
        self,
        settings: Settings,
        tools: Tools,
        database: Database,
        clock: Clock,
        bell: Bell,
        owner: str,
        portals: Mapping[str, SkyPortal],
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
            roster_news.Settings(warned, self._open),
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
        self.skyportal = _agreement(settings)
        if self.skyportal is not None:
            shifts = SkyPortalShifts(portals[settings.skyportal.name])
            self._sync = SkyPortalSync(database, clock, shifts, self.skyportal, owner=owner, warnings=warned)
        self._follows = bool(settings.duty_groups)

    def start(self, start: Start) -> None:
        """Have a supervisor run the loops."""
        self.wakeups.start()
        start("duty", self.keeper.run)
        start("duty news", self.news.run)
        if self._follows:
            start("duty groups", self.groups.run)
        if self.skyportal is not None:
            start("skyportal shifts", self._sync.run)

    def stop(self) -> None:
        """Stop what wakes them."""
        self.wakeups.stop()

    async def _open(
        self, session: AsyncSession, roster: str, now: datetime, reader: Reader
    ) -> Sequence[Block]:
        """What a hand-off tells besides pages and events: jobs, open questions, the nights that come."""
        nights = await self.nights.open_blocks(session, roster, now, reader)
        return [*await open_blocks(session, roster, now, reader), *nights]


def _agreement(settings: Settings) -> Agreement | None:
    """What is to agree with SkyPortal; None while it is not configured. Raises SettingsError for half."""
    portal = settings.skyportal
    asked = (portal.shift_group, portal.shift_roster, portal.shift_role)
    if all(each is None for each in asked):
        return None
    missing = [
        key
        for key in ("url", "token", "shift_group", "shift_roster", "shift_role")
        if getattr(portal, key) is None
    ]
    if missing:
        raise SettingsError(f"skyportal: shifts can only agree with {', '.join(missing)} set as well")
    assert portal.shift_group is not None and portal.shift_roster and portal.shift_role
    return Agreement(portal.shift_group, portal.shift_roster, portal.shift_role)
