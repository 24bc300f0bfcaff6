"""How missions are called here, whatever their notices, topics and streams call them."""

from __future__ import annotations

import re
from collections.abc import Mapping

MISSIONS: Mapping[str, str] = {
    "lvc": "LVK",
    "lvk": "LVK",
    "igwn": "LVK",
    "gwnet": "LVK",
    "fermi": "Fermi",
    "swift": "Swift",
    "integral": "INTEGRAL",
    "icecube": "IceCube",
    "amon": "AMON",
    "hawc": "HAWC",
    "antares": "ANTARES",
    "km3net": "KM3NeT",
    "superk": "Super-Kamiokande",
    "sk": "Super-Kamiokande",
    "snews": "SNEWS",
    "svom": "SVOM",
    "maxi": "MAXI",
    "agile": "AGILE",
    "calet": "CALET",
    "gecam": "GECAM",
    "konus": "Konus",
    "ipn": "IPN",
    "einstein_probe": "Einstein Probe",
    "chime": "CHIME",
    "chimenet": "CHIME",
    "dsa110": "DSA-110",
    "burstcube": "BurstCube",
    "boom": "BOOM",
    "hess": "H.E.S.S.",
    "gaia": "Gaia",
    "asassn": "ASAS-SN",
    "moa": "MOA",
    "ogle": "OGLE",
    "aavso": "AAVSO",
    "suzaku": "Suzaku",
}
"""By the words in topics (`gcn.classic.text.FERMI_GBM_FLT_POS`) and streams (`nasa.gsfc.gcn/SWIFT`)."""


def mission_in(text: str) -> str | None:
    """The mission that a topic, stream or notice type names, or None where it names none we know.

    The first word that is a mission counts: AMON only relays `AMON_ICECUBE_HESE`, so it counts last.
    """
    lowered = text.lower()
    if "einstein_probe" in lowered:
        return "Einstein Probe"
    words = re.split(r"[^a-z0-9]+", lowered)
    found = [MISSIONS[word] for word in words if word in MISSIONS]
    return next((mission for mission in found if mission != "AMON"), found[0] if found else None)
