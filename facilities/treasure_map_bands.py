"""What the Treasure Map calls bands, for exports of plans and for reports."""

from __future__ import annotations

import re
from typing import Final

BANDS: Final = frozenset(
    {
        "U", "B", "V", "R", "I", "J", "H", "K", "u", "g", "r", "i", "z", "q", "UVW1", "UVW2", "UVM2", "XRT",
        "clear", "open", "UHF", "VHF", "L", "S", "C", "X", "other", "TESS", "BAT", "HESS", "WISEL",
    }
)  # fmt: skip
"""Its API's enumeration; letter case matters."""

RADIO: Final = frozenset({"L", "S", "C", "X", "UHF", "VHF"})
"""Bands there that mean radio; a telescope's L is luminance, and becomes `other`."""

OWN: Final = {"C": "clear", "CR": "clear", "Kshort": "K"}
"""Telescopes' names that are bands: a C is clear there, and not radio; ATLAS' c is cyan."""

_SURVEY: Final = re.compile(
    r"(?:ztf|sdss|ps1|panstarrs|des|lsst|atlas|skymapper|sloan|bessell?|cousins)[\s:_-]*", re.I
)


def band_of(name: str | None) -> str | None:
    """A filter as a band there: `ztfr` and `sdss-r` are `r`; what it has no band for is `other`."""
    if name is None:
        return None
    short = _SURVEY.sub("", name.strip())
    if short in OWN:
        return OWN[short]
    if short in BANDS and short not in RADIO:
        return short
    if short.upper() in ("UVW1", "UVW2", "UVM2"):
        return short.upper()
    if short.casefold() in ("clear", "open"):
        return short.casefold()
    if short.casefold() in ("white", "unfiltered", "none"):
        return "clear"
    trimmed = re.sub(r"['′_ps]+$", "", short)
    return trimmed if trimmed in BANDS and trimmed not in RADIO else "other"
