"""Cards and their pictures: what the hub's loop pays for a card, and a worker for a plot."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.skymap_statistics import compact_binary
from benchmarks.timing import Measurement, table, timeit
from cards.event_card import event_card
from cards.plots.observability import observability_plot
from cards.plots.sky import sky_plot
from cards.reader import Reader
from cards.slack import render_slack
from facilities.registry import load_registry
from skymaps.shapes import Cone
from skymaps.writer import write_skymap
from tests.cards import nights

AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


def run() -> list[Measurement]:
    """The figures, the sky plot beside that of ligo.skymap."""
    reader = Reader("fr", "Europe/Paris")
    registry = load_registry()
    sites = tuple(registry.get(name) for name in ("DECam", "ZTF", "MeerLICHT", "GOTO"))
    event, cone = compact_binary(), Cone(83.633, 22.0145, 1.4 / 3600).to_skymap()

    def card() -> object:
        return render_slack(event_card(nights.S230518H, nights.NOTICE, reader), reader)

    return [
        Measurement(
            "a card of an event, as a Slack message", timeit(card, 51), goal="< 10 ms", note="French"
        ),
        Measurement(
            "sky map, all sky",
            timeit(lambda: sky_plot(event, title="benchmark", reader=reader, at=AT, sites=sites)),
            timeit(lambda: _plot_by_ligo_skymap(write_skymap(event)), 3),
            goal="< 1500 ms",
            note=f"{len(event):,} cells, 1320 px wide; peer: ligo-skymap-plot, contours only",
        ),
        Measurement(
            "sky map and zoom of an arcsecond",
            timeit(lambda: sky_plot(cone, title="benchmark", reader=reader, at=AT, sites=sites)),
            goal="< 1500 ms",
        ),
        Measurement(
            "tonight for four facilities",
            timeit(lambda: observability_plot(event, sites, AT, title="benchmark", reader=reader)),
            goal="< 1500 ms",
            note="curves and plot",
        ),
    ]


def _plot_by_ligo_skymap(content: bytes) -> None:
    from ligo.skymap.tool.ligo_skymap_plot import main

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "map.fits"
        source.write_bytes(content)
        main([str(source), "-o", str(Path(folder) / "map.png"), "--contour", "50", "90", "--dpi", "220"])


if __name__ == "__main__":
    print(table(run()))
