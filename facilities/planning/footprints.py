"""Which directions a field of view or another outline on the sky holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facilities.facility import FacilityError, FieldOfView
from facilities.grids import SurveyGrid, members_of
from skymaps import healpix
from skymaps.healpix import Flags, Floats

_HEMISPHERE = 1e-3  # a gnomonic plane shows what is less than 90° from its centre


@dataclass(frozen=True)
class Patch:
    """Sky that somebody has exposed already or is about to: a polygon of corners (ra, dec), ICRS degrees.

    Straight (great-circle) sides, smaller than a hemisphere; the inside is what an even-odd count says.
    """

    corners: tuple[tuple[float, float], ...]
    name: str = ""

    def __post_init__(self) -> None:
        if len(self.corners) < 3:
            raise FacilityError(f"a patch of sky has {len(self.corners)} corners; expected three or more")
        if not all(np.isfinite(ra) and -90.0 <= dec <= 90.0 for ra, dec in self.corners):
            raise FacilityError(f"a patch of sky has corners {self.corners}; expected ra, dec in degrees")

    @classmethod
    def of_field(
        cls, ra: float, dec: float, field: FieldOfView, *, angle: float = 0.0, name: str = ""
    ) -> Patch:
        """The outline of a pointing; `angle` of its top from north towards east, degrees. Gaps are inside."""
        return cls(tuple(zip(*(v.tolist() for v in outline(ra, dec, field, angle)), strict=True)), name)

    def holds(self, directions: Floats) -> Flags:
        """Which of the unit vectors [N, 3] are inside."""
        corners = healpix.vectors_from_degrees(*np.array(self.corners).T)
        centre = corners.mean(axis=0)
        length = float(np.linalg.norm(centre))
        if length < _HEMISPHERE or np.any(corners @ centre < _HEMISPHERE * length):
            raise FacilityError("a patch of sky spans a hemisphere or more; expected a smaller outline")
        plane = plane_at(centre / length)
        near = np.flatnonzero(directions @ plane[0] > _HEMISPHERE)
        x, y = _flat(directions[near], plane)
        inside = np.zeros(len(directions), dtype=np.bool_)
        inside[near] = _even_odd(x, y, *_flat(corners, plane))
        return inside


def outline(ra: float, dec: float, field: FieldOfView, angle: float = 0.0) -> tuple[Floats, Floats]:
    """Corners of a field (a circle as 48) as right ascensions 0..360 and declinations, degrees."""
    sides = np.minimum(80.0, np.array([field.width, field.height]) / 2.0)
    half_width, half_height = np.tan(np.radians(sides))
    if field.shape == "circle":
        around = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
        x, y = half_width * np.cos(around), half_width * np.sin(around)
    else:
        x = half_width * np.array([1.0, 1.0, -1.0, -1.0])
        y = half_height * np.array([1.0, -1.0, -1.0, 1.0])
    turn = np.radians(angle)
    x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    forward, east, north = plane_at(healpix.vectors_from_degrees(ra, dec), ra)
    return healpix.degrees_from_vectors(forward + x[:, None] * east + y[:, None] * north)


def inside_any(patches: Sequence[Patch], directions: Floats) -> Flags:
    """Which of the unit vectors [N, 3] are in any of the patches."""
    inside = np.zeros(len(directions), dtype=np.bool_)
    for patch in patches:
        inside |= patch.holds(directions)
    return inside


def held_by(field: FieldOfView, ra: float, dec: float, directions: Floats) -> Flags:
    """Which of the unit vectors [N, 3] one pointing takes: the rule of `members_of` for one field."""
    inside = np.zeros(len(directions), dtype=np.bool_)
    (members,) = members_of(SurveyGrid(("",), np.array([ra]), np.array([dec])), field, directions)
    inside[members] = True
    return inside


def plane_at(centre: Floats, ra: float | None = None) -> tuple[Floats, Floats, Floats]:
    """The tangent plane's origin, east and north; `ra` (degrees) decides them where the centre is a pole."""
    right = np.arctan2(centre[1], centre[0]) if ra is None else np.radians(ra)
    east = np.array([-np.sin(right), np.cos(right), 0.0])
    return centre, east, np.cross(centre, east)


def _flat(directions: Floats, plane: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    forward = directions @ plane[0]
    return directions @ plane[1] / forward, directions @ plane[2] / forward


def _even_odd(x: Floats, y: Floats, corner_x: Floats, corner_y: Floats) -> Flags:
    """Which points a ray to the right leaves through an odd number of sides."""
    inside = np.zeros(x.shape, dtype=np.bool_)
    for x1, y1, x2, y2 in zip(corner_x, corner_y, np.roll(corner_x, -1), np.roll(corner_y, -1), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return inside
