"""A posterior out of the file that a sampler writes (netCDF 4, which is HDF5): medians with 68 % around."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

SAMPLES = 200_000
PARAMETERS = 40
LARGEST = 64 * 2**20
HDF5 = b"\x89HDF\r\n\x1a\n"
GROUP = "posterior"


def posterior_estimates(raw: bytes) -> dict[str, Any]:
    """For each parameter `{"median", "lower", "upper"}`: the 16th, 50th and 84th percentile of its samples.

    `lower` and `upper` are distances from the median. Empty for what is no such file: a fit without numbers
    still has its message and pictures.
    """
    if not raw.startswith(HDF5) or len(raw) > LARGEST:
        return {}
    import h5py

    found: dict[str, Any] = {}
    try:
        with h5py.File(io.BytesIO(raw), "r") as file:
            group = file.get(GROUP)
            if not isinstance(group, h5py.Group):
                return {}
            for name, column in list(group.items())[: 2 * PARAMETERS]:
                samples = _samples(column)
                if samples is not None and name not in ("chain", "draw") and len(found) < PARAMETERS:
                    low, middle, high = (float(each) for each in np.percentile(samples, [16.0, 50.0, 84.0]))
                    found[str(name)] = {"median": middle, "lower": middle - low, "upper": high - middle}
    except (OSError, RuntimeError, ValueError, KeyError):
        return {}
    return found


def _samples(column: Any) -> Any:
    import h5py

    if not isinstance(column, h5py.Dataset) or column.dtype.kind not in "iuf" or column.ndim not in (1, 2):
        return None
    if not 1 < column.size <= SAMPLES:
        return None
    samples = np.asarray(column[...], dtype=np.float64).ravel()
    samples = samples[np.isfinite(samples)]
    return samples if len(samples) > 1 else None
