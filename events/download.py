"""Fetching one file (a sky map from its publisher): https, known hosts, bounded in size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from urllib.parse import urljoin, urlsplit

import aiohttp

PUBLISHERS = frozenset(
    {
        "gcn.gsfc.nasa.gov",
        "gcn.nasa.gov",
        "gracedb.ligo.org",
        "heasarc.gsfc.nasa.gov",
        "roc.icecube.wisc.edu",
    }
)
"""Hosts that the notices of GCN's missions link their maps on."""

LARGEST = 64 * 1024 * 1024
"""Bytes; a flat map of nside 2048 with distances, compressed, is half of it."""

_SECONDS = 60.0
_REDIRECTS = 3
_CHUNK = 64 * 1024
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_FITS = (b"SIMPLE  =", b"\x1f\x8b")  # plain, or gzip


class NotPublished(Exception):
    """There is no map (yet): worth asking again later. Says what was there instead."""


class Refused(Exception):
    """A link that is not followed, or leads to what cannot be a map; asking again changes nothing."""


def check_url(url: str, publishers: Collection[str], known: str = "known publishers of maps") -> None:
    """Raises Refused unless the link is https, on the standard port, without credentials, on such a host.

    `known` says in the refusal what these hosts are.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").casefold()
    except ValueError as error:
        raise Refused(f"{url[:200]!r} is no URL ({error})") from None
    if parts.scheme != "https":
        raise Refused(f"{url[:200]!r}: only https links are followed")
    if port not in (None, 443) or parts.username is not None or parts.password is not None:
        raise Refused(f"{url[:200]!r}: a link with a port or a password is not followed")
    if host not in publishers:
        raise Refused(f"{url[:200]!r}: {host or 'no host'} is not among the {known}")


async def download(
    session: aiohttp.ClientSession, url: str, publishers: Collection[str] = PUBLISHERS
) -> bytes:
    """The FITS file behind a link. Raises what `fetch` does, NotPublished also for a page instead of it."""
    content = await fetch(session, url, publishers, largest=LARGEST)
    if not content.startswith(_FITS):
        raise NotPublished(f"{urlsplit(url).hostname} answers with something else than a FITS file")
    return content


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    hosts: Collection[str],
    *,
    largest: int,
    known: str = "known publishers of maps",
) -> bytes:
    """What is behind a link; every redirection is checked like the link itself.

    Raises NotPublished (404 and other answers that may change, no answer in time) or Refused.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            for _ in range(_REDIRECTS + 1):
                check_url(url, hosts, known)
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status in _REDIRECTED and "Location" in answer.headers:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    return await _content(answer, largest)
    except TimeoutError:
        raise NotPublished(f"no answer from {urlsplit(url).hostname} in {_SECONDS:.0f} s") from None
    except aiohttp.ClientError as error:
        raise NotPublished(f"{urlsplit(url).hostname}: {error}") from None
    raise Refused(f"{url[:200]!r}: more than {_REDIRECTS} redirections")


async def _content(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    host = answer.url.host
    if answer.status != 200:
        raise NotPublished(f"{host} answers {answer.status}")
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise Refused(f"{host}: more than {largest // 2**20} MiB")
    return bytes(content)
