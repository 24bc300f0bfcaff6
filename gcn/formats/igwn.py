"""LIGO-Virgo-KAGRA alerts: `igwn.gwalert` JSON (igwn-gwalert-schema 1.3.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gcn.embedded_map import decode_map
from gcn.formats.schema_fields import Fields
from gcn.notice import AlertType, Coincidence, MapSource, Notice, NoticeError, Role, SkyMapRef
from gcn.raw_message import Json, RawMessage

TOPIC = "igwn.gwalert"

ALERT_TYPES = {
    "EARLYWARNING": AlertType.EARLY_WARNING,
    "PRELIMINARY": AlertType.PRELIMINARY,
    "INITIAL": AlertType.INITIAL,
    "UPDATE": AlertType.UPDATE,
    "RETRACTION": AlertType.RETRACTION,
}

ROLES = {"S": Role.OBSERVATION, "MS": Role.MOCK, "TS": Role.TEST}
"""By what stands before the date of a superevent id (LVK Public Alerts User Guide, "Superevent names")."""

SUPEREVENT_ID = re.compile(r"(S|MS|TS)\d{6}[a-z]+")

AVRO_START = b"Obj\x01"

READ_ELSEWHERE = {
    *("time", "far", "significant", "instruments"),
    *("classification", "properties", "skymap"),
    *("alert_type", "time_created", "superevent_id", "urls", "event", "external_coinc"),
}
"""Fields with a place of their own in `Notice`; all others, of this and later schemas, are properties."""


class Igwn:
    """The family of `igwn.gwalert`."""

    name = "igwn-json"

    def recognises(self, message: RawMessage) -> bool:
        if message.raw.startswith(AVRO_START):
            return b"superevent_id" in message.raw[:8192]
        return message.json is not None and (message.topic == TOPIC or "superevent_id" in message.json)

    def read(self, message: RawMessage) -> Notice:
        if message.json is None:
            raise NoticeError(
                "igwn.gwalert in Avro (as SCiMMA relays it): subscribe to the JSON of topic igwn.gwalert"
            )
        return read_alert(message.json)


FAMILY = Igwn()


def read_alert(content: Mapping[str, Json]) -> Notice:
    """One LVK alert; the map inside is decoded, not read.

    The event is `LVK:` and the superevent id, exactly as sent; rates in Hz, probabilities in 0..1.

    Raises NoticeError with the JSON pointer of what is missing, of the wrong type, or cut off.
    """
    alert = Fields(content)
    kind = required(alert, "alert_type")
    alert_type = ALERT_TYPES.get(kind.upper().replace("_", ""), AlertType.OTHER)
    superevent = required(alert, "superevent_id")
    match = SUPEREVENT_ID.fullmatch(superevent)
    if match is None:
        raise alert.wrong("superevent_id", "S, MS or TS, six digits and small letters")
    event = alert.object("event")
    if event is None and alert_type is not AlertType.RETRACTION:
        raise alert.wrong("event", f"an object in an alert of type {kind}")
    if event is not None and event.instant("time") is None:
        raise event.wrong("time", "an ISO 8601 date and time")
    event = event or Fields({}, ("event",))
    significant, instruments = event.flag("significant"), event.names("instruments")
    issued = alert.instant("time_created")
    if issued is None:
        raise alert.wrong("time_created", "an ISO 8601 date and time")
    return Notice(
        format="igwn-json",
        mission="LVK",
        instrument=" ".join(instruments) or None,
        kind=kind,
        event=f"LVK:{superevent}",
        alert_type=alert_type,
        role=ROLES[match[1]],
        trigger_time=event.instant("time"),
        issued=issued,
        significant=significant,
        far=rate(event, "far"),
        classification=_probabilities(event.object("classification")),
        properties=_properties(alert, event),
        skymap=_skymap(event),
        coincidence=_coincidence(alert.object("external_coinc")),
        tags=gw_tags(
            alert_type,
            significant,
            event.text("search"),
            event.text("group"),
            event.text("pipeline"),
            *instruments,
        ),
        links=_links(alert.object("urls")),
    )


def gw_tags(alert_type: AlertType, significant: bool | None, *words: str | None) -> frozenset[str]:
    """What an alert of gravitational waves says about itself, in the words people filter by.

    `words` are taken as they are: search, group, pipeline, detectors.
    """
    tags = {"GW", "LVC", *words}
    if significant is not None:
        tags.add("significant" if significant else "subthreshold")
    if alert_type is AlertType.EARLY_WARNING:
        tags.add("early warning")
    if alert_type is AlertType.RETRACTION:
        tags.add("retracted")
    return frozenset(tag for tag in tags if tag)


def required(fields: Fields, name: str) -> str:
    """Text that an alert cannot do without."""
    text = fields.text(name)
    if text is None:
        raise fields.wrong(name, "text")
    return text


def rate(fields: Fields, name: str) -> float | None:
    """A rate in Hz; negative ones are an error, null is unknown."""
    value = fields.number(name)
    if value is not None and value < 0.0:
        raise fields.wrong(name, "a rate in Hz, not negative")
    return value


def _probabilities(fields: Fields | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in fields.values if fields else ():
        probability = fields.number(name) if fields else None
        if probability is not None:
            found[name] = probability
    return found


def _properties(alert: Fields, event: Fields) -> dict[str, object]:
    """The sender's further values, flat, null left out; fields of schemas to come are kept too."""
    found: dict[str, object] = {}
    for fields in (alert, event):
        found |= {name: value for name, value in fields.values.items() if name not in READ_ELSEWHERE}
    if instruments := event.names("instruments"):
        found["instruments"] = list(instruments)
    found |= _probabilities(event.object("properties"))
    if external := alert.object("external_coinc"):
        found["external_gcn_notice_id"] = external.values.get("gcn_notice_id")
        found["external_ivorn"] = external.text("ivorn")
    return {name: value for name, value in found.items() if value is not None}


def _skymap(event: Fields) -> SkyMapRef | None:
    content = _fits(event, "skymap")
    return None if content is None else SkyMapRef(MapSource.EMBEDDED, content=content)


def _coincidence(external: Fields | None) -> Coincidence | None:
    if external is None:
        return None
    return Coincidence(
        observatory=external.text("observatory"),
        search=external.text("search"),
        time_difference=external.number("time_difference"),
        time_far=rate(external, "time_coincidence_far"),
        space_time_far=rate(external, "time_sky_position_coincidence_far"),
        combined_skymap=_fits(external, "combined_skymap"),
    )


def _fits(fields: Fields, name: str) -> bytes | None:
    text = fields.text(name)
    if text is None:
        return None
    try:
        return decode_map(text)
    except ValueError as error:
        raise fields.wrong(name, f"a whole FITS file in base64 ({error})") from None


def _links(urls: Fields | None) -> dict[str, str]:
    found = {name: urls.text(name) or "" for name in urls.values} if urls else {}
    return {name: url for name, url in found.items() if url.startswith(("https://", "http://"))}
