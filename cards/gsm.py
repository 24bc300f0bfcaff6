"""What an SMS holds: the GSM 7-bit alphabet, what stands for the signs it lacks, and how parts are counted.

Source: 3GPP TS 23.038, 6.2.1 (default alphabet and its extension table, whose signs count twice); one part
holds 160 signs, each of several 153. One sign outside turns the whole message into UCS-2: 70, then 67.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from babel.core import get_global

from cards.reader import Reader

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")  # each takes two places

_INSTEAD = {
    "±": "+-", "°": "deg", "′": "'", "″": '"', "’": "'", "‘": "'", "‚": ",", "“": '"', "”": '"', "„": '"',
    "«": '"', "»": '"', "‹": "'", "›": "'", "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "·": "-",
    "•": "-", "…": "...", "→": "->", "←": "<-", "×": "x", "÷": "/", "≥": ">=", "≤": "<=", "≈": "~",
    "∼": "~", "≠": "!=", "☉": "sun", "⊙": "sun", "µ": "u", "μ": "u", "œ": "oe", "Œ": "OE", "ð": "d",
    "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ħ": "h", "ı": "i", "ç": "c",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "λ": "lambda", "ν": "nu", "σ": "sigma",
    "τ": "tau", "χ": "chi", "ʰ": "h", "ᵐ": "m", "ˢ": "s", "`": "'", "∗": "*", "№": "No", "™": "(tm)",
}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How an SMS travels: in how many `places` (7-bit or 16-bit) of how many `parts`."""

    encoding: str  # "GSM-7" or "UCS-2"
    places: int
    parts: int


def in_gsm(text: str) -> bool:
    """Whether every sign of `text` is in the GSM alphabet or its extension."""
    return all(c in BASIC or c in EXTENDED for c in text)


def transliterated(text: str) -> str:
    """`text` with what the alphabet lacks written another way where there is one: `±` as `+-`, `ê` as `e`."""
    return "".join(_transliterated(c) for c in text)


def for_sms(text: str, reader: Reader) -> str:
    """`text` as an SMS in the reader's language carries it.

    A language in Latin letters is always GSM-7: a sign that nothing stands for becomes `?`, for one odd
    letter in a name must not halve what fits. Other scripts keep their letters.
    """
    made = transliterated(text)
    if in_gsm(made) or not _is_latin(reader):
        return text if not in_gsm(made) else made
    return "".join(c if c in BASIC or c in EXTENDED else "?" for c in made)


def count(text: str) -> Counted:
    """How many places and parts `text` takes, as a provider counts (and bills) them."""
    if in_gsm(text):
        places = sum(2 if c in EXTENDED else 1 for c in text)
        return Counted("GSM-7", places, 1 if places <= 160 else -(-places // 153))
    places = len(text.encode("utf-16-be")) // 2
    return Counted("UCS-2", places, 1 if places <= 70 else -(-places // 67))


def _transliterated(c: str) -> str:
    if c in BASIC or c in EXTENDED:
        return c
    if c in _INSTEAD:
        return _INSTEAD[c]
    if c.isspace():
        return " "
    plain = "".join(p for p in unicodedata.normalize("NFKD", c) if not unicodedata.combining(p))
    return plain if plain and in_gsm(plain) else c


def _is_latin(reader: Reader) -> bool:
    locale = reader.babel
    likely: str = get_global("likely_subtags").get(locale.language, "")
    script = locale.script or next((p for p in likely.split("_") if len(p) == 4), "Latn")
    return script == "Latn"
