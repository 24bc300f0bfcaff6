"""Who can see it tonight: the table of facilities, best first, and why others cannot."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cards import wording
from cards.card import Age, Instant, Line, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.reasons import facility_reason
from cards.wording import known
from facilities.observability import FacilityObservability

LONGEST_NAME = 40


def facility_table(
    rows: tuple[FacilityObservability, ...],
    now: datetime,
    reader: Reader,
    *,
    shown: int = 4,
    only: Collection[str] | None = None,
) -> Table | None:
    """The `shown` facilities that could cover most of it, then those that have no chance and why.

    With `only`, the reader's own facilities: all of them are shown. None where there is no row.
    """
    rows = tuple(row for row in rows if only is None or row.name in only)
    if not rows:
        return None
    able = most_reaching(rows)
    unable = [row for row in rows if row not in able]
    room = len(rows) if only is not None else shown
    lines = [_able(row, now, reader) for row in able[:room]]
    lines += [_unable(row, reader) for row in unable[: max(room - len(lines), 0)]]
    if len(able) > room:
        lines.append(((Text(_others(len(able) - room, reader)),),))
    columns = ("", reader.say("chance"), reader.say("from"), reader.say("for"), reader.say("90 % area in"))
    return Table((strong(reader.say("Who can see it tonight")),), columns, tuple(lines))


def most_reaching(rows: Collection[FacilityObservability]) -> list[FacilityObservability]:
    """The facilities that have a chance, those first that could cover most of it tonight."""
    able = [row for row in rows if known(row.probability_tonight) and row.probability_tonight > 0]
    return sorted(
        able, key=lambda row: (-row.reach if known(row.hours) else 0.0, -row.probability_now, row.name)
    )


def best_facility(rows: tuple[FacilityObservability, ...] | None) -> FacilityObservability | None:
    """The facility that could cover most of it tonight, if any has a chance."""
    return next(iter(most_reaching(rows or ())), None)


def best_from_now(
    rows: tuple[FacilityObservability, ...] | None, now: datetime
) -> FacilityObservability | None:
    """The best of those whose chance is not over yet: what is said where there is room for one."""
    return next((row for row in most_reaching(rows or ()) if row.last is None or row.last > now), None)


def first_chance(row: FacilityObservability, now: datetime, reader: Reader) -> Line:
    """`now`, or `in 2 h 10 (17:09)`."""
    if row.last is not None and row.last < now:
        return reader.line("over since {time}", time=Instant(row.last))
    if row.first is None or row.first <= now:
        return (Text(reader.say("now")),)
    return (Age(row.first, now), Text(" ("), Instant(row.first), Text(")"))


def _able(row: FacilityObservability, now: datetime, reader: Reader) -> tuple[Line, ...]:
    hours: Line = ()
    if known(row.hours):
        hours = (Text(reader.say("{hours} h", hours=wording.number(row.hours, reader, 1))),)
    tiles: Line = ()
    if row.tiles_90 is not None:
        tiles = (Text(reader.say_many("{count} tile", "{count} tiles", row.tiles_90)),)
    chance = wording.percent(row.probability_tonight, reader)
    return ((_name(row),), (strong(chance),), first_chance(row, now, reader), hours, tiles)


def _unable(row: FacilityObservability, reader: Reader) -> tuple[Line, ...]:
    return ((_name(row),), (Text(reader.say("not from here: {why}", why=facility_reason(row, reader))),))


def _name(row: FacilityObservability) -> Text:
    return Text(shorten(clean(row.name), LONGEST_NAME))


def _others(count: int, reader: Reader) -> str:
    return reader.say_many("and {count} more facility", "and {count} more facilities", count)
