"""Numbers as an astronomer would write them, in the reader's language.

Every function takes finite numbers; `known` tells which are.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TypeGuard

from babel.numbers import format_decimal

from cards.reader import Reader

LARGEST = 1e15
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
JULIAN_YEAR = 365.25 * DAY
MONTH = JULIAN_YEAR / 12


def known(value: float | None) -> TypeGuard[float]:
    """Whether `value` is a number one can write down: not None, NaN, infinite or beyond any measure."""
    return value is not None and abs(value) < LARGEST


def three_figures(value: float, reader: Reader) -> str:
    """`value` with three significant figures, but whole below 10 000: 6.66, 66.6, 666, 1002, 23,500."""
    return number(value, reader, _decimals(value))


def number(value: float, reader: Reader, decimals: int) -> str:
    """`value` rounded to `decimals` places (negative: tens, hundreds); grouped from 10 000 on."""
    rounded = round(value, decimals)
    pattern = "0" if abs(rounded) < 10_000 else "#,##0"
    if decimals > 0:
        pattern += "." + "0" * decimals
    return str(format_decimal(rounded + 0.0, format=pattern, locale=reader.babel))


def percent(probability: float, reader: Reader) -> str:
    """Whole percent; `< 1 %` below one, and `> 99 %` for what would round up to certainty."""
    hundredths = 100.0 * min(max(probability, 0.0), 1.0)
    if hundredths < 1.0:
        return reader.say("< {percent} %", percent=1)
    if 99.5 <= hundredths < 100.0:
        return reader.say("> {percent} %", percent=99)
    return reader.say("{percent} %", percent=round(hundredths))


def area(square_degrees: float, reader: Reader) -> str:
    """A credible area in the unit that gives it a readable number: deg², arcmin² or arcsec²."""
    if square_degrees >= 0.1 or square_degrees <= 0.0:
        return reader.say("{area} deg²", area=three_figures(square_degrees, reader))
    if square_degrees * 3600 >= 0.1:
        return reader.say("{area} arcmin²", area=three_figures(square_degrees * 3600, reader))
    return reader.say("{area} arcsec²", area=three_figures(square_degrees * 3600**2, reader))


def angle(degrees: float, reader: Reader) -> str:
    """An angular distance or radius: 23°, 3.1°, 4.2′, 1.4″."""
    size = abs(degrees)
    if size >= 1.0 or size == 0.0:
        return number(degrees, reader, 0 if size >= 10 else 1) + "°"
    if size * 60 >= 1.0:
        return number(degrees * 60, reader, 0 if size * 60 >= 10 else 1) + "′"
    return number(degrees * 3600, reader, 0 if size * 3600 >= 10 else 1) + "″"


def distance(mean: float, spread: float | None, reader: Reader) -> str:
    """`276 ± 79 Mpc`: three figures of the mean, the spread to the same place; Gpc from 10 Gpc on."""
    unit, scale = ("Gpc", 1000.0) if mean >= 10_000 else ("Mpc", 1.0)
    decimals = _decimals(mean / scale)
    text = number(mean / scale, reader, decimals)
    if known(spread) and spread >= 0:
        text += f" ± {number(spread / scale, reader, decimals)}"
    return f"{text} {unit}"


def false_alarm_rate(hertz: float, reader: Reader) -> str:
    """A rate of false alarms as `1 per 98 years`, from per second to per million years."""
    if hertz <= 0.0 or 1.0 / hertz > 1e6 * JULIAN_YEAR:
        return reader.say("less than 1 per million years")
    if hertz > 1.0:
        return reader.say("{number} per second", number=_two_figures(hertz, reader))
    return _one_per(1.0 / hertz, reader)


def age(at: datetime, now: datetime, reader: Reader) -> str:
    """How long before (or after) `now` the instant `at` is: `39 min ago`, `in 2 h 10`."""
    elapsed = now - at
    if abs(elapsed) < timedelta(seconds=1):
        return reader.say("just now")
    length = duration(abs(elapsed), reader)
    return (
        reader.say("{duration} ago", duration=length)
        if elapsed > timedelta(0)
        else reader.say("in {duration}", duration=length)
    )


def duration(length: timedelta, reader: Reader) -> str:
    """A length of time in words: `45 s`, `39 min`, `2 h 10`, `3 days`, `2 years`."""
    seconds = length.total_seconds()
    if seconds < 90:
        return reader.say("{seconds} s", seconds=round(seconds))
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return reader.say("{minutes} min", minutes=minutes)
    if seconds < DAY:
        hours, rest = divmod(minutes, 60)
        if rest == 0:
            return reader.say("{hours} h", hours=hours)
        return reader.say("{hours} h {minutes:02d}", hours=hours, minutes=rest)
    if seconds < 60 * DAY:
        return reader.say_many("{count} day", "{count} days", round(seconds / DAY))
    if seconds < 2 * JULIAN_YEAR:
        return reader.say_many("{count} month", "{count} months", round(seconds / MONTH))
    return reader.say_many("{count} year", "{count} years", round(seconds / JULIAN_YEAR))


def _one_per(seconds: float, reader: Reader) -> str:
    if seconds < 1.5:
        return reader.say("1 per second")
    if seconds < 90:
        return reader.say_many("1 per {count} second", "1 per {count} seconds", round(seconds))
    if seconds < 90 * MINUTE:
        return reader.say_many("1 per {count} minute", "1 per {count} minutes", round(seconds / MINUTE))
    if seconds < 36 * HOUR:
        return reader.say_many("1 per {count} hour", "1 per {count} hours", round(seconds / HOUR))
    if seconds < 60 * DAY:
        return reader.say_many("1 per {count} day", "1 per {count} days", round(seconds / DAY))
    if seconds < 2 * JULIAN_YEAR:
        return reader.say_many("1 per {count} month", "1 per {count} months", round(seconds / MONTH))
    years = seconds / JULIAN_YEAR
    if years < 1000:
        return reader.say_many("1 per {count} year", "1 per {count} years", round(years))
    return reader.say("1 per {years} years", years=_two_figures(years, reader))


def _decimals(value: float) -> int:
    """Decimal places that leave three significant figures, none left out before the point below 10 000."""
    if value == 0.0:
        return 0
    places = 2 - math.floor(math.log10(abs(value)))
    return places if places > 0 or abs(value) >= 10_000 else 0


def _two_figures(value: float, reader: Reader) -> str:
    return number(value, reader, 1 - math.floor(math.log10(value)) if value >= 10 else 1)


def decimal_sign(reader: Reader) -> str:
    """What stands before the decimals."""
    return str(reader.babel.number_symbols["latn"]["decimal"])
