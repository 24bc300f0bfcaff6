"""Fermi's VOEvents: GBM triggers with their systematic errors and maps, LAT positions."""

from __future__ import annotations

import re
from dataclasses import replace

from gcn.formats.voevent_document import VOEvent
from gcn.formats.voevent_kinds import Kind
from gcn.formats.voevent_reading import cone, read_event, with_map
from gcn.localisation import GBM_SYSTEMATICS
from gcn.notice import MapSource, Notice, SkyMapRef

GBM_STAGES = {"FERMI_GBM_FLT_POS": "FLT", "FERMI_GBM_GND_POS": "GND", "FERMI_GBM_FIN_POS": "FIN"}

GBM_CLASSES = {
    1: "Unreliable location",
    2: "Local particles",
    3: "Below horizon",
    4: "GRB",
    5: "Generic SGR",
    6: "Generic transient",
    7: "Distant particles",
    8: "Solar flare",
    9: "Cyg X-1",
    10: "SGR 1806-20",
    11: "GROJ 0422+32",
    19: "TGF",
}
"""`Most_Likely_Index` of flight notices (GBM flight software classification, GCN Fermi notices)."""

BURST_NAME = re.compile(r"\bbn\d{9}\b")


def read_fermi(event: VOEvent, kind: Kind) -> Notice:
    """A Fermi notice; a GBM cone carries the systematic model of its notice type.

    GBM radii are statistical (68 %). Final positions have a HEALPix map beside the picture they link
    to, and sub-threshold notices link to theirs.
    """
    notice = read_event(event, kind)
    stage = GBM_STAGES.get(kind.name)
    if stage and notice.position:
        shape = cone(notice.position, GBM_SYSTEMATICS[stage])
        notice = replace(notice, skymap=SkyMapRef(MapSource.SHAPE, shape=shape) if shape else None)
    name = BURST_NAME.search(event.text("LightCurve_URL") or "")
    notice = replace(
        notice,
        aliases=(f"Fermi:{name[0]}",) if name else (),
        classification=_classification(event) if stage == "FLT" else {},
    )
    return with_map(notice, event.text("HealPix_URL") or _final_map(event, kind))


def _final_map(event: VOEvent, kind: Kind) -> str | None:
    """`glg_locplot_all_bn….png` is the picture of `glg_healpix_all_bn….fit` in the same folder."""
    picture = event.text("LocationMap_URL") or ""
    if kind.name != "FERMI_GBM_FIN_POS" or "_locplot_" not in picture or not picture.endswith(".png"):
        return None
    return picture.replace("_locplot_", "_healpix_").removesuffix(".png") + ".fit"


def _classification(event: VOEvent) -> dict[str, float]:
    """The two likeliest classes of the flight software; it sends per cent."""
    found: dict[str, float] = {}
    for rank in ("Most_Likely", "Sec_Most_Likely"):
        index, percent = event.number(f"{rank}_Index"), event.number(f"{rank}_Prob")
        name = None if index is None else GBM_CLASSES.get(int(index))
        if name and percent is not None and 0.0 < percent <= 100.0:
            found.setdefault(name, percent / 100.0)
    return found
