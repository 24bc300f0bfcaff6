"""What differs from mission to mission in GCN Schema notices: one row a schema, small functions besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gcn.formats.schema_fields import Fields, offered
from gcn.formats.schema_localization import ErrorModel, Localization, read_localization
from gcn.localisation import GBM_SYSTEMATICS, RADIUS_MEANING
from gcn.notice import AlertType, Coincidence, Notice, Role


def _ids(fields: Fields) -> tuple[str, ...]:
    return fields.names("id")


def _names(fields: Fields) -> tuple[str, ...]:
    return fields.names("event_name")


def _no_names(_: Fields) -> tuple[str, ...]:
    return ()


def _as_read(_: Fields, notice: Notice) -> Notice:
    return notice


@dataclass(frozen=True)
class Kind:
    """One schema: who sends it, what they call it, and how it departs from the core vocabulary.

    `title` is the schema's own. `instrument` and `alert_type` stand where the notice is silent.
    `identifiers` are the mission's ids of the event, the one that keys it first; `names` are names
    of this one event (never of its source, which bursts again).
    """

    mission: str
    title: str
    instrument: str | None = None
    alert_type: AlertType = AlertType.OTHER
    identifiers: Callable[[Fields], tuple[str, ...]] = _ids
    names: Callable[[Fields], tuple[str, ...]] = _names
    localize: Callable[[Fields], Localization] = read_localization
    finish: Callable[[Fields, Notice], Notice] = _as_read


# Fermi

GBM_STAGES: Mapping[str, tuple[str | None, AlertType]] = {
    "INITIAL_ALERT": (None, AlertType.INITIAL),
    "FLIGHT_POSITION": ("FLT", AlertType.UPDATE),
    "GROUND_POSITION": ("GND", AlertType.UPDATE),
    "FINAL_POSITION": ("FIN", AlertType.FINAL),
}


def _gbm_localization(fields: Fields) -> Localization:
    """Flight notices say that their radius includes systematics, ground and final ones that it does not."""
    stage, _ = GBM_STAGES.get(fields.text("subtype") or "", (None, AlertType.OTHER))
    systematics = GBM_SYSTEMATICS[stage] if stage else ()
    included = RADIUS_MEANING["Fermi GBM"].systematic_included
    return read_localization(fields, ErrorModel(included, systematics))


def _gbm(fields: Fields, notice: Notice) -> Notice:
    subtype = fields.text("subtype")
    if notice.retraction or subtype is None:
        return notice
    _, alert_type = GBM_STAGES.get(subtype, (None, notice.alert_type))
    length = offered(fields.text, "duration_class", [])
    tags = notice.tags | ({length.lower()} if length in ("LONG", "SHORT") else set())
    return replace(notice, kind=subtype, alert_type=alert_type, tags=tags)


def _flare_id(fields: Fields) -> tuple[str, ...]:
    """A source flares again: what names a flare is the source and the day its observation began."""
    names, start = fields.names("event_name"), fields.instant("observation_start")
    return (f"{names[0]} {start:%Y-%m-%d}",) if names and start else ()


def _flare(_: Fields, notice: Notice) -> Notice:
    return replace(notice, tags=notice.tags | {"flare"})


# SVOM

_BURST_NAME = re.compile(r"(GRB|EP|AT|SN)[ _-]?\d{2,}", re.IGNORECASE)
SLEW_TAGS = {"accepted": "ECLAIRs-Slewing", "rejected": "ECLAIRs-Not-Slewing"}


def _svom_names(fields: Fields) -> tuple[str, ...]:
    return tuple(name for name in fields.names("event_name") if _BURST_NAME.match(name))


def _svom_localization(fields: Fields) -> Localization:
    meaning = RADIUS_MEANING.get(f"SVOM {offered(fields.text, 'instrument', [])}")
    return read_localization(fields, ErrorModel(meaning.systematic_included if meaning else None))


def _svom(fields: Fields, notice: Notice) -> Notice:
    """A name that is no burst's is that of a catalogue source (`trigger.catalog.example.json`: M1)."""
    tags = set(notice.tags)
    if set(fields.names("event_name")) - set(_svom_names(fields)):
        tags |= {"ECLAIRs-Catalog"}
    slew = offered(fields.text, "slew_status", [])
    tags |= {SLEW_TAGS[slew]} if slew in SLEW_TAGS else set()
    return replace(notice, tags=frozenset(tags))


# Neutrinos

_SEQUENCE = re.compile(r"-(\d+)-(\w+)$")
CLAIMED_P_VALUE = 0.01
"""Below, IceCube writes a circular on its track search (GCN IceCube mission page)."""

