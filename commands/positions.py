"""Angles and positions in the sky as people write them."""

from __future__ import annotations

import re

from commands.errors import UnreadableError
from commands.request import Coordinates

_NUMBER = r"[+−-]?\d+(?:\.\d+)?"
_ANGLE = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(deg|degrees?|d|°|arcmin|amin|'|′|m|arcsec|asec|\"|″|s)?", re.IGNORECASE
)
_PER_DEGREE = {
    "d": 1.0,
    "°": 1.0,
    "a": 60.0,
    "'": 60.0,
    "′": 60.0,
    "m": 60.0,
    '"': 3600.0,
    "″": 3600.0,
    "s": 3600.0,
}
_J_NAME = re.compile(
    r"J?(\d{2})(\d{2})(\d{2}(?:\.\d+)?)([+−-])(\d{2})(\d{2})(\d{2}(?:\.\d+)?)?", re.IGNORECASE
)
_SEXAGESIMAL = re.compile(
    r"(\d{1,2})[h: ]\s*(\d{1,2})[m: ]\s*(\d{1,2}(?:\.\d+)?)s?[\s,]+"
    r"([+−-]?)(\d{1,2})[d°: ]\s*(\d{1,2})[m'′: ]?\s*(\d{1,2}(?:\.\d+)?)?[s\"″]?",
    re.IGNORECASE,
)
_DECIMAL = re.compile(
    rf"(?:ra\s*=?\s*)?({_NUMBER})(?:\s*deg|\s*°|d)?[\s,;]+(?:dec\s*=?\s*)?({_NUMBER})(?:\s*deg|\s*°|d)?",
    re.IGNORECASE,
)
EXPECTED = "197.45 -23.38, 13:09:48 -23:22:53, 13h09m48s -23d22m53s"
"""Coordinates (ICRS) as they can be written."""


def read_angle(text: str) -> float:
    """An angle in degrees: `2`, `1.5deg`, `30'`, `12 arcsec`. ValueError for anything else."""
    found = _ANGLE.fullmatch(text.strip())
    if found is None:
        raise UnreadableError(
            "“{text}” is no angle; expected one like 1.5deg, 30 arcmin or 12 arcsec", text=text[:40]
        )
    unit = (found[2] or "d").lower()
    per_degree = 3600.0 if unit.startswith(("arcs", "as")) else _PER_DEGREE[unit[0]]
    angle = float(found[1].replace(",", ".")) / per_degree
    if not 0.0 < angle <= 360.0:
        raise UnreadableError(
            "“{text}” is out of range; expected more than 0 and at most 360 degrees", text=text[:40]
        )
    return angle


def read_coordinates(text: str) -> Coordinates:
    """A position (ICRS, degrees) in any usual form: decimal, sexagesimal with `:`, `hms` or blanks, a J name.

    Decimal right ascensions are degrees; sexagesimal ones are hours. Raises ValueError that shows the forms.
    """
    words = " ".join(text.strip().split())
    if found := _J_NAME.fullmatch(words.replace(" ", "")):
        return _sexagesimal(found[1], found[2], found[3], found[4], found[5], found[6], found[7], text)
    if found := _SEXAGESIMAL.fullmatch(words):
        return _sexagesimal(found[1], found[2], found[3], found[4], found[5], found[6], found[7], text)
    if found := _DECIMAL.fullmatch(words):
        return _checked(_signed(found[1]), _signed(found[2]), text)
    raise UnreadableError(
        "“{text}” is no position; expected ICRS coordinates like one of {examples}",
        text=text[:60],
        examples=EXPECTED,
    )


def _signed(number: str) -> float:
    return float(number.replace("−", "-"))


def _sexagesimal(
    hours: str,
    minutes: str,
    seconds: str,
    sign: str,
    degrees: str,
    arcmin: str,
    arcsec: str | None,
    text: str,
) -> Coordinates:
    if max(float(minutes), float(seconds), float(arcmin), float(arcsec or 0)) >= 60.0:
        raise UnreadableError(
            "“{text}” has 60 or more minutes or seconds; expected ICRS coordinates like one of {examples}",
            text=text[:60],
            examples=EXPECTED,
        )
    ra = 15.0 * (float(hours) + float(minutes) / 60.0 + float(seconds) / 3600.0)
    dec = float(degrees) + float(arcmin) / 60.0 + float(arcsec or 0) / 3600.0
    return _checked(ra, -dec if sign in ("-", "−") else dec, text)


def _checked(ra: float, dec: float, text: str) -> Coordinates:
    if not (0.0 <= ra < 360.0 and -90.0 <= dec <= 90.0):
        raise UnreadableError(
            "“{text}” lies outside the sky (RA 0..360, Dec -90..90 degrees); expected ICRS coordinates like "
            "one of {examples}",
            text=text[:60],
            examples=EXPECTED,
        )
    return Coordinates(ra, dec)
