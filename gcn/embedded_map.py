"""The sky map inside a JSON notice: base64 text into the bytes of a whole FITS file."""

from __future__ import annotations

import base64
import binascii
import zlib

LARGEST_MAP = 64 * 1024 * 1024
"""Bytes of an uncompressed embedded map: sixty times the largest seen, and no bomb."""

FITS_BLOCK = 2880
"""Bytes; a FITS file is a whole number of blocks (FITS standard 4.0, section 3.1)."""


def decode_map(text: str) -> bytes:
    """The FITS file (plain or gzip) that a base64 text holds, unchanged.

    Raises ValueError in words: no base64, no FITS, cut short, or too large when uncompressed.
    """
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"a sky map of {len(text):,} characters is not base64 ({error})") from None
    length = _uncompressed_length(content) if content[:2] == b"\x1f\x8b" else _plain_length(content)
    if length % FITS_BLOCK:
        raise ValueError(
            f"the sky map is cut short: {length:,} bytes are no whole number of FITS blocks of {FITS_BLOCK}"
        )
    return content


def _plain_length(content: bytes) -> int:
    if not content.startswith(b"SIMPLE  ="):
        raise ValueError(f"a sky map of {len(content):,} bytes is no FITS file (begins with {content[:9]!r})")
    return len(content)


def _uncompressed_length(content: bytes) -> int:
    """Length after decompression, reading in bounded pieces: a bomb is refused before it is unpacked."""
    stream = zlib.decompressobj(wbits=31)
    length, pending = 0, content
    try:
        while not stream.eof:
            piece = stream.decompress(pending, 1 << 20)
            if length == 0 and not piece.startswith(b"SIMPLE  ="):
                raise ValueError(f"the compressed sky map is no FITS file (begins with {piece[:9]!r})")
            length += len(piece)
            if length > LARGEST_MAP:
                raise ValueError(f"the sky map unpacks to more than {LARGEST_MAP:,} bytes")
            pending = stream.unconsumed_tail
            if not pending and not piece:
                break
    except zlib.error as error:
        raise ValueError(f"the compressed sky map is damaged ({error})") from None
    if not stream.eof:
        raise ValueError(f"the compressed sky map is cut short after {length:,} bytes")
    return length
