"""Neutrino observatories by GCN Schema: IceCube's tracks and searches, Super-Kamiokande's supernovae."""

from __future__ import annotations

import re
from dataclasses import replace

from gcn.formats.schema_fields import Fields, offered
from gcn.formats.schema_localization import Localization, read_localization
from gcn.notice import AlertType, Coincidence, Notice, Role

_SEQUENCE = re.compile(r"-(\d{1,4})-(\w+)$")
CLAIMED_P_VALUE = 0.01
"""Below, IceCube writes a circular on its track search (GCN IceCube mission page)."""

SUPEREVENT_ROLES = {"MS": Role.MOCK, "TS": Role.TEST}


def icecube_single(fields: Fields, notice: Notice) -> Notice:
    pipeline = offered(fields.text, "pipeline", [])
    if pipeline is None:
        return notice
    level = pipeline.split()[0]
    return replace(
        notice,
        kind=pipeline,
        tags=notice.tags | ({level} if level in ("Gold", "Bronze", "Cascade") else set()),
    )


def track_search_id(fields: Fields) -> tuple[str, ...]:
    """The search has no id of its own; named by its superevent alone it would be taken for that one."""
    return tuple(f"nu-track-search-{superevent}" for superevent in fields.names("ref_ID")[:1])


def track_search_localization(fields: Fields) -> Localization:
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


def track_search(fields: Fields, notice: Notice) -> Notice:
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


FARTHEST_SUPERNOVA = 1.0
"""Mpc. Super-Kamiokande hears core collapses to about Andromeda (0.78 Mpc); beyond, the number is in kpc."""


def superk_ids(fields: Fields) -> tuple[str, ...]:
    """`trigger_number` is "introduced to identify the same event as one in GCN Classic"."""
    return tuple(dict.fromkeys((*fields.names("id"), *fields.names("trigger_number"))))


def superk(fields: Fields, notice: Notice) -> Notice:
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
