"""VOEvents of smaller senders, and the reading for those that nobody has taught us."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import IDENTIFIERS, identifier, read_event, with_map
from gcn.missions import mission_in
from gcn.notice import AlertType, Notice, Role

MAP_PARAMS = ("skymap_fits", "HealPix_URL", "Skymap_URL")


def read_plain(event: VOEvent, kind: Kind) -> Notice:
    """A notice that says only what every notice says, with its map where it links to one."""
    return with_map(read_event(event, kind), next(filter(None, map(event.text, MAP_PARAMS)), None))


def read_integral(event: VOEvent, kind: Kind) -> Notice:
    """INTEGRAL packs the number of the notice into the upper 16 bits of the trigger number.

    So 10042 (wake-up) and 75578 (refined, 65536 more) are one trigger; the ivorns say `010042-0` and
    `010042-1`.
    """
    notice = read_event(event, kind)
    number = event.number("TrigID")
    if number is None or number < 0 or int(number) % 65536 == 0 or notice.event is None:
        return notice
    return replace(notice, event=f"INTEGRAL:{int(number) % 65536}")


def read_counterpart(event: VOEvent, kind: Kind) -> Notice:
    """Somebody's detection of a counterpart: the mission is the telescope's, and so is the trigger number."""
    telescope = event.text("Telescope") or ""
    mission = mission_in(telescope) or telescope[:40] or kind.mission
    radius = "Swift XRT" if telescope == "Swift-XRT" else None
    instrument = telescope.partition("-")[2] or None
    return read_event(event, replace(kind, mission=mission, instrument=instrument, radius=radius))


def read_named(event: VOEvent, kind: Kind) -> Notice:
    """Senders whose ivorn ends in the name of the object: `Gaia16aac`."""
    notice = read_event(event, kind)
    name = identifier((event.fragment,))
    return replace(notice, event=f"{kind.mission}:{name}") if name else notice


def read_antares(event: VOEvent, kind: Kind) -> Notice:
    notice = read_event(event, kind)
    return replace(notice, role=Role.TEST) if event.flag("isRealAlert") is False else notice


def read_chime(event: VOEvent, kind: Kind) -> Notice:
    """CHIME/FRB VOEvent Service: the stream says what the notice does, `event_no` which burst it is about."""
    word = f"{event.stream} {event.fragment}".lower()
    alert_type = next((found for part, found in CHIME_TYPES if part in word), AlertType.INITIAL)
    notice = read_event(event, replace(kind, alert_type=alert_type))
    number = identifier((event.text("event_no"),))
    return replace(notice, event=f"CHIME:{number}") if number else notice


CHIME_TYPES = (
    ("retraction", AlertType.RETRACTION),
    ("update", AlertType.UPDATE),
    ("subsequent", AlertType.UPDATE),
    ("detection", AlertType.INITIAL),
)

Reader = Callable[[VOEvent, Kind], Notice]

STREAMS: Mapping[str, tuple[Kind, Reader]] = {
    "antares": (
        Kind("ANTARES_ALERT", "ANTARES", None, AlertType.INITIAL, "ANTARES", frozenset({"neutrino"})),
        read_antares,
    ),
    "hess": (Kind("HESS_GRB", "H.E.S.S.", None, AlertType.UPDATE), read_named),
    "gaia": (Kind("GAIA_ALERT", "Gaia", None, AlertType.INITIAL, None, frozenset({"transient"})), read_named),
    "asassn": (
        Kind("ASASSN_ALERT", "ASAS-SN", None, AlertType.INITIAL, None, frozenset({"transient"})),
        read_named,
    ),
    "chime": (Kind("CHIME_FRB", "CHIME", None, AlertType.INITIAL, None, frozenset({"FRB"})), read_chime),
}
"""By a word in the stream, for notices without a `Packet_Type` of GCN."""


def read_without_number(event: VOEvent, mission: str | None = None) -> Notice:
    """A VOEvent without a notice type that we know: by its stream, else the generic reading.

    The generic reading takes the mission from the ivorn (or, where that says nothing, `mission`), the
    standard position and times, and the first identifier it finds; what it cannot know stays None.
    """
    stream = event.stream.lower()
    for word, (kind, read) in STREAMS.items():
        if word in stream:
            return read(event, kind)
    words = re.split(r"_?[-\d]", event.fragment, maxsplit=1)[0].strip("_- ") or stream.rpartition("/")[2]
    named = mission_in(event.stream) or mission or event.stream.rpartition("/")[2] or "unknown"
    notice = read_event(event, Kind(words[:80], named[:60]))
    if notice.event is None or identifier(event.text(name) for name in IDENTIFIERS):
        return notice
    fragment = identifier((event.fragment,))
    return replace(notice, event=f"{notice.mission}:{fragment}") if fragment else notice
