"""Compact binaries drawn from a volume, and what a network of detectors measures of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import erfa
import numpy as np
from numpy.typing import NDArray

from simulation.detectors import NETWORK, Detector, Vectors

REFERENCE_CHIRP_MASS = 1.4 * 2.0 ** (-0.2)  # of a 1.4 + 1.4 solar-mass binary
SNR_SINGLE, SNR_FURTHER, SNR_NETWORK = 4.0, 2.5, 8.5
"""Two detectors must trigger; a further one that sees the signal less clearly still helps to localise."""

DRAWS = 20_000
"""Binaries drawn before it is said that none is ever seen."""


@dataclass(frozen=True)
class Population:
    """A class of binaries: ranges of the two masses (solar masses, detector frame) and the effective
    bandwidth (Hz) that sets how well arrival times are measured (Fairhurst 2009, eq. 24)."""

    name: str
    primary: tuple[float, float]
    secondary: tuple[float, float]
    bandwidth: float


POPULATIONS = {
    "bns": Population("BNS", (1.2, 2.0), (1.1, 1.6), 115.0),
    "nsbh": Population("NSBH", (4.0, 9.0), (1.2, 1.7), 90.0),
    "bbh": Population("BBH", (12.0, 45.0), (8.0, 35.0), 45.0),
}


@dataclass(frozen=True)
class Binary:
    """One source. Angles in radians (ICRS), distance in Mpc, masses in solar masses."""

    population: Population
    masses: tuple[float, float]
    ra: float
    dec: float
    distance: float
    cos_inclination: float
    polarisation: float
    phase: float

    @property
    def chirp_mass(self) -> float:
        m1, m2 = self.masses
        return float((m1 * m2) ** 0.6 / (m1 + m2) ** 0.2)


@dataclass(frozen=True)
class Measurement:
    """What the network measured: for each detector a complex signal-to-noise ratio and an arrival time
    relative to the geocentre (s), with the timing error (s). `gmst` in radians ties Earth to sky."""

    detectors: tuple[Detector, ...]
    snr: NDArray[np.complex128]
    arrival: NDArray[np.float64]
    timing_error: NDArray[np.float64]
    amplitude: NDArray[np.float64]  # SNR of an optimal source of this chirp mass at 1 Mpc, by detector
    gmst: float

    @property
    def network_snr(self) -> float:
        return float(np.sqrt(np.sum(np.abs(self.snr) ** 2)))


def sidereal_time(at: datetime) -> float:
    """Greenwich mean sidereal time in radians; UT1 taken as UTC (under a second: 15 arcsec)."""
    day, fraction = erfa.dtf2d(
        "UTC", at.year, at.month, at.day, at.hour, at.minute, at.second + at.microsecond / 1e6
    )
    return float(erfa.gmst06(day, fraction, day, fraction + 69.2 / 86400.0))


def to_earth_fixed(directions: Vectors, gmst: float) -> Vectors:
    """Unit vectors (N, 3) turned from the sky's axes to the Earth's."""
    c, s = math.cos(gmst), math.sin(gmst)
    return np.asarray(directions @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]))


def towards(ra: float, dec: float) -> Vectors:
    """Unit vector (1, 3) towards a sky position in radians."""
    return np.array([[math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)]])


def expected_snr(
    plus: NDArray[np.float64], cross: NDArray[np.float64], cos_inclination: float, polarisation: float
) -> NDArray[np.complex128]:
    """Complex response to a binary of unit amplitude: F+ (1 + cos² i) / 2 + i Fx cos i, turned by psi."""
    c, s = math.cos(2.0 * polarisation), math.sin(2.0 * polarisation)
    return 0.5 * (1.0 + cos_inclination**2) * (plus * c + cross * s) + 1j * cos_inclination * (
        cross * c - plus * s
    )


def draw_binary(kind: str, rng: np.random.Generator, *, distance: float | None = None) -> Binary:
    """A binary, isotropic in place and orientation, uniform in volume out to the network's horizon."""
    population = POPULATIONS[kind]
    m1, m2 = sorted((rng.uniform(*population.primary), rng.uniform(*population.secondary)), reverse=True)
    reach = max(d.horizon for d in NETWORK) * (
        (m1 * m2) ** 0.6 / (m1 + m2) ** 0.2 / REFERENCE_CHIRP_MASS
    ) ** (5 / 6)
    return Binary(
        population=population,
        masses=(m1, m2),
        ra=rng.uniform(0.0, 2.0 * math.pi),
        dec=math.asin(rng.uniform(-1.0, 1.0)),
        distance=distance if distance is not None else reach * rng.uniform() ** (1 / 3),
        cos_inclination=rng.uniform(-1.0, 1.0),
        polarisation=rng.uniform(0.0, math.pi),
        phase=rng.uniform(0.0, 2.0 * math.pi),
    )


def measure(
    binary: Binary,
    at: datetime,
    rng: np.random.Generator,
    *,
    fraction: float = 1.0,
    network: tuple[Detector, ...] = NETWORK,
) -> Measurement:
    """What the network measures, with noise. `fraction` < 1 is an early warning: part of the signal, a
    narrower band."""
    gmst = sidereal_time(at)
    direction = to_earth_fixed(towards(binary.ra, binary.dec), gmst)
    scale = (binary.chirp_mass / REFERENCE_CHIRP_MASS) ** (5 / 6)
    amplitude = np.array([8.0 * d.horizon * scale * fraction for d in network])
    response = np.array(
        [expected_snr(*d.antenna(direction), binary.cos_inclination, binary.polarisation)[0] for d in network]
    )
    noise = rng.normal(size=(2, len(network)))
    snr = amplitude * response * np.exp(1j * binary.phase) / binary.distance + noise[0] + 1j * noise[1]
    loudness = np.abs(snr)
    seen = loudness >= (SNR_FURTHER if np.sum(loudness >= SNR_SINGLE) >= 2 else SNR_SINGLE)
    timing_error = 1.0 / (
        2.0 * np.pi * np.maximum(np.abs(snr), 1.0) * binary.population.bandwidth * fraction**2
    )
    arrival = (
        np.array([d.delay(direction)[0] for d in network]) + rng.normal(size=len(network)) * timing_error
    )
    return Measurement(
        detectors=tuple(d for d, keep in zip(network, seen, strict=True) if keep),
        snr=snr[seen],
        arrival=arrival[seen],
        timing_error=timing_error[seen],
        amplitude=amplitude[seen],
        gmst=gmst,
    )


def draw_detected(
    kind: str, at: datetime, rng: np.random.Generator, *, distance: float | None = None
) -> tuple[Binary, Measurement]:
    """The first binary drawn that at least two detectors see well enough to raise an alert.

    Raises `ValueError` when the asked distance is out of the network's reach.
    """
    for _ in range(DRAWS):
        binary = draw_binary(kind, rng, distance=distance)
        measurement = measure(binary, at, rng)
        if len(measurement.detectors) >= 2 and measurement.network_snr >= SNR_NETWORK:
            return binary, measurement
    raise ValueError(f"no {kind} at {distance:g} Mpc is seen by two detectors; ask for a smaller distance")
