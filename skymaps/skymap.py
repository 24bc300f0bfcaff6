"""`SkyMap`: where an event is on the sky, and how far, as an immutable set of multi-order HEALPix cells."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Final, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from skymaps import healpix
from skymaps.healpix import Flags, Floats, Integers

TOLERANCE: Final = 1e-6
Scalar = TypeVar("Scalar", bound=np.generic)

State: TypeAlias = "tuple[Integers, Floats, Floats | None, Floats | None, Floats | None, SkyMapMeta]"


class SkyMapError(ValueError):
    """A sky map that cannot be: what was read, where in it, and what was expected."""


@dataclass(frozen=True)
class SkyMapMeta:
    """What a sky map says about itself. Distances Mpc; `event_time` aware UTC; unknown is None or empty.

    `notes` says in words what was assumed or repaired while reading.
    """

    object: str | None = None
    event_time: datetime | None = None
    creator: str | None = None
    instruments: tuple[str, ...] = ()
    distance_mean: float | None = None
    distance_std: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class SkyMap:
    """Probability on the sky, cell by cell, with or without distance. ICRS.

    `uniq` are NUNIQ numbers, int64[N], ascending, of cells that do not overlap; what no cell covers has no
    probability. `density` is the probability per steradian of each cell, float64[N], summing to 1 over the
    cells' areas. `distmu` and `distsigma` (Mpc) and `distnorm` (Mpc⁻²) are the location, scale and
    normalisation of Singer et al. 2016 (ApJL 829, L15): p(r) = distnorm / (sqrt(2π) distsigma)
    exp(-(r - distmu)² / 2 distsigma²) r². A negative `distmu` is normal, and so is a cell that says nothing
    about distance (infinite `distmu`, zero `distnorm`).

    The arrays are copied in and read-only. Raises `SkyMapError` for anything else than the above;
    `from_cells` takes cells in any order and of any total.
    """

    uniq: Integers
    density: Floats
    distmu: Floats | None = None
    distsigma: Floats | None = None
    distnorm: Floats | None = None
    meta: SkyMapMeta = field(default_factory=SkyMapMeta)

    def __post_init__(self) -> None:
        object.__setattr__(self, "uniq", _frozen(self.uniq, np.int64, "UNIQ"))
        for name in ("density", "distmu", "distsigma", "distnorm"):
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, _frozen(values, np.float64, name))
                if getattr(self, name).shape != self.uniq.shape:
                    raise SkyMapError(
                        f"a sky map of {self.uniq.size} cells has {np.size(values)} {name} values"
                    )
        given = [values is not None for values in (self.distmu, self.distsigma, self.distnorm)]
        if any(given) and not all(given):
            raise SkyMapError("a sky map has all of DISTMU, DISTSIGMA and DISTNORM or none of them")
        _check_numbers(self.uniq)
        _check_disjoint(self)
        _check_density(self)

    @classmethod
    def from_cells(
        cls,
        uniq: npt.ArrayLike,
        density: npt.ArrayLike,
        distance: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike] | None = None,
        meta: SkyMapMeta | None = None,
    ) -> SkyMap:
        """Make a sky map of cells in any order and of any total: sorted, repaired and normalised.

        `distance` is (DISTMU, DISTSIGMA, DISTNORM). A density that is NaN or negative (HEALPix marks unseen
        pixels with -1.6e30) counts as zero; a total that is then zero or infinite raises `SkyMapError`.
        """
        cells = np.asarray(uniq, dtype=np.int64).ravel()
        values = np.asarray(density, dtype=np.float64).ravel()
        if cells.shape != values.shape:
            raise SkyMapError(f"{cells.size} cells with {values.size} densities; expected one density a cell")
        if cells.size == 0:
            raise SkyMapError("a sky map without any cell")
        columns = None if distance is None else [np.asarray(c, dtype=np.float64).ravel() for c in distance]
        if np.any(cells[1:] <= cells[:-1]):
            ascending = np.argsort(cells, kind="stable")
            cells, values = cells[ascending], values[ascending]
            columns = None if columns is None else [column[ascending] for column in columns]
        _check_numbers(cells)
        usable = values > 0.0
        if not np.any(usable):
            raise SkyMapError(_why_empty(values))
        values = np.where(usable, values, 0.0)
        total = float(values @ healpix.pixel_area(healpix.order_of(cells)))
        if not np.isfinite(total):
            raise SkyMapError("a sky map with infinite probability; expected finite densities")
        distmu, distsigma, distnorm = columns if columns is not None else (None, None, None)
        return cls(cells, _sealed(values / total), distmu, distsigma, distnorm, meta or SkyMapMeta())

    def __reduce__(self) -> tuple[type[SkyMap], State]:
        """Pickle the columns only: what is derived from them is cheaper to make again than to send."""
        return (SkyMap, tuple(getattr(self, column.name) for column in fields(self)))

    def __len__(self) -> int:
        return int(self.uniq.size)

    @cached_property
    def order(self) -> Integers:
        """HEALPix order of each cell."""
        return _sealed(healpix.order_of(self.uniq))

    @cached_property
    def ipix(self) -> Integers:
        """NESTED pixel of each cell within its own order."""
        return _sealed(healpix.ipix_of(self.uniq, self.order))

    @cached_property
    def area(self) -> Floats:
        """Area of each cell in steradians."""
        return _sealed(healpix.pixel_area(self.order))

    @cached_property
    def probability(self) -> Floats:
        """Probability of each cell."""
        return _sealed(self.density * self.area)

    @cached_property
    def unit_vectors(self) -> Floats:
        """Centre of each cell as a unit vector, shape (N, 3), ICRS axes."""
        return _sealed(healpix.unit_vectors(self.order, self.ipix))

    @cached_property
    def along_sky(self) -> tuple[Integers, Integers]:
        """The cells in NESTED order whatever their size: their indices, and their first order-29 pixels."""
        start = healpix.range_start(self.uniq, self.order)
        index = np.argsort(start, kind="stable")
        return _sealed(index), _sealed(start[index])

    @property
    def has_distance(self) -> bool:
        return self.distmu is not None

    @property
    def max_order(self) -> int:
        """The finest order of any cell."""
        return int(self.order[-1])

    @cached_property
    def knows_distance(self) -> Flags:
        """Which cells say something usable about distance; all False for a map on the sky alone."""
        if self.distmu is None or self.distsigma is None or self.distnorm is None:
            return _sealed(np.zeros(len(self), dtype=np.bool_))
        return _sealed(
            np.isfinite(self.distmu)
            & np.isfinite(self.distsigma)
            & np.isfinite(self.distnorm)
            & (self.distsigma > 0.0)
            & (self.distnorm > 0.0)
        )


def _frozen(values: npt.NDArray[np.generic], kind: type[np.generic], name: str) -> npt.NDArray[np.generic]:
    """A read-only copy in the machine's byte order, or the array itself where nobody can change it."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise SkyMapError(f"{name} has {array.ndim} dimensions; expected one value a cell")
    if array.dtype == kind and not array.flags.writeable and array.base is None:
        return array
    sealed: npt.NDArray[np.generic] = _sealed(array.astype(kind))
    return sealed


