"""What a light curve says: against the numbers it was made of, and against numpy's own fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from events.lightcurve import Measurement, changes, colour, from_mjd, glance, quiet_before
from tests.cards.lightcurves import TRIGGER, kilonova


def test_a_modified_julian_date_is_the_instant_that_astropy_says() -> None:
    from astropy.time import Time

    ours = from_mjd(60928.2)
    assert abs(ours - Time(60928.2, format="mjd", scale="utc").to_datetime(UTC)) < timedelta(milliseconds=1)


def test_the_rates_are_those_the_curve_was_made_with_the_best_known_first() -> None:
    rates = {each.filter: each.rate for each in changes(kilonova())}
    assert rates == pytest.approx({"ztfg": 1.1, "ztfr": 0.6, "ztfi": 0.3})
    assert next(each.filter for each in changes(kilonova())) == "ztfi"


def test_the_rate_and_its_error_are_those_of_a_weighted_fit() -> None:
    rng = np.random.default_rng(7)
    days, errors = np.sort(rng.uniform(0, 6, 9)), rng.uniform(0.03, 0.3, 9)
    seen = 18.0 + 0.4 * days + rng.normal(0, errors)
    points = [
        Measurement(TRIGGER + timedelta(days=d), "r", m, e)
        for d, m, e in zip(days, seen, errors, strict=True)
    ]
    slope, covariance = np.polyfit(days, seen, 1, w=1 / errors, cov="unscaled")
    found = changes(points)[0]
    assert found.rate == pytest.approx(slope[0], rel=1e-6)
    assert found.error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-6)


def test_two_points_of_the_same_half_hour_say_nothing_of_the_rate() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    points = [Measurement(at + timedelta(minutes=m), "r", 18.0 + m, 0.01) for m in (0, 20)]
    assert changes(points) == ()


def test_a_glance_tells_the_first_light_the_brightest_and_the_last_limit_before() -> None:
    seen = glance(kilonova())
    assert (seen.detections, seen.limits) == (14, 3)
    assert seen.brightest is not None and seen.brightest.filter == "ztfi"
    assert seen.first is not None and seen.first.at - TRIGGER == timedelta(days=0.47)
    assert seen.before is not None and seen.before.limit == 20.1
    assert glance([]).first is None


def test_the_colour_is_that_of_the_newest_pair_the_bluer_filter_first() -> None:
    found = colour(kilonova())
    assert found is not None and (found.blue, found.red) == ("ztfr", "ztfi")  # g is not seen any more
    newest = {each.filter: each.magnitude or 0.0 for each in sorted(kilonova(), key=lambda one: one.at)}
    assert found.value == pytest.approx(newest["ztfr"] - newest["ztfi"]) and found.error > 0.0
    early = colour([each for each in kilonova() if each.at < TRIGGER + timedelta(days=1)])
    assert early is not None and early.blue == "ztfg"


def test_filters_of_one_colour_or_of_other_nights_have_no_colour() -> None:
    seen = [Measurement(TRIGGER, "ztfr", 18.0), Measurement(TRIGGER, "sdssr", 18.1)]
    assert colour(seen) is None
    assert colour([seen[0], Measurement(TRIGGER + timedelta(days=2), "ztfg", 18.1)]) is None


def test_only_a_limit_that_would_have_shown_it_says_that_a_source_is_new() -> None:
    first = Measurement(TRIGGER + timedelta(days=1), "ztfr", 19.0, 0.1)
    deep = Measurement(TRIGGER - timedelta(days=2), "ztfg", None, None, 20.5)
    shallow = Measurement(TRIGGER, "ztfr", None, None, 19.1)
    later = Measurement(TRIGGER + timedelta(days=2), "ztfr", None, None, 21.0)
    assert quiet_before([later, first, shallow, deep]) == pytest.approx(3.0)
    assert quiet_before([first, shallow, later]) is None and quiet_before([deep]) is None
