"""What a sky map may be and what it refuses to be."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import numpy as np
import pytest

from skymaps.healpix import MAX_ORDER
from skymaps.skymap import SkyMap, SkyMapError, SkyMapMeta
from tests.skymaps.making import random_map

WHOLE_SKY = np.arange(4, 16)


def test_cells_are_sorted_and_the_total_becomes_one() -> None:
    skymap = SkyMap.from_cells(WHOLE_SKY[::-1], np.arange(1.0, 13.0))
    assert np.all(np.diff(skymap.uniq) > 0)
    assert skymap.density[0] == skymap.density.max()
    assert np.sum(skymap.density * skymap.area) == pytest.approx(1.0, abs=1e-12)


def test_distance_columns_are_sorted_with_their_cells() -> None:
    mu = np.arange(12.0)
    skymap = SkyMap.from_cells(WHOLE_SKY[::-1], np.ones(12), (mu, mu + 1.0, mu + 2.0))
    assert skymap.distmu is not None and skymap.distnorm is not None
    np.testing.assert_array_equal(skymap.distmu, mu[::-1])
    np.testing.assert_array_equal(skymap.distnorm, mu[::-1] + 2.0)


def test_nothing_about_a_sky_map_can_be_changed() -> None:
    columns = np.ones(12)
    skymap = SkyMap.from_cells(WHOLE_SKY, columns, (columns, columns, columns))
    given = (skymap.uniq, skymap.density, skymap.distmu)
    for array in (*given, skymap.order, skymap.area, skymap.probability, skymap.unit_vectors):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 3
    with pytest.raises(AttributeError):
        skymap.density = columns  # type: ignore[misc]


def test_changing_the_arrays_that_a_map_was_made_of_does_not_change_the_map() -> None:
    uniq, density = WHOLE_SKY.astype(np.int64), np.full(12, 1.0 / (4.0 * np.pi))
    skymap = SkyMap(uniq, density)
    uniq[0], density[0] = 99, 5.0
    assert skymap.uniq[0] == 4
    assert skymap.density[0] == pytest.approx(1.0 / (4.0 * np.pi))


def test_cells_without_distance_and_negative_locations_are_normal() -> None:
    mu = np.array([np.inf, -120.0, *[100.0] * 10])
    norm = np.array([0.0, *[1e-4] * 11])
    skymap = SkyMap.from_cells(WHOLE_SKY, np.ones(12), (mu, np.ones(12), norm))
    assert skymap.knows_distance.tolist() == [False, *[True] * 11]


def test_an_unseen_or_undefined_pixel_has_no_probability() -> None:
    density = np.ones(12)
    density[:3] = [np.nan, -1.6375e30, -1e-9]
    skymap = SkyMap.from_cells(WHOLE_SKY, density)
    assert skymap.density[:3].tolist() == [0.0, 0.0, 0.0]
    assert skymap.density[3] == pytest.approx(12.0 / 9.0 / (4.0 * np.pi))


def test_a_map_may_cover_a_part_of_the_sky() -> None:
    skymap = SkyMap.from_cells([5, 4 * 4**7 + 3], [1.0, 2.0])
    assert len(skymap) == 2
    assert skymap.max_order == 7


def test_a_pickled_map_is_the_same_and_carries_nothing_derived() -> None:
    skymap = random_map(3, distance=True)
    lean = len(pickle.dumps(skymap))
    _ = skymap.unit_vectors, skymap.probability, skymap.along_sky
    assert len(pickle.dumps(skymap)) == lean < 41 * len(skymap) + 2000
    again = pickle.loads(pickle.dumps(skymap))
    np.testing.assert_array_equal(again.uniq, skymap.uniq)
    np.testing.assert_array_equal(again.density, skymap.density)
    np.testing.assert_array_equal(again.distmu, skymap.distmu)
    assert again.meta == skymap.meta
    with pytest.raises(ValueError, match="read-only"):
        again.density[0] = 1.0


def test_meta_keeps_what_the_file_said() -> None:
    meta = SkyMapMeta(object="S1", event_time=datetime(2026, 1, 1, tzinfo=UTC), instruments=("H1", "L1"))
    assert SkyMap.from_cells(WHOLE_SKY, np.ones(12), meta=meta).meta == meta


@pytest.mark.parametrize(
    ("uniq", "density", "complaint"),
    [
        ([], [], "without any cell"),
        ([4, 5], [1.0], "one density a cell"),
        ([3, 4], [1.0, 1.0], "UNIQ 3 is no HEALPix cell"),
        ([-7, 4], [1.0, 1.0], "UNIQ -7 is no HEALPix cell"),
        ([4, 4 * 4 ** (MAX_ORDER + 1)], [1.0, 1.0], "is no HEALPix cell"),
        ([4, 4], [1.0, 1.0], "there twice"),
        ([4, 16], [1.0, 1.0], "overlap"),
        ([4, 4 * 4**29 + 5], [1.0, 1.0], "overlap"),
        ([4, 5], [0.0, 0.0], "zero everywhere"),
        ([4, 5], [np.nan, np.nan], "NaN everywhere"),
        ([4, 5], [-1.0, np.nan], "no cell has a positive probability"),
        ([4, 5], [np.inf, 1.0], "infinite"),
    ],
)
def test_cells_that_make_no_map_are_refused_in_words(
    uniq: list[int], density: list[float], complaint: str
) -> None:
    with pytest.raises(SkyMapError, match=complaint):
        SkyMap.from_cells(np.array(uniq, dtype=np.int64), density)


@pytest.mark.parametrize(
    ("uniq", "density", "complaint"),
    [
        (WHOLE_SKY[::-1], np.full(12, 1.0 / (4.0 * np.pi)), "not ascending"),
        (WHOLE_SKY, np.ones(12), "sums to"),
        (WHOLE_SKY, np.array([-1.0, *[13.0 / 11.0] * 11]), "negative or not finite"),
        (WHOLE_SKY, np.full(12, np.nan), "negative or not finite"),
        (WHOLE_SKY.reshape(3, 4), np.ones(12), "2 dimensions"),
        (WHOLE_SKY, np.ones(11), "11 density values"),
    ],
)
def test_the_constructor_repairs_nothing(uniq: np.ndarray, density: np.ndarray, complaint: str) -> None:
    with pytest.raises(SkyMapError, match=complaint):
        SkyMap(uniq, density)


def test_distance_columns_come_all_or_none() -> None:
    with pytest.raises(SkyMapError, match="all of DISTMU"):
        SkyMap(WHOLE_SKY, np.full(12, 1.0 / (4.0 * np.pi)), distmu=np.ones(12))
