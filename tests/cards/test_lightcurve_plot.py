"""The light curve as a picture: what it shows is read back from its pixels and texts."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from matplotlib.figure import Figure
from PIL import Image

from cards.lightcurve_plot import band_of, lightcurve_plot
from cards.plots import style
from cards.reader import Reader
from events.lightcurve import Measurement
from tests.cards.lightcurves import TRIGGER, kilonova


def _size(png: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(png)).size


def _pixels(png: bytes, colour: tuple[int, int, int]) -> int:
    counted = Image.open(BytesIO(png)).convert("RGB").getcolors(1 << 24) or []
    return sum(count for count, each in counted if each == colour)


def test_a_light_curve_is_as_wide_as_the_other_pictures_and_higher_than_nothing() -> None:
    width, height = _size(lightcurve_plot(kilonova(), title="AT2026kn", reader=Reader(), trigger=TRIGGER))
    assert width == 1320 and 800 < height < 1500


def test_a_limit_is_drawn_as_an_arrow_of_its_filters_colour_below_its_bar() -> None:
    seen = Measurement(TRIGGER, "ztfg", 18.0, 0.05)
    alone = lightcurve_plot([seen], title="x", reader=Reader())
    limit = Measurement(TRIGGER, "ztfr", None, None, 19.0)
    both = lightcurve_plot([seen, limit], title="x", reader=Reader())
    orange = (213, 94, 0)
    count = {name: _pixels(png, orange) for name, png in (("alone", alone), ("both", both))}
    assert count["alone"] == 0 and count["both"] > 200


def test_nothing_measured_is_no_picture() -> None:
    with pytest.raises(ValueError, match="at least one"):
        lightcurve_plot([Measurement(TRIGGER, "ztfr", None)], title="x", reader=Reader())


@pytest.mark.parametrize(
    ("name", "letter"),
    [("ztfr", "r"), ("sdssg", "g"), ("ps1::z", "z"), ("atlaso", "o"), ("2massh", "h"), ("uvot::uvw2", "")],
)
def test_a_filter_is_known_by_its_letter(name: str, letter: str) -> None:
    assert band_of(name) == letter


def test_years_of_limits_before_the_event_do_not_squeeze_the_days_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[Figure] = []
    png = style.png
    monkeypatch.setattr(style, "png", lambda figure: drawn.append(figure) or png(figure))
    old = [
        Measurement(TRIGGER - timedelta(days=30 * month), "ztfr", None, None, 20.5) for month in range(1, 25)
    ]
    lightcurve_plot([*kilonova(), *old], title="x", reader=Reader(), trigger=TRIGGER)
    low, high = drawn[0].axes[0].get_xlim()
    assert -11.0 < low < -1.2 and 3.4 < high < 5.0
    below = drawn[0].axes[0].xaxis.label
    assert below.get_text() == "days since the event; 24 earlier points left out"
    lightcurve_plot(old, title="x", reader=Reader(), trigger=TRIGGER)  # nothing since: all of it is shown
    assert drawn[1].axes[0].get_xlim()[0] < -700.0
