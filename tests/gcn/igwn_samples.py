"""LVK alerts written for the tests."""

from __future__ import annotations

import base64
import json

FITS = (b"SIMPLE  =                    T / a map as small as a FITS file can be".ljust(80) + b"END").ljust(
    2880
)


def alert(superevent: str = "S261120a", kind: str = "INITIAL", **event: object) -> dict[str, object]:
    """A CBC alert with every field of schema 1.3.0; `event` overrides fields of the event."""
    return {
        "alert_type": kind,
        "time_created": "2026-11-20T01:12:00Z",
        "superevent_id": superevent,
        "urls": {"gracedb": f"https://example.org/superevents/{superevent}/view/"},
        "event": {
            "significant": True,
            "time": "2026-11-20T01:02:03.456Z",
            "far": 3.2e-10,
            "instruments": ["H1", "L1", "V1"],
            "group": "CBC",
            "pipeline": "gstlal",
            "search": "AllSky",
            "properties": {"HasNS": 1.0, "HasRemnant": 0.9, "HasMassGap": 0.1, "HasSSM": 0.0},
            "classification": {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.0, "Terrestrial": 0.05},
            "duration": None,
            "central_frequency": None,
            "skymap": base64.b64encode(FITS).decode(),
            **event,
        },
        "external_coinc": None,
    }


def retraction(superevent: str = "S261120a") -> dict[str, object]:
    return {**alert(superevent, "RETRACTION"), "event": None}


def encoded(content: object) -> bytes:
    return json.dumps(content).encode()
