"""What differs from mission to mission in GCN Schema notices: one row a schema, small functions besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gcn.formats.schema_bursts import (
    burst,
    first_id,
    flare_id,
    gbm,
    gbm_localization,
    svom,
    svom_localization,
    svom_names,
)
from gcn.formats.schema_fields import Fields, offered
from gcn.formats.schema_kind import Kind, meaning, no_names
from gcn.formats.schema_localization import Localization, read_localization
from gcn.formats.schema_neutrinos import (
    icecube_single,
    superk,
    superk_ids,
    track_search,
    track_search_id,
    track_search_localization,
)
from gcn.notice import AlertType, Notice, Role


def _test_notice(_: Fields, notice: Notice) -> Notice:
    return replace(notice, role=Role.TEST)


def _service_notice(_: Fields, notice: Notice) -> Notice:
    return replace(notice, role=Role.UTILITY, event=None)


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


NEUTRINO, FRB = frozenset({"neutrino"}), frozenset({"FRB"})
KNOWN, TRANSIENT = frozenset({"known source", "flare"}), frozenset({"transient"})

KINDS: Mapping[str, Kind] = {
    "boom/alert": Kind(
        "BOOM",
        "Optical alerts",
        alert_type=AlertType.INITIAL,
        identifiers=_target_names,
        names=no_names,
        localize=_target_localization,
        finish=_boom,
        tags=TRANSIENT,
    ),
    "burstcube/alert": Kind("BurstCube", "BurstCube Trigger Alert", finish=burst),
    "burstcube/test": Kind("BurstCube", "BurstCube Test Alert", finish=_test_notice),
    "chime/frb": Kind("CHIME", "CHIME/FRB Alert", tags=FRB),
    "dsa110/frb": Kind("DSA-110", "DSA-110 FRB Alert", tags=FRB),
    "einstein_probe/wxt/alert": Kind(
        "Einstein Probe", "EP/WXT Alert", "WXT", AlertType.INITIAL, tags=TRANSIENT
    ),
    "fermi/gbm/trigger": Kind("Fermi", "Fermi GBM Alert", "GBM", localize=gbm_localization, finish=gbm),
    "fermi/lat/flare": Kind(
        "Fermi",
        "Fermi-LAT Flare Advocate Alert",
        "LAT",
        AlertType.INITIAL,
        identifiers=flare_id,
        names=no_names,
        tags=KNOWN,
    ),
    "glowbug/alert": Kind("Glowbug", "Glowbug Alert Notice", identifiers=first_id),
    "heasarc/archive_alert": Kind("HEASARC", "HEASARC - Data in Archive", finish=_service_notice),
    "heartbeat": Kind("GCN", "GCN heartbeat", finish=_service_notice),
    "icecube/lvk_nu_track_search": Kind(
        "IceCube",
        "IceCube LVK Alert Nu Track Search",
        identifiers=track_search_id,
        localize=track_search_localization,
        finish=track_search,
        tags=NEUTRINO,
    ),
    "icecube/single_neutrino_alerts": Kind(
        "IceCube",
        "IceCube Single Neutrino Alert",
        localize=meaning("IceCube"),
        finish=icecube_single,
        tags=NEUTRINO,
    ),
    "km3net/alert": Kind("KM3NeT", "KM3NeT Alerts", localize=meaning("KM3NeT"), tags=NEUTRINO),
    "maxi/gsc.known": Kind("MAXI", "MAXI/GSC Known Source Position", "GSC", names=no_names, tags=KNOWN),
    "maxi/gsc.unknown": Kind("MAXI", "MAXI/GSC Unknown Source Position", "GSC", tags=TRANSIENT),
    "superk/sn_alert": Kind(
        "Super-Kamiokande",
        "Super-Kamiokande Supernova Alert",
        identifiers=superk_ids,
        localize=meaning("Super-Kamiokande"),
        finish=superk,
        tags=NEUTRINO | {"supernova"},
    ),
    "svom/trigger": Kind(
        "SVOM", "SVOM trigger alerts", names=svom_names, localize=svom_localization, finish=svom
    ),
    "swift/bat/guano": Kind("Swift", "Swift/BAT-GUANO Alert", "BAT-GUANO", finish=burst),
}
"""By the path of the schema under `gcn/notices`, lower case, any version."""
