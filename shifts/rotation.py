"""One layer by itself: whose turn it is when, before later layers and overrides have their say."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from shifts.intervals import Interval, union
from shifts.roster_file import WEEKDAYS, Layer, Window
from shifts.shift import Shift
from shifts.wall_clock import DAY, end_instant, start_instant
from shifts.zones import zone_info

Absences = Mapping[str, Sequence[Interval]]

_SKEW = timedelta(days=2)
"""No zone's wall clock is further from UTC, a skipped day included."""


def layer_shifts(
    roster: str, layer: Layer, zone_name: str, start: datetime, end: datetime, absences: Absences
) -> Iterator[Shift]:
    """Every shift of `layer` that touches [start, end), whole, in the order of its turns."""
    zone = zone_info(zone_name)
    for index, turn in turns(layer, zone, start, end):
        key = f"{roster}/{layer.name}/{index}"
        for piece in _pieces(turn, layer.hours, zone):
            local = f"@{piece[0].astimezone(zone):%Y%m%dT%H%M}" if layer.hours is not None else ""
            piece_key = key + local
            if piece[0] < end and piece[1] > start:
                for person, (begins, ends) in _holders(layer.members, index, piece, absences):
                    name = f"{piece_key}/{person}"
                    yield Shift(
                        id=name if begins == piece[0] else f"{name}~{begins:%Y%m%dT%H%M%SZ}",
                        role=layer.role,
                        person=person,
                        start=begins,
                        end=ends,
                        source="rotation",
                        turn=piece_key,
                        timezone=zone_name,
                    )


def turns(layer: Layer, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[int, Interval]]:
    """The turns that touch [start, end), each with its index counted from the layer's first.

    A turn on a day that its zone skips (Pacific/Apia, 2011-12-30) may have no length; it is left out and
    keeps its index.
    """
    first = datetime.combine(layer.starts, layer.handoff)
    last = None if layer.until is None else datetime.combine(layer.until, layer.handoff)
    bounds = _elapsed_turns if layer.turn.unit == "hours" else _calendar_turns
    for index, (begins, ends) in bounds(layer, zone, first, last, start):
        if begins >= end:
            return
        if ends > max(begins, start):
            yield index, (begins, ends)


def _elapsed_turns(
    layer: Layer, zone: ZoneInfo, first: datetime, last: datetime | None, start: datetime
) -> Iterator[tuple[int, Interval]]:
    origin = start_instant(first, zone)
    stop = None if last is None else end_instant(last, zone)
    step = timedelta(hours=layer.turn.count)
    index = max(0, (start - origin) // step)
    while stop is None or origin + index * step < stop:
        begins = origin + index * step
        yield index, (begins, begins + step if stop is None else min(begins + step, stop))
        index += 1


def _calendar_turns(
    layer: Layer, zone: ZoneInfo, first: datetime, last: datetime | None, start: datetime
) -> Iterator[tuple[int, Interval]]:
    index = _index_before(layer, first, (start - _SKEW).replace(tzinfo=None))
    begins = handoff(layer, first, index)
    while last is None or begins < last:
        ends = handoff(layer, first, index + 1)
        if last is not None:
            ends = min(ends, last)
        yield index, (start_instant(begins, zone), end_instant(ends, zone))
        index += 1
        begins = ends


def handoff(layer: Layer, first: datetime, index: int) -> datetime:
    """The local time at which turn `index` begins. Months keep the first day, or take the month's last."""
    unit, count = layer.turn.unit, layer.turn.count
    if unit == "months":
        return datetime.combine(_add_months(first.date(), index * count), first.time())
    return first + index * count * (7 * DAY if unit == "weeks" else DAY)


def _index_before(layer: Layer, first: datetime, local: datetime) -> int:
    """The last turn that has begun at `local`, 0 before the first."""
    unit, count = layer.turn.unit, layer.turn.count
    if unit == "months":
        months = 12 * (local.year - first.year) + local.month - first.month - 1
        return max(0, months // count)
    return max(0, (local - first) // (count * (7 * DAY if unit == "weeks" else DAY)))


def _add_months(day: date, months: int) -> date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _pieces(turn: Interval, hours: Sequence[Window] | None, zone: ZoneInfo) -> list[Interval]:
    """The parts of a turn that lie in its weekly hours."""
    if hours is None:
        return [turn]
    start, end = turn
    day = start.astimezone(zone).date() - DAY
    last = end.astimezone(zone).date()
    parts = []
    while day <= last:
        weekday = WEEKDAYS[day.weekday()]
        for window in hours:
            if weekday in window.days:
                begins = start_instant(datetime.combine(day, window.begins), zone)
                next_day = day + DAY if window.wraps else day
                ends = end_instant(datetime.combine(next_day, window.ends), zone)
                if begins < end and ends > start:
                    parts.append((max(begins, start), min(ends, end)))
        day += DAY
    return union(parts)


def _holders(
    members: Sequence[Sequence[str]], index: int, piece: Interval, absences: Absences
) -> Iterator[tuple[str, Interval]]:
    """Who is on in `piece` of turn `index`: its members, and for the absent ones the next who are present.

    Whoever stands in does so for the time of the absence only, so that everyone else's turns do not move.
    """
    place = index % len(members)
    own = members[place]
    if not any(_touches(absences.get(person, ()), piece) for person in own):
        yield from ((person, piece) for person in own)
        return
    order = [person for turn in (*members[place:], *members[:place]) for person in turn]
    cuts = {edge for person in order for span in absences.get(person, ()) for edge in span}
    edges = [piece[0], *sorted(cut for cut in cuts if piece[0] < cut < piece[1]), piece[1]]
    held: dict[str, list[Interval]] = {}
    for begins, ends in pairwise(edges):
        present = [p for p in dict.fromkeys(order) if not _touches(absences.get(p, ()), (begins, ends))]
        on = [person for person in own if person in present]
        on += [person for person in present if person not in own][: len(own) - len(on)]
        for person in on:
            held.setdefault(person, []).append((begins, ends))
    for person, parts in held.items():
        yield from ((person, part) for part in union(parts))


def _touches(spans: Sequence[Interval], piece: Interval) -> bool:
    return any(begins < piece[1] and ends > piece[0] for begins, ends in spans)
