"""Names and public pages of other services, of those that are configured: TNS, Sesame, MMODA, GraceDB.

Nothing here was tried against the services themselves: their forms are those of their public documents (TNS
API manual 2.0; Sesame's `-oxp`; GraceDB's REST interface).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from platforms.job import PlatformError
from platforms.mmoda.dispatcher import Dispatcher
from platforms.wire import Wire

TIMEOUT = 8.0  # s; somebody waits for the answer
LARGEST = 2 * 2**20
TNS_NAME = re.compile(r"(?:AT|SN|FRB|TDE)?\s*((?:19|20)\d{2}[a-z]{1,4})", re.IGNORECASE)
SUPEREVENT = re.compile(r"[GMST]{0,2}S\d{6}[a-z]{1,4}", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """Something of a name: where it is (ICRS degrees), what it is, who says so."""

    name: str
    ra: float
    dec: float
    by: str
    kind: str | None = None
    redshift: float | None = None
    link: str | None = None


class Resolver(Protocol):
    """One service that knows names."""

    @property
    def name(self) -> str: ...

    def knows_kind(self, name: str) -> bool:
        """Whether a name looks like one of its."""
        ...

    async def resolve(self, name: str) -> Found | None:
        """Raises PlatformError where it cannot be asked."""
        ...


class Unresolved(PlatformError):
    """Nobody who could be asked knows a name; says who was asked, and who could not be."""


@dataclass(frozen=True)
class Names:
    """Every configured service that knows names, in the order in which they are asked."""

    resolvers: tuple[Resolver, ...] = ()

    async def resolve(self, name: str) -> Found:
        """Where something is, by the first service that knows it. Raises Unresolved."""
        name = " ".join(name.split())[:80]
        fitting = [each for each in self.resolvers if each.knows_kind(name)]
        if not fitting:
            raise Unresolved(
                f"{name!r} is no position, and no service that knows names is configured here.",
                advice="Give right ascension and declination; an administrator may configure [resolvers].",
            )
        asked: list[str] = []
        silent: list[str] = []
        for each in fitting:
            try:
                found = await each.resolve(name)
            except PlatformError:
                silent.append(each.name)
                continue
            if found is not None:
                return found
            asked.append(each.name)
        who, away = ", ".join(asked), ", ".join(silent)
        raise Unresolved(
            f"{name!r} cannot be looked up; not reachable just now: {away}."
            if not asked
            else f"{name!r} is not known to {who}; not reachable just now: {away}."
            if silent
            else f"{name!r} is not known to {who}.",
            advice="Give its position.",
        )


class Tns:
    """The Transient Name Server, asked as a bot of the desk's."""

    name = "TNS"

    def __init__(self, url: str, key: str, bot_id: int, bot_name: str) -> None:
        self._wire = Wire("TNS", url, timeout=TIMEOUT, largest=LARGEST)
        self._page = url.rstrip("/")
        self._key = key
        marker = {"tns_id": bot_id, "type": "bot", "name": bot_name}
        self._headers = {"User-Agent": f"tns_marker{json.dumps(marker)}"}

    async def close(self) -> None:
        await self._wire.close()

    def knows_kind(self, name: str) -> bool:
        return TNS_NAME.fullmatch(name) is not None

    async def resolve(self, name: str) -> Found | None:
        match = TNS_NAME.fullmatch(name)
        if match is None:
            return None
        year, letters = match[1][:4], match[1][4:]
        wanted = year + (letters.upper() if len(letters) == 1 else letters.lower())
        form = {"api_key": self._key, "data": json.dumps({"objname": wanted})}
        answer = await self._wire.call("POST", "/api/get/object", form=form, headers=self._headers)
        if answer.status == 404:
            return None
        if answer.status in (401, 403):
            raise PlatformError("TNS does not accept the desk's key.", advice="Check [resolvers] tns_key.")
        data = answer.object().get("data")
        found = data.get("reply", data) if isinstance(data, Mapping) else None
        if answer.status != 200 or not isinstance(found, Mapping):
            raise PlatformError(f"TNS gave no answer that can be read (HTTP {answer.status}).")
        ra, dec = _number(found.get("radeg")), _number(found.get("decdeg"))
        if ra is None or dec is None:
            return None
        kind = found.get("object_type")
        return Found(
            f"{found.get('name_prefix') or 'AT'} {found.get('objname') or wanted}",
            ra % 360.0, dec, self.name,
            kind=str(kind["name"]) if isinstance(kind, Mapping) and kind.get("name") else None,
            redshift=_number(found.get("redshift")),
            link=f"{self._page}/object/{quote(wanted)}",
        )  # fmt: skip


