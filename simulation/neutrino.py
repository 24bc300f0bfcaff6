"""Mock neutrinos: IceCube Gold track alerts in the JSON of gcn-schema, with `alert_tense` test."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta

import numpy as np

from simulation.message import Message, seconds

TOPIC = "gcn.notices.icecube.gold_bronze_track_alerts"
SCHEMA = "https://gcn.nasa.gov/schema/main/gcn/notices/icecube/single_neutrino_alerts.schema.json"


def simulate_neutrino(at: datetime, rng: np.random.Generator) -> tuple[Message, ...]:
    """A track alert at `at`: record 0 within a minute, record 1 with a better position after two hours."""
    ra = float(rng.uniform(0.0, 360.0))
    dec = math.degrees(math.asin(rng.uniform(-0.35, 0.9)))
    run, event = int(rng.integers(137_000, 142_000)), int(rng.integers(1_000_000, 90_000_000))
    energy = float(100.0 * (1.0 - rng.uniform()) ** (-1 / 1.2))
    messages = []
    for record, (after, error) in enumerate(((43.0, 1.1), (7_900.0, 0.6))):
        sent = (at + timedelta(seconds=after)).replace(microsecond=0)
        sigma = error / 2.146
        notice = {
            "$schema": SCHEMA,
            "mission": "IceCube",
            "instrument": "IC86",
            "messenger": "Neutrino",
            "pipeline": "Gold Track Alert",
            "record_number": record,
            "event_name": [f"IceCube-{at:%y%m%d}A"],
            "id": [f"{run}_{event}"],
            "alert_datetime": seconds(sent) + ".0Z",
            "alert_type": "initial" if record == 0 else "update",
            "alert_tense": "test",
            "alert_topology": "Track",
            "number_of_events": 1,
            "ra": round((ra + float(rng.normal()) * sigma / math.cos(math.radians(dec))) % 360.0, 4),
            "dec": round(dec + float(rng.normal()) * sigma, 4),
            "ra_dec_error": error,
            "containment_probability": 0.9,
            "systematic_included": record > 0,
            "trigger_time": seconds(at, 6) + "Z",
            "nu_energy": round(energy, 2),
            "p_astro": round(float(rng.uniform(0.45, 0.9)), 4),
            "far": 2.1e-8,
        }
        name = f"IceCube-{run}_{event}-record{record}.json"
        messages.append(Message(sent, TOPIC, name, json.dumps(notice, indent=1).encode()))
    return tuple(messages)
