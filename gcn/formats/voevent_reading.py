"""What nearly every VOEvent says in the same words: identity, times, position, flags, links, properties."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from gcn.formats.voevent_document import Direction, Param, VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.localisation import RADIUS_MEANING, SCHEMA_CONTAINMENT
from gcn.notice import AlertType, MapSource, Notice, Position, Role, SkyMapRef, iso, rayleigh_sigma
from skymaps.shapes import Cone

IDENTIFIERS = (
    "TrigID",
    "Trans_Num",
    "Burst_Id",
    "GraceID",
    "Trigger_Number",
    "event_name",
    "alert identifier",
)
"""Params that name the event, the first that says something wins."""

NO_IDENTIFIER = frozenset({"", "0", "-1", "2147483647", "-2147483648", "none", "null", "(null)", "unknown"})
"""What missions write where they have no number: zero, or the limits of a 32-bit integer (AMON 2015)."""

LONGEST_IDENTIFIER = 120

ROLES = {
    "observation": Role.OBSERVATION,
    "observe": Role.OBSERVATION,  # H.E.S.S. writes it so
    "prediction": Role.PREDICTION,
    "utility": Role.UTILITY,
    "test": Role.TEST,
}
TEST_FLAGS = ("Test", "Test_Notice", "Test_Submission", "InternalTest")

CONCEPT_TAGS = (("process.variation.burst;em.gamma", "GRB"), ("process.variation.trans", "transient"))

WHOLE_SKY = 180.0
"""Degrees: an error radius that large says nothing (SNEWS sends 360)."""

UNINTERESTING = re.compile(
    r"Packet_Type|Pkt_Ser_Num|.*_TJD|.*_SOD|Coords_(Type|String)|Trigger_ID|Misc_[Ff]lags|Soln_[Ss]tatus|"
    r"Bkg_Time|RADec_valid|[XY]_TAM_\w+|ADC_\w+|Test_mpos|Misc_att|Waveform|Amplifier|Det_flags|internal"
)
UNINTERESTING_GROUPS = frozenset({"Obs_Support_Info", "Merit_Values", "Satellite_Info"})
NUMERIC = frozenset("+-.0123456789")
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
LONGEST_TEXT = 2000
MOST_PARAMS = 500
"""Params kept of one notice; the longest of any mission has about eighty."""

LINK = re.compile(r"https?://[^\s\"'<>]{4,2000}")


def read_event(event: VOEvent, kind: Kind) -> Notice:
    """The notice that the standard params and a kind's meaning give; missions refine it.

    Position: degrees ICRS, with the containment that the kind's radius has; None where the radius
    is zero or negative, where it spans the whole sky, and for RA = Dec = 0 without a radius.
    """
    role = role_of(event, kind)
    about_source = role is not Role.UTILITY
    retracted = event.flag("Retraction") is True or any(cite == "retraction" for cite, _ in event.citations)
    alert_type = AlertType.RETRACTION if retracted else kind.alert_type
    position = read_position(event.direction, kind.radius)
    shape = cone(position) if position and about_source else None
    return Notice(
        format="voevent",
        mission=kind.mission,
        instrument=kind.instrument,
        kind=kind.name,
        event=event_of(event, kind) if about_source else None,
        alert_type=alert_type,
        role=role,
        trigger_time=None if kind.later else event.time,
        issued=event.issued,
        properties=properties_of(event, kind, position),
        position=position if about_source else None,
        skymap=None if shape is None else SkyMapRef(MapSource.SHAPE, shape=shape),
        tags=tags_of(event, kind, alert_type),
        links=links_of(event.params),
    )


def role_of(event: VOEvent, kind: Kind) -> Role:
    """The role in the root, unless the kind or a flag says test; an unheard-of role is no observation."""
    if kind.test or any(event.flag(name) is True for name in TEST_FLAGS):
        return Role.TEST
    return Role.UTILITY if kind.utility else ROLES.get(event.role, Role.TEST)


def event_of(event: VOEvent, kind: Kind) -> str | None:
    """`MISSION:ID` by the sender's own number; without one a trigger is known by its exact time."""
    found = identifier(event.text(name) for name in IDENTIFIERS)
    return f"{kind.mission}:{found}" if found else timed(kind.mission, kind.instrument, event.time)


def timed(mission: str, instrument: str | None, time: datetime | None) -> str | None:
    """The identity of a trigger without a number: its mission, instrument and exact time."""
    return None if time is None else f"{mission}:{' '.join(filter(None, (instrument, iso(time))))}"


def identifier(candidates: Iterable[str | None]) -> str | None:
    """The first candidate that is an identifier at all."""
    for text in candidates:
        if text is not None and text.lower() not in NO_IDENTIFIER:
            bare = "_".join(text.split())
            if bare.isprintable() and len(bare) <= LONGEST_IDENTIFIER:
                return bare
    return None


