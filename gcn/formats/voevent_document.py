"""A VOEvent 1.1 or 2.0 document as a value, whoever wrote it (IVOA VOEvent 2.0, IVOA STC 1.33)."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import erfa

from gcn.formats.schema_fields import EARLIEST, LATEST
from gcn.instants import parse_instant
from gcn.notice import NoticeError

ICRS_LIKE = re.compile(r"ICRS|FK5", re.IGNORECASE)
"""Frames read as ICRS: FK5 of J2000 differs from it by less than 0.1 arcsec."""

OTHER_TIME_SCALE = re.compile(r"TDB|TCB|TT|TAI", re.IGNORECASE)


@dataclass(frozen=True)
class Param:
    """One `Param` of `What`, with the name of the `Group` it stands in (None outside of groups)."""

    name: str
    value: str
    unit: str | None = None
    group: str | None = None


@dataclass(frozen=True)
class Direction:
    """`Position2D` as sent: ICRS degrees, and `Error2Radius` in degrees where there is one."""

    ra: float
    dec: float
    radius: float | None


@dataclass(frozen=True)
class VOEvent:
    """What a VOEvent says, before anybody asks what it means.

    `time` is the `ISOTime` of the first observation, `issued` is `Who/Date`, both UTC. `direction` is
    None where the document has none or it is in a frame other than ICRS and FK5 (`frame`).
    `citations` are (cite, ivorn).
    """

    ivorn: str
    role: str
    params: tuple[Param, ...] = ()
    issued: datetime | None = None
    time: datetime | None = None
    direction: Direction | None = None
    frame: str | None = None
    concepts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    citations: tuple[tuple[str, str], ...] = ()
    first: Mapping[str, Param] = field(default_factory=dict, repr=False)

    @property
    def stream(self) -> str:
        """What stands before the `#` of the ivorn: `nasa.gsfc.gcn/Fermi`."""
        return self.ivorn.removeprefix("ivo://").partition("#")[0]

    @property
    def fragment(self) -> str:
        """What stands behind the `#` of the ivorn."""
        return self.ivorn.partition("#")[2]

    def text(self, name: str) -> str | None:
        """The value of the first param of that name, None where it is absent or empty."""
        param = self.first.get(name)
        return param.value or None if param else None

    def number(self, name: str) -> float | None:
        """A finite number, None where it is absent, empty or not a number by intent (NaN, inf)."""
        text = self.text(name)
        return None if text is None else _number(text, f"What/Param[{name}]")

    def instant(self, name: str) -> datetime | None:
        return _instant(self.text(name), f"What/Param[{name}]")

    def flag(self, name: str) -> bool | None:
        text = (self.text(name) or "").lower()
        return {"true": True, "1": True, "false": False, "0": False}.get(text)


def read_document(root: ElementTree.Element) -> VOEvent:
    """The document below a `VOEvent` root, in any namespace or none.

    Raises NoticeError with the path of what is missing or not what it has to be.
    """
    ivorn = (root.get("ivorn") or "").strip()
    if not ivorn or len(ivorn) > 400 or not ivorn.isprintable():
        raise NoticeError(f"VOEvent/@ivorn: expected the identifier of the notice, found {ivorn[:60]!r}")
    sections = {_local(section): section for section in reversed(root)}
    params = tuple(_params(sections["What"], None)) if "What" in sections else ()
    time, frame, direction = _where_when(sections.get("WhereWhen"))
    return VOEvent(
        ivorn=ivorn,
        role=(root.get("role") or "observation").strip().lower(),
        params=params,
        issued=_issued(sections.get("Who")),
        time=time,
        direction=direction,
        frame=frame,
        concepts=_texts(sections.get("Why"), "Concept"),
        names=_texts(sections.get("Why"), "Name"),
        citations=_citations(sections.get("Citations")),
        first={param.name: param for param in reversed(params)},
    )


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _params(what: ElementTree.Element, group: str | None) -> Iterator[Param]:
    for element in what:
        tag = _local(element)
        if tag == "Group":
            yield from _params(element, element.get("type") or element.get("name") or group)
        elif tag == "Param" and (name := (element.get("name") or "").strip()):
            value = element.get("value")
            if value is None:
                value = next((child.text or "" for child in element if _local(child) == "Value"), "")
            yield Param(name, value.strip(), element.get("unit"), group)


def _first(element: ElementTree.Element | None, *path: str) -> ElementTree.Element | None:
    """The first descendant on a path of local names (children first, then anything below)."""
    for name in path:
        if element is None:
            return None
        element = next((below for below in element.iter() if _local(below) == name), None)
    return element


def _texts(why: ElementTree.Element | None, name: str) -> tuple[str, ...]:
    if why is None:
        return ()
    found = ((element.text or "").strip() for element in why.iter() if _local(element) == name)
    return tuple(text for text in found if text)


def _citations(section: ElementTree.Element | None) -> tuple[tuple[str, str], ...]:
    if section is None:
        return ()
    return tuple(
        ((element.get("cite") or "").lower(), (element.text or "").strip())
        for element in section
        if _local(element) == "EventIVORN" and (element.text or "").strip()
    )


def _issued(who: ElementTree.Element | None) -> datetime | None:
    date = _first(who, "Date")
    return None if date is None else _instant(date.text, "Who/Date")


def _where_when(
    section: ElementTree.Element | None,
) -> tuple[datetime | None, str | None, Direction | None]:
    """Time, frame and direction of the first observation; later ones are of other observatories."""
    location = _first(section, "ObservationLocation")
    system = _first(location, "AstroCoordSystem")
    coordinates = _first(location, "AstroCoords")
    frame = (system.get("id") if system is not None else None) or (
        coordinates.get("coord_system_id") if coordinates is not None else None
    )
    iso = _first(coordinates, "Time", "ISOTime")
    time = None if iso is None else _instant(iso.text, "WhereWhen//ISOTime")
    if time is not None and frame and OTHER_TIME_SCALE.match(frame):
        time = _utc(time, frame[:3].rstrip("-").lower())
    if frame and not ICRS_LIKE.search(frame):
        return time, frame, None
    return time, frame, _direction(_first(coordinates, "Position2D"))


def _direction(position: ElementTree.Element | None) -> Direction | None:
    if position is None:
        return None
    unit = (position.get("unit") or "deg").lower()
    if not unit.startswith("deg"):
        raise NoticeError(f"WhereWhen//Position2D/@unit: expected deg, found {unit[:40]!r}")
    ra, dec, radius = (
        None if found is None else _number((found.text or "").strip(), f"WhereWhen//Position2D//{name}")
        for name in ("C1", "C2", "Error2Radius")
        for found in (_first(position, name),)
    )
    if ra is None or dec is None:
        return None
    if not -180.0 <= ra <= 360.0:
        raise NoticeError(f"WhereWhen//Position2D//C1: expected degrees between 0 and 360, found {ra:g}")
    if not -90.0 <= dec <= 90.0:
        raise NoticeError(f"WhereWhen//Position2D//C2: expected degrees between -90 and 90, found {dec:g}")
    return Direction(ra % 360.0, dec, radius)


def _instant(text: str | None, where: str) -> datetime | None:
    if not (text or "").strip():
        return None
    try:
        instant = parse_instant(text or "")
    except ValueError as error:
        raise NoticeError(f"{where}: {error}") from None
    if not EARLIEST <= instant <= LATEST:
        raise NoticeError(f"{where}: expected {EARLIEST.year} to {LATEST.year}, found {instant.isoformat()}")
    return instant


def _utc(time: datetime, scale: str) -> datetime:
    """UTC of an instant in another time scale (Gaia writes TDB, 68.184 s ahead in 2016), to 2 ms.

    TDB and TT differ by less than 2 ms, TT = TAI + 32.184 s, and TAI − UTC are the leap seconds
    (ERFA `dat`); TCB − TDB is linear (ERFA `tcbtdb`).
    """
    start = datetime(2000, 1, 1, 12, tzinfo=UTC)  # JD 2451545.0
    if scale == "tcb":
        days = (time - start) / timedelta(days=1)
        _, shifted = erfa.tcbtdb(2451545.0, days)
        time = start + timedelta(days=float(shifted))
    leap_seconds = float(erfa.dat(time.year, time.month, time.day, 0.0))
    return time - timedelta(seconds=leap_seconds + (0.0 if scale == "tai" else 32.184))


def _number(text: str, where: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise NoticeError(f"{where}: expected a number, found {text[:40]!r}") from None
    return value if math.isfinite(value) else None
