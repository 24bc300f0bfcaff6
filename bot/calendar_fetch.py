"""Somebody's calendar out of a file, or from its address: https, from hosts this desk reads, bounded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from pathlib import Path

import aiohttp

from bot.cli.inputs import InputError, read_file
from events.download import NotPublished, Refused, fetch
from shifts.calendar_reading import LARGEST

_ADDRESS = re.compile(r"""'[^']*://[^']*'|"[^"]*://[^"]*\"""")


async def read_source(source: str, hosts: Collection[str]) -> bytes:
    """The bytes of an address (`https://…`, `webcal://…`) or a file. Raises `InputError`.

    An address may hold a secret, so it is never repeated: the error names its host.
    """
    if "://" not in source:
        return await asyncio.to_thread(read_file, Path(source))
    scheme, _, rest = source.partition("://")
    url = f"https://{rest}" if scheme.casefold() in ("webcal", "webcals") else source
    try:
        async with aiohttp.ClientSession() as session:
            return await fetch(session, url, hosts, largest=LARGEST, known="hosts of calendars.hosts")
    except (NotPublished, Refused) as error:
        raise InputError(f"calendar: {_without_path(str(error))}") from None


def _without_path(said: str) -> str:
    return _ADDRESS.sub("the address", said)
