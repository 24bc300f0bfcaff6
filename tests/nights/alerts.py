"""Alerts for the nights: what missions send, and what they send when something is broken."""

from __future__ import annotations

import base64
import functools
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from skymaps.shapes import Cone
from skymaps.writer import write_skymap

EVENING = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
"""When the events of these nights happen unless told otherwise."""


@functools.cache
def skymap(radius: float = 6.0, ra: float = 120.0, dec: float = -30.0) -> str:
    """A disc on the sky as an alert carries it; `radius` in degrees holds 90 %.

    Compressed, as some alerts are, for the mock broker keeps 5 MB of a topic only.
    """
    content = write_skymap(Cone(ra, dec, radius).to_skymap())
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def superevent(name: str, kind: str = "PRELIMINARY", *, minute: float = 1.0, **event: Any) -> bytes:
    """An `igwn.gwalert` about a binary of neutron stars, created so many minutes after it merged.

    `event` overrides fields of the alert's event.
    """
    return _alert(
        name,
        kind,
        minute,
        {
            "significant": True,
            "time": f"{EVENING:%Y-%m-%dT%H:%M:%S}.123Z",
            "far": 3.2e-10,
            "instruments": ["H1", "L1", "V1"],
            "group": "CBC",
            "pipeline": "gstlal",
            "search": "AllSky",
            "properties": {"HasNS": 1.0, "HasRemnant": 0.9, "HasMassGap": 0.1, "HasSSM": 0.0},
            "classification": {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.0, "Terrestrial": 0.05},
            "duration": None,
            "central_frequency": None,
            "skymap": skymap(),
            **event,
        },
    )


def unmodelled(name: str, **event: Any) -> bytes:
    """A burst search's alert: no classes, a duration and a frequency instead."""
    return superevent(
        name,
        group="Burst",
        pipeline="CWB",
        search="AllSky",
        properties={},
        classification={},
        duration=0.12,
        central_frequency=310.0,
        **event,
    )


def coincident(name: str, **event: Any) -> bytes:
    """A superevent that RAVEN has found beside a burst of Fermi, with the map of both."""
    alert = json.loads(superevent(name, "INITIAL", **event))
    alert["external_coinc"] = {
        "gcn_notice_id": 785300001,
        "ivorn": "ivo://nasa.gsfc.gcn/Fermi#GBM_Gnd_Pos_2026-11-19T21:00:01.80_785300001_57-1",
        "observatory": "Fermi",
        "search": "GRB",
        "time_difference": 1.7,
        "time_coincidence_far": 2e-8,
        "time_sky_position_coincidence_far": 3e-10,
        "combined_skymap": skymap(2.0),
    }
    return json.dumps(alert).encode()


def retraction(name: str, *, minute: float = 40.0) -> bytes:
    return _alert(name, "RETRACTION", minute, None)


def _alert(name: str, kind: str, minute: float, event: dict[str, Any] | None) -> bytes:
    created = EVENING + timedelta(minutes=minute)
    return json.dumps(
        {
            "alert_type": kind,
            "time_created": f"{created:%Y-%m-%dT%H:%M:%SZ}",
            "superevent_id": name,
            "urls": {"gracedb": f"https://example.org/superevents/{name}/view/"},
            "event": event,
            "external_coinc": None,
        }
    ).encode()
