"""What is computed from the map of a revision: statistics, and who can see it. Runs in worker processes.

Everything here is pure and can be pickled, so that a process of this machine and a Dask worker do
the same. The sky's machinery (astropy) is imported inside the functions: the hub imports this module
to name the work, not to do it.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from facilities.observability import FacilityObservability, best_first
from skymaps.statistics import SkyMapStatistics

if TYPE_CHECKING:
    from facilities.facility import Facility
    from facilities.observability import Closure
    from skymaps.skymap import SkyMap


@dataclass(frozen=True)
class Desk:
    """The facilities of this desk and which of them are closed, packed once and sent with every task.

    `packed` is kept by the workers after the first time, so that it costs a hash, not a parse.
    """

    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, facilities: Sequence[Facility], closures: Mapping[str, Closure] | None = None) -> Desk:
        return cls(pickle.dumps((tuple(facilities), dict(closures or {}))))

    @property
    def facilities(self) -> tuple[Facility, ...]:
        """The facilities, unpacked: for worker processes."""
        return _unpacked(self.packed)[0]

    @property
    def closures(self) -> Mapping[str, Closure]:
        """What is closed, by facility: for worker processes."""
        return _unpacked(self.packed)[1]


@dataclass(frozen=True)
class MapSource:
    """Where a map comes from: the bytes of a FITS file, or a shape (`shape_to_dict`)."""

    content: bytes | None = field(default=None, repr=False)
    shape: Mapping[str, Any] | None = None

    def read(self) -> SkyMap:
        """The map. Raises SkyMapError where it cannot be read."""
        if self.content is not None:
            from skymaps.reader import read_skymap

            return read_skymap(self.content)
        from skymaps.shapes import shape_from_dict

        assert self.shape is not None
        return shape_from_dict(dict(self.shape)).to_skymap()


@dataclass(frozen=True)
class AnalysisInput:
    """One map to analyse.

    `event_time` is the instant of the sun and moon separations (the map's own without one); `at` is
    the instant from which observability counts. `share` (k of n) takes every n-th facility from the
    k-th on, so that several workers do one alert together; `statistics` asks for the map's own numbers.
    """

    source: MapSource
    at: datetime
    desk: Desk | None = None
    event_time: datetime | None = None
    statistics: bool = True
    share: tuple[int, int] = (0, 1)


@dataclass(frozen=True)
class AnalysisResult:
    """What came of it. `error` says in words why there are no numbers."""

    statistics: SkyMapStatistics | None = None
    observability: tuple[FacilityObservability, ...] | None = None
    error: str | None = None


def analyse(work: AnalysisInput) -> AnalysisResult:
    """Statistics and observability of one map. A map that cannot be read is a result, not a failure."""
    from skymaps.skymap import SkyMapError

    try:
        skymap = work.source.read()
    except SkyMapError as error:
        return AnalysisResult(error=str(error))
    return analyse_map(skymap, work)


def analyse_map(skymap: SkyMap, work: AnalysisInput) -> AnalysisResult:
    """What `work` asks for, of a map that has been read already."""
    return AnalysisResult(
        statistics=_statistics(skymap, work.event_time) if work.statistics else None,
        observability=_observability(skymap, work) if work.desk is not None else None,
    )


def shares(work: AnalysisInput, workers: int) -> tuple[AnalysisInput, ...]:
    """Split one alert for `workers` that have nothing else to do. The first share has the statistics too."""
    if work.desk is None or workers < 2:
        return (work,)
    return tuple(
        replace(work, statistics=work.statistics and k == 0, share=(k, workers)) for k in range(workers)
    )


def joined(results: Sequence[AnalysisResult]) -> AnalysisResult:
    """The shares of one alert put together: as if one worker had done it all."""
    error = next((result.error for result in results if result.error), None)
    if error is not None:
        return AnalysisResult(error=error)
    rows = [row for result in results for row in result.observability or ()]
    seen = any(result.observability is not None for result in results)
    return AnalysisResult(
        statistics=next((result.statistics for result in results if result.statistics), None),
        observability=best_first(rows) if seen else None,
    )


def _statistics(skymap: SkyMap, event_time: datetime | None) -> SkyMapStatistics:
    from skymaps.statistics import statistics

    return statistics(skymap, at=event_time)


def _observability(skymap: SkyMap, work: AnalysisInput) -> tuple[FacilityObservability, ...]:
    from facilities.observability import observability

    assert work.desk is not None
    facilities, closures = _unpacked(work.desk.packed)
    first, step = work.share
    return observability(skymap, facilities[first::step], work.at, closures=closures)


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> tuple[tuple[Facility, ...], Mapping[str, Closure]]:
    unpacked: tuple[tuple[Facility, ...], Mapping[str, Closure]] = pickle.loads(packed)  # noqa: S301 - ours
    return unpacked
