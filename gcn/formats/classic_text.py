"""GCN Classic notices as text (`gcn.classic.text.…`, and as e-mail): lines of `KEY: value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gcn.formats.classic_types import TYPES
from gcn.formats.igwn import ALERT_TYPES, ROLES, SUPEREVENT_ID
from gcn.formats.schema_fields import EARLIEST, LATEST
from gcn.formats.voevent import GCN_STREAM, read_voevent
from gcn.formats.voevent_document import Direction, Param, VOEvent
from gcn.formats.voevent_kinds import KINDS
from gcn.formats.voevent_reading import cone, typed
from gcn.notice import Notice, NoticeError, rayleigh_sigma
from gcn.raw_message import RawMessage
from skymaps.shapes import Cone

LINE = re.compile(r"([A-Za-z][A-Za-z0-9_ -]{0,40}?):(?:\s+(.*)|)$")
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

TIMES = (
    "GRB",
    "TRIGGER",
    "EVENT",
    "DISCOVERY",
    "TRANS",
    "BURST",
    "IMG_START",
    "OUTBURST",
    "SRC",
    "OBS",
    "SLEW",
)
SOURCES = ("GRB", "SRC", "EVENT", "CNTRPART", "TRANS", "BURST", "POINT", "SLEW")

TO_DEGREES = {"deg": 1.0, "arcmin": 1.0 / 60.0, "arcsec": 1.0 / 3600.0}

NOT_A_GRB = re.compile(r"(definitely|probably) not a GRB|is not a GRB", re.IGNORECASE)


@dataclass(frozen=True)
class ClassicText:
    """The lines of a notice: the first value of each key, and every comment."""

    values: Mapping[str, str]
    comments: tuple[str, ...]

    def number(self, key: str) -> float | None:
        """The number that a value begins with."""
        match = re.match(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", self.values.get(key, ""))
        return float(match[0]) if match else None


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
    error, containment, systematics = _error(lines)
    params = params_of(lines, packet)
    event = VOEvent(
        ivorn=f"ivo://{GCN_STREAM}/{sender[1]}#{kind_name}",
        role="test" if "test" in kind_name.lower() else "observation",
        params=params,
        issued=_issued(lines),
        time=_time(lines),
        direction=_direction(lines, error),
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


def parse_lines(text: str) -> ClassicText:
    """Keys and values; lines without a key (other epochs of a position) belong to none."""
    values: dict[str, str] = {}
    comments: list[str] = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        key, value = match[1].strip().upper(), (match[2] or "").strip()
        if key in ("COMMENTS", "COMMENT"):
            comments.append(value)
        elif value:
            values.setdefault(key, value)
    return ClassicText(values, tuple(comments))


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


def _issued(lines: ClassicText) -> datetime | None:
    """`Fri 13 Jan 25 01:45:10 UT`."""
    stated = lines.values.get("NOTICE_DATE")
    if stated is None:
        return None
    try:
        return datetime.strptime(stated.rsplit(" UT", 1)[0].strip(), "%a %d %b %y %H:%M:%S").replace(
            tzinfo=UTC
        )
    except ValueError:
        raise NoticeError(
            f"classic text NOTICE_DATE: expected 'Fri 13 Jan 25 01:45:10 UT', found {stated[:60]!r}"
        ) from None


def _time(lines: ClassicText) -> datetime | None:
    """`20052 TJD; 108 DOY; 23/04/18` and `19732.12 SOD {05:28:52.12} UT`."""
    for what in TIMES:
        date, clock = lines.values.get(f"{what}_DATE"), lines.values.get(f"{what}_TIME")
        if not date or not clock:
            continue
        day = re.search(r"\b(\d{2}|\d{4})/(\d\d)/(\d\d)\b", date)
        seconds = re.match(r"(\d+(?:\.\d+)?)\s+SOD", clock)
        hms = re.search(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)", clock)
        if day is None or (seconds is None and hms is None):
            raise NoticeError(
                f"classic text {what}_DATE, {what}_TIME: expected '23/04/18' and '19732.12 SOD', "
                f"found {date[:40]!r} and {clock[:40]!r}"
            )
        year = int(day[1]) if len(day[1]) == 4 else 2000 + int(day[1])
        if not EARLIEST.year <= year <= LATEST.year:
            raise NoticeError(f"classic text {what}_DATE: {date[:40]!r} is no date of a notice")
        past = float(seconds[1]) if seconds else 0.0
        if hms is not None:  # AMON rounds the seconds of the day, not these
            past = int(hms[1]) * 3600 + int(hms[2]) * 60 + float(hms[3])
        try:
            return datetime(year, int(day[2]), int(day[3]), tzinfo=UTC) + timedelta(seconds=past)
        except (ValueError, OverflowError) as error:
            raise NoticeError(f"classic text {what}_DATE: {date[:40]!r} is no date ({error})") from None
    return None


def _direction(lines: ClassicText, radius: float | None) -> Direction | None:
    for what in SOURCES:
        ra, dec = (_angle(lines, f"{what}_{axis}") for axis in ("RA", "DEC"))
        if ra is not None and dec is not None:
            if not 0.0 <= ra <= 360.0 or not -90.0 <= dec <= 90.0:
                raise NoticeError(f"classic text {what}_RA, {what}_DEC: ({ra:g}, {dec:g}) is no direction")
            return Direction(ra % 360.0, dec, radius)
    return None


def _angle(lines: ClassicText, key: str) -> float | None:
    """`-7.267d {-07d 16' 00"} (J2000)`: the two spellings have to agree, a lost sign is another sky."""
    value = lines.values.get(key)
    degrees = lines.number(key)
    if value is None or degrees is None or "undefined" in value.lower():
        return None
    spelled = re.search(r"\{([+-]?)(\d+)([hd])\s+(\d+)[m']\s+([\d.]+)[s\"]", value)
    if spelled:
        size = int(spelled[2]) + int(spelled[4]) / 60.0 + float(spelled[5].rstrip(".") or 0) / 3600.0
        stated = (-size if spelled[1] == "-" else size) * (15.0 if spelled[3] == "h" else 1.0)
        if abs(stated - degrees) > 0.1:
            raise NoticeError(f"classic text {key}: {degrees:g} degrees is not {spelled[0][1:]}")
    return degrees


def _error(lines: ClassicText) -> tuple[float | None, float | None, bool | None]:
    """Radius in degrees, containment and whether systematics are included, as the line itself says."""
    for what in SOURCES:
        for key in (f"{what}_ERROR", f"{what}_ERROR90"):
            value, number = lines.values.get(key), lines.number(key)
            unit = re.search(r"\b(deg|arcmin|arcsec)\b", value or "")
            if value is None or number is None:
                continue
            if unit is None:
                raise NoticeError(f"classic text {key}: expected deg, arcmin or arcsec, found {value[:60]!r}")
            percent = re.search(r"(\d+(?:\.\d+)?)\s*%", value)
            share = float(percent[1]) / 100.0 if percent else None
            only = re.search(r"stat(istical)?[ -]only", value)
            both = re.search(r"stat(istical)?\s*(plus|\+)\s*sys", value)
            return (
                number * TO_DEGREES[unit[1]],
                share if share is not None and 0.0 < share < 1.0 else None,
                False if only else True if both else None,
            )
    return None, None, None


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
