"""What kind of signal an event is, from who saw it and what they say it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gcn.notice import Notice

Value = str | float | bool | list[Any] | None


class Messenger(StrEnum):
    """The kinds of signals between which coincidences are searched."""

    GW = "GW"
    GRB = "GRB"
    NEUTRINO = "neutrino"
    SUPERNOVA = "supernova"
    FRB = "FRB"
    XRAY = "X-ray"
    OPTICAL = "optical"
    OTHER = "other"


_BY_MISSION: Mapping[str, Messenger] = {
    "LVK": Messenger.GW,
    "IceCube": Messenger.NEUTRINO,
    "KM3NeT": Messenger.NEUTRINO,
    "AMON": Messenger.NEUTRINO,
    "ANTARES": Messenger.NEUTRINO,
    "Super-Kamiokande": Messenger.SUPERNOVA,
    "SNEWS": Messenger.SUPERNOVA,
    "CHIME": Messenger.FRB,
    "DSA-110": Messenger.FRB,
    "Einstein Probe": Messenger.XRAY,
    "MAXI": Messenger.XRAY,
    "BOOM": Messenger.OPTICAL,
}
_BURST_MONITORS = frozenset(
    {
        "Fermi", "Swift", "SVOM", "INTEGRAL", "AGILE", "CALET", "Konus", "IPN", "GECAM", "BurstCube",
        "Glowbug", "HAWC",
    }
)  # fmt: skip
_NO_BURST = frozenset({"not grb", "transient", "catalog", "eclairs-catalog", "known source", "flare"})


def messenger(notice: Notice) -> Messenger:
    """The messenger a notice is about. A burst monitor's trigger is a GRB unless it says otherwise.

    Catalogued sources are no signal of any of these kinds, whoever saw them.
    """
    told = {tag.casefold() for tag in notice.tags}
    if "supernova" in told:
        return Messenger.SUPERNOVA
    known = _BY_MISSION.get(notice.mission)
    if known is not None:
        return Messenger.OTHER if "known source" in told else known
    if "grb" in told:
        return Messenger.GRB
    # A subthreshold candidate is sent as a transient, for lack of certainty: it is searched as a burst.
    doubts = told & _NO_BURST - ({"transient"} if "subthreshold" in told else set())
    if notice.mission in _BURST_MONITORS and not doubts and "flare" not in notice.kind.casefold():
        return Messenger.GRB
    return Messenger.OTHER


def stated(notice: Notice, name: str) -> Value:
    """A property by the sender's name, letter case and underscores aside, or None."""
    wanted = _bare(name)
    return next((value for key, value in notice.properties.items() if _bare(key) == wanted), None)


def detectors(notice: Notice) -> tuple[str, ...]:
    """The gravitational-wave detectors that contributed: `H1`, `L1`, `V1`, `K1`, `G1`."""
    if notice.mission != "LVK":
        return ()
    text = f"{notice.instrument or ''} {stated(notice, 'instruments') or ''}"
    return tuple(sorted(set(re.findall(r"\b[GHLVK]1\b", text))))


def _bare(name: str) -> str:
    return name.casefold().replace("_", "")
