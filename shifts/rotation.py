"""One layer by itself: whose turn it is when, before later layers and overrides have their say."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import lcm
from zoneinfo import ZoneInfo

from shifts.intervals import Interval, clip, union
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
    used = _turns_with_hours(layer)
    for index, turn in turns(layer, zone, start, end):
        key = f"{roster}/{layer.name}/{index}"
        order = _order(layer, index, used)
        for name, piece in _pieces(turn, layer.hours, zone):
            piece_key = key + name
            if piece[0] < end and piece[1] > start:
                for person, (begins, ends) in _holders(order, piece, absences):
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


def _order(layer: Layer, index: int, used: Sequence[bool]) -> Sequence[Sequence[str]]:
    """The members from the one whose turn `index` is.

    Turns that hold none of the layer's hours are passed over and use up nobody's place: else seven people
    who change daily and work from Monday to Friday would leave the same two without duty for ever.
    """
    cycles, rest = divmod(index, len(used))
    place = (cycles * sum(used) + sum(used[:rest])) % len(layer.members)
    return (*layer.members[place:], *layer.members[:place])


def _turns_with_hours(layer: Layer) -> tuple[bool, ...]:
    """Whether each turn of a cycle holds some of the layer's hours, were the clocks never changed."""
    unit, count = layer.turn.unit, layer.turn.count
    if layer.hours is None or unit in ("weeks", "months") or (unit == "days" and count >= 7):
        return (True,)
    length = timedelta(days=count) if unit == "days" else timedelta(hours=count)
    first = datetime.combine(layer.starts, layer.handoff)
    turns_in_cycle = lcm(length // timedelta(hours=1), 7 * 24) * timedelta(hours=1) // length
    starts = (first + number * length for number in range(turns_in_cycle))
    return tuple(any(_local_hours(layer.hours, start, start + length)) for start in starts)


def _local_hours(
    hours: Sequence[Window], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The weekly hours that touch [start, end), all of them naive local times."""
    day = start.date() - DAY
    while day <= end.date():
        for window in hours:
            if WEEKDAYS[day.weekday()] in window.days:
                begins = datetime.combine(day, window.begins)
                ends = datetime.combine(day + DAY if window.wraps else day, window.ends)
                if begins < end and ends > start:
                    yield begins, ends
        day += DAY


def _pieces(turn: Interval, hours: Sequence[Window] | None, zone: ZoneInfo) -> Iterator[tuple[str, Interval]]:
    """The parts of a turn that lie in its weekly hours, each with a name that outlives a change of them."""
    if hours is None:
        yield "", turn
        return
    start, end = turn
    local = (
        (start.astimezone(zone) - DAY).replace(tzinfo=None),
        (end.astimezone(zone) + DAY).replace(tzinfo=None),
    )
    spans = (
        (start_instant(begins, zone), end_instant(ends, zone)) for begins, ends in _local_hours(hours, *local)
    )
    on_day: Counter[date] = Counter()
    for piece in union(clip(spans, start, end)):
        day = piece[0].astimezone(zone).date()
        on_day[day] += 1
        yield f"@{day:%Y%m%d}" + (f".{on_day[day]}" if on_day[day] > 1 else ""), piece


def _holders(
    turn_order: Sequence[Sequence[str]], piece: Interval, absences: Absences
) -> Iterator[tuple[str, Interval]]:
    """Who is on in `piece`: the first of `turn_order`, and for the absent ones the next who are present.

    Whoever stands in does so for the time of the absence only, so that everyone else's turns do not move.
    """
    own = turn_order[0]
    if not any(_touches(absences.get(person, ()), piece) for person in own):
        yield from ((person, piece) for person in own)
        return
    order = [person for turn in turn_order for person in turn]
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
