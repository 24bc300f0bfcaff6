"""Times of products counted from an event, against astropy's time scales."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from astropy.time import Time

from platforms.mmoda.epochs import SINCE_EVENT, since_event, zero_of
from platforms.mmoda.products import ImageProduct, TableProduct, TextProduct
from platforms.mmoda.summary import summaries

EVENT = datetime(2026, 11, 20, 3, 0, 0, tzinfo=UTC)


def _instant(time: Time) -> datetime:
    return time.utc.to_datetime(timezone=UTC)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "scale"), [("TT", "tt"), ("TDB", "tdb"), ("TAI", "tai"), ("UTC", "utc"), (None, "utc")]
)
def test_a_fits_tables_zero_is_where_astropy_has_it(name: str | None, scale: str) -> None:
    header = {"MJDREF": 51544.0, "TIMEZERO": 848_631_600.25, **({"TIMESYS": name} if name else {})}
    found = zero_of(header)
    expected = _instant(Time(51544.0, 848_631_600.25 / 86400.0, format="mjd", scale=scale))
    assert found is not None and abs((found - expected).total_seconds()) < 0.003


def test_a_gps_second_is_where_astropy_has_it() -> None:
    found = zero_of({"GPS0": 1187008882.443})
    assert found is not None
    assert abs((found - _instant(Time(1187008882.443, format="gps"))).total_seconds()) < 1e-3
    assert f"{found:%Y-%m-%dT%H:%M:%S}" == "2017-08-17T12:41:04"


@pytest.mark.parametrize(
    "header",
    [{}, {"MJDREF": "51544"}, {"MJDREF": 51544.0, "TIMESYS": "LOCAL"}, {"GPS0": -1.0}, {"MJDREF": 1e300}],
)
def test_a_zero_that_is_not_told_is_not_guessed(header: dict[str, object]) -> None:
    assert zero_of(header) is None
    table = TableProduct("lc", {"TIME": np.arange(5.0), "RATE": np.ones(5)}, {"TIME": "s"}, header)
    assert since_event(table, EVENT) is table


def test_a_curve_in_days_and_one_in_seconds_come_to_the_same_seconds_after_the_event() -> None:
    mjd = Time(EVENT - timedelta(seconds=100)).mjd
    seconds = TableProduct(
        "a", {"TIME": np.array([40.0, 130.0]), "RATE": np.array([1.0, 5.0])}, {"TIME": "s"}, {"MJDREF": mjd}
    )
    days = TableProduct(
        "b",
        {"TIME": np.array([40.0, 130.0]) / 86400.0, "RATE": np.array([1.0, 5.0])},
        {"TIME": "d"},
        {"MJDREF": mjd},
    )
    for table in (seconds, days):
        made = since_event(table, EVENT)
        assert isinstance(made, TableProduct) and made.units["TIME"] == "s" and SINCE_EVENT in made.header
        assert made.columns["TIME"] == pytest.approx([-60.0, 30.0], abs=1e-3)
        assert since_event(made, EVENT) is made  # not shifted twice
        assert summaries([made])[0]["curve"]["since_event"] is True


def test_a_spectrum_and_a_text_have_no_time_to_shift() -> None:
    header = {"MJDREF": 51544.0}
    spectrum = TableProduct("s", {"ENERGY": np.arange(3.0), "FLUX": np.ones(3)}, {}, header)
    assert since_event(spectrum, EVENT) is spectrum
    text = TextProduct("t", "x")
    assert since_event(text, EVENT) is text


def test_a_spectrograms_axis_is_shifted_with_its_gps_second() -> None:
    image = ImageProduct("gw", np.ones((2, 3)), {"GPS0": 1187008874.0}, (0.0, 16.0), (10.0, 20.0))
    made = since_event(image, datetime(2017, 8, 17, 12, 41, 4, tzinfo=UTC))
    assert isinstance(made, ImageProduct) and made.x == pytest.approx((-8.0, 8.0))
