"""GCN Classic notices as text (`gcn.classic.text.…`, and as e-mail): lines of `KEY: value`."""

from __future__ import annotations

import re
from dataclasses import replace

from gcn.formats.classic_lines import (
    ClassicText,
    direction,
    error_circle,
    happened_at,
    issued_at,
    parse_lines,
)
from gcn.formats.classic_types import TYPES
from gcn.formats.igwn import ALERT_TYPES, ROLES, SUPEREVENT_ID
from gcn.formats.voevent import GCN_STREAM, read_voevent
from gcn.formats.voevent_document import Param, VOEvent
from gcn.formats.voevent_kinds import KINDS
from gcn.formats.voevent_reading import cone, typed
from gcn.notice import Notice, NoticeError, rayleigh_sigma
from gcn.raw_message import RawMessage
from skymaps.shapes import Cone

TITLE = re.compile(r"\s*TITLE:\s*GCN/", re.IGNORECASE)

PACKET_LENGTH = 160
"""Bytes of a classic binary packet, forty 4-byte integers (GCN `sock_pkt_def_doc`)."""

EVENT_KEYS = {
    "TRIGGER_NUM": "TrigID",
    "TRANS_NUM": "Trans_Num",
    "REF_NUM": "TrigID",
    "RUN_NUM": "run_id",
    "EVENT_NUM": "event_id",
    "REVISION": "Rev",
    "FAR": "FAR",
    "LC_URL": "LightCurve_URL",
    "HEALPIX_URL": "HealPix_URL",
    "LOC_URL": "LocationMap_URL",
    "SKYMAP_FITS_URL": "skymap_fits",
    "EVENT_NAME": "event_name",
    "TELESCOPE": "Telescope",
}
"""What the text calls the params of the VOEvent form of the same notice."""

NOT_A_GRB = re.compile(r"(definitely|probably) not a GRB|is not a GRB", re.IGNORECASE)


class ClassicTextFamily:
    """The family of classic text notices; binary packets are known, and refused with the way out."""

    name = "classic-text"

    def recognises(self, message: RawMessage) -> bool:
        topic = message.topic or ""
        if b"\x00" in message.raw and (
            len(message.raw) == PACKET_LENGTH or topic.startswith("gcn.classic.binary")
        ):
            return True
        return topic.startswith("gcn.classic.text") or TITLE.match(_beginning(message)) is not None

    def read(self, message: RawMessage) -> Notice:
        if b"\x00" in message.raw:
            raise NoticeError(
                f"binary packet of {len(message.raw)} bytes: subscribe to the text or VOEvent form instead"
            )
        return read_text(message.text, message.topic)


FAMILY = ClassicTextFamily()


def _beginning(message: RawMessage) -> str:
    return message.raw[:200].decode("ascii", errors="replace").lstrip("\ufeff")


def read_text(text: str, topic: str | None = None) -> Notice:
    """One classic text notice, read as the VOEvent form of the same notice would be.

    Positions are the J2000 ones (degrees), errors are converted to degrees and have the containment
    the text states, else the mission's.

    Raises NoticeError naming the line that is not what it has to be.
    """
    lines = parse_lines(text)
    kind_name = lines.values.get("NOTICE_TYPE", "")[:80]
    sender = re.match(r"GCN/(\w+)", lines.values.get("TITLE", ""))
    if sender is None or not kind_name:
        raise NoticeError("classic text: expected lines 'TITLE: GCN/… NOTICE' and 'NOTICE_TYPE: …'")
    packet = packet_type(kind_name, topic)
    radius, containment, systematics = error_circle(lines)
    params = params_of(lines, packet)
    event = VOEvent(
        ivorn=f"ivo://{GCN_STREAM}/{sender[1]}#{kind_name}",
        role="test" if "test" in kind_name.lower() else "observation",
        params=params,
        issued=issued_at(lines),
        time=happened_at(lines),
        direction=direction(lines, radius),
        first={param.name: param for param in reversed(params)},
    )
    notice = read_voevent(event, topic)
    notice = replace(notice, format="classic-text", kind=kind_name, properties=_properties(lines))
    if any(NOT_A_GRB.search(comment) for comment in lines.comments):
        notice = replace(notice, tags=(notice.tags | {"Not GRB"}) - {"GRB"})
    return _as_stated(_superevent(notice), containment, systematics)


def _superevent(notice: Notice) -> Notice:
    """LVC notices were sent until July 2026; mock superevents are told from real ones by their id."""
    match = SUPEREVENT_ID.fullmatch((notice.event or "").partition(":")[2])
    if notice.mission != "LVK" or match is None:
        return notice
    types = (found for word, found in ALERT_TYPES.items() if word in notice.kind.upper().replace(" ", ""))
    return replace(notice, role=ROLES[match[1]], alert_type=next(types, notice.alert_type))


def packet_type(kind_name: str, topic: str | None) -> int | None:
    """The number of the notice type: by the topic, else by the words of NOTICE_TYPE."""
    word = (topic or "").rpartition(".")[2]
    by_name = {kind.name: number for number, kind in KINDS.items()}
    if word in by_name:
        return by_name[word]
    spelled = " ".join(kind_name.lower().replace("_", " ").replace("-", " ").split())
    if spelled.replace(" ", "_").upper() in by_name:
        return by_name[spelled.replace(" ", "_").upper()]
    return next((number for words, number in TYPES if spelled.startswith(words)), None)


def params_of(lines: ClassicText, packet: int | None) -> tuple[Param, ...]:
    """The identifying values under the names that the VOEvent form has for them."""
    found = [Param("Packet_Type", str(packet))] if packet is not None else []
    for key, name in EVENT_KEYS.items():
        if key in lines.values:
            value = (lines.values[key].split(",")[0].split() or [""])[0]
            unit = "Hz" if "[hz]" in lines.values[key].lower() else None
            found.append(Param(name, value, unit))
    return tuple(found)


def _as_stated(notice: Notice, containment: float | None, systematics: bool | None) -> Notice:
    """What the line says of its own radius wins over what is known of the mission."""
    known = notice.position
    if known is None or known.radius is None or (containment is None and systematics is None):
        return notice
    share = containment or known.containment
    position = replace(
        known,
        containment=share,
        systematic_included=known.systematic_included if systematics is None else systematics,
        sigma=None if share is None else rayleigh_sigma(known.radius, share),
    )
    if notice.skymap is None or notice.skymap.shape is None:
        return replace(notice, position=position)
    modelled = notice.skymap.shape.systematics if isinstance(notice.skymap.shape, Cone) else ()
    shape = cone(position, () if position.systematic_included else modelled)
    return replace(notice, position=position, skymap=replace(notice.skymap, shape=shape))


def _properties(lines: ClassicText) -> dict[str, object]:
    """Every other line by its key; a number with its unit is the number."""
    skipped = re.compile(
        r"TITLE|NOTICE_\w+|SUN_\w+|MOON_\w+|GAL_\w+|ECL_\w+|\w+_(RA|DEC|DATE|TIME|URL)|COMMENTS?"
    )
    found: dict[str, object] = {}
    for key, value in lines.values.items():
        if skipped.fullmatch(key):
            continue
        bare = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(?:\[[^\]]*\])?", value)
        kept = typed(bare[1] if bare else value)
        if kept is not None:
            found[key] = kept
    return found
