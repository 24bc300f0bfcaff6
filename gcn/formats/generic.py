"""The generic reading of JSON that nobody has taught us: stored, shown and never fatal."""

from __future__ import annotations

import re
from datetime import datetime

from gcn.formats.schema_fields import Fields, offered
from gcn.gates import TEST_TOPIC
from gcn.missions import mission_in
from gcn.notice import MapSource, Notice, NoticeError, Position, Role, SkyMapRef, rayleigh_sigma
from gcn.raw_message import RawMessage
from skymaps.shapes import Cone

WHO = ("mission", "observatory", "telescope", "experiment", "detector", "instrument", "source")
WHAT = ("notice_type", "alert_type", "event_type", "type", "kind")
IDENTIFIERS = (
    "superevent_id",
    "event_id",
    "trigger_id",
    "trigger_num",
    "trigid",
    "id",
    "event_name",
    "name",
    "ref_id",
)
ISSUED = ("alert_datetime", "time_created", "issued", "date", "created", "timestamp", "sent_time")
HAPPENED = ("trigger_time", "event_time", "time", "t0", "neutrino_time", "datetime")
RIGHT_ASCENSION, DECLINATION = ("ra", "right_ascension", "raj2000"), ("dec", "declination", "decj2000")
RADII = ("ra_dec_error", "radius", "error_radius", "error", "uncertainty")

MOST_PROPERTIES = 200
LONGEST_TEXT = 2000


class Generic:
    """The family of every other JSON object. It comes last and reads all of them but JSON Schemas."""

    name = "generic"

    def recognises(self, message: RawMessage) -> bool:
        return message.json is not None

    def read(self, message: RawMessage) -> Notice:
        if message.json is None:
            raise NoticeError("generic reading: expected a JSON object")
        if "json-schema.org" in str(message.json.get("$schema", "")):
            raise NoticeError("JSON /$schema: a JSON Schema, which describes notices; expected a notice")
        return read_generic(Fields(message.json), message.topic)


FAMILY = Generic()


def read_generic(content: Fields, topic: str | None = None) -> Notice:
    """Who, what, when and where as far as standard names say it; everything else stays a property.

    A field of a standard name that is not what its name promises is left unread, never an error.
    The mission is that of the topic, else what the message says of itself; a role other than
    observation only where the topic or the message says test.
    """
    keyed = {name.lower(): name for name in reversed(list(content.values))}

    def first(names: tuple[str, ...]) -> str | None:
        return next(
            (text for name in names if name in keyed and (text := _words(content, keyed[name]))), None
        )

    said = first(WHO) or ""
    mission = mission_in(topic or "") or mission_in(said) or said or (topic or "unknown").rpartition(".")[2]
    identifier = first(IDENTIFIERS)
    position = _position(content, keyed)
    shape = Cone(position.ra, position.dec, position.radius) if position and position.radius else None
    test = TEST_TOPIC.search(topic or "") or "test" in (first(WHAT) or "").lower()
    tense = (first(("alert_tense", "role")) or "").lower()
    return Notice(
        format="gcn-json",
        mission=re.sub(r"[:\s]+", " ", mission).strip()[:60] or "unknown",
        kind=(first(WHAT) or (topic or "").removeprefix("gcn.") or "unknown kind")[:120],
        event=f"{re.sub(r'[:]+', ' ', mission)[:60].strip()}:{identifier[:120]}" if identifier else None,
        role=Role.TEST if test or tense in ("test", "injection", "mock") else Role.OBSERVATION,
        trigger_time=_instant(content, keyed, HAPPENED),
        issued=_instant(content, keyed, ISSUED),
        properties=_properties(content),
        position=position,
        skymap=SkyMapRef(MapSource.SHAPE, shape=shape) if shape else None,
    )


def _words(content: Fields, name: str) -> str | None:
    value = content.values[name]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = " ".join(str(value).split())
    return text if text.isprintable() else None


def _instant(content: Fields, keyed: dict[str, str], names: tuple[str, ...]) -> datetime | None:
    for name in names:
        if name in keyed and (instant := offered(content.instant, keyed[name], [])):
            return instant
    return None


def _number(content: Fields, keyed: dict[str, str], names: tuple[str, ...]) -> float | None:
    for name in names:
        if name in keyed and (number := offered(content.number, keyed[name], [])) is not None:
            return number
    return None


def _position(content: Fields, keyed: dict[str, str]) -> Position | None:
    """Degrees by name; a radius without a stated containment keeps none: who knows what it means."""
    ra, dec = _number(content, keyed, RIGHT_ASCENSION), _number(content, keyed, DECLINATION)
    radius = _number(content, keyed, RADII)
    if ra is None or dec is None or not 0.0 <= ra <= 360.0 or not -90.0 <= dec <= 90.0:
        return None
    if (ra, dec) == (0.0, 0.0) and not radius:
        return None
    if radius is None:
        return Position(ra % 360.0, dec)
    if not 0.0 < radius < 180.0:
        return None
    share = _number(content, keyed, ("containment_probability",))
    known = share is not None and 0.0 < share < 1.0
    return Position(
        ra=ra % 360.0,
        dec=dec,
        radius=radius,
        containment=share if known else None,
        sigma=rayleigh_sigma(radius, share) if known and share is not None else None,
    )


def _properties(content: Fields) -> dict[str, object]:
    """The scalar fields, texts cut to a length that a database and a card can take."""
    found: dict[str, object] = {}
    for name, value in list(content.values.items())[:MOST_PROPERTIES]:
        if value is None or isinstance(value, dict | list):
            continue
        found[name[:120]] = value[:LONGEST_TEXT] if isinstance(value, str) else value
    return found
