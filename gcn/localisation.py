"""What the error radius of each mission means: containment, systematics, the error beyond a Gaussian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCHEMA_CONTAINMENT = 0.9
"""GCN Schema, `core/Localization`: "containment_probability ... If not specified, assume 0.9"."""

GBM_SYSTEMATICS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "FLT": ((0.897, 7.52), (0.103, 55.6)),
    "GND": ((0.804, 3.72), (0.196, 13.7)),
    "FIN": ((0.900, 3.71), (0.100, 14.3)),
}
"""(weight, scale in degrees) of the systematic error of Fermi GBM positions, core and tail by notice kind.

After Connaughton et al. 2015, ApJS 216, 32 (flight, ground automatic, human in the loop); a scale is the
radius that holds 68 % (Briggs et al. 1999). A GBM radius in a notice is statistical only; the sky map is
its cone convolved with these.
"""


@dataclass(frozen=True)
class RadiusMeaning:
    """What a mission's error radius contains and whether its systematics are inside. Unknown is None."""

    containment: float | None
    systematic_included: bool | None
    source: str


RADIUS_MEANING: Mapping[str, RadiusMeaning] = {
    "Fermi GBM": RadiusMeaning(0.68, False, "GCN Fermi GBM notices: 1 sigma (68 %), statistical only"),
    "Fermi LAT": RadiusMeaning(0.90, False, "GCN Fermi LAT notices: 90 % containment, statistical only"),
    "Swift BAT": RadiusMeaning(0.90, False, "GCN Swift notices: BAT radius of 90 % containment, statistical"),
    "Swift XRT": RadiusMeaning(0.90, True, "GCN Swift notices: XRT radius of 90 % containment"),
    "Swift UVOT": RadiusMeaning(0.90, True, "GCN Swift notices: UVOT radius of 90 % containment"),
    "Einstein Probe WXT": RadiusMeaning(0.90, None, "GCN Schema: absent containment is 90 %"),
    "Einstein Probe FXT": RadiusMeaning(0.90, None, "EP circulars: 90 % containment"),
    "SVOM ECLAIRs": RadiusMeaning(0.90, True, "SVOM notices: R90, statistical and systematic"),
    "SVOM GRM": RadiusMeaning(0.90, None, "SVOM notices: R90"),
    "SVOM MXT": RadiusMeaning(0.90, True, "SVOM notices: R90 by quality flag"),
    "IceCube": RadiusMeaning(0.90, False, "GCN IceCube notices: 90 % radius, statistical only"),
    "KM3NeT": RadiusMeaning(0.90, True, "GCN Schema km3net/alert: 90 %, with systematics"),
    "Fermi GBM SUBTHRESH": RadiusMeaning(0.68, True, "GCN: 1 sigma, statistical plus systematic"),
    "INTEGRAL": RadiusMeaning(0.90, None, "IBAS: typically 3 arcmin (90 % c.l.)"),
    "AMON": RadiusMeaning(0.90, False, "GCN AMON notices: 90 % radius, statistical only"),
    "HAWC": RadiusMeaning(0.68, False, "HAWC Burst Monitor: 68 % containment, statistical only"),
    "MAXI": RadiusMeaning(0.90, None, "GCN Schema maxi/gsc: 90 %"),
    "Super-Kamiokande": RadiusMeaning(0.68, False, "GCN Schema superk/sn_alert: 68 %, statistical"),
}
"""By mission and instrument, where the notice does not say it itself (whole table: `docs/notices.md`)."""
