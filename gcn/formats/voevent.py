"""VOEvent notices of every sender: the family, and who reads which."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gcn.formats.voevent_document import VOEvent, read_document
from gcn.formats.voevent_fermi import read_fermi
from gcn.formats.voevent_kinds import KINDS, SERVICE_PACKETS, Kind
from gcn.formats.voevent_lvk import is_lvk, read_lvk
from gcn.formats.voevent_neutrino import read_neutrino
from gcn.formats.voevent_other import read_counterpart, read_integral, read_plain, read_without_number
from gcn.formats.voevent_svom import STREAM as SVOM_STREAM
from gcn.formats.voevent_svom import read_svom
from gcn.formats.voevent_swift import read_swift
from gcn.missions import mission_in
from gcn.notice import Notice, NoticeError
from gcn.raw_message import RawMessage

READERS: Mapping[str, Callable[[VOEvent, Kind], Notice]] = {
    "Fermi": read_fermi,
    "Swift": read_swift,
    "INTEGRAL": read_integral,
    "IceCube": read_neutrino,
    "HAWC": read_neutrino,
    "AMON": read_neutrino,
    "Counterpart": read_counterpart,
}
"""By mission; the others say nothing but what every notice says."""

GCN_STREAM = "nasa.gsfc.gcn"


class VOEventFamily:
    """The family of VOEvents, versions 1.1 and 2.0, with any prefix or none."""

    name = "voevent"

    def recognises(self, message: RawMessage) -> bool:
        return message.xml is not None

    def read(self, message: RawMessage) -> Notice:
        root = message.xml
        name = "" if root is None else root.tag.rpartition("}")[2]
        if root is None or name != "VOEvent":
            raise NoticeError(f"XML: the root element is {name[:60]!r}, expected VOEvent")
        return read_voevent(read_document(root), message.topic)


FAMILY = VOEventFamily()


def read_voevent(event: VOEvent, topic: str | None = None) -> Notice:
    """What a VOEvent says, by its sender and notice type; unknown types get the generic reading.

    Raises NoticeError for messages of the old transport and for numbers and times that are none.
    """
    number = event.number("Packet_Type")
    packet = None if number is None else int(number)
    if packet is not None and packet in SERVICE_PACKETS:
        raise NoticeError(f"VOEvent: {SERVICE_PACKETS[packet]} (Packet_Type {packet}), not a notice")
    if is_lvk(event):
        return read_lvk(event)
    if event.stream == SVOM_STREAM:
        return read_svom(event)
    kind = KINDS.get(packet) if packet is not None and event.stream.startswith(GCN_STREAM) else None
    if kind is None:
        return read_without_number(event, mission_in(topic or ""))
    return READERS.get(kind.mission, read_plain)(event, kind)
