"""The picture of an injection run, read back from its bars and points."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from cards.efficiency_plot import Injected, efficiency_plot
from cards.plots import style
from cards.reader import Reader
from events.proportion import wilson


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    made: list[Figure] = []
    png = style.png
    monkeypatch.setattr(style, "png", lambda figure: made.append(figure) or png(figure))
    return made


def test_the_bars_are_as_long_as_the_counts_and_say_them(drawn: list[Figure]) -> None:
    png = efficiency_plot(Injected(100, 40, 13), title="kilonova · S1", quiet="x", reader=Reader())
    assert png.startswith(b"\x89PNG") and len(drawn[0].axes) == 1
    widths = [each.get_width() for each in drawn[0].axes[0].patches]
    assert widths == pytest.approx([1, 1, 1, 0.4, 1, 0.13])
    words = [each.get_text() for each in drawn[0].axes[0].texts]
    assert words == ["100 injected", "40 where somebody looked", "13 detected: 13 % (10 % to 17 %)"]


def test_with_redshifts_the_fraction_of_each_bin_is_drawn_with_its_interval(drawn: list[Figure]) -> None:
    seen = tuple(np.linspace(0.01, 0.05, 30))
    missed = tuple(np.linspace(0.04, 0.10, 60))
    efficiency_plot(Injected(90, 90, 30, seen, missed), title="x", quiet="", reader=Reader())
    points = [
        (float(each.lines[0].get_xdata()[0]), float(each.lines[0].get_ydata()[0]))
        for each in drawn[0].axes[1].containers
    ]
    edges = np.linspace(0.01, 0.10, 7)
    counted, every = np.histogram(seen, edges)[0], np.histogram([*seen, *missed], edges)[0]
    assert [share for _, share in points] == pytest.approx(list(100 * counted / every))
    assert points[0][1] == 100.0 and points[-1][1] == 0.0


def test_no_redshifts_or_too_few_draw_no_curve(drawn: list[Figure]) -> None:
    efficiency_plot(Injected(100, 40, 2, (0.1, 0.2), (0.3,)), title="x", quiet="", reader=Reader())
    assert len(drawn[0].axes) == 1
    with pytest.raises(ValueError, match="at least one"):
        efficiency_plot(Injected(0, 0, 0), title="x", quiet="", reader=Reader())


def test_an_interval_of_a_fraction_holds_it_and_stays_within_bounds() -> None:
    """Wilson's own: 0 of 10 at z = 1 reaches to 1/11."""
    assert wilson(0, 10) == (pytest.approx(0.0), pytest.approx(1 / 11))
    low, high = wilson(50, 100, 1.96)
    assert (low, high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
