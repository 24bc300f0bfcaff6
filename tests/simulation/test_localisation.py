"""Sky maps made from what the network measured: do they tell the truth as often as they say?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.stats import kstest, norm

from simulation import localisation, source
from simulation.localisation import localise
from simulation.source import draw_detected, measure
from skymaps import healpix
from skymaps.skymap import SkyMap, SkyMapMeta

AT = datetime(2027, 1, 15, 21, 0, tzinfo=UTC)
SKY = 4.0 * np.pi * (180.0 / np.pi) ** 2  # deg²


@dataclass(frozen=True)
class Trial:
    credible_level: float  # of the true position: the probability of all cells at least as dense
    distance_pull: float
    area_90: float


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    """Mergers of neutron stars and of black holes, on maps of moderate resolution."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localisation, "FIRST_ORDER", 3)
        patch.setattr(localisation, "ROUNDS", 4)
        return [_trial(kind, seed) for kind, seeds in (("bns", 12), ("bbh", 6)) for seed in range(seeds)]


def _trial(kind: str, seed: int) -> Trial:
    rng = np.random.default_rng(seed)
    at = AT + timedelta(hours=seed)
    binary, measurement = draw_detected(kind, at, rng)
    skymap = localise(measurement, SkyMapMeta())
    probability = skymap.density * skymap.area
    here = _cell_of(skymap, binary.ra, binary.dec)
    ranked = np.argsort(-skymap.density)
    areas = np.cumsum(skymap.area[ranked]) * (180.0 / np.pi) ** 2
    mean, std = skymap.meta.distance_mean, skymap.meta.distance_std
    assert mean is not None
    assert std is not None
    return Trial(
        credible_level=float(
            probability[skymap.density > skymap.density[here]].sum() + 0.5 * probability[here]
        ),
        distance_pull=(binary.distance - mean) / std,
        area_90=float(areas[np.searchsorted(np.cumsum(probability[ranked]), 0.9)]),
    )


def _cell_of(skymap: SkyMap, ra: float, dec: float) -> int:
    """Which cell the place is in, by its nearest centre among cells in units of their own size."""
    place = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    separation = np.arccos(np.clip(skymap.unit_vectors @ place, -1.0, 1.0))
    return int(np.argmin(separation / np.sqrt(healpix.pixel_area(skymap.order))))


def test_the_true_place_is_as_often_in_a_credible_area_as_the_area_says(trials: list[Trial]) -> None:
    levels = [trial.credible_level for trial in trials]
    assert kstest(levels, "uniform").pvalue > 0.01
    assert min(levels) < 0.3
    assert max(levels) > 0.7


def test_true_distances_scatter_about_the_mean_as_the_spread_says(trials: list[Trial]) -> None:
    pulls = np.array([trial.distance_pull for trial in trials])
    assert np.max(np.abs(pulls)) < 5.0
    assert 0.5 < np.mean(np.abs(pulls) < 1.0) < 0.95
    assert abs(np.mean(pulls)) < 4.0 * norm.std() / np.sqrt(len(pulls))


def test_areas_range_from_tens_to_thousands_of_square_degrees(trials: list[Trial]) -> None:
    areas = [trial.area_90 for trial in trials]
    assert min(areas) < 100.0
    assert max(areas) > 1000.0
    assert max(areas) < SKY


def test_an_early_warning_knows_less_than_the_whole_signal() -> None:
    rng = np.random.default_rng(3)
    binary, whole = draw_detected("bns", AT, rng, distance=60.0)
    early = measure(binary, AT, rng, fraction=0.6, network=whole.detectors)
    assert early.network_snr < whole.network_snr
    for detector, error in zip(early.detectors, early.timing_error, strict=True):
        assert error > 2.0 * whole.timing_error[whole.detectors.index(detector)]


def test_what_cannot_be_seen_is_not_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "DRAWS", 50)
    with pytest.raises(ValueError, match="no bns at 50000 Mpc is seen by two detectors"):
        draw_detected("bns", AT, np.random.default_rng(1), distance=50_000.0)
