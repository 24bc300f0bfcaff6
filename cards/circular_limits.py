"""Sentences of a circular on what was observed and how deep: English and plain ASCII, as circulars are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cards.circular_draft import plain

_BANDS = "ugrizyjhk"


def observed_sentences(
    event: str,
    facility: str,
    first: datetime,
    last: datetime,
    fields: int,
    limits: Mapping[str, float],
    *,
    trigger: datetime | None = None,
    covered: tuple[float, float] | None = None,
) -> str:
    """When, how much and how deep one telescope has observed the localization of an event.

    `limits` are median 5 sigma AB magnitudes by filter; `covered` the probability (0..1) and the area, deg².
    """
    when = f"between {_time(first)} and {_time(last)} UT" if last > first else f"at {_time(first)} UT"
    if trigger is not None and first >= trigger:
        spans = list(dict.fromkeys((_span(first - trigger), _span(last - trigger))))
        when += f" ({' to '.join(spans)} after the trigger)"
    words = [f"We observed the localization of {plain(event)} with {plain(facility)} {when}"]
    words.append(f", in {fields} field{'s' if fields != 1 else ''}")
    if covered is not None:
        words.append(f" that cover {covered[1]:.0f} deg^2 and {100 * covered[0]:.0f}% of the probability")
    text = "".join(words) + "."
    if limits:
        listed = [f"{_band(name)} > {value:.1f}" for name, value in limits.items()]
        joined = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
        plural = "s are" if len(listed) > 1 else " is"
        text += (
            f" The median 5-sigma limiting magnitude{plural} {joined} (AB, not corrected for Galactic "
            "extinction)."
        )
    return text


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _span(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def _band(name: str) -> str:
    """`r` of `ztfr`, `sdssr`, `ps1::r`; other names as they are."""
    tail = name.casefold().rsplit("::", 1)[-1]
    for survey in ("ztf", "sdss", "ps1", "lsst", "des"):
        if tail.startswith(survey) and tail[len(survey) :] in set(_BANDS):
            return tail[len(survey) :]
    return tail if tail in set(_BANDS) else plain(name)
