"""GCN's notice types by their number (`Packet_Type`): what each is called and what it means.

Numbers and names: GCN "Notices Types" (`socket_packet_definition`, `filtering`), checked against the
notices of each type where there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

from gcn.notice import AlertType

EARLY_WARNING, PRELIMINARY, INITIAL = AlertType.EARLY_WARNING, AlertType.PRELIMINARY, AlertType.INITIAL
UPDATE, FINAL, RETRACTION = AlertType.UPDATE, AlertType.FINAL, AlertType.RETRACTION
SUBTHRESHOLD = AlertType.SUBTHRESHOLD


@dataclass(frozen=True)
class Kind:
    """One type of notice.

    `name` is the topic's (`gcn.classic.voevent.FERMI_GBM_FLT_POS`). `radius` names the row of
    `localisation.RADIUS_MEANING`. `later` means that the time in the notice is that of a later
    observation, not of the trigger. `utility` notices are about a spacecraft, not a source.
    """

    name: str
    mission: str
    instrument: str | None = None
    alert_type: AlertType = AlertType.OTHER
    radius: str | None = None
    tags: frozenset[str] = frozenset()
    later: bool = False
    utility: bool = False
    test: bool = False


OTHER = AlertType.OTHER


class _Flags(TypedDict, total=False):
    later: bool
    utility: bool
    test: bool


def _fermi(name: str, instrument: str | None, alert_type: AlertType = OTHER, **flags: Unpack[_Flags]) -> Kind:
    return Kind(f"FERMI_{name}", "Fermi", instrument, alert_type, f"Fermi {instrument}", **flags)


def _swift(name: str, instrument: str | None, alert_type: AlertType = OTHER, **flags: Unpack[_Flags]) -> Kind:
    return Kind(f"SWIFT_{name}", "Swift", instrument, alert_type, f"Swift {instrument}", **flags)


def _integral(name: str, alert_type: AlertType = AlertType.OTHER, *, utility: bool = False) -> Kind:
    instrument = None if utility else "IBIS"
    return Kind(f"INTEGRAL_{name}", "INTEGRAL", instrument, alert_type, "INTEGRAL", utility=utility)


def _neutrino(name: str, alert_type: AlertType = INITIAL, *tags: str) -> Kind:
    return Kind(name, "IceCube", None, alert_type, "IceCube", frozenset({"neutrino", *tags}))


KNOWN = frozenset({"known source"})
NEUTRINO = frozenset({"neutrino"})
TRANSIENT = frozenset({"transient"})

KINDS: Mapping[int, Kind] = {
    2: Kind("TEST_COORDS", "GCN", test=True),
    31: Kind("IPN_RAW", "IPN", alert_type=INITIAL),
    32: Kind("IPN_SEG", "IPN", alert_type=INITIAL),
    39: Kind("IPN_POS", "IPN", alert_type=UPDATE),
    45: Kind("GRB_CNTRPART", "Counterpart", alert_type=UPDATE, later=True),
    46: _swift("TOO_FOM", None, utility=True),
    47: _swift("TOO_SC_SLEW", None, utility=True),
    51: _integral("POINTDIR", utility=True),
    52: Kind("INTEGRAL_SPIACS", "INTEGRAL", "SPI-ACS", INITIAL),
    53: _integral("WAKEUP", INITIAL),
    54: _integral("REFINED", UPDATE),
    55: _integral("OFFLINE", FINAL),
    56: _integral("WEAK", SUBTHRESHOLD),
    57: Kind("AAVSO", "AAVSO"),
    59: Kind("KONUS_LC", "Konus", "Konus-Wind", UPDATE),
    60: _swift("BAT_GRB_ALERT", "BAT", PRELIMINARY),
    61: _swift("BAT_GRB_POS_ACK", "BAT", INITIAL),
    62: _swift("BAT_GRB_POS_NACK", "BAT", RETRACTION),
    63: _swift("BAT_GRB_LC", "BAT", later=True),
    64: _swift("BAT_SCALEDMAP", "BAT", later=True),
    65: _swift("FOM_OBS", None),
    66: _swift("SC_SLEW", None),
    67: _swift("XRT_POSITION", "XRT", UPDATE, later=True),
    68: _swift("XRT_SPECTRUM", "XRT", later=True),
    69: _swift("XRT_IMAGE", "XRT", later=True),
    70: _swift("XRT_LC", "XRT", later=True),
    71: _swift("XRT_CENTROID", "XRT", later=True),
    72: _swift("UVOT_DBURST", "UVOT", later=True),
    73: _swift("UVOT_FCHART", "UVOT", later=True),
    76: _swift("BAT_GRB_LC_PROC", "BAT", later=True),
    77: _swift("XRT_SPECTRUM_PROC", "XRT", later=True),
    78: _swift("XRT_IMAGE_PROC", "XRT", later=True),
    79: _swift("UVOT_DBURST_PROC", "UVOT", later=True),
    80: _swift("UVOT_FCHART_PROC", "UVOT", later=True),
    81: _swift("UVOT_POS", "UVOT", UPDATE, later=True),
    82: _swift("BAT_GRB_POS_TEST", "BAT", INITIAL, test=True),
    83: _swift("POINTDIR", None, utility=True),
    84: _swift("BAT_TRANS", "BAT", UPDATE),
    85: _swift("XRT_THRESHPIX", "XRT", later=True),
    86: _swift("XRT_THRESHPIX_PROC", "XRT", later=True),
    87: _swift("XRT_SPER", "XRT", later=True),
    88: _swift("XRT_SPER_PROC", "XRT", later=True),
    89: _swift("UVOT_POS_NACK", "UVOT", later=True),
    95: _swift("FOM_SAFE_POINT", None),
    96: _swift("FOM_SLEW_ABORT", None),
    97: _swift("BAT_QL_POS", "BAT", PRELIMINARY),
    98: _swift("BAT_SUB_THRESHOLD", "BAT", SUBTHRESHOLD),
    99: _swift("BAT_SLEW_POS", "BAT", INITIAL),
    100: Kind("AGILE_GRB_WAKEUP", "AGILE", "SuperAGILE", INITIAL, "AGILE"),
    101: Kind("AGILE_GRB_GROUND", "AGILE", "SuperAGILE", UPDATE, "AGILE"),
    102: Kind("AGILE_GRB_REFINED", "AGILE", "SuperAGILE", FINAL, "AGILE"),
    103: _swift("ACTUAL_POINTDIR", None, utility=True),
    105: Kind("AGILE_MCAL_ALERT", "AGILE", "MCAL", INITIAL, "AGILE"),
    107: Kind("AGILE_POINTDIR", "AGILE", utility=True),
    108: Kind("AGILE_TRANS", "AGILE", "GRID", INITIAL, "AGILE", TRANSIENT),
    109: Kind("AGILE_GRB_POS_TEST", "AGILE", None, INITIAL, "AGILE", test=True),
    110: _fermi("GBM_ALERT", "GBM", PRELIMINARY),
    111: _fermi("GBM_FLT_POS", "GBM", INITIAL),
    112: _fermi("GBM_GND_POS", "GBM", UPDATE),
    113: _fermi("GBM_LC", "GBM"),
    115: _fermi("GBM_FIN_POS", "GBM", FINAL),
    118: Kind("FERMI_GBM_TRANS", "Fermi", "GBM", INITIAL, "Fermi GBM", TRANSIENT),
    119: _fermi("GBM_POS_TEST", "GBM", INITIAL, test=True),
    120: _fermi("LAT_POS_INI", "LAT", INITIAL),
    121: _fermi("LAT_POS_UPD", "LAT", UPDATE),
    122: _fermi("LAT_POS_DIAG", "LAT", FINAL),
    123: Kind("FERMI_LAT_TRANS", "Fermi", "LAT", INITIAL, "Fermi LAT", TRANSIENT),
    124: _fermi("LAT_POS_TEST", "LAT", INITIAL, test=True),
    125: Kind("FERMI_LAT_MONITOR", "Fermi", "LAT", INITIAL, "Fermi LAT", KNOWN | {"flare"}),
    126: _fermi("SC_SLEW", None, utility=True),
    127: _fermi("LAT_GND", "LAT", UPDATE),
    128: _fermi("LAT_OFFLINE", "LAT", FINAL),
    129: _fermi("POINTDIR", None, utility=True),
    131: Kind("FERMI_GBM_SUBTHRESH", "Fermi", "GBM", SUBTHRESHOLD, "Fermi GBM SUBTHRESH"),
    133: Kind("SWIFT_BAT_MONITOR", "Swift", "BAT", INITIAL, "Swift BAT", KNOWN | {"flare"}),
    134: Kind("MAXI_UNKNOWN", "MAXI", "GSC", INITIAL, "MAXI", TRANSIENT),
    135: Kind("MAXI_KNOWN", "MAXI", "GSC", INITIAL, "MAXI", KNOWN | {"flare"}),
    136: Kind("MAXI_TEST", "MAXI", "GSC", INITIAL, "MAXI", test=True),
    137: Kind("OGLE", "OGLE", alert_type=INITIAL),
    138: Kind("CBAT", "CBAT", alert_type=INITIAL),
    139: Kind("MOA", "MOA", alert_type=INITIAL),
    140: _swift("BAT_SUBSUB", "BAT", SUBTHRESHOLD),
    141: Kind("SWIFT_BAT_KNOWN_SRC", "Swift", "BAT", SUBTHRESHOLD, "Swift BAT", KNOWN),
    146: Kind("COINCIDENCE", "GCN"),
    148: Kind("SUZAKU_LC", "Suzaku", "WAM"),
    149: Kind("SNEWS", "SNEWS", None, INITIAL, None, NEUTRINO | {"supernova"}),
    157: Kind("AMON_ICECUBE_COINC", "AMON", "IceCube", INITIAL, "AMON", NEUTRINO),
    158: _neutrino("AMON_ICECUBE_HESE", INITIAL, "HESE"),
    160: Kind("CALET_GBM_FLT_LC", "CALET", "CGBM", INITIAL),
    161: Kind("CALET_GBM_GND_LC", "CALET", "CGBM", UPDATE),
    166: Kind("GWHEN_COINC", "AMON", "GW-HEN", INITIAL, "AMON", NEUTRINO),
    168: _neutrino("AMON_ICECUBE_EHE", INITIAL, "EHE"),
    169: Kind("AMON_ANTARES_FERMILAT_COINC", "AMON", "ANTARES Fermi-LAT", INITIAL, "AMON", NEUTRINO),
    171: Kind("HAWC_BURST_MONITOR", "HAWC", None, INITIAL, "HAWC"),
    172: Kind("AMON_NU_EM_COINC", "AMON", None, INITIAL, "AMON", NEUTRINO),
    173: _neutrino("ICECUBE_ASTROTRACK_GOLD", INITIAL, "Gold"),
    174: _neutrino("ICECUBE_ASTROTRACK_BRONZE", INITIAL, "Bronze"),
    175: Kind(
        "SK_SN", "Super-Kamiokande", None, INITIAL, "Super-Kamiokande", NEUTRINO | {"supernova"}
    ),
    176: _neutrino("ICECUBE_CASCADE", INITIAL, "Cascade"),
    188: Kind("GECAM_FLT", "GECAM", None, INITIAL, "GECAM"),
    189: Kind("GECAM_GND", "GECAM", None, UPDATE, "GECAM"),
}  # fmt: skip
"""LVC (150 to 164) and SVOM (201 to 219) have modules of their own: their notices name kind and time."""

SERVICE_PACKETS: Mapping[int, str] = {
    3: "GCN sign of life",
    4: "GCN message that closes a socket",
    142: "GCN sign of life",
    143: "GCN sign of life",
}
"""Messages of the old transport: no notice at all."""
