"""Mock gamma-ray bursts: the sequence of VOEvents that Fermi GBM sends through GCN, with role `test`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

import numpy as np

from simulation.message import Message, seconds

MET_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
LEAP_SECONDS_SINCE = 5  # between 2001 and today; mission elapsed time counts them
SCHEMA_LOCATION = "http://www.ivoa.net/xml/VOEvent/v2.0  http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd"
STAGES = (
    # notice, packet type, serial number, seconds after the trigger, statistical radius / deg
    ("Alert", 110, 1, 6.0, 0.0),
    ("Flt_Pos", 111, 2, 24.0, 9.3),
    ("Gnd_Pos", 112, 57, 47.0, 4.8),
    ("Fin_Pos", 115, 98, 560.0, 2.1),
)


@dataclass(frozen=True)
class Burst:
    """A simulated burst. Position in degrees, ICRS."""

    trigger: int
    trigger_time: datetime
    ra: float
    dec: float
    messages: tuple[Message, ...]


def simulate_burst(
    at: datetime,
    rng: np.random.Generator,
    *,
    ra: float | None = None,
    dec: float | None = None,
    short: bool = False,
) -> Burst:
    """A burst triggering Fermi GBM at `at`, from a drawn or a given place: alert, then better positions."""
    ra = float(rng.uniform(0.0, 360.0)) if ra is None else ra
    dec = math.degrees(math.asin(rng.uniform(-1.0, 1.0))) if dec is None else dec
    trigger = int((at - MET_EPOCH).total_seconds()) + LEAP_SECONDS_SINCE
    messages = []
    for kind, packet, serial, after, radius in STAGES:
        sent = at + timedelta(seconds=after)
        place = (0.0, 0.0) if radius == 0.0 else _scattered(ra, dec, radius / 1.51, rng)
        content = _voevent(
            kind, packet, serial, trigger, at, sent, place, radius, "Short" if short else "Long"
        )
        name = f"GBM-{trigger}-{kind.lower()}.xml"
        messages.append(Message(sent, f"gcn.classic.voevent.FERMI_GBM_{kind.upper()}", name, content))
    return Burst(trigger, at, ra, dec, tuple(messages))


def _scattered(ra: float, dec: float, sigma: float, rng: np.random.Generator) -> tuple[float, float]:
    """A measured position: off by a Gaussian error of `sigma` degrees per axis."""
    d_dec, d_ra = rng.normal(size=2) * sigma
    new_dec = min(max(dec + d_dec, -89.9), 89.9)
    return (ra + d_ra / max(math.cos(math.radians(new_dec)), 0.01)) % 360.0, new_dec


def _voevent(
    kind: str,
    packet: int,
    serial: int,
    trigger: int,
    at: datetime,
    sent: datetime,
    place: tuple[float, float],
    radius: float,
    duration: str,
) -> bytes:
    params: dict[str, object] = {
        "Packet_Type": packet,
        "Pkt_Ser_Num": 1,
        "TrigID": trigger,
        "Sequence_Num": serial,
        "Burst_TJD": (at - datetime(1968, 5, 24, tzinfo=UTC)).days,
        "Burst_SOD": f"{(at - at.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds():.2f}",
    }
    params |= (
        {"Trig_Signif": "7.1", "Trig_Dur": "0.256"}
        if kind == "Alert"
        else {"Burst_Signif": "9.60", "Data_Integ": "1.024"}
    )
    flags = {"Def_NOT_a_GRB": "false", "Test_Submission": "true"}
    flags["Long_short"] = duration if kind in ("Gnd_Pos", "Fin_Pos") else "unknown"
    ivorn = f"ivo://nasa.gsfc.gcn/Fermi#GBM_{kind}_{seconds(at, 2)}_{trigger}_{serial}-{trigger % 1000}"
    return f"""<?xml version = '1.0' encoding = 'UTF-8'?>
<voe:VOEvent
      ivorn="{ivorn}"
      role="test" version="2.0"
      xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
      xsi:schemaLocation="{SCHEMA_LOCATION}" >
  <Who>
    <AuthorIVORN>ivo://nasa.gsfc.tan/gcn</AuthorIVORN>
    <Author><shortName>nightdesk simulate (mock of Fermi via VO-GCN)</shortName></Author>
    <Date>{seconds(sent)}</Date>
    <Description>Simulated by nightdesk: this message is about nothing in the sky.</Description>
  </Who>
  <What>
{_params(params.items(), 4)}
    <Group name="Trigger_ID" >
{_params(flags.items(), 6)}
    </Group>
    <Description>A simulated Fermi-GBM {"trigger" if kind == "Alert" else "location"}.</Description>
  </What>
  <WhereWhen>
    <ObsDataLocation>
      <ObservatoryLocation id="GEOLUN" />
      <ObservationLocation>
        <AstroCoordSystem id="UTC-FK5-GEO" />
        <AstroCoords coord_system_id="UTC-FK5-GEO">
          <Time unit="s"><TimeInstant><ISOTime>{seconds(at, 2)}</ISOTime></TimeInstant></Time>
          <Position2D unit="deg">
            <Name1>RA</Name1>
            <Name2>Dec</Name2>
            <Value2><C1>{place[0]:.4f}</C1><C2>{place[1]:.4f}</C2></Value2>
            <Error2Radius>{radius:.4f}</Error2Radius>
          </Position2D>
        </AstroCoords>
      </ObservationLocation>
    </ObsDataLocation>
  </WhereWhen>
  <How><Description>Fermi Satellite, GBM Instrument</Description></How>
  <Why importance="0.5">
    <Inference probability="0.9"><Concept>process.variation.burst;em.gamma</Concept></Inference>
  </Why>
</voe:VOEvent>
""".encode()


def _params(values: Iterable[tuple[str, object]] | Mapping[str, object], indent: int) -> str:
    pairs = values.items() if isinstance(values, Mapping) else values
    return "\n".join(
        f"{' ' * indent}<Param name={quoteattr(k)} value={quoteattr(str(v))} />" for k, v in pairs
    )
