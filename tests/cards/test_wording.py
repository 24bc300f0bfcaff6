"""Numbers as an astronomer would write them. The expectations are worked out by hand."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from cards import wording
from cards.reader import Reader

ENGLISH, FRENCH = Reader("en"), Reader("fr")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
YEAR = 365.25 * 86400


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.8642645, "86 %"),
        (0.0, "< 1 %"),
        (0.0099, "< 1 %"),
        (0.01, "1 %"),
        (0.5, "50 %"),
        (0.9949, "99 %"),
        (0.9957, "> 99 %"),
        (1.0, "100 %"),
    ],
)
def test_probabilities_are_whole_percent_and_never_round_to_certainty(probability: float, said: str) -> None:
    assert wording.percent(probability, ENGLISH) == said


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (1001.96, "1002 deg²"),
        (666.04, "666 deg²"),
        (31.04, "31.0 deg²"),
        (8.9, "8.90 deg²"),
        (23456.0, "23,500 deg²"),
        (0.0218166, "78.5 arcmin²"),  # a radius of 5 arcmin: pi 25
        (4.75e-7, "6.16 arcsec²"),  # a radius of 1.4 arcsec: pi 1.96
    ],
)
def test_areas_have_three_figures_in_a_unit_that_fits(area: float, said: str) -> None:
    assert wording.area(area, ENGLISH) == said


@pytest.mark.parametrize(
    ("mean", "spread", "said"),
    [
        (275.5, 78.9, "276 ± 79 Mpc"),
        (39.77, 8.26, "39.8 ± 8.3 Mpc"),
        (3043.9, 887.3, "3044 ± 887 Mpc"),
        (12345.0, 3456.0, "12.3 ± 3.5 Gpc"),
        (40.0, None, "40.0 Mpc"),
        (40.0, math.nan, "40.0 Mpc"),
    ],
)
def test_distances_have_three_figures_and_their_spread(mean: float, spread: float | None, said: str) -> None:
    assert wording.distance(mean, spread, ENGLISH) == said


@pytest.mark.parametrize(
    ("hertz", "said"),
    [
        (3.218261352069347e-10, "1 per 98 years"),  # S230518h: 1 / FAR = 98.46 years
        (12.0, "12 per second"),
        (1.0, "1 per second"),
        (0.1, "1 per 10 seconds"),
        (1 / 600, "1 per 10 minutes"),
        (1 / 7200, "1 per 2 hours"),
        (1 / (3 * 86400), "1 per 3 days"),
        (12 / YEAR / 5, "1 per 5 months"),
        (1 / (2 * YEAR), "1 per 2 years"),
        (1 / (13_400 * YEAR), "1 per 13,000 years"),
        (1e-28, "less than 1 per million years"),
        (0.0, "less than 1 per million years"),
    ],
)
def test_false_alarm_rates_are_one_per_something(hertz: float, said: str) -> None:
    assert wording.false_alarm_rate(hertz, ENGLISH) == said


@pytest.mark.parametrize("exponent", range(-32, 4))
def test_every_rate_is_said_and_never_as_one_per_zero_or_one(exponent: int) -> None:
    for mantissa in (1.0, 1.7, 2.9, 4.4, 6.5, 9.9):
        said = wording.false_alarm_rate(mantissa * 10.0**exponent, ENGLISH)
        assert " per 0 " not in said
        assert " per 1 " not in said


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "just now", "à l’instant"),
        (45, "45 s ago", "il y a 45 s"),
        (39 * 60, "39 min ago", "il y a 39 min"),
        (59.8 * 60, "1 h ago", "il y a 1 h"),
        (130 * 60, "2 h 10 ago", "il y a 2 h 10"),
        (-130 * 60, "in 2 h 10", "dans 2 h 10"),
        (-12, "in 12 s", "dans 12 s"),
        (24 * 3600, "1 day ago", "il y a 1 jour"),
        (3.4 * 86400, "3 days ago", "il y a 3 jours"),
        (150 * 86400, "5 months ago", "il y a 5 mois"),
        (9.2 * YEAR, "9 years ago", "il y a 9 ans"),
    ],
)
def test_ages_are_in_words(seconds: float, english: str, french: str) -> None:
    at = NOW - timedelta(seconds=seconds)
    assert wording.age(at, NOW, ENGLISH) == english
    assert wording.age(at, NOW, FRENCH) == french


def test_a_length_just_below_a_day_never_has_sixty_minutes_or_24_hours_and_more() -> None:
    for seconds in range(0, 2 * 86400, 7):
        said = wording.duration(timedelta(seconds=seconds), ENGLISH)
        assert " 60" not in said
        assert not said.startswith(("24 h ", "25 h"))


@pytest.mark.parametrize(
    ("degrees", "said"), [(31.4, "31°"), (3.14, "3.1°"), (0.0383, "2.3′"), (0.5, "30′"), (1.4 / 3600, "1.4″")]
)
def test_angles_are_in_degrees_minutes_or_seconds(degrees: float, said: str) -> None:
    assert wording.angle(degrees, ENGLISH) == said


def test_french_has_its_own_decimal_sign_and_thousands() -> None:
    assert wording.distance(39.77, 8.26, FRENCH) == "39,8 ± 8,3 Mpc"
    assert wording.area(23456.0, FRENCH) == "23\u202f500 deg²"
