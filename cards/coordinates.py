"""Sky positions in the words of an observing night: hours and degrees, constellation, galactic latitude."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files

# North galactic pole, ICRS degrees (ESA SP-1200, Hipparcos and Tycho Catalogues, vol. 1, eq. 1.5.12).
_POLE_RA, _POLE_DEC = 192.85948, 27.12825


def right_ascension(degrees: float, *, seconds: int | None = None) -> str:
    """`06ʰ 27ᵐ`, or to `seconds` decimals of a second: `06ʰ 27ᵐ 12.3ˢ`."""
    hours = degrees % 360.0 / 15.0
    if seconds is None:
        hour, minute = divmod(round(hours * 60) % (24 * 60), 60)
        return f"{hour:02d}ʰ {minute:02d}ᵐ"
    ticks = 10**seconds
    minutes, second = divmod(round(hours * 3600 * ticks) % (86400 * ticks), 60 * ticks)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02d}ʰ {minute:02d}ᵐ {_fixed(second, seconds)}ˢ"


def declination(degrees: float, *, seconds: int | None = None) -> str:
    """`−45°`, or to `seconds` decimals of an arcsecond: `−45° 12′ 03″`."""
    sign = "−" if degrees < 0 else "+"
    if seconds is None:
        return f"{sign}{round(abs(degrees)):d}°"
    ticks = 10**seconds
    minutes, second = divmod(round(abs(degrees) * 3600 * ticks), 60 * ticks)
    degree, minute = divmod(minutes, 60)
    return f"{sign}{degree:02d}° {minute:02d}′ {_fixed(second, seconds)}″"


def position(ra: float, dec: float, uncertainty: float | None) -> str:
    """RA and Dec with as many digits as an uncertainty in degrees deserves (none known: minutes)."""
    if uncertainty is None or uncertainty >= 0.5:
        return f"{right_ascension(ra)} {declination(dec)}"
    digits = 0 if uncertainty >= 10 / 3600 else 1
    return f"{right_ascension(ra, seconds=digits + 1)} {declination(dec, seconds=digits)}"


def galactic_latitude(ra: float, dec: float) -> float:
    """Galactic latitude b of an ICRS position, all in degrees."""
    pole, latitude = math.radians(_POLE_DEC), math.radians(dec)
    sine = math.sin(pole) * math.sin(latitude)
    sine += math.cos(pole) * math.cos(latitude) * math.cos(math.radians(ra - _POLE_RA))
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def constellation(ra: float, dec: float) -> str:
    """The IAU constellation (its Latin name) of an ICRS position in degrees.

    Precessed to the equinox B1875 and looked up in the boundaries of Delporte (1930) as tabulated by
    Roman (1987, PASP 99, 695), the table that astropy carries.
    """
    hours, declination_1875 = _precessed_to_1875(ra, dec)
    for lower, upper, south, name in _boundaries():
        if lower <= hours < upper and declination_1875 >= south:
            return name
    return "Octans"


def signed_degrees(value: float) -> str:
    """`−22°`, with a true minus sign and no sign on zero."""
    whole = round(value)
    return f"{'−' if whole < 0 else '+' if whole > 0 else ''}{abs(whole)}°"


def _fixed(ticks: int, decimals: int) -> str:
    return f"{ticks:02d}" if decimals == 0 else f"{ticks / 10**decimals:0{decimals + 3}.{decimals}f}"


def _precessed_to_1875(ra: float, dec: float) -> tuple[float, float]:
    import erfa

    direction = erfa.s2c(math.radians(ra), math.radians(dec))
    longitude, latitude = erfa.c2s(erfa.rxp(erfa.pmat76(*erfa.epb2jd(1875.0)), direction))
    return math.degrees(longitude) % 360.0 / 15.0, math.degrees(latitude)


@cache
def _boundaries() -> tuple[tuple[float, float, float, str], ...]:
    # Read as files: importing astropy.coordinates costs the hub most of a second.
    data = files("astropy") / "coordinates" / "data"
    names = {
        line[:3]: line[4:].strip()
        for line in (data / "constellation_names.dat").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    }
    rows = (data / "constellation_data_roman87.dat").read_text(encoding="utf-8").splitlines()
    split = [row.split() for row in rows if row.strip() and not row.startswith("#")]
    return tuple((float(low), float(high), float(south), names[name]) for low, high, south, name in split)
