"""Names beside marks, each where it hides nothing that was named before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from matplotlib.axes import Axes

from cards.cleaning import clean, shorten
from cards.plots import style

Box: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top in points

LONGEST = 34
_NAME = 4.0  # two names on each other cannot be read at all
_CHARACTER = 0.66  # mean width of a character, in units of its size


@dataclass
class Labels:
    """Places labels in one axes; positions in data units, sizes in points.

    Text goes in as drawn characters only: no mathtext, whatever the name.
    """

    axes: Axes
    taken: list[tuple[Box, float]] = field(default_factory=list)

    def keep_free(self, x: float, y: float, radius: float = 7.0, weight: float = 4.0) -> None:
        """Labels should not cover this mark; the less so the heavier it is."""
        across, up = self._points(x, y)
        self.taken.append(((across - radius, up - radius, across + radius, up + radius), weight))

    def put(self, text: str, x: float, y: float, *, colour: str = style.INK, gap: float = 9.0) -> None:
        """Write `text` beside a mark, on the side where it covers least and stays inside."""
        text = shorten(clean(text), LONGEST)
        box, offset, align = min(self._options(text, x, y, gap), key=lambda option: self._cost(option[0]))
        self.taken.append((box, _NAME))
        made = self.axes.annotate(
            text,
            (x, y),
            xytext=offset,
            textcoords="offset points",
            ha=align,
            va="center",
            fontsize=style.SMALL,
            color=colour,
            path_effects=style.HALO,
            zorder=9,
            annotation_clip=False,
        )
        made.set_parse_math(False)

    def _options(
        self, text: str, x: float, y: float, gap: float
    ) -> Iterator[tuple[Box, tuple[float, float], Literal["left", "center", "right"]]]:
        """Right, left, above, below, then the corners."""
        across, up = self._points(x, y)
        width, half = _CHARACTER * style.SMALL * len(text), 0.65 * style.SMALL
        line = half + gap
        for align, right, rise in (
            ("left", gap, 0.0),
            ("right", -gap, 0.0),
            ("center", 0.0, line),
            ("center", 0.0, -line),
            ("left", 0.0, line),
            ("right", 0.0, line),
            ("left", 0.0, -line),
            ("right", 0.0, -line),
        ):
            left = across + right - width * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
            box = (left, up + rise - half, left + width, up + rise + half)
            yield box, (right, rise), align  # type: ignore[misc]

    def _cost(self, box: Box) -> float:
        """Area covered of what must stay visible; being cut off at the side weighs more than anything."""
        left, bottom, right, top = box
        scale = 72.0 / style.DPI
        edge = self.axes.get_window_extent()
        cut = max(0.0, edge.x0 * scale - left) + max(0.0, right - edge.x1 * scale)
        covered: float = sum(
            weight
            * max(0.0, min(right, other[2]) - max(left, other[0]))
            * max(0.0, min(top, other[3]) - max(bottom, other[1]))
            for other, weight in self.taken
        )
        return float(covered + 1000.0 * cut)

    def _points(self, x: float, y: float) -> tuple[float, float]:
        across, up = self.axes.transData.transform((x, y))
        return float(across) * 72.0 / style.DPI, float(up) * 72.0 / style.DPI
