"""Pictures for cards, PNG, drawn in worker processes: importing this room's modules loads matplotlib."""

from cards.plots.observability import observability_plot
from cards.plots.overlay import Overlay
from cards.plots.sky import sky_plot

__all__ = ["Overlay", "observability_plot", "sky_plot"]