class Sesame:
    """CDS' Sesame, which asks Simbad and NED."""

    name = "Simbad/NED"

    def __init__(self, url: str) -> None:
        self._wire = Wire("Sesame", url, timeout=TIMEOUT, largest=LARGEST)

    async def close(self) -> None:
        await self._wire.close()

    def knows_kind(self, name: str) -> bool:
        return True

    async def resolve(self, name: str) -> Found | None:
        answer = await self._wire.call("GET", f"/-oxp/SN?{quote(name)}")
        if answer.status != 200:
            raise PlatformError(f"Sesame gave no answer that can be read (HTTP {answer.status}).")
        for resolver in _xml(answer.text).iter("Resolver"):
            ra, dec = _number(resolver.findtext("jradeg")), _number(resolver.findtext("jdedeg"))
            if ra is not None and dec is not None:
                velocity = resolver.find("z")
                return Found(
                    resolver.findtext("oname") or name, ra % 360.0, dec,
                    (resolver.get("name") or self.name).partition("=")[2].split(" ")[0] or self.name,
                    kind=resolver.findtext("otype"),
                    redshift=_number(velocity.findtext("v")) if velocity is not None else None,
                )  # fmt: skip
        return None


@dataclass(frozen=True)
class MmodaNames:
    """The catalogues behind a dispatcher."""

    dispatcher: Dispatcher
    name: str = "MMODA"

    def knows_kind(self, name: str) -> bool:
        return True

    async def resolve(self, name: str) -> Found | None:
        found = await self.dispatcher.resolve(name)
        if found is None:
            return None
        return Found(found.name, found.ra, found.dec, self.name, found.kind, link=found.link)


@dataclass(frozen=True)
class Superevent:
    """A superevent as GraceDB shows it to everybody."""

    name: str
    labels: tuple[str, ...]
    far: float | None  # Hz
    page: str
    files: Mapping[str, str] = field(default_factory=dict)  # name → address, newest versions


class GraceDb:
    """GraceDB's public pages, without an account."""

    name = "GraceDB"

    def __init__(self, url: str) -> None:
        self._wire = Wire("GraceDB", url, timeout=TIMEOUT, largest=LARGEST)
        self._page = url.rstrip("/")

    async def close(self) -> None:
        await self._wire.close()

    async def superevent(self, name: str) -> Superevent | None:
        """What is public of a superevent, with its files; None where there is none that everybody may see."""
        if SUPEREVENT.fullmatch(name) is None:
            return None
        path = f"/api/superevents/{quote(name)}/"
        answer = await self._wire.call("GET", path)
        if answer.status in (403, 404):
            return None
        about = answer.object()
        if answer.status != 200 or not about:
            raise PlatformError(
                f"GraceDB gave no answer that can be read (HTTP {answer.status}).",
                advice="Ask again in a minute.",
            )
        listed = (await self._wire.call("GET", f"{path}files/")).object()
        files = {n: u for n, u in listed.items() if isinstance(u, str) and "," not in n}
        labels = about.get("labels")
        return Superevent(
            str(about.get("superevent_id") or name),
            tuple(map(str, labels)) if isinstance(labels, list) else (),
            _number(about.get("far")),
            f"{self._page}/superevents/{quote(name)}/view/",
            files,
        )


def chain(resolvers: Sequence[Resolver | None]) -> Names:
    """Those that are configured, in order."""
    return Names(tuple(each for each in resolvers if each is not None))


def _xml(text: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        read: Element = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError):
        raise PlatformError("Sesame gave no answer that can be read.") from None
    return read


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number and abs(number) != float("inf") else None
