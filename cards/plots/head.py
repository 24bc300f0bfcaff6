"""What stands above a plot: the verdict in one or two lines, and one quiet line below it."""

from __future__ import annotations

import textwrap

from matplotlib.figure import Figure

from cards.cleaning import clean, shorten
from cards.plots import style

LONGEST_TITLE = 110
COLUMNS = 50
_LINE, _REST = 0.25, 0.38  # inches


def title_lines(title: str) -> list[str]:
    """The title as it is written: at most two lines."""
    return textwrap.wrap(shorten(clean(title), LONGEST_TITLE), COLUMNS)[:2] or [""]


def head_height(lines: list[str]) -> float:
    """Inches that the head takes."""
    return _REST + _LINE * len(lines)


def write_head(made: Figure, lines: list[str], quiet: str, height: float) -> None:
    """Write the head into the top of a figure that is `height` inches high."""
    size = style.LARGE if len(lines) == 1 else style.NORMAL
    share = head_height(lines) / height
    title = made.text(
        0.025, 1 - 0.13 * share, "\n".join(lines), va="top", fontsize=size, fontweight="bold", color=style.INK
    )
    below = made.text(0.025, 1 - 0.9 * share, quiet, va="bottom", fontsize=style.SMALL, color=style.QUIET)
    for text in (title, below):
        text.set_parse_math(False)
