"""Mock superevents: a series of alerts in the exact JSON of `igwn.gwalert` (schema 1.3.0)."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from simulation.localisation import localise
from simulation.message import Message, seconds
from simulation.source import Binary, Measurement, draw_detected, measure
from skymaps.skymap import SkyMap, SkyMapMeta
from skymaps.writer import write_skymap

TOPIC = "igwn.gwalert"
FRACTION_EARLY = 0.6
"""Part of the signal-to-noise ratio that is there half a minute before a neutron-star merger."""


@dataclass(frozen=True)
class Superevent:
    """A simulated merger with everything that its alerts say. `messages` are in the order of sending."""

    name: str
    trigger_time: datetime
    binary: Binary
    measurement: Measurement
    skymap: SkyMap
    messages: tuple[Message, ...]


def simulate_superevent(
    kind: str,
    at: datetime,
    rng: np.random.Generator,
    *,
    distance: float | None = None,
    retracted: bool | None = None,
) -> Superevent:
    """A `bns`, `nsbh` or `bbh` merging at `at`: early warning (neutron stars that are loud enough), two
    preliminaries, initial or retraction, update. `retracted` None lets chance decide (one in eight)."""
    binary, measurement = draw_detected(kind, at, rng, distance=distance)
    name = f"MS{at:%y%m%d}{_letters(rng)}"
    meta = SkyMapMeta(
        object=name,
        event_time=at,
        creator="nightdesk simulate",
        instruments=tuple(d.name for d in measurement.detectors),
    )
    skymap = localise(measurement, meta)
    if retracted is None:
        retracted = bool(rng.uniform() < 0.125)
    author = _Author(name, kind, binary, at, rng)
    messages = _early_warning(author, measurement, at, meta, rng) if kind in ("bns", "nsbh") else []
    messages.append(author.alert("PRELIMINARY", 29.0, measurement, skymap))
    messages.append(author.alert("PRELIMINARY", 318.0, measurement, skymap))
    if retracted:
        messages.append(author.retraction(2460.0))
    else:
        messages.append(author.alert("INITIAL", 1980.0, measurement, skymap))
        messages.append(author.alert("UPDATE", 52_000.0, measurement, _refined(measurement, meta)))
    return Superevent(name, at, binary, measurement, skymap, tuple(messages))


def _early_warning(
    author: _Author, measurement: Measurement, at: datetime, meta: SkyMapMeta, rng: np.random.Generator
) -> list[Message]:
    early = measure(author.binary, at, rng, fraction=FRACTION_EARLY, network=measurement.detectors)
    if len(early.detectors) < 2 or early.network_snr < 8.0:
        return []
    return [author.alert("EARLYWARNING", -24.0, early, localise(early, meta))]


def _refined(measurement: Measurement, meta: SkyMapMeta) -> SkyMap:
    """The map of a full parameter estimation: the same data, their calibration better known."""
    finer = replace(measurement, timing_error=0.85 * measurement.timing_error)
    return localise(finer, replace(meta, creator="nightdesk simulate, PE"))


def _letters(rng: np.random.Generator) -> str:
    return "".join(chr(ord("a") + int(n)) for n in rng.integers(0, 26, size=2))


@dataclass(frozen=True)
class _Author:
    name: str
    kind: str
    binary: Binary
    merger: datetime
    rng: np.random.Generator

    def alert(self, alert_type: str, after: float, measurement: Measurement, skymap: SkyMap) -> Message:
        far = 1e-4 * math.exp(-2.6 * (min(measurement.network_snr, 13.0) - 6.0))
        return self._message(
            alert_type,
            after,
            {
                "significant": far < 3.9e-7 / 6.0,
                "time": seconds(self.merger, 3) + "Z",
                "far": far,
                "instruments": sorted(d.name for d in measurement.detectors),
                "group": "CBC",
                "pipeline": "gstlal",
                "search": "EarlyWarning" if alert_type == "EARLYWARNING" else "AllSky",
                "properties": self._properties(),
                "classification": self._classification(far),
                "duration": None,
                "central_frequency": None,
                "skymap": base64.b64encode(write_skymap(skymap)).decode("ascii"),
            },
        )

    def retraction(self, after: float) -> Message:
        return self._message("RETRACTION", after, None)

    def _message(self, alert_type: str, after: float, event: dict[str, Any] | None) -> Message:
        created = (self.merger + timedelta(seconds=after)).replace(microsecond=0)
        alert = {
            "alert_type": alert_type,
            "time_created": seconds(created) + "Z",
            "superevent_id": self.name,
            "urls": {"gracedb": f"https://gracedb.ligo.org/superevents/{self.name}/view/"},
            "event": event,
            "external_coinc": None,
        }
        return Message(
            created, TOPIC, f"{self.name}-{alert_type.lower()}.json", json.dumps(alert, indent=1).encode()
        )

    def _classification(self, far: float) -> dict[str, float]:
        terrestrial = far / (far + 3e-8)
        confused = {"bns": ("BNS", "NSBH"), "nsbh": ("NSBH", "BBH"), "bbh": ("BBH", "NSBH")}[self.kind]
        share = 0.94 if self.kind != "bbh" else 0.99
        result = dict.fromkeys(("BNS", "NSBH", "BBH"), 0.0)
        result[confused[0]] = (1.0 - terrestrial) * share
        result[confused[1]] = (1.0 - terrestrial) * (1.0 - share)
        return {**result, "Terrestrial": terrestrial}

    def _properties(self) -> dict[str, float]:
        primary, secondary = self.binary.masses
        return {
            "HasNS": 1.0 if secondary < 3.0 else 0.0,
            "HasRemnant": 1.0 if primary < 3.0 else (0.35 if secondary < 3.0 and primary < 5.0 else 0.0),
            "HasMassGap": 1.0 if 3.0 <= primary <= 5.0 or 3.0 <= secondary <= 5.0 else 0.0,
        }