SUPEREVENT_ROLES = {"MS": Role.MOCK, "TS": Role.TEST}


def _icecube_single(fields: Fields, notice: Notice) -> Notice:
    pipeline = offered(fields.text, "pipeline", [])
    if pipeline is None:
        return notice
    level = pipeline.split()[0]
    return replace(
        notice,
        kind=pipeline,
        tags=notice.tags | ({level} if level in ("Gold", "Bronze", "Cascade") else set()),
    )


def _track_search_id(fields: Fields) -> tuple[str, ...]:
    """The search has no id of its own; named by its superevent alone it would be taken for that one."""
    return tuple(f"nu-track-search-{superevent}" for superevent in fields.names("ref_ID")[:1])


def _track_search_localization(fields: Fields) -> Localization:
    """The most probable direction, of all coincident tracks and the GW map, has no radius; one track has."""
    best = fields.object("most_probable_direction")
    tracks = [_track(track) for track in fields.objects("coincident_events")]
    if len(tracks) == 1:
        return read_localization(tracks[0])
    return read_localization(best) if best else Localization()


def _track(event: Fields) -> Fields:
    """A coincident track in core vocabulary; before 2026 its direction lay flat beside `ra_uncertainty`."""
    nested = event.object("localization")
    if nested is not None:
        return nested
    error = event.values.get("ra_dec_error", event.values.get("ra_uncertainty"))
    return Fields({**event.values, "ra_dec_error": error}, event.path)


def _track_search(fields: Fields, notice: Notice) -> Notice:
    """Each superevent notice starts a search: `S230914ak-2-Preliminary` is the second of its event."""
    reference = offered(fields.object, "reference", [])
    sequence = _SEQUENCE.search(str(next(iter(reference.values.values()), ""))) if reference else None
    number = offered(fields.number, "record_number", []) or (int(sequence[1]) if sequence else 1)
    alert_type = notice.alert_type
    if alert_type is AlertType.OTHER:
        alert_type = AlertType.UPDATE if number > 1 else AlertType.INITIAL
        if sequence and sequence[2].lower() == "retraction":
            alert_type = AlertType.RETRACTION
    superevent = next(iter(fields.names("ref_ID")), "")
    tracks = fields.objects("coincident_events")
    title = offered(fields.text, "type", []) or notice.kind
    return replace(
        notice,
        kind=title,
        alert_type=alert_type,
        role=SUPEREVENT_ROLES.get(superevent[:2], notice.role),
        coincidence=_claimed(fields, tracks),
        properties={**notice.properties, "coincident_events": [_track_row(track) for track in tracks]},
    )


def _claimed(fields: Fields, tracks: tuple[Fields, ...]) -> Coincidence | None:
    """A track in the window and the region is routine; IceCube claims a coincidence where p is small."""
    p_values = [offered(fields.number, name, []) for name in ("pval_generic", "pval_bayesian")]
    if not any(p is not None and p < CLAIMED_P_VALUE for p in p_values):
        return None
    return Coincidence(
        observatory="LVK",
        search="IceCube neutrino tracks",
        time_difference=offered(tracks[0].number, "event_dt", []) if len(tracks) == 1 else None,
    )


def _track_row(event: Fields) -> dict[str, object]:
    """One coincident track with its own position and Gaussian width beside what was sent."""
    row: dict[str, object] = {
        name: value for name, value in event.values.items() if name != "localization" and value is not None
    }
    position = read_localization(_track(event)).position
    return row if position is None else {**row, **position.to_dict()}


def _km3net_localization(fields: Fields) -> Localization:
    return read_localization(fields, ErrorModel(RADIUS_MEANING["KM3NeT"].systematic_included))


FARTHEST_SUPERNOVA = 1.0
"""Mpc. Super-Kamiokande hears core collapses to about Andromeda (0.78 Mpc); beyond, the number is in kpc."""


def _superk_ids(fields: Fields) -> tuple[str, ...]:
    """`trigger_number` is "introduced to identify the same event as one in GCN Classic"."""
    return tuple(dict.fromkeys((*fields.names("id"), *fields.names("trigger_number"))))


def _superk(fields: Fields, notice: Notice) -> Notice:
    """The schema says Mpc, the mission's page kpc: a distance out of the detector's reach is not repeated."""
    distance = offered(fields.number, "luminosity_distance", [])
    if distance is None or 0.0 < distance <= FARTHEST_SUPERNOVA:
        return notice
    kept = {name: value for name, value in notice.properties.items() if not name.startswith("luminosity")}
    reason = f"JSON /luminosity_distance: {distance:g} Mpc is beyond the reach of the detector (kpc meant?)"
    return replace(notice, properties={**kept, "unread": [*_unread(notice), reason]})


