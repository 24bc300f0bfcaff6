"""Every sky map beside the checkout: areas of the reference table, distances of ligo.skymap."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from ligo.skymap import distance as ligo_distance
from ligo.skymap.postprocess import crossmatch

from skymaps.reader import read_skymap
from skymaps.statistics import statistics
from tests.skymaps.making import ligo_table

# Rows of the reference table whose map is a file, by the name it has in the table.
PLACES = {
    "927563_lalinference.fits": "927563_lalinference.fits.gz",
    "GW170817_skymap.fits": "GW170817_skymap.fits",
    "MS181101ab_combined-ext.multiorder.fits": "MS181101ab_combined-ext.multiorder.fits.gz",
    "MS220722v_bayestar.multiorder.fits": "MS220722v_bayestar.multiorder.fits.gz",
    "S190412m_bayestar.fits": "o3-real/S190412m_bayestar.fits.gz",
    "S190425z_LALInference.fits": "o3-real/S190425z_LALInference.fits",
    "S190425z_bayestar.fits": "o3-real/S190425z_bayestar.fits",
    "S190425z_bayestar_flat.fits.gz": "o3-real/S190425z_bayestar.fits.gz",
    "S190510g_LALInference.fits": "o3-real/S190510g_LALInference.fits.gz",
    "S190814bv_LALInference.v1.multiorder.fits": "o3-real/S190814bv_LALInference.v1.multiorder.fits",
    "S190814bv_bayestar.multiorder_v0.fits": "o3-real/S190814bv_bayestar.multiorder.fits_v0.gz",
    "S190814bv_bayestar.multiorder_v1.fits": "o3-real/S190814bv_bayestar.multiorder.fits_v1.gz",
    "cWB.fits": "cWB.fits.gz",
    "gbm_subthresh_546126856.048000_healpix.fits": "gbm_subthresh_546126856.048000_healpix.fits.gz",
    "gbuts_healpix_systematic.fits": "gbuts_healpix_systematic.fits.gz",
    "m4opt_event800.multiorder.fits": "m4opt_event800.multiorder.fits.gz",
}


@pytest.mark.parametrize("name", PLACES)
def test_areas_are_those_of_the_reference_table(name: str, shared_data: Path) -> None:
    with (shared_data / "skymaps" / "REFERENCE_AREAS.csv").open() as file:
        row = next(row for row in csv.DictReader(file) if row["map"] == name)
    skymap = read_skymap(shared_data / "skymaps" / PLACES[name])
    found = statistics(skymap)
    assert found.area_50 == pytest.approx(float(row["area50_deg2"]), rel=1e-3)
    assert found.area_90 == pytest.approx(float(row["area90_deg2"]), rel=1e-3)
    if row["distmean_header_Mpc"]:
        assert skymap.meta.distance_mean == pytest.approx(float(row["distmean_header_Mpc"]), rel=1e-4)
        assert found.distance_mean == pytest.approx(skymap.meta.distance_mean, rel=0.02)
    if row["date_obs"]:
        assert skymap.meta.event_time is not None
        assert skymap.meta.event_time.replace(tzinfo=None).isoformat() == row["date_obs"]
    if not skymap.has_distance:
        assert found.distance_50 is None
        return
    columns = [np.array(c) for c in (skymap.probability, skymap.distmu, skymap.distsigma, skymap.distnorm)]
    moments = ligo_distance.parameters_to_marginal_moments(*columns[:3])
    percentiles = ligo_distance.marginal_ppf(np.array([0.05, 0.5, 0.95]), *columns)
    ours = (found.distance_mean, found.distance_std, found.distance_05, found.distance_50, found.distance_95)
    assert ours == pytest.approx((*moments, *percentiles), rel=5e-3)


def test_the_flat_and_the_multi_order_file_of_one_posterior_are_the_same_map(shared_data: Path) -> None:
    cells = read_skymap(shared_data / "skymaps/o3-real/S190425z_bayestar.fits")
    joined = read_skymap(shared_data / "skymaps/o3-real/S190425z_bayestar.fits.gz")
    np.testing.assert_array_equal(joined.uniq, cells.uniq)
    np.testing.assert_allclose(joined.density, cells.density, rtol=1e-9)
    np.testing.assert_array_equal(joined.distmu, cells.distmu)


def test_a_ring_map_of_fifty_million_pixels_is_read(shared_data: Path) -> None:
    skymap = read_skymap(shared_data / "skymaps/GRB220617A_IPN_map_hpx.fits.gz")
    assert len(skymap) < 1000
    assert skymap.max_order == 11
    assert statistics(skymap).area_90 < 0.1


def test_the_volumes_of_gw170817_are_those_of_crossmatch(shared_data: Path) -> None:
    skymap = read_skymap(shared_data / "skymaps" / "GW170817_skymap.fits")
    found = statistics(skymap)
    expected = crossmatch(ligo_table(skymap), contours=(0.5, 0.9)).contour_vols
    assert (found.volume_50, found.volume_90) == pytest.approx(expected, rel=5e-3)


def test_the_made_up_alerts_have_the_areas_their_authors_found(shared_data: Path) -> None:
    """ligo-skymap-stats' own areas (allsky_*.dat, 50 and 90 %)."""
    expected = {
        "bns_astro_00": (5.44, 33.57),
        "nsbh_astro_02": (20.31, 144.93),
        "bbh_astro_02": (244.71, 1309.77),
    }
    for name, areas in expected.items():
        found = statistics(read_skymap(shared_data / f"bayestar/{name}.multiorder.fits.gz"))
        assert (found.area_50, found.area_90) == pytest.approx(areas, rel=1e-3)
