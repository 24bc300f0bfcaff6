"""Gamma-ray burst monitors by GCN Schema: Fermi, SVOM, Glowbug and what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from gcn.formats.schema_fields import Fields, offered
from gcn.formats.schema_kind import meaning
from gcn.formats.schema_localization import ErrorModel, Localization, read_localization
from gcn.localisation import GBM_SYSTEMATICS, RADIUS_MEANING
from gcn.notice import AlertType, Notice


def burst(_: Fields, notice: Notice) -> Notice:
    """A burst monitor's trigger is a GRB unless it finds another class likelier."""
    classes = notice.classification
    likeliest = max(classes, key=lambda name: classes[name]) if classes else "GRB"
    return replace(notice, tags=notice.tags | {"GRB"}) if likeliest == "GRB" else notice


# Fermi

GBM_STAGES: Mapping[str, tuple[str | None, AlertType]] = {
    "INITIAL_ALERT": (None, AlertType.INITIAL),
    "FLIGHT_POSITION": ("FLT", AlertType.UPDATE),
    "GROUND_POSITION": ("GND", AlertType.UPDATE),
    "FINAL_POSITION": ("FIN", AlertType.FINAL),
}


def gbm_localization(fields: Fields) -> Localization:
    """Flight notices say that their radius includes systematics, ground and final ones that it does not."""
    stage, _ = GBM_STAGES.get(fields.text("subtype") or "", (None, AlertType.OTHER))
    systematics = GBM_SYSTEMATICS[stage] if stage else ()
    included = RADIUS_MEANING["Fermi GBM"].systematic_included
    return read_localization(fields, ErrorModel(included, systematics))


def gbm(fields: Fields, notice: Notice) -> Notice:
    notice = burst(fields, notice)
    subtype = fields.text("subtype")
    if notice.retraction or subtype is None:
        return notice
    _, alert_type = GBM_STAGES.get(subtype, (None, notice.alert_type))
    length = offered(fields.text, "duration_class", [])
    tags = notice.tags | ({length.lower()} if length in ("LONG", "SHORT") else set())
    return replace(notice, kind=subtype, alert_type=alert_type, tags=tags)


def flare_id(fields: Fields) -> tuple[str, ...]:
    """A source flares again: what names a flare is the source and the day its observation began."""
    names, start = fields.names("event_name"), fields.instant("observation_start")
    return (f"{names[0]} {start:%Y-%m-%d}",) if names and start else ()


# SVOM

_BURST_NAME = re.compile(r"(GRB|EP|AT|SN)[ _-]?\d{2,}", re.IGNORECASE)
SLEW_TAGS = {"accepted": "ECLAIRs-Slewing", "rejected": "ECLAIRs-Not-Slewing"}


def svom_names(fields: Fields) -> tuple[str, ...]:
    return tuple(name for name in fields.names("event_name") if _BURST_NAME.match(name))


def svom_localization(fields: Fields) -> Localization:
    return meaning(f"SVOM {offered(fields.text, 'instrument', [])}")(fields)


def svom(fields: Fields, notice: Notice) -> Notice:
    """A name that is no burst's is that of a catalogue source (`trigger.catalog.example.json`: M1)."""
    tags = set(notice.tags)
    catalogued = set(fields.names("event_name")) - set(svom_names(fields)) - set(fields.names("id"))
    tags |= {"ECLAIRs-Catalog"} if catalogued else {"GRB"}
    slew = offered(fields.text, "slew_status", [])
    tags |= {SLEW_TAGS[slew]} if slew in SLEW_TAGS else set()
    return replace(notice, tags=frozenset(tags))


# Glowbug


def first_id(fields: Fields) -> tuple[str, ...]:
    """Glowbug sends [burst, sequence number]: only the first names the burst."""
    return fields.names("id")[:1]
