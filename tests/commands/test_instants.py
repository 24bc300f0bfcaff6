"""Times, lengths, angles and positions as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as some

from commands.instants import read_duration, read_instant
from commands.positions import read_angle, read_coordinates

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 16:30 in Paris, a Friday


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-20T15:30"),
        ("tonight", "2026-11-20T21:00"),
        ("ce soir", "2026-11-20T21:00"),
        ("in 2h", "2026-11-20T17:30"),
        ("in 90 min", "2026-11-20T17:00"),
        ("dans 1h30", "2026-11-20T17:00"),
        ("+2h", "2026-11-20T17:30"),
        ("2h ago", "2026-11-20T13:30"),
        ("il y a 2 heures", "2026-11-20T13:30"),
        ("21:00", "2026-11-20T20:00"),
        ("9:05", "2026-11-21T08:05"),
        ("21h00", "2026-11-20T20:00"),
        ("21:00Z", "2026-11-20T21:00"),
        ("21:00 UTC", "2026-11-20T21:00"),
        ("tomorrow 09:00", "2026-11-21T08:00"),
        ("demain 09:00", "2026-11-21T08:00"),
        ("yesterday 09:00", "2026-11-19T08:00"),
        ("tomorrow", "2026-11-21T15:30"),
        ("sun 09:00", "2026-11-22T08:00"),
        ("2026-12-24", "2026-12-23T23:00"),
        ("2026-07-01 12:00", "2026-07-01T10:00"),
        ("2026-07-01T12:00Z", "2026-07-01T12:00"),
        ("2026-07-01T12:00:00+05:45", "2026-07-01T06:15"),
        ("2026-07-01 12:00 UTC", "2026-07-01T12:00"),
    ],
)
def test_a_time_is_read_on_the_clock_of_who_wrote_it(text: str, utc: str) -> None:
    assert read_instant(text, NOW, PARIS) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_tonight_is_now_while_it_is_night() -> None:
    late = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert read_instant("tonight", late, PARIS) == late


def test_a_time_that_the_clock_skips_is_the_first_after_it() -> None:
    eve = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert read_instant("tomorrow 02:30", eve, PARIS) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_is_the_first() -> None:
    eve = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    assert read_instant("tomorrow 02:30", eve, PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["soon", "25:00", "12:61", "tomorrow at noon", "in", "in a while", "2026-13-01", "x" * 500]
)
def test_what_is_no_time_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_instant(text, NOW, PARIS)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        ("2h", 120),
        ("1h30", 90),
        ("90 min", 90),
        ("1 day 6 hours", 1800),
        ("1.5h", 90),
        ("1,5 h", 90),
        ("2w", 20160),
    ],
)
def test_a_length_of_time_is_read(text: str, minutes: float) -> None:
    assert read_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "0", "-5", "2 fortnights", "9999999999h", "h"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("2", 2.0),
        ("1.5deg", 1.5),
        ("30'", 0.5),
        ("30 arcmin", 0.5),
        ("36 arcsec", 0.01),
        ('36"', 0.01),
        ("2°", 2.0),
    ],
)
def test_an_angle_is_read(text: str, degrees: float) -> None:
    assert read_angle(text) == pytest.approx(degrees)


@pytest.mark.parametrize(
    "text",
    [
        "197.450354 -23.381484",
        "197.450354, -23.381484",
        "ra=197.450354 dec=-23.381484",
        "13:09:48.085 -23:22:53.34",
        "13h09m48.085s -23d22m53.34s",
        "13 09 48.085 −23 22 53.34",
        "J130948.085-232253.34",
    ],
)
def test_a_position_is_read_in_any_usual_form(text: str) -> None:
    at = read_coordinates(text)
    assert at.ra == pytest.approx(197.450354, abs=1e-6)
    assert at.dec == pytest.approx(-23.381484, abs=1e-6)


@given(some.floats(0, 359.99), some.floats(-89.99, 89.99))
def test_astropy_reads_the_same_position(ra: float, dec: float) -> None:
    there = SkyCoord(ra, dec, unit="deg")
    at = read_coordinates(there.to_string("hmsdms", precision=6))
    assert there.separation(SkyCoord(at.ra, at.dec, unit="deg")).arcsec < 0.01


@pytest.mark.parametrize("text", ["", "here", "400 0", "10 95", "13:61:00 +10:00:00", "12", "a b"])
def test_what_is_no_position_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="13h09m48s"):
        read_coordinates(text)
