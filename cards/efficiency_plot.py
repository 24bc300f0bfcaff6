"""What became of injected sources, as a picture: how many lay where somebody looked, how many were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cards import wording
from cards.plots import style
from cards.plots.head import head_height, title_lines, write_head
from cards.reader import Reader
from events.proportion import wilson

BAR, FOOT, PANEL, BELOW = 0.52, 0.12, 2.2, 0.68  # inches: a bar with its words; below; the curve; its axis
BINS = 6
FEWEST = 5  # sources in a bin that a fraction is drawn of


@dataclass(frozen=True)
class Injected:
    """Counts of injected sources, and the redshifts of those detected and missed, where they are known."""

    injected: int
    covered: int
    detected: int
    seen: tuple[float, ...] = ()
    missed: tuple[float, ...] = ()


def efficiency_plot(found: Injected, *, title: str, quiet: str, reader: Reader) -> bytes:
    """PNG: bars of the counts; under them the detected fraction over redshift, where redshifts are known.

    Raises ValueError where nothing was injected.
    """
    if found.injected <= 0:
        raise ValueError("a picture of an efficiency needs at least one injected source")
    curve = _by_redshift(found)
    lines = title_lines(title)
    bars = 3 * BAR
    height = head_height(lines) + bars + FOOT + (PANEL + BELOW if curve else 0.0)
    made = style.figure(height)
    write_head(made, lines, quiet, height)
    _draw_bars(made, found, height - head_height(lines), height, reader)
    if curve:
        axes = made.add_axes((0.13, BELOW / height, 0.83, (PANEL - 0.25) / height))
        _draw_curve(axes, curve, reader)
    return style.png(made)


def _draw_bars(made: Figure, found: Injected, top: float, height: float, reader: Reader) -> None:
    rows = (
        (found.injected, style.MOON, reader.say("{count} injected", count=found.injected)),
        (found.covered, style.BLUE, reader.say("{count} where somebody looked", count=found.covered)),
        (found.detected, style.ACCENT, _detected(found, reader)),
    )
    axes = made.add_axes((0.03, (top - 3 * BAR) / height, 0.94, 3 * BAR / height))
    axes.set(xlim=(0.0, 1.0), ylim=(3.0, 0.0))
    axes.axis("off")
    for row, (count, colour, words) in enumerate(rows):
        axes.barh(row + 0.7, 1.0, height=0.34, color=style.NIGHT, linewidth=0)
        axes.barh(row + 0.7, count / found.injected, height=0.34, color=colour, linewidth=0)
        text = axes.text(0.0, row + 0.43, words, fontsize=style.SMALL, color=style.INK, va="bottom")
        text.set_parse_math(False)


def _detected(found: Injected, reader: Reader) -> str:
    low, high = wilson(found.detected, found.injected)
    return reader.say(
        "{count} detected: {share} ({low} to {high})",
        count=found.detected,
        share=wording.percent(found.detected / found.injected, reader),
        low=wording.percent(low, reader),
        high=wording.percent(high, reader),
    )


def _by_redshift(found: Injected) -> list[tuple[float, float, int, int]]:
    """For each bin of redshift with enough sources: its ends, detected, all."""
    everything = np.array([*found.seen, *found.missed])
    if len(everything) < 2 * FEWEST or everything.min() >= everything.max():
        return []
    edges = np.linspace(everything.min(), everything.max(), BINS + 1)
    seen, _ = np.histogram(found.seen, edges)
    every, _ = np.histogram(everything, edges)
    made = [
        (float(edges[i]), float(edges[i + 1]), int(seen[i]), int(every[i]))
        for i in range(BINS)
        if every[i] >= FEWEST
    ]
    return made if len(made) > 1 else []


def _draw_curve(axes: Axes, curve: Sequence[tuple[float, float, int, int]], reader: Reader) -> None:
    for low, high, seen, every in curve:
        share, middle = seen / every, (low + high) / 2
        down, up = wilson(seen, every)
        axes.errorbar(
            middle, 100 * share, yerr=[[100 * (share - down)], [100 * (up - share)]],
            xerr=(high - low) / 2, fmt="o", color=style.ACCENT, markersize=6, elinewidth=1.6,
        )  # fmt: skip
    axes.set_ylim(-4, 104)
    axes.set_xlim(curve[0][0], curve[-1][1])
    axes.grid(color=style.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(labelsize=style.SMALL, colors=style.INK, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    sign = wording.decimal_sign(reader)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace(".", sign))
    axes.set_xlabel(reader.say("redshift"), fontsize=style.SMALL, color=style.INK)
    axes.set_ylabel(reader.say("detected, %"), fontsize=style.SMALL, color=style.INK)
