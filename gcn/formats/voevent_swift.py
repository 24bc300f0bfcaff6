"""Swift's VOEvents: BAT triggers, XRT and UVOT positions, and what the spacecraft does about them."""

from __future__ import annotations

from dataclasses import replace

from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import read_event, with_properties
from gcn.notice import AlertType, Notice

SOLUTIONS = frozenset({"SWIFT_BAT_GRB_POS_ACK", "SWIFT_BAT_TRANS", "SWIFT_BAT_SLEW_POS"})
"""Notices in which BAT itself says what it found; other instruments leave `GRB_Identified` false."""

FAINTEST = 30.0
"""mag. UVOT sends hundredths of a magnitude; nothing it measures is fainter."""


def read_swift(event: VOEvent, kind: Kind) -> Notice:
    """A Swift notice. The event is `Swift:` and the trigger number, the same for all its instruments."""
    notice = read_event(event, kind)
    tags = set(notice.tags)
    if event.flag("StarTrack_Lost_Lock") is True:
        tags.add("StarTrack_Lost_Lock")
    if kind.name in SOLUTIONS and event.flag("GRB_Identified") is False:
        tags = (tags | {"Not GRB"}) - {"GRB"}
        if event.flag("Target_in_Flt_Catalog") is True or event.flag("Target_in_Gnd_Catalog") is True:
            tags.add("known source")
    gates = notice.gates
    if notice.alert_type is AlertType.RETRACTION and kind.name == "SWIFT_BAT_GRB_POS_NACK":
        gates = (*gates, "BAT found no source for its trigger")
    if kind.name == "SWIFT_UVOT_POS":
        notice = with_properties(notice, _magnitudes(event))
    return replace(notice, tags=frozenset(tags), gates=gates)


def _magnitudes(event: VOEvent) -> dict[str, object]:
    brightness = event.number("Burst_Mag")
    if brightness is None or abs(brightness) <= FAINTEST:
        return {}
    error = event.number("Mag_Error")
    found: dict[str, object] = {"Burst_Mag": brightness / 100.0}
    return found if error is None else {**found, "Mag_Error": error / 100.0}
