"""Regions of the sky as notices give them: cones, annuli, ellipses, polygons and boxes. ICRS, degrees.

Each is drawn by `to_skymap()` as multi-order cells over the whole sky, fine enough for its size from all of
the sky down to fractions of an arcsecond. Building a shape checks its numbers and raises `SkyMapError`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from skymaps import healpix
from skymaps.profiles import (
    EllipticalGaussian,
    FisherMixture,
    Outline,
    Rectangle,
    Ring,
    Uniform,
    axes_at,
    convolved_kappa,
    fisher_kappa,
    ring_sigma,
)
from skymaps.skymap import SkyMapError

if TYPE_CHECKING:
    from skymaps.skymap import SkyMap

# The 68 % radius of a circular Gaussian in units of its width per axis: sqrt(-2 ln 0.317), 1 sigma of one
# dimension.
_RADIUS_68: Final = math.sqrt(-2.0 * math.log1p(-0.6826894921370859))
_FULL_CIRCLE: Final = 360.0
_WIDEST_GAUSSIAN: Final = 45.0


def _check_number(shape: str, name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
        raise SkyMapError(f"{shape}: {name} is {value!r}; expected a finite number")


def _check_point(shape: str, ra: float, dec: float) -> None:
    _check_number(shape, "right ascension", ra)
    _check_number(shape, "declination", dec)
    if not -90.0 <= dec <= 90.0:
        raise SkyMapError(f"{shape}: declination is {dec!r}; expected -90 to 90 degrees")


def _check_length(shape: str, name: str, value: float, most: float) -> None:
    _check_number(shape, name, value)
    if not 0.0 < value <= most:
        raise SkyMapError(f"{shape}: {name} is {value!r}; expected more than 0 and at most {most:g}")


def _check_containment(shape: str, value: float) -> None:
    _check_number(shape, "containment", value)
    if not 0.0 < value < 1.0:
        raise SkyMapError(f"{shape}: containment is {value!r}; expected between 0 and 1")


@dataclass(frozen=True)
class Cone:
    """A circular error region: `radius` holds `containment` of the probability.

    The profile is Fisher's distribution, exp(κ cos θ), which is the Gaussian of small errors and ends as the
    uniform sky; a radius so wide that the uniform sky has more than `containment` within it means the whole
    sky.

    `systematics` are (weight, σ) of a mixture to convolve with, where σ is a radius that holds 68 %, as in
    the Fermi GBM model: κ = 1 / (0.66 σ)² with the statistical error added in squares (Connaughton et al.
    2015, ApJS 216, 32, equations 1 and 2). Then `radius` is the statistical error alone, the drawn cone is
    wider.
    """

    ra: float
    dec: float
    radius: float
    containment: float = 0.9
    systematics: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _check_point("cone", self.ra, self.dec)
        _check_length("cone", "radius", self.radius, _FULL_CIRCLE)
        _check_containment("cone", self.containment)
        for weight, sigma in self.systematics:
            _check_length("cone", "systematic weight", weight, math.inf)
            _check_length("cone", "systematic radius", sigma, 180.0)

    def to_skymap(self) -> SkyMap:
        from skymaps.rendering import render

        kappa = fisher_kappa(math.radians(self.radius), self.containment)
        parts: tuple[tuple[float, float], ...] = ((1.0, kappa),)
        if self.systematics:
            total = math.fsum(weight for weight, _ in self.systematics)
            parts = tuple(
                (weight / total, convolved_kappa(kappa, math.radians(radius) / _RADIUS_68))
                for weight, radius in self.systematics
            )
        return render(FisherMixture(healpix.vectors_from_degrees(self.ra, self.dec), parts), "cone")


@dataclass(frozen=True)
class Annulus:
    """A ring about (ra, dec), as triangulation gives: Gaussian across, `containment` within `half_width`."""

    ra: float
    dec: float
    radius: float
    half_width: float
    containment: float = 0.9

    def __post_init__(self) -> None:
        _check_point("annulus", self.ra, self.dec)
        _check_length("annulus", "radius", self.radius, 180.0)
        _check_length("annulus", "half width", self.half_width, 180.0)
        _check_containment("annulus", self.containment)

    def to_skymap(self) -> SkyMap:
        from skymaps.rendering import render

        centre = healpix.vectors_from_degrees(self.ra, self.dec)
        radius, half_width = math.radians(self.radius), math.radians(self.half_width)
        sigma = ring_sigma(radius, half_width, self.containment)
        ring = Ring(centre, radius, sigma)
        return render(ring, "annulus")


@dataclass(frozen=True)
class Ellipse:
    """An elliptical Gaussian: the ellipse with these semi-axes holds `containment`.

    `position_angle` is that of the major axis, from north through east. Axes are measured along great circles
    through the centre.
    """

    ra: float
    dec: float
    semi_major: float
    semi_minor: float
    position_angle: float = 0.0
    containment: float = 0.9

    def __post_init__(self) -> None:
        _check_point("ellipse", self.ra, self.dec)
        _check_length("ellipse", "semi-major axis", self.semi_major, 90.0)
        _check_length("ellipse", "semi-minor axis", self.semi_minor, 90.0)
        _check_number("ellipse", "position angle", self.position_angle)
        _check_containment("ellipse", self.containment)
        if max(self.semi_major, self.semi_minor) > _WIDEST_GAUSSIAN * self._axis_in_widths:
            raise SkyMapError(
                f"ellipse: wider than a Gaussian of {_WIDEST_GAUSSIAN:g} degrees, which has no ellipse"
            )

    @property
    def _axis_in_widths(self) -> float:
        """A semi-axis in units of the Gaussian's width along it."""
        return math.sqrt(-2.0 * math.log1p(-self.containment))

    def to_skymap(self) -> SkyMap:
        from skymaps.rendering import render

        major = math.radians(self.semi_major) / self._axis_in_widths
        minor = math.radians(self.semi_minor) / self._axis_in_widths
        gaussian = EllipticalGaussian(axes_at(self.ra, self.dec, self.position_angle), major, minor)
        return render(gaussian, "ellipse")