def read_position(direction: Direction | None, radius_kind: str | None) -> Position | None:
    """A direction with what its radius means; None where the numbers say that it is not known."""
    if direction is None:
        return None
    radius = direction.radius
    if radius is None:
        unknown = direction.ra == 0.0 and direction.dec == 0.0
        return None if unknown else Position(direction.ra, direction.dec)
    if radius <= 0.0 or radius >= WHOLE_SKY:
        return None
    meaning = RADIUS_MEANING.get(radius_kind or "")
    containment = meaning.containment if meaning else None
    return Position(
        ra=direction.ra,
        dec=direction.dec,
        radius=radius,
        containment=containment,
        systematic_included=meaning.systematic_included if meaning else None,
        sigma=None if containment is None else rayleigh_sigma(radius, containment),
    )


def cone(position: Position, systematics: tuple[tuple[float, float], ...] = ()) -> Cone | None:
    """The error circle as a shape; where its containment is unknown it is drawn as 90 %, the commonest."""
    if position.radius is None:
        return None
    containment = position.containment or SCHEMA_CONTAINMENT
    return Cone(position.ra, position.dec, position.radius, containment, systematics)


def tags_of(event: VOEvent, kind: Kind, alert_type: AlertType) -> frozenset[str]:
    """What the notice says about itself, in the words people filter by."""
    tags = {kind.mission, *kind.tags, *([kind.instrument] if kind.instrument else [])}
    for concept, tag in CONCEPT_TAGS:
        if not kind.utility and any(found.startswith(concept) for found in event.concepts):
            tags.add(tag)
    if tags & {"known source", "neutrino", "supernova"} or event.flag("Def_NOT_a_GRB") is True:
        tags.discard("GRB")
    if event.flag("Def_NOT_a_GRB") is True:
        tags.add("Not GRB")
    length = (event.text("Long_short") or event.text("Duration_class") or "").lower()
    if length in ("long", "short"):
        tags.add(length)
    if alert_type is AlertType.SUBTHRESHOLD:
        tags.add("subthreshold")
    if alert_type is AlertType.RETRACTION:
        tags.add("retracted")
    return frozenset(tags)


def properties_of(event: VOEvent, kind: Kind, position: Position | None) -> dict[str, object]:
    """The sender's further params by their own names, typed, without bookkeeping and housekeeping.

    Where a name occurs in several groups the first keeps it and the others are `group.name`.
    """
    found: dict[str, object] = {}
    for param in event.params[:MOST_PARAMS]:
        if param.group in UNINTERESTING_GROUPS or UNINTERESTING.fullmatch(param.name):
            continue
        value = typed(param.value)
        housekeeping = (param.group or "").lower() == "misc_flags" and value is False
        if value is None or housekeeping or is_address(param.value):
            continue
        name = param.name if param.name not in found else f"{param.group}.{param.name}"
        found.setdefault(name, value)
    if kind.later and event.time is not None:
        found["observation_time"] = iso(event.time)
    if event.direction is not None and position is None and (event.direction.ra or event.direction.dec):
        found |= {"RA": event.direction.ra, "Dec": event.direction.dec}
    if event.frame is not None and event.direction is None and not re.search("FK5|ICRS", event.frame):
        found["frame"] = event.frame
    if event.names and event.names[0] != "(null)":
        found["Name"] = event.names[0]
    return found


def typed(text: str) -> bool | int | float | str | None:
    """A param's value as what it looks like; NaN, infinities and empty text are unknown."""
    if text[:1] in NUMERIC and len(text) < 40:
        if WHOLE_NUMBER.fullmatch(text):
            return int(text)
        if NUMBER.fullmatch(text):
            value = float(text)
            return value if math.isfinite(value) else None
    word = text.lower()
    if word in ("true", "false"):
        return word == "true"
    return None if word in ("", "nan", "inf", "-inf", "none", "(null)") else text[:LONGEST_TEXT]


def links_of(params: tuple[Param, ...]) -> dict[str, str]:
    """Every param that is a web address, by its name."""
    found: dict[str, str] = {}
    for param in params[:MOST_PARAMS]:
        if is_address(param.value):
            found.setdefault(param.name, param.value)
    return found


def is_address(url: str) -> bool:
    """Whether a text is a web address with a host, and nothing that a browser would run."""
    if not url.startswith("http") or LINK.fullmatch(url) is None:
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def with_map(notice: Notice, url: str | None) -> Notice:
    """The notice with its published map behind a link; the cone stays beside it until the map is there."""
    if url is None or not is_address(url):
        return notice
    shape = notice.skymap.shape if notice.skymap else None
    secure = re.sub("^http:", "https:", url)  # every host of maps answers there, and nothing else is fetched
    return replace(notice, skymap=SkyMapRef(MapSource.URL, url=secure, shape=shape))


def with_properties(notice: Notice, more: Mapping[str, object]) -> Notice:
    return replace(notice, properties={**notice.properties, **more})
