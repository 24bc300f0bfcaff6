"""Where a GCN Schema notice says the source is: `core/Localization` into a position and a sky map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import urlsplit

from gcn.embedded_map import decode_map
from gcn.formats.schema_fields import Fields
from gcn.localisation import SCHEMA_CONTAINMENT
from gcn.notice import MapSource, NoticeError, Position, SkyMapRef, rayleigh_sigma
from gcn.raw_message import pointer
from skymaps.shapes import Cone, Ellipse, Polygon, Shape
from skymaps.skymap import SkyMapError

SMALLEST_RADIUS = 1e-9
"""Degrees, some microarcseconds: below, a radius is a zero that went through arithmetic."""


@dataclass(frozen=True)
class ErrorModel:
    """What a mission's error region means beyond what the notice says of it.

    `systematic_included` is taken where the notice is silent; `systematics` are (weight, sigma in
    degrees), convolved with a region that does not include them.
    """

    systematic_included: bool | None = None
    systematics: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Localization:
    """Position and sky map of a notice, None each where it has none, and what could not be read."""

    position: Position | None = None
    skymap: SkyMapRef | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Direction:
    ra: float
    dec: float


def read_localization(fields: Fields, model: ErrorModel | None = None) -> Localization:
    """The localisation of one object with the fields of `core/Localization`.

    `ra_dec_error` is a radius in degrees, or semi-major axis, semi-minor axis and position angle
    (north through east); `containment_probability` is 0.9 where absent. A radius that is zero or
    negative, and RA = Dec = 0 without one, mean that the position is not known. A position without
    a radius stands, without a shape. A map inside or behind a link comes before the shape, which is
    kept beside it.

    Raises NoticeError with the JSON pointer of what is no number, no direction or no sky map. A map
    that cannot be decoded is only noted where the notice has a shape or a link besides.
    """
    try:
        position, shape = _region(fields, model or ErrorModel())
    except SkyMapError as error:
        raise NoticeError(f"JSON {pointer((*fields.path, 'ra_dec_error'))}: {error}") from None
    url = map_url(fields)
    unread: tuple[str, ...] = ()
    content = None
    try:
        content = _embedded(fields)
    except NoticeError as error:
        if shape is None and url is None:
            raise
        unread = (str(error),)
    if content is not None:
        return Localization(position, SkyMapRef(MapSource.EMBEDDED, url=url, content=content, shape=shape))
    if url is not None:
        return Localization(position, SkyMapRef(MapSource.URL, url=url, shape=shape), unread)
    if shape is not None:
        return Localization(position, SkyMapRef(MapSource.SHAPE, shape=shape), unread)
    return Localization(position)


def map_url(fields: Fields) -> str | None:
    """The link to a sky map file; a link to a site or a folder is none (KM3NeT sends its home page).

    `http` becomes `https`: the hosts of maps answer there, and nothing else is fetched.
    """
    url = fields.text("healpix_url")
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        raise fields.wrong("healpix_url", "a URL") from None
    names_a_file = not parts.path.endswith("/") and "/" in parts.path
    if parts.scheme not in ("http", "https") or not parts.netloc or not names_a_file:
        return None
    return parts._replace(scheme="https").geturl()


def _region(fields: Fields, model: ErrorModel) -> tuple[Position | None, Shape | None]:
    direction = _direction(fields)
    containment = _containment(fields)
    stated = fields.flag("systematic_included")
    systematic = model.systematic_included if stated is None else stated
    corners = _corners(fields)
    if direction is None:
        return None, None
    if corners:
        radius = math.sqrt(_flat_area(direction, corners) / math.pi)
        return _position(direction, radius, containment, systematic), Polygon(corners)
    axes = fields.numbers("ra_dec_error")
    if not axes:
        unknown = direction.ra == 0.0 and direction.dec == 0.0
        return (None, None) if unknown else (Position(direction.ra, direction.dec), None)
    if len(axes) > 3:
        raise fields.wrong("ra_dec_error", "a radius, or two axes and a position angle")
    if min(axes[:2]) < SMALLEST_RADIUS:
        return None, None
    if max(axes[:2]) > 180.0:
        raise fields.wrong("ra_dec_error", "degrees, at most 180")
    systematics = () if systematic else model.systematics
    first, second = axes[0], axes[1] if len(axes) > 1 else axes[0]
    position = _position(direction, math.sqrt(first * second), containment, systematic)
    if first == second:
        return position, Cone(direction.ra, direction.dec, first, containment, systematics)
    angle = axes[2] if len(axes) > 2 else 0.0
    return position, _ellipse(direction, first, second, angle, containment)


def _direction(fields: Fields) -> _Direction | None:
    ra, dec = fields.number("ra"), fields.number("dec")
    if ra is not None and not -180.0 <= ra <= 360.0:
        raise fields.wrong("ra", "degrees between 0 and 360")
    if dec is not None and not -90.0 <= dec <= 90.0:
        raise fields.wrong("dec", "degrees between -90 and 90")
    return None if ra is None or dec is None else _Direction(ra % 360.0, dec)


def _containment(fields: Fields) -> float:
    containment = fields.number("containment_probability")
    if containment is None:
        return SCHEMA_CONTAINMENT
    if not 0.0 < containment < 1.0:
        raise fields.wrong("containment_probability", "a probability between 0 and 1")
    return containment


def _position(
    direction: _Direction, radius: float, containment: float, systematic_included: bool | None
) -> Position:
    return Position(
        ra=direction.ra,
        dec=direction.dec,
        radius=radius,
        containment=containment,
        systematic_included=systematic_included,
        sigma=rayleigh_sigma(radius, containment),
    )


def _ellipse(direction: _Direction, first: float, second: float, angle: float, containment: float) -> Ellipse:
    """CHIME and DSA-110 send the shorter axis first: the longer one then lies 90 deg from the angle sent."""
    if first < second:
        first, second, angle = second, first, angle + 90.0
    return Ellipse(direction.ra, direction.dec, first, second, angle % 180.0, containment)


def _corners(fields: Fields) -> tuple[tuple[float, float], ...]:
    """`rectangular_error_corners` of MAXI: [RA, Dec] in degrees, four of them, in order around the box."""
    name = "rectangular_error_corners"
    value = fields.values.get(name)
    if value is None:
        return ()
    found: list[tuple[float, float]] = []
    for corner in value if isinstance(value, list) else []:
        numbers = Fields({name: corner}, fields.path).numbers(name) or ()
        if len(numbers) != 2 or not (-180.0 <= numbers[0] <= 360.0 and -90.0 <= numbers[1] <= 90.0):
            raise fields.wrong(name, "corners of [RA, Dec] in degrees")
        found.append((numbers[0] % 360.0, numbers[1]))
    if not 3 <= len(found) <= 16:
        raise fields.wrong(name, "four corners of [RA, Dec] in degrees")
    return tuple(found)


def _flat_area(centre: _Direction, corners: tuple[tuple[float, float], ...]) -> float:
    """Area in deg² of a small polygon by the shoelace formula in the plane tangent at its centre."""
    plane = [_tangent(centre, corner) for corner in corners]
    after = [*plane[1:], plane[0]]
    twice = sum(x * v - u * y for (x, y), (u, v) in zip(plane, after, strict=True))
    return abs(twice) / 2.0


def _tangent(centre: _Direction, point: tuple[float, float]) -> tuple[float, float]:
    offset = (point[0] - centre.ra + 180.0) % 360.0 - 180.0
    return offset * math.cos(math.radians(centre.dec)), point[1] - centre.dec


def _embedded(fields: Fields) -> bytes | None:
    encoded = fields.text("healpix_file")
    if encoded is None:
        return None
    try:
        return decode_map(encoded)
    except ValueError as error:
        raise NoticeError(f"JSON {pointer((*fields.path, 'healpix_file'))}: {error}") from None
