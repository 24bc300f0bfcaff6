"""SVOM's VOEvents: ECLAIRs, GRM, MXT and VT notices of the French Science Centre (`org.svom/fsc`)."""

from __future__ import annotations

from dataclasses import replace

from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import identifier, read_event
from gcn.notice import AlertType, Notice

STREAM = "org.svom/fsc"

ALERT_TYPES = (
    ("retraction", AlertType.RETRACTION),
    ("preliminary", AlertType.PRELIMINARY),
    ("wakeup", AlertType.INITIAL),
    ("trigger", AlertType.INITIAL),
    ("catalog", AlertType.INITIAL),
    ("slewing", AlertType.UPDATE),
    ("mxt", AlertType.UPDATE),
    ("vt", AlertType.UPDATE),
)
"""By words in the kind, the first that fits."""

TAGS = (
    ("catalog", "ECLAIRs-Catalog"),
    ("not-slewing", "ECLAIRs-Not-Slewing"),
    ("slewing", "ECLAIRs-Slewing"),
)

FOLLOW_UP = frozenset({"MXT", "VT"})
"""Narrow-field instruments: their times are those of their own observation.

Since April 2026 notices carry the time of the trigger beside it (`Alert_Seq_T0`).
"""


def read_svom(event: VOEvent) -> Notice:
    """A SVOM notice: the ivorn is `<burst>_<kind>`, the event is `SVOM:` and the burst.

    GRM notices may have no position at all.
    """
    burst = identifier((event.text("Burst_Id"), event.fragment.partition("_")[0]))
    kind_name = event.fragment.partition("_")[2] or event.fragment
    word = kind_name.lower()
    alert_type = next((found for part, found in ALERT_TYPES if part in word), AlertType.OTHER)
    instrument = event.text("Instrument")
    tag = next((found for part, found in TAGS if part in word), None)
    kind = Kind(
        name=kind_name,
        mission="SVOM",
        instrument=instrument,
        alert_type=alert_type,
        radius=f"SVOM {instrument}",
        tags=frozenset({tag} if tag else ()),
        later=instrument in FOLLOW_UP,
    )
    notice = read_event(event, kind)
    return replace(
        notice,
        event=f"SVOM:{burst}" if burst else notice.event,
        trigger_time=event.instant("Alert_Seq_T0") if kind.later else notice.trigger_time,
    )
