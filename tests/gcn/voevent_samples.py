"""VOEvents written for the tests, so that they need no data beside the checkout."""

from __future__ import annotations

from collections.abc import Mapping

NAMESPACE = 'xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"'


def voevent(
    params: Mapping[str, object] | None = None,
    *,
    ivorn: str = "ivo://nasa.gsfc.gcn/Fermi#GBM_Flt_Pos_2026-11-20T01:02:03.45_785300001_44-945",
    role: str = "observation",
    date: str = "2026-11-20T01:02:33",
    time: str | None = "2026-11-20T01:02:03.45",
    place: tuple[object, object, object] | None = (163.8, -35.4, 10.0),
    system: str = "UTC-FK5-GEO",
    prefix: str = "voe:",
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
    groups: str = "",
    tail: str = "",
) -> bytes:
    """One notice. `place` is (C1, C2, radius), `groups` and `tail` are XML added to What and to the root."""
    listed = "".join(f'<Param name="{name}" value="{value}"/>' for name, value in (params or {}).items())
    iso = f"<Time><TimeInstant><ISOTime>{time}</ISOTime></TimeInstant></Time>" if time else ""
    where = ""
    if place is not None:
        where = (
            '<Position2D unit="deg"><Name1>RA</Name1><Name2>Dec</Name2>'
            f"<Value2><C1>{place[0]}</C1><C2>{place[1]}</C2></Value2>"
            f"<Error2Radius>{place[2]}</Error2Radius></Position2D>"
        )
    namespace = NAMESPACE if prefix else ""
    return (
        f'{declaration}<{prefix}VOEvent {namespace} version="2.0" role="{role}" ivorn="{ivorn}">'
        f"<Who><Date>{date}</Date></Who><What>{listed}{groups}</What>"
        f'<WhereWhen><ObsDataLocation><ObservationLocation><AstroCoordSystem id="{system}"/>'
        f'<AstroCoords coord_system_id="{system}">{iso}{where}</AstroCoords>'
        f"</ObservationLocation></ObsDataLocation></WhereWhen>{tail}</{prefix}VOEvent>"
    ).encode()


def gbm(packet: int = 111, trigger: int = 785300001, **more: object) -> bytes:
    """A Fermi GBM notice of a packet type."""
    return voevent({"Packet_Type": packet, "TrigID": trigger, **more})


def swift(packet: int = 61, trigger: int = 1300001, **more: object) -> bytes:
    return voevent(
        {"Packet_Type": packet, "TrigID": trigger, **more},
        ivorn=f"ivo://nasa.gsfc.gcn/SWIFT#BAT_GRB_Pos_{trigger}-100",
        place=(225.0, -69.5, 0.05),
    )


def lvk(superevent: str, kind: str = "Preliminary", **more: object) -> bytes:
    return voevent(
        {"Packet_Type": 150, "GraceID": superevent, "AlertType": kind, **more},
        ivorn=f"ivo://gwnet/LVC#{superevent}-1-{kind}",
        place=None,
    )