def _sealed(array: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    array.setflags(write=False)
    return array


def _check_numbers(uniq: Integers) -> None:
    """Raise unless `uniq` are NUNIQ numbers, ascending."""
    if uniq.size == 0:
        raise SkyMapError("a sky map without any cell")
    last = int(healpix.FIRST_UNIQ[-1]) - 1
    for number in (int(uniq.min()), int(uniq.max())):
        if not 4 <= number <= last:
            raise SkyMapError(f"UNIQ {number} is no HEALPix cell; expected 4 (order 0) to {last} (order 29)")
    same = np.flatnonzero(uniq[1:] == uniq[:-1])
    if same.size:
        raise SkyMapError(
            f"cell UNIQ {int(uniq[same[0]])} is there twice; expected cells that do not overlap"
        )
    if np.any(uniq[1:] < uniq[:-1]):
        raise SkyMapError("UNIQ is not ascending; SkyMap.from_cells sorts")


def _check_disjoint(skymap: SkyMap) -> None:
    index, start = skymap.along_sky
    end = start + healpix.range_length(skymap.order[index])
    overlapping = np.flatnonzero(end[:-1] > start[1:])
    if overlapping.size:
        one, other = skymap.uniq[index[overlapping[0] : overlapping[0] + 2]]
        raise SkyMapError(f"cells UNIQ {int(one)} and {int(other)} overlap; expected each place in one cell")


def _check_density(skymap: SkyMap) -> None:
    """Raise unless densities are finite, not negative, and sum to one."""
    if not np.all(np.isfinite(skymap.density)) or np.any(skymap.density < 0.0):
        raise SkyMapError("a probability density is negative or not finite; SkyMap.from_cells repairs")
    total = float(np.sum(skymap.probability))
    if abs(total - 1.0) > TOLERANCE:
        raise SkyMapError(f"the probability sums to {total:.6g}; expected 1 (SkyMap.from_cells normalises)")


def _why_empty(density: Floats) -> str:
    if np.all(np.isnan(density)):
        return "the probability is NaN everywhere; expected a positive total"
    if np.all(density == 0.0):
        return "the probability is zero everywhere; expected a positive total"
    return "no cell has a positive probability; expected a positive total"