@dataclass(frozen=True)
class Polygon:
    """A region between great circles from vertex to vertex, (ra, dec) each, evenly filled.

    Convex or not, wound either way; it must fit into a hemisphere about the mean of its vertices.
    """

    vertices: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.vertices) < 3:
            raise SkyMapError(f"a polygon of {len(self.vertices)} vertices; expected at least three")
        for ra, dec in self.vertices:
            _check_point("polygon", ra, dec)
        if not self._outline.fits:
            raise SkyMapError("a polygon that spans a hemisphere or more; expected one that fits into less")
        if self._outline.area <= 0.0:
            raise SkyMapError("a polygon without area; expected three vertices that are not in line")

    @cached_property
    def _outline(self) -> Outline:
        ra, dec = np.array(self.vertices, dtype=np.float64).T
        return Outline(healpix.vectors_from_degrees(ra, dec))

    def to_skymap(self) -> SkyMap:
        from skymaps.rendering import render

        return render(Uniform(self._outline), "polygon")


@dataclass(frozen=True)
class Box:
    """A rectangle about (ra, dec), evenly filled, `width` along east-west and `height` along north-south.

    Turned by `position_angle` from north through east. Its sides are those of a rectangle at the centre of a
    field of view: two meridians and two parallels of the frame whose equator and prime meridian cross at the
    centre. With `parallels` they are those of right ascension and declination, `width` is a difference of
    right ascension, and no turning is possible.
    """

    ra: float
    dec: float
    width: float
    height: float
    position_angle: float = 0.0
    parallels: bool = False

    def __post_init__(self) -> None:
        _check_point("box", self.ra, self.dec)
        _check_length("box", "width", self.width, _FULL_CIRCLE)
        _check_length("box", "height", self.height, 180.0)
        _check_number("box", "position angle", self.position_angle)
        if self.parallels and self.position_angle != 0.0:
            raise SkyMapError("a box along parallels is not turned; expected position angle 0")
        if self.parallels and abs(self.dec) + self.height / 2.0 > 90.0 + 1e-9:
            raise SkyMapError(
                f"a box from declination {self.dec} ± {self.height / 2.0} reaches beyond a pole"
            )

    @classmethod
    def between(cls, ra_from: float, ra_to: float, dec_from: float, dec_to: float) -> Box:
        """The box between two right ascensions, eastwards from the first, and two declinations."""
        width = (ra_to - ra_from) % _FULL_CIRCLE or _FULL_CIRCLE
        return cls(
            (ra_from + width / 2.0) % _FULL_CIRCLE,
            (dec_from + dec_to) / 2.0,
            width,
            dec_to - dec_from,
            parallels=True,
        )

    def to_skymap(self) -> SkyMap:
        from skymaps.rendering import render

        half_width, half_height = math.radians(self.width) / 2.0, math.radians(self.height) / 2.0
        if self.parallels:
            middle = math.radians(self.dec)
            axes = axes_at(self.ra, 0.0, 0.0)
            region = Rectangle(axes, half_width, middle - half_height, middle + half_height)
        else:
            axes = axes_at(self.ra, self.dec, self.position_angle)
            region = Rectangle(axes, half_width, -half_height, half_height)
        return render(Uniform(region), "box")


Shape: TypeAlias = Cone | Annulus | Ellipse | Polygon | Box

_KINDS: Final[Mapping[str, type[Cone] | type[Annulus] | type[Ellipse] | type[Polygon] | type[Box]]] = {
    "cone": Cone,
    "annulus": Annulus,
    "ellipse": Ellipse,
    "polygon": Polygon,
    "box": Box,
}


def shape_to_dict(shape: Shape) -> dict[str, object]:
    """The shape as JSON-able values; `shape` names its kind."""
    return {"shape": type(shape).__name__.lower(), **asdict(shape)}


def shape_from_dict(values: Mapping[str, object]) -> Shape:
    """The inverse of `shape_to_dict`. Raises `SkyMapError` for anything else."""
    fields = dict(values)
    kind = _KINDS.get(str(fields.pop("shape", None)))
    if kind is None:
        raise SkyMapError(f"shape is {values.get('shape')!r}; expected one of {', '.join(_KINDS)}")
    for key in ("systematics", "vertices"):
        listed = fields.get(key)
        if isinstance(listed, list | tuple):
            fields[key] = tuple(tuple(pair) if isinstance(pair, list | tuple) else pair for pair in listed)
    try:
        return kind(**fields)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        if isinstance(error, SkyMapError):
            raise
        raise SkyMapError(f"no {kind.__name__.lower()}: {error}") from error
