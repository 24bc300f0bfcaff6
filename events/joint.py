"""What two maps say together. Runs in worker processes, like `events.analysis`."""

from __future__ import annotations

from dataclasses import dataclass

from events.analysis import AnalysisInput, AnalysisResult, MapSource, analyse_map


@dataclass(frozen=True)
class JointResult:
    """The overlap integral of two maps (RAVEN's I; 0: no spatial overlap) and the numbers of their product.

    `error` says in words which map could not be read.
    """

    overlap: float | None = None
    combined: AnalysisResult | None = None
    error: str | None = None


def joint(work: AnalysisInput, companion: MapSource) -> JointResult:
    """Overlap of the map of `work` with `companion`, and what `work` asks for of the two combined."""
    from skymaps.overlap import combine, overlap
    from skymaps.skymap import SkyMapError

    try:
        one, other = work.source.read(), companion.read()
        shared = overlap(one, other)
        if shared <= 0.0:
            return JointResult(overlap=0.0)
        return JointResult(overlap=shared, combined=analyse_map(combine(one, other), work))
    except SkyMapError as error:
        return JointResult(error=str(error))
