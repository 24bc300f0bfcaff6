"""GCN Schema notices: one reading of the core vocabulary, with what differs in `schema_kinds.KINDS`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gcn.formats.schema_fields import LONGEST_NAME, Fields, offered
from gcn.formats.schema_kind import Kind
from gcn.formats.schema_kinds import KINDS
from gcn.gates import TEST_TOPIC
from gcn.missions import mission_in
from gcn.notice import AlertType, Notice, NoticeError, Role, iso
from gcn.raw_message import Json, RawMessage

SCHEMA_URL = re.compile(r"gcn\.nasa\.gov/schema/[^/]+/gcn/(?:notices/)?([\w./-]+?)\.schema\.json")
TOPIC = re.compile(r"gcn\.notices?\.([\w.]+)")

OTHER_NAMES = {
    "icecube/lvknutracksearch": "icecube/lvk_nu_track_search",
    "icecube/gold_bronze_track_alerts": "icecube/single_neutrino_alerts",
    "fermi/gbm": "fermi/gbm/trigger",
    "svom": "svom/trigger",
    "km3net": "km3net/alert",
    "maxi/gsc/known": "maxi/gsc.known",
    "maxi/gsc/unknown": "maxi/gsc.unknown",
    "einstein_probe": "einstein_probe/wxt/alert",
}
"""Earlier names of schemas, and topics that are called otherwise than their schema."""

REPORTERS = {
    "boom": "boom/alert",
    "burstcube": "burstcube/alert",
    "fermi gbm": "fermi/gbm/trigger",
    "fermi lat": "fermi/lat/flare",
    "glowbug": "glowbug/alert",
    "heasarc": "heasarc/archive_alert",
    "icecube": "icecube/single_neutrino_alerts",
    "km3net": "km3net/alert",
    "super-kamiokande": "superk/sn_alert",
    "swift bat-guano": "swift/bat/guano",
    "wxt": "einstein_probe/wxt/alert",
    "eclairs": "svom/trigger",
    "grm": "svom/trigger",
}
"""By mission and instrument, for a notice that names neither its schema nor its topic."""

ALERT_TYPES = {
    "initial": AlertType.INITIAL,
    "subsequent": AlertType.UPDATE,
    "update": AlertType.UPDATE,
    "retraction": AlertType.RETRACTION,
}
ROLES = {
    "test": Role.TEST,
    "injection": Role.MOCK,
    "planned": Role.PREDICTION,
    "commanded": Role.UTILITY,
}
"""`core/Alert.alert_tense`. Archival data are observations, and gated; so is a tense yet unheard of."""

CORE = frozenset({"alert_datetime", "alert_type", "alert_tense", "trigger_time", "ra_dec_error", "id"})

READ_ELSEWHERE = frozenset(
    {
        "$schema", "mission", "instrument", "alert_datetime", "alert_type", "trigger_time", "id", "far",
        "ra", "dec", "ra_dec_error", "containment_probability", "systematic_included", "healpix_file",
        "classification",
    }
)  # fmt: skip
"""Fields that have a place of their own in a Notice."""

MOST_UNREAD = 20
"""What could not be read, said once each; a notice that is all wrong need not say so a million times."""

LINKS = ("data_archive_page", "healpix_url", "light_curve_url", "mission_page")


class Schema:
    """The family of the JSON notices that follow GCN Schema, known to us or not."""

    name = "gcn-json"

    def recognises(self, message: RawMessage) -> bool:
        content = message.json
        return content is not None and schema_path(content, message.topic) is not None

    def read(self, message: RawMessage) -> Notice:
        content = message.json
        path = None if content is None else schema_path(content, message.topic)
        if content is None or path is None:
            raise NoticeError("message: no JSON that follows GCN Schema")
        return read_notice(path, Fields(content), message.topic)


FAMILY = Schema()


def schema_path(content: Mapping[str, Json], topic: str | None = None) -> str | None:
    """The schema a message follows (`einstein_probe/wxt/alert`), or None where it follows none.

    By `$schema`, whatever its version; else by topic; else by who reports in the core vocabulary.
    """
    stated = SCHEMA_URL.search(str(content.get("$schema", "")))
    if stated:
        return _canonical(stated[1])
    named = TOPIC.fullmatch(topic or "")
    if named:
        return _canonical(named[1].replace(".test.", ".").replace(".", "/"))
    return _by_reporter(content)


def _canonical(path: str) -> str:
    path = path.lower()
    return OTHER_NAMES.get(path, path)


def _by_reporter(content: Mapping[str, Json]) -> str | None:
    if str(content.get("type", "")).startswith("IceCube LVK"):
        return "icecube/lvk_nu_track_search"
    if len(CORE & content.keys()) < 2:
        return None
    mission, instrument = (str(content.get(name) or "").lower() for name in ("mission", "instrument"))
    if mission == "maxi":
        return "maxi/gsc.known" if "band_flux_low" in content else "maxi/gsc.unknown"
    for reporter in (f"{mission} {instrument}".strip(), mission, instrument):
        if reporter in REPORTERS:
            return REPORTERS[reporter]
    return mission.replace(" ", "_") or None


def read_notice(path: str, fields: Fields, topic: str | None = None) -> Notice:
    """One notice that follows GCN Schema.

    Identity, times, alert type, tense and position must be what the schema says, or a NoticeError
    names their place; anything else that is not is left out and said in `properties["unread"]`.
    """
    if path.startswith("core/"):
        raise NoticeError(f"JSON /$schema: {path} describes a part of a notice, expected a whole notice")
    kind = KINDS.get(path) or _unknown_kind(path, fields)
    unread: list[str] = []
    localization = kind.localize(fields)
    trigger_time = fields.instant("trigger_time")
    identities = _identities(kind, fields, trigger_time)
    alert_type = fields.text("alert_type")
    far = offered(fields.number, "far", unread)
    notice = Notice(
        format="gcn-json",
        mission=kind.mission,
        instrument=_instrument(kind, fields, unread),
        kind=kind.title,
        event=identities[0] if identities else None,
        aliases=(*identities[1:], *kind.names(fields)),
        alert_type=kind.alert_type if alert_type is None else _alert_type(alert_type),
        role=_role(fields, topic),
        trigger_time=trigger_time,
        issued=fields.instant("alert_datetime"),
        far=None if far is None or far < 0.0 else far,
        classification=_classification(fields, unread),
        properties=_properties(fields, [*unread, *localization.unread]),
        position=localization.position,
        skymap=localization.skymap,
        tags=kind.tags,
        links=_links(fields),
    )
    notice = kind.finish(fields, notice)
    tags = notice.tags | {"retracted"} if notice.retraction else notice.tags
    return replace(notice, kind=notice.kind[:LONGEST_NAME], tags=tags)


def _unknown_kind(path: str, fields: Fields) -> Kind:
    """A schema nobody has taught us: the mission it names, or the first word of its path."""
    words = [word for word in path.split("/") if word.strip(".-_")] or ["unknown"]
    named = offered(fields.text, "mission", []) or words[0]
    mission = mission_in(named) or " ".join(re.sub(r"[^A-Za-z0-9.\-]+", " ", named)[:60].split())
    return Kind(mission or "unknown", ".".join(words))


def _identities(kind: Kind, fields: Fields, trigger_time: datetime | None) -> tuple[str, ...]:
    """`MISSION:ID` for every id. Without any, a trigger is known by its exact time and instrument."""
    found = tuple(f"{kind.mission}:{identifier}" for identifier in kind.identifiers(fields))
    if found or trigger_time is None:
        return found
    instrument = _instrument(kind, fields, [])
    return (f"{kind.mission}:{' '.join(filter(None, (instrument, iso(trigger_time))))}",)


def _instrument(kind: Kind, fields: Fields, unread: list[str]) -> str | None:
    names = offered(fields.names, "instrument", unread)
    return " ".join(names) if names else kind.instrument


def _alert_type(word: str) -> AlertType:
    return ALERT_TYPES.get(word.lower(), AlertType.OTHER)


def _role(fields: Fields, topic: str | None) -> Role:
    if topic is not None and TEST_TOPIC.search(topic):
        return Role.TEST
    return ROLES.get((fields.text("alert_tense") or "current").lower(), Role.OBSERVATION)


def _classification(fields: Fields, unread: list[str]) -> dict[str, float]:
    classes = offered(fields.object, "classification", unread)
    found = {}
    for name in classes.values if classes else ():
        probability = offered(classes.number, name, unread) if classes else None
        if probability is not None and 0.0 <= probability <= 1.0:
            found[name] = probability
    return found


def _links(fields: Fields) -> dict[str, str]:
    found = {name: offered(fields.text, name, []) for name in LINKS}
    return {name: url for name, url in found.items() if url and url.startswith(("https://", "http://"))}


def _properties(fields: Fields, unread: list[str]) -> dict[str, object]:
    """Everything else, by the sender's names; what lies in an object is named `outer.inner`."""
    links = _links(fields)
    found: dict[str, object] = {}
    for name, value in fields.values.items():
        if name == "properties" and isinstance(value, dict):
            found |= _flat("", value)
        elif name not in READ_ELSEWHERE and name not in links:
            found |= _flat(name, value)
    return found | ({"unread": unread[:MOST_UNREAD]} if unread else {})


def _flat(name: str, value: Json) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        return {name: value}
    found: dict[str, object] = {}
    for inner, item in value.items():
        found |= _flat(f"{name}.{inner}" if name else inner, item)
    return found
