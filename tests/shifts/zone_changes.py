"""Where the clocks of a zone change, found by walking along UTC: the direction that is never ambiguous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Change:
    """At `instant` the clock of a zone jumps from offset `before` to offset `after`."""

    instant: datetime
    before: timedelta
    after: timedelta

    @property
    def forward(self) -> bool:
        return self.after > self.before

    @property
    def earlier_wall(self) -> datetime:
        """Naive local time of the lower edge of what is skipped or repeated."""
        return (self.instant + min(self.before, self.after)).replace(tzinfo=None)

    @property
    def later_wall(self) -> datetime:
        return (self.instant + max(self.before, self.after)).replace(tzinfo=None)


def offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def changes(zone: ZoneInfo, start: datetime, end: datetime) -> tuple[Change, ...]:
    return tuple(_walk(zone, start, end))


def _walk(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Change]:
    at = start
    while at < end:
        later = at + timedelta(days=2)
        if offset(at, zone) != offset(later, zone):
            low, high = at, later
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                middle = max(middle, low + timedelta(seconds=1))
                if offset(middle, zone) == offset(at, zone):
                    low = middle
                else:
                    high = middle
            yield Change(high, offset(low, zone), offset(high, zone))
        at = later


def occurrences(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every instant at which the wall clock shows `local`, by trying every offset of the days around it."""
    guess = local.replace(tzinfo=UTC)
    tried = {offset(guess + timedelta(hours=hours), zone) for hours in range(-52, 53)}
    instants = {guess - each for each in tried}
    return sorted(i for i in instants if i.astimezone(zone).replace(tzinfo=None, fold=0) == local)
