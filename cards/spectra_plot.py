"""Spectra of a source as a picture: one above the other, the newest on top, lines at its redshift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from matplotlib.axes import Axes

from cards import wording
from cards.cleaning import clean, shorten
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.reader import Reader
from events.spectrum import AIR_BANDS, LINES, Spectrum, scaled

PANEL, ROW, FOOT, LABELS = 1.5, 1.35, 0.72, 0.55  # inches: the first spectrum, each more, below, above
MOST = 5
SIDE, WIDE = 0.05, 0.89  # shares of the width
LINE_GAP = 0.2  # inches between the names of two lines
COLOURS = (style.BLUE, style.ACCENT, style.GREEN, "#6a2c91", "#4d4d4d")


def spectra_plot(
    spectra: Sequence[Spectrum],
    *,
    title: str,
    reader: Reader,
    redshift: float | None = None,
    trigger: datetime | None = None,
) -> bytes:
    """PNG of up to five spectra, newest first as they are given, flux over its median and shifted apart.

    With a `redshift` well-known lines are marked where they would be seen. With `trigger` each says how long
    after it was taken. Raises ValueError where none can be drawn.
    """
    shown = [each for each in spectra if each.drawable][:MOST]
    if not shown:
        raise ValueError("a picture of spectra needs at least one spectrum with numbers")
    lines = title_lines(title)
    above = LABELS if redshift is not None else 0.1
    panel = PANEL + ROW * (len(shown) - 1)
    height = head_height(lines) + above + panel + FOOT
    made = style.figure(height)
    write_head(made, lines, _quiet(redshift, reader), height)
    axes = made.add_axes((SIDE, FOOT / height, WIDE, panel / height))
    ends = _draw(axes, shown, reader, trigger)
    _frame(axes, ends, reader)
    for low, high in AIR_BANDS:
        if ends[0] < high and low < ends[1]:
            axes.axvspan(low, high, color=style.NIGHT, zorder=0, linewidth=0)
    if redshift is not None:
        _mark_lines(axes, redshift, ends, panel)
    return style.png(made)


def _draw(
    axes: Axes, shown: Sequence[Spectrum], reader: Reader, trigger: datetime | None
) -> tuple[float, float]:
    """The spectra from the top down; the wavelengths that all of them reach together."""
    curves = [scaled(each) for each in shown]
    level = 0.0
    for (x, y), each, colour in zip(reversed(curves), list(shown)[::-1], reversed(COLOURS[: len(shown)]),
                                    strict=True):  # fmt: skip
        low, high = (float(value) for value in np.percentile(y, [0.5, 99.5]))
        room = max(high - low, 1e-6)
        # A spike of a cosmic ray is cut off rather than squeezing everything else flat.
        drawn = np.clip((y - low) / room, -0.15, 1.15)
        axes.plot(x, drawn + level, color=colour, linewidth=1.1, drawstyle="steps-mid", zorder=3)
        text = axes.text(
            0.012, level + 1.2, _words(each, reader, trigger), color=colour, fontsize=style.SMALL,
            va="bottom", transform=axes.get_yaxis_transform(), path_effects=style.HALO, zorder=5,
        )  # fmt: skip
        text.set_parse_math(False)
        level += 1.75
    axes.set_ylim(-0.25, level)
    return min(float(x[0]) for x, _ in curves), max(float(x[-1]) for x, _ in curves)


def _frame(axes: Axes, ends: tuple[float, float], reader: Reader) -> None:
    room = 0.01 * (ends[1] - ends[0])
    axes.set_xlim(ends[0] - room, ends[1] + room)
    axes.set_yticks([])
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    words = reader.say("wavelength, Å (grey: our own air)")
    axes.set_xlabel(words, fontsize=style.SMALL, color=style.INK)


def _mark_lines(axes: Axes, redshift: float, ends: tuple[float, float], panel: float) -> None:
    """Well-known lines at the redshift, the most telling first where two names would touch."""
    gap = LINE_GAP * (ends[1] - ends[0]) / (style.WIDTH * WIDE)
    taken: list[float] = []
    for name, rest in LINES:
        x = rest * (1.0 + redshift)
        if not ends[0] <= x <= ends[1] or any(abs(x - other) < gap for other in taken):
            continue
        taken.append(x)
        axes.axvline(x, color=style.QUIET, linewidth=0.9, linestyle=(0, (3, 3)), zorder=2)
        axes.annotate(
            name, (x, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 3), textcoords="offset points",
            rotation=90, ha="center", va="bottom", fontsize=style.SMALL - 1.3, color=style.INK,
        )  # fmt: skip


def _words(each: Spectrum, reader: Reader, trigger: datetime | None) -> str:
    """`SEDM · 21 Nov 04:12 · 1.4 d after`."""
    parts = [shorten(clean(each.instrument or each.label), 22) or "?"]
    if each.at is not None:
        parts.append(f"{reader.date(each.at)} {each.at:%H:%M}")
        if trigger is not None and each.at >= trigger:
            days = wording.number((each.at - trigger) / timedelta(days=1), reader, 1)
            parts.append(reader.say("{days} d after", days=days))
    return " · ".join(parts)


def _quiet(redshift: float | None, reader: Reader) -> str:
    if redshift is None:
        return reader.say("no redshift known: no lines marked")
    return reader.say("lines at redshift {z}", z=wording.number(redshift, reader, 4))
