"""What a worker has done before its first task: heavy modules imported, ephemerides and IERS tables loaded.

Imported in worker processes only (and in the server they are forked from, so that they share the
memory of it). One thread of linear algebra each: the workers themselves are the parallelism.
"""

from __future__ import annotations

import os

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

from datetime import UTC, datetime  # noqa: E402 - after the threads are set

from events.analysis import AnalysisInput, Desk, MapSource, analyse  # noqa: E402
from facilities.registry import load_registry  # noqa: E402
from skymaps.shapes import Cone, shape_to_dict  # noqa: E402

_SOME_NIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def warm_up() -> None:
    """Run the real work once on a small cone and one telescope."""
    (one, *_) = load_registry().all()
    shape = shape_to_dict(Cone(ra=10.0, dec=20.0, radius=1.0))
    analyse(
        AnalysisInput(MapSource(shape=shape), at=_SOME_NIGHT, desk=Desk.of([one]), event_time=_SOME_NIGHT)
    )


warm_up()
