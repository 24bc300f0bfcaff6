"""Spectra as a picture: read back from its axes' texts and its size."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from cards.plots import style
from cards.reader import Reader
from cards.spectra_plot import spectra_plot
from events.spectrum import Spectrum

TRIGGER = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def _spectrum(name: str, days: float, flux: float = 1.0) -> Spectrum:
    x = np.linspace(3800.0, 9200.0, 300)
    y = flux * (1.0 + np.sin(x / 400.0) / 3.0)
    return Spectrum(name, TRIGGER + timedelta(days=days), tuple(x), tuple(y))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were made, to be read before they are pixels."""
    made: list[Figure] = []
    png = style.png
    monkeypatch.setattr(style, "png", lambda figure: made.append(figure) or png(figure))
    return made


def _height(png: bytes) -> int:
    return Image.open(BytesIO(png)).size[1]


def _texts(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.axes[0].texts]


def test_each_spectrum_has_a_row_of_its_own_with_who_when_and_how_long_after(drawn: list[Figure]) -> None:
    one = spectra_plot([_spectrum("SEDM", 1.1)], title="x", reader=Reader(), trigger=TRIGGER)
    two = spectra_plot(
        [_spectrum("EFOSC2", 2.4, 1e-16), _spectrum("SEDM", 1.1)], title="x", reader=Reader(), trigger=TRIGGER
    )
    assert _height(two) - _height(one) == pytest.approx(1.35 * style.DPI, abs=2)
    words = _texts(drawn[1])
    assert "EFOSC2 · 22 Nov 2026 12:36 · 2.4 d after" in words
    assert "SEDM · 21 Nov 2026 05:24 · 1.1 d after" in words
    upper = max(drawn[1].axes[0].texts, key=lambda each: each.get_position()[1])
    assert upper.get_text().startswith("EFOSC2")  # the newest on top, however faint it is


def test_lines_stand_where_the_redshift_puts_them(drawn: list[Figure]) -> None:
    spectra_plot([_spectrum("SEDM", 1.1)], title="x", reader=Reader(), redshift=0.1)
    texts = {each.get_text(): each for each in drawn[0].axes[0].texts}
    places = {name: float(text.xy[0]) for name, text in texts.items() if hasattr(text, "xy")}
    assert places["Hα"] == pytest.approx(6562.8 * 1.1) and places["Hβ"] == pytest.approx(4861.3 * 1.1)
    ordered = sorted(places.values())
    gap = 0.2 * 5400.0 / (style.WIDTH * 0.89)
    assert all(b - a >= gap for a, b in itertools.pairwise(ordered))  # no name on another


def test_without_a_redshift_no_line_is_marked(drawn: list[Figure]) -> None:
    spectra_plot([_spectrum("SEDM", 1.1)], title="x", reader=Reader())
    assert _texts(drawn[0]) == ["SEDM · 21 Nov 2026 05:24"]


def test_one_spike_does_not_flatten_the_rest(drawn: list[Figure]) -> None:
    spectrum = _spectrum("SEDM", 1.1)
    fluxes = (*spectrum.fluxes[:100], 1e6, *spectrum.fluxes[101:])
    spectra_plot([Spectrum("SEDM", spectrum.at, spectrum.wavelengths, fluxes)], title="x", reader=Reader())
    y = np.asarray(drawn[0].axes[0].lines[0].get_ydata())
    assert np.percentile(y, 90) - np.percentile(y, 10) > 0.5


def test_nothing_to_draw_is_no_picture() -> None:
    with pytest.raises(ValueError, match="at least one"):
        spectra_plot([Spectrum("SEDM", TRIGGER)], title="x", reader=Reader())
