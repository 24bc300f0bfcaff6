"""Dusks and nights of the facilities that rosters name: for reminders and hand-offs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Block
from cards.night_lines import nights_block
from cards.reader import Reader
from facilities.facility import FacilityError
from facilities.nights import nights
from facilities.registry import Registry
from shifts.roster_file import rules_of
from shifts.service import text_in

NIGHTS_AHEAD = 3
"""Days of UTC that are looked at: the night that is on, and the one that comes."""


class TelescopeNights:
    """The nights of a registry's facilities by name; a name nobody knows, or a satellite, has none."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._from = lru_cache(maxsize=512)(self._nights)

    def dusk(self, name: str, after: datetime) -> datetime | None:
        """The first dusk of a facility after an instant, within a day or two."""
        return next((dusk for dusk, _ in self._near(name, after) if dusk > after), None)

    def night(self, name: str, now: datetime) -> tuple[datetime, datetime] | None:
        """The night that is on, or the next."""
        return next(((dusk, dawn) for dusk, dawn in self._near(name, now) if dawn > now), None)

    async def open_blocks(
        self, session: AsyncSession, roster: str, now: datetime, reader: Reader
    ) -> Sequence[Block]:
        """The next night of each facility that the roles of a roster observe with."""
        rules = rules_of((await text_in(session, roster))[0])
        named = dict.fromkeys(rule.facility for rule in rules.roles.values() if rule.facility)
        coming = [(name, night) for name in named if (night := self.night(name, now)) is not None]
        block = nights_block(coming, reader)
        return [] if block is None else [block]

    def _near(self, name: str, instant: datetime) -> Sequence[tuple[datetime, datetime]]:
        return self._from(name.strip().casefold(), (instant - timedelta(days=1)).date())

    def _nights(self, name: str, first: date) -> Sequence[tuple[datetime, datetime]]:
        try:
            return nights(self._registry.get(name), first, NIGHTS_AHEAD)
        except FacilityError:
            return ()  # nobody knows it, or it is in space