def _unread(notice: Notice) -> list[str]:
    found = notice.properties.get("unread", [])
    return list(found)


# Known sources, archives, brokers, tests


def _known_source(_: Fields, notice: Notice) -> Notice:
    return replace(notice, tags=notice.tags | {"known source"})


def _test_notice(_: Fields, notice: Notice) -> Notice:
    return replace(notice, role=Role.TEST)


def _service_notice(_: Fields, notice: Notice) -> Notice:
    return replace(notice, role=Role.UTILITY, event=None)


def _first_id(fields: Fields) -> tuple[str, ...]:
    """Glowbug sends [burst, sequence number]: only the first names the burst."""
    return fields.names("id")[:1]


def _targets(fields: Fields) -> tuple[Fields, ...]:
    data = fields.object("data")
    return data.objects("targets") if data else ()


def _target_names(fields: Fields) -> tuple[str, ...]:
    """A BOOM alert is about its first target; the others stay in its properties."""
    targets = _targets(fields)
    return targets[0].names("event_name") if targets else ()


def _target_localization(fields: Fields) -> Localization:
    targets = _targets(fields)
    return read_localization(targets[0]) if targets else Localization()


def _boom(fields: Fields, notice: Notice) -> Notice:
    targets = _targets(fields)
    scores = offered(targets[0].object, "classification_scores", []) if targets else None
    found = {
        name: float(value)
        for name, value in (scores.values.items() if scores else ())
        if isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 1.0
    }
    properties = {name.removeprefix("data."): value for name, value in notice.properties.items()}
    return replace(notice, classification=found, properties=properties)


def _frb_names(fields: Fields) -> tuple[str, ...]:
    """`known_source` names the repeater, which bursts again; only `event_name` names the burst."""
    return fields.names("event_name")


KINDS: Mapping[str, Kind] = {
    "boom/alert": Kind(
        "BOOM",
        "Optical alerts",
        alert_type=AlertType.INITIAL,
        identifiers=_target_names,
        names=_no_names,
        localize=_target_localization,
        finish=_boom,
    ),
    "burstcube/alert": Kind("BurstCube", "BurstCube Trigger Alert"),
    "burstcube/test": Kind("BurstCube", "BurstCube Test Alert", finish=_test_notice),
    "chime/frb": Kind("CHIME", "CHIME/FRB Alert", names=_frb_names),
    "dsa110/frb": Kind("DSA-110", "DSA-110 FRB Alert", names=_frb_names),
    "einstein_probe/wxt/alert": Kind("Einstein Probe", "EP/WXT Alert", "WXT", AlertType.INITIAL),
    "fermi/gbm/trigger": Kind("Fermi", "Fermi GBM Alert", "GBM", localize=_gbm_localization, finish=_gbm),
    "fermi/lat/flare": Kind(
        "Fermi",
        "Fermi-LAT Flare Advocate Alert",
        "LAT",
        AlertType.INITIAL,
        identifiers=_flare_id,
        names=_no_names,
        finish=_flare,
    ),
    "glowbug/alert": Kind("Glowbug", "Glowbug Alert Notice", identifiers=_first_id),
    "heasarc/archive_alert": Kind("HEASARC", "HEASARC - Data in Archive", finish=_service_notice),
    "icecube/lvk_nu_track_search": Kind(
        "IceCube",
        "IceCube LVK Alert Nu Track Search",
        identifiers=_track_search_id,
        localize=_track_search_localization,
        finish=_track_search,
    ),
    "icecube/single_neutrino_alerts": Kind(
        "IceCube", "IceCube Single Neutrino Alert", finish=_icecube_single
    ),
    "km3net/alert": Kind("KM3NeT", "KM3NeT Alerts", localize=_km3net_localization),
    "maxi/gsc.known": Kind(
        "MAXI", "MAXI/GSC Known Source Position", "GSC", names=_no_names, finish=_known_source
    ),
    "maxi/gsc.unknown": Kind("MAXI", "MAXI/GSC Unknown Source Position", "GSC"),
    "superk/sn_alert": Kind(
        "Super-Kamiokande", "Super-Kamiokande Supernova Alert", identifiers=_superk_ids, finish=_superk
    ),
    "svom/trigger": Kind(
        "SVOM", "SVOM trigger alerts", names=_svom_names, localize=_svom_localization, finish=_svom
    ),
    "swift/bat/guano": Kind("Swift", "Swift/BAT-GUANO Alert", "BAT-GUANO"),
    "heartbeat": Kind("GCN", "GCN heartbeat", finish=_service_notice),
}
"""By the path of the schema under `gcn/notices`, lower case, any version."""
