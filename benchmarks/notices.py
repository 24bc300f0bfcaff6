"""Notices: a thousand VOEvents and a 1 MB gravitational-wave alert, from bytes to `Notice`.

`python -m benchmarks.notices` prints the figures. The peers only take the document apart (voevent-parse is
lxml.objectify underneath; json and base64 of the standard library) and do not ask what it means.
"""

from __future__ import annotations

import base64
import json

from lxml import objectify

from benchmarks.timing import Measurement, table, timeit
from gcn.registry import parse_notice

NOTICES = 1000

FITS_BLOCK = 2880


def run() -> list[Measurement]:
    """The figures, each beside its peer, all measured now on this machine."""
    bursts = [burst(785_300_000 + number) for number in range(NOTICES)]
    wave = superevent()
    return [
        Measurement(
            f"reading {NOTICES:,} VOEvents",
            timeit(lambda: [parse_notice(raw) for raw in bursts], 3),
            timeit(lambda: [take_apart(raw) for raw in bursts], 3),
            goal="< 2,000 ms",
            note=f"Fermi GBM, {len(bursts[0]) / 1000:.1f} kB each; peer: lxml.objectify, no meaning",
        ),
        Measurement(
            "reading an igwn.gwalert with its map",
            timeit(lambda: parse_notice(wave), 9),
            timeit(lambda: base64.b64decode(json.loads(wave)["event"]["skymap"]), 9),
            goal="< 20 ms",
            note=f"{len(wave) / 1e6:.1f} MB; peer: json.loads and base64.b64decode, nothing checked",
        ),
    ]


def take_apart(raw: bytes) -> dict[str, str]:
    """What voevent-parse gives its caller: the params of a document and its position, as text."""
    root = objectify.fromstring(raw)
    found = {param.get("name"): param.get("value") for param in root.find("What").iter("Param")}
    place = root.find("WhereWhen").ObsDataLocation.ObservationLocation.AstroCoords.Position2D
    return found | {
        "ra": str(place.Value2.C1),
        "dec": str(place.Value2.C2),
        "radius": str(place.Error2Radius),
    }


def burst(trigger: int) -> bytes:
    """A Fermi GBM ground position with as many params and descriptions as the real ones have."""
    flags = "".join(
        f'<Param name="{name}" value="false"/>'
        for name in ("Def_NOT_a_GRB", "Target_in_Blk_Catalog", "Spatial_Prox_Match", "Temporal_Prox_Match")
    )
    params = "".join(
        f'<Param name="Housekeeping_{number}" value="{number}.{number}" unit="deg" ucd="pos.az.azi"/>\n'
        for number in range(32)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="observation" '
        f'ivorn="ivo://nasa.gsfc.gcn/Fermi#GBM_Gnd_Pos_2026-11-20T01:02:03.45_{trigger}_1-955">'
        "<Who><Date>2026-11-20T01:04:03</Date></Who><What>"
        f'<Param name="Packet_Type" value="112"/><Param name="TrigID" value="{trigger}" ucd="meta.id"/>'
        f'{params}<Group name="Trigger_ID">{flags}<Param name="Long_short" value="Long"/></Group>'
        '<Param name="LightCurve_URL" value="https://example.org/bn261120043/glg_lc_medres34_bn261120043.gif"/>'
        f"<Description>{'The Fermi-GBM location of a transient. ' * 40}</Description></What>"
        '<WhereWhen><ObsDataLocation><ObservatoryLocation id="GEOLUN"/><ObservationLocation>'
        '<AstroCoordSystem id="UTC-FK5-GEO"/><AstroCoords coord_system_id="UTC-FK5-GEO">'
        "<Time><TimeInstant><ISOTime>2026-11-20T01:02:03.45</ISOTime></TimeInstant></Time>"
        '<Position2D unit="deg"><Name1>RA</Name1><Name2>Dec</Name2>'
        "<Value2><C1>162.83</C1><C2>-33.99</C2></Value2><Error2Radius>4.3</Error2Radius></Position2D>"
        "</AstroCoords></ObservationLocation></ObsDataLocation>"
        '</WhereWhen><Why><Inference probability="0.5"><Concept>process.variation.burst;em.gamma</Concept>'
        "</Inference></Why></voe:VOEvent>"
    ).encode()


def superevent() -> bytes:
    """A CBC alert whose map is as large as those of O4: 777,600 bytes, 1.04 MB in base64."""
    header = b"SIMPLE  =                    T".ljust(FITS_BLOCK)
    skymap = header + bytes(range(256)) * (269 * FITS_BLOCK // 256)
    skymap += bytes(-len(skymap) % FITS_BLOCK)
    event = {
        "significant": True,
        "time": "2026-11-20T01:02:03.456Z",
        "far": 3.2e-10,
        "instruments": ["H1", "L1", "V1"],
        "group": "CBC",
        "pipeline": "gstlal",
        "search": "AllSky",
        "properties": {"HasNS": 1.0, "HasRemnant": 0.9, "HasMassGap": 0.1},
        "classification": {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.0, "Terrestrial": 0.05},
        "skymap": base64.b64encode(skymap).decode(),
    }
    return json.dumps(
        {
            "alert_type": "INITIAL",
            "time_created": "2026-11-20T01:12:00Z",
            "superevent_id": "S261120a",
            "urls": {"gracedb": "https://example.org/superevents/S261120a/view/"},
            "event": event,
            "external_coinc": None,
        }
    ).encode()


if __name__ == "__main__":
    print(table(run()))
