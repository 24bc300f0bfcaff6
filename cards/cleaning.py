"""Text from outside, made harmless before it becomes part of a card.

Notices, circulars and people's names are untrusted: a name may carry a newline that forges a second
line, a bidirectional override that reverses what follows, or half a surrogate pair that no encoder
takes. Those never reach a card. What is markup differs by channel and is escaped by each renderer.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

ELLIPSIS = "…"
MAX_URL = 2000  # Slack takes 3000 for a button, browsers 2000 and more

# Invisible or direction-changing format characters. The joiners U+200C and U+200D stay: Persian and
# emoji need them.
_DROPPED = {ord(c) for c in "\u00ad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff"}
_DROPPED |= set(range(0x202A, 0x202F)) | set(range(0x2061, 0x2070)) | set(range(0xFFF9, 0xFFFC))
_DROPPED |= set(range(0xE0000, 0xE0080))  # tag characters: invisible copies of ASCII


def clean(text: str) -> str:
    """`text` as one line without control, direction and invisible characters, and encodable."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_clean_character(c) for c in text)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, with an ellipsis where something was left out."""
    if len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)].rstrip() + ELLIPSIS if limit > 0 else ""


def web_address(url: str) -> str | None:
    """`url` if it is a plain web address that no chat can misread, else None.

    Only http and https with a host; characters that end or divide a link in some channel's markup
    are percent-encoded.
    """
    url = clean(url).strip()
    if not url or len(url) > MAX_URL:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    encoded = quote(url, safe="%/:=&?~#+!$,;'@()*[]")
    return encoded if len(encoded) <= MAX_URL else None


def _clean_character(c: str) -> str:
    code = ord(c)
    if code in _DROPPED:
        return ""
    category = unicodedata.category(c)
    if c in "\t\n\r\v\f\x85" or category in ("Zl", "Zp"):
        return " "
    if category == "Cc":
        return ""
    return "\ufffd" if category == "Cs" else c
