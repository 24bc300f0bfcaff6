"""Neutrino VOEvents that AMON relays: IceCube tracks and cascades, HAWC bursts, AMON's own coincidences."""

from __future__ import annotations

from dataclasses import replace

from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import read_event, with_map
from gcn.notice import AlertType, Notice

YEAR = 365.25 * 86400.0
"""s; a Julian year."""


def read_neutrino(event: VOEvent, kind: Kind) -> Notice:
    """A notice with run and event number; revision 1 and later are updates of revision 0.

    The event is `IceCube:<run>_<event>` as in IceCube's own JSON (both without leading zeros), the
    rate is sent per year and given in Hz. Cascades link to their map: their circle is tens of
    degrees wide and says little.
    """
    notice = read_event(event, kind)
    if notice.alert_type is AlertType.INITIAL and (event.number("Rev") or 0.0) >= 1.0:
        notice = replace(notice, alert_type=AlertType.UPDATE)
    run, number = event.number("run_id"), event.number("event_id")
    name = event.text("event_name")
    notice = replace(
        notice,
        event=f"{kind.mission}:{run:.0f}_{number:.0f}" if run and number else notice.event,
        aliases=(name,) if name else (),
        far=_far(event),
        properties={key: value for key, value in notice.properties.items() if key != "FAR"},
    )
    return with_map(notice, event.text("skymap_fits"))


def _far(event: VOEvent) -> float | None:
    rate = event.number("FAR")
    if rate is None or rate < 0.0:
        return None
    unit = (event.first["FAR"].unit or "yr^-1").lower()
    return rate if unit == "hz" else rate / YEAR
