"""LIGO-Virgo-KAGRA VOEvents: sent until July 2026, and the same events as in `igwn.gwalert` JSON."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from gcn.formats.igwn import ALERT_TYPES, ROLES, SUPEREVENT_ID, gw_tags
from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import is_address, links_of, properties_of, role_of
from gcn.notice import AlertType, Coincidence, MapSource, Notice, NoticeError, Role, SkyMapRef

PACKETS = range(150, 165)
STREAMS = frozenset({"gwnet/LVC", "gwnet/gcn_sender"})

OTHER_ID = re.compile(r"[GMT]\d+|(S|MS|TS)\d{6}[a-z]+_test\d+")
"""Candidates of O1 and O2, and rehearsals of O3 (`S190518bb_test10` is not S190518bb)."""

MAP_PARAMS = ("skymap_fits", "skymap_fits_basic")

READ_ELSEWHERE = frozenset(
    {
        *("GraceID", "AlertType", "Instruments", "FAR", "Significant", "EventPage"),
        *("External_Observatory", "External_Search", "Time_Difference"),
        *("Time_Coincidence_FAR", "Time_Sky_Position_Coincidence_FAR"),
    }
)


def is_lvk(event: VOEvent) -> bool:
    return event.stream in STREAMS and event.text("GraceID") is not None


def read_lvk(event: VOEvent) -> Notice:
    """A gravitational-wave VOEvent; its event is that of its JSON twin, `LVK:` and the superevent id.

    Raises NoticeError where the superevent id, the alert type or a rate is not what it has to be.
    """
    superevent = event.text("GraceID") or ""
    kind = event.text("AlertType") or event.fragment.rpartition("-")[2]
    alert_type = ALERT_TYPES.get(kind.upper(), AlertType.OTHER)
    described = Kind(f"LVC_{kind.upper()}", "LVK", alert_type=alert_type)
    instruments = tuple(name.strip() for name in (event.text("Instruments") or "").split(",") if name.strip())
    significant = event.flag("Significant")
    classification = {
        name: probability
        for param in event.params
        if param.group == "Classification"
        for name, probability in ((param.name, event.number(param.name)),)
        if probability is not None
    }
    properties = {
        name: value
        for name, value in properties_of(event, described, None).items()
        if name not in READ_ELSEWHERE and name not in classification
    }
    injected = event.flag("HardwareInj") is True
    tags = gw_tags(
        alert_type,
        significant,
        event.text("Search"),
        event.text("Group"),
        event.text("Pipeline"),
        *instruments,
    )
    return Notice(
        format="voevent",
        mission="LVK",
        instrument=" ".join(instruments) or None,
        kind=kind,
        event=f"LVK:{_checked(superevent)}",
        alert_type=alert_type,
        role=_role(event, superevent, described),
        trigger_time=_trigger_time(event, superevent, alert_type),
        issued=event.issued,
        significant=significant,
        far=_rate(event, "FAR"),
        classification=classification,
        properties=properties,
        skymap=_skymap(event, alert_type),
        coincidence=_coincidence(event),
        tags=tags | {"hardware injection"} if injected else tags,
        links=_links(event),
    )


def _links(event: VOEvent) -> dict[str, str]:
    """The event's page under the name that the JSON has for it, and all others by their params."""
    links = links_of(event.params)
    page = links.pop("EventPage", None)
    return links if page is None else {"gracedb": page, **links}


def _checked(superevent: str) -> str:
    """Superevents since O3; before, an event was known by the number of one candidate (`G298048`)."""
    if not SUPEREVENT_ID.fullmatch(superevent) and not OTHER_ID.fullmatch(superevent):
        raise NoticeError(f"What/Param[GraceID]: expected S190425z or G298048, found {superevent[:40]!r}")
    return superevent


def _role(event: VOEvent, superevent: str, kind: Kind) -> Role:
    """By the prefix as in the JSON; a real superevent in a test notice is a test."""
    match = SUPEREVENT_ID.fullmatch(superevent)
    if match is None:
        return role_of(event, kind) if superevent.startswith("G") else Role.TEST
    return role_of(event, kind) if match[1] == "S" else ROLES[match[1]]


def _trigger_time(event: VOEvent, superevent: str, alert_type: AlertType) -> datetime | None:
    """The time of the event; a retraction may carry that of its own writing instead (S230518h does)."""
    if alert_type is not AlertType.RETRACTION or event.time is None:
        return event.time
    days = (event.time + timedelta(days=shift) for shift in (-1, 0, 1))
    return event.time if any(f"{day:%y%m%d}" in superevent for day in days) else None


def _rate(event: VOEvent, name: str) -> float | None:
    rate = event.number(name)
    if rate is not None and rate < 0.0:
        raise NoticeError(f"What/Param[{name}]: expected a rate in Hz, found {rate:g}")
    return rate


def _skymap(event: VOEvent, alert_type: AlertType) -> SkyMapRef | None:
    """Older notices list one map for each way to log in; the first that needs no certificate is taken."""
    url = next((url for name in MAP_PARAMS if (url := event.text(name))), None)
    if url is None or not is_address(url) or alert_type is AlertType.RETRACTION:
        return None
    return SkyMapRef(MapSource.URL, url=url)


def _coincidence(event: VOEvent) -> Coincidence | None:
    """What RAVEN found; the combined map is behind the link `joint_skymap_fits`."""
    if not any(param.group == "External Coincidence" for param in event.params):
        return None
    return Coincidence(
        observatory=event.text("External_Observatory"),
        search=event.text("External_Search"),
        time_difference=event.number("Time_Difference"),
        time_far=_rate(event, "Time_Coincidence_FAR"),
        space_time_far=_rate(event, "Time_Sky_Position_Coincidence_FAR"),
    )
