"""Series by kind, and the whole night that `nightdesk demo` plays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from simulation.gamma_ray_burst import simulate_burst
from simulation.gravitational_wave import simulate_superevent
from simulation.message import Message
from simulation.neutrino import simulate_neutrino

KINDS = ("bns", "nsbh", "bbh", "grb", "neutrino")
DEFAULT_START = datetime(2027, 1, 15, 21, 0, tzinfo=UTC)
"""When a series happens unless told otherwise: fixed, so that the same seed gives the same bytes."""


def simulate(kind: str, at: datetime = DEFAULT_START, seed: int = 1) -> tuple[Message, ...]:
    """The messages of one simulated event, in the order of sending. The same arguments give the same bytes.

    Raises `ValueError` for a kind that is not one of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"cannot simulate {kind!r}; known kinds: {', '.join(KINDS)}")
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    if kind == "grb":
        return simulate_burst(at, rng).messages
    if kind == "neutrino":
        return simulate_neutrino(at, rng)
    return simulate_superevent(kind, at, rng).messages


@dataclass(frozen=True)
class Scene:
    """A message of the night and its act: `merger`, `burst`, `far merger`, `neutrino` or `retracted`."""

    act: str
    message: Message


def simulate_night(start: datetime, seed: int = 1) -> tuple[Scene, ...]:
    """A night in which a little of everything happens, in the order of sending.

    A near neutron-star merger with a short gamma-ray burst 1.7 s later, a far black-hole merger that
    should wake nobody, a neutrino, and a candidate that is retracted.
    """
    rng = np.random.default_rng([seed, len(KINDS)])
    merger = simulate_superevent("bns", start + timedelta(minutes=4), rng, distance=95.0, retracted=False)
    burst = simulate_burst(
        merger.trigger_time + timedelta(seconds=1.7),
        rng,
        ra=math.degrees(merger.binary.ra),
        dec=math.degrees(merger.binary.dec),
        short=True,
    )
    far = simulate_superevent("bbh", start + timedelta(minutes=31), rng, distance=2400.0, retracted=False)
    neutrino = simulate_neutrino(start + timedelta(minutes=55), rng)
    doubtful = simulate_superevent("nsbh", start + timedelta(minutes=80), rng, distance=310.0, retracted=True)
    acts = {
        "merger": merger.messages,
        "burst": burst.messages,
        "far merger": far.messages,
        "neutrino": neutrino,
        "retracted": doubtful.messages,
    }
    scenes = [Scene(act, message) for act, messages in acts.items() for message in messages]
    return tuple(sorted(scenes, key=lambda scene: scene.message.at))


def write_series(messages: tuple[Message, ...], folder: Path) -> list[Path]:
    """Write messages as files whose names sort in the order of sending."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, message in enumerate(messages, start=1):
        path = folder / f"{number:02d}-{message.name}"
        path.write_bytes(message.content)
        paths.append(path)
    return paths
