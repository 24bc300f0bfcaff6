"""How the plots look: for a phone, for colour-blind eyes, dark ink on white.

Colours are of Okabe & Ito (2008); each is joined by a mark, a dash or a word of its own. A plot is 6
inches wide and shown on a phone at 5.2 (375 points): 13 points here are more than 11 there.
"""

from __future__ import annotations

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

WIDTH = 6.0
DPI = 220
SMALL, NORMAL, LARGE = 12.8, 13.5, 15.0

INK = "#1a1a1a"
QUIET = "#6b6b6b"
GRID = "#d5d5d5"
NIGHT = "#e4e7ee"
SUN = "#e69f00"
MOON = "#b9bfca"
PLANE = "#8c6d46"
ACCENT = "#d55e00"
BLUE = "#0072b2"
GREEN = "#009e73"
OTHERS = ("#009e73", "#cc79a7", "#e69f00", "#56b4e9")

PROBABILITY = LinearSegmentedColormap.from_list(
    "probability", ["#ffffff", "#dbe9f6", "#9cc4e4", "#4a90c4", "#1f5f9e", "#0b2f66"]
)
HALO = [withStroke(linewidth=2.6, foreground="white")]


def figure(height: float) -> Figure:
    """An empty figure of the plots' width."""
    made = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(made)
    return made


def png(made: Figure) -> bytes:
    """The figure as PNG; the same figure gives the same bytes."""
    file = BytesIO()
    made.savefig(file, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return file.getvalue()
