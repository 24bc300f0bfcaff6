"""One way to time things and to lay the figures side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """One row of a benchmark table: our figure beside the peer's, in the same unit.

    `goal` is what was promised, in words ("≥ 100 ×", "< 500 ms"); `note` says on what it was measured.
    `peer` is None where there is nothing to compare with.
    """

    name: str
    ours: float
    peer: float | None = None
    unit: str = "ms"
    goal: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the peer's figure is ours; None without a peer."""
        return None if self.peer is None or self.ours == 0.0 else self.peer / self.ours


def timeit(fn: Callable[[], object], repeat: int = 5) -> float:
    """Median wall time of one call in milliseconds, after one call that warms up (none where repeat is 1)."""
    if repeat > 1:
        fn()
    spent = []
    for _ in range(repeat):
        start = time.perf_counter()
        fn()
        spent.append(1e3 * (time.perf_counter() - start))
    return statistics.median(spent)


def figure(value: float | None) -> str:
    """Three significant digits, thousands separated, never in exponents; a dash for nothing."""
    if value is None:
        return "–"
    if abs(value) >= 100.0:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def table(measurements: Sequence[Measurement]) -> str:
    """The measurements as a Markdown table."""
    lines = [
        "| what | ours | peer | unit | ratio | goal | note |",
        "| --- | ---: | ---: | --- | ---: | --- | --- |",
    ]
    for row in measurements:
        ratio = "–" if row.ratio is None else f"{figure(row.ratio)} ×"
        cells = (row.name, figure(row.ours), figure(row.peer), row.unit, ratio, row.goal, row.note)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
