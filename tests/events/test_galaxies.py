"""Galaxies: catalogues as people have them, and who is likeliest inside the credible volume."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from events.galaxies import (
    B_LUMINOSITY_DENSITY,
    SHELL,
    STELLAR_MASS_DENSITY,
    Galaxies,
    completeness,
    mangrove,
    rank,
    shells,
    volume_threshold,
)
from events.galaxy_files import GLADE_PLUS, GalaxyFileError, read_catalogue
from events.galaxy_store import catalogues, load_galaxies, store_catalogue, tiles_reaching
from skymaps.distance import LinesOfSight, credible_volumes, distance_norm, volume_density_at
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap, SkyMapError
from store.database import Database
from tests.events.story import at


def in_space(cone: Cone, mean: float, sigma: float) -> SkyMap:
    """The cone's map with the same Gaussian of distance along every line of sight."""
    flat = cone.to_skymap()
    mu, spread = np.full(len(flat), mean), np.full(len(flat), sigma)
    return SkyMap.from_cells(flat.uniq, flat.density, (mu, spread, distance_norm(mu, spread)))


EVENT = in_space(Cone(197.0, -23.0, 5.0), 100.0, 20.0)


def made(ra: list[float], dec: list[float], distance: list[float], mass: list[float]) -> Galaxies:
    columns = [np.array(c, dtype=np.float64) for c in (ra, dec, distance, mass)]
    names = tuple(f"G{number}" for number in range(len(ra)))
    return Galaxies(names, *columns, np.full(len(ra), math.nan))


def scattered(number: int, seed: int = 1) -> Galaxies:
    random = np.random.default_rng(seed)
    dec = np.degrees(np.arcsin(random.uniform(-1.0, 1.0, number)))
    return Galaxies(
        tuple(f"G{i}" for i in range(number)),
        random.uniform(0.0, 360.0, number),
        dec,
        300.0 * random.uniform(0.0, 1.0, number) ** (1.0 / 3.0),
        10.0 ** random.uniform(8.0, 11.5, number),
        np.full(number, math.nan),
    )


def test_scores_are_those_of_mangrove_by_hand() -> None:
    # G_pos 4, 2, 2 and masses 1, 3, unknown: alpha = 8 / (4 x 1 + 2 x 3) = 0.8,
    # so 4 (1 + 0.8), 2 (1 + 2.4), and 2 for the galaxy of unknown mass.
    scores = mangrove(np.array([4.0, 2.0, 2.0]), np.array([1.0, 3.0, math.nan]))
    assert scores == pytest.approx([7.2, 6.8, 2.0])
    # In all, place and mass weigh alike: the mass terms sum to what the places sum to.
    assert np.sum(scores) == pytest.approx(2 * 8.0)


def test_without_any_mass_the_place_alone_counts() -> None:
    place = np.array([3.0, 1.0])
    assert mangrove(place, np.array([math.nan, math.nan])) == pytest.approx(place)


def test_the_volume_s_threshold_encloses_the_volume_and_the_probability_it_should() -> None:
    threshold = volume_threshold(EVENT, 0.9)
    random = np.random.default_rng(2)
    number = 3_000_000
    # A box of space around the event, sampled evenly in volume.
    ra = random.uniform(185.0, 209.0, number)
    sin_dec = random.uniform(math.sin(math.radians(-34)), math.sin(math.radians(-12)), number)
    distance = 260.0 * random.uniform(0.0, 1.0, number) ** (1.0 / 3.0)
    box = math.radians(24.0) * (math.sin(math.radians(-12)) - math.sin(math.radians(-34))) * 260.0**3 / 3.0
    density = volume_density_at(EVENT, ra, np.degrees(np.arcsin(sin_dec)), distance)
    inside = density >= threshold
    (volume,) = credible_volumes(LinesOfSight.of(EVENT), [0.9])
    assert volume is not None
    assert box * np.mean(inside) == pytest.approx(volume, rel=0.02)
    assert box * np.mean(np.where(inside, density, 0.0)) == pytest.approx(0.9, rel=0.02)


def test_only_galaxies_inside_the_volume_are_ranked_the_likeliest_first() -> None:
    galaxies = made(
        [197.0, 197.0, 197.0, 100.0, 199.0], [-23.0, -23.0, -23.0, 40.0, -24.0],
        [100.0, 60.0, 190.0, 100.0, 105.0], [1e10, 1e10, 1e12, 1e12, 1e10],
    )  # fmt: skip
    ranking = rank(galaxies, EVENT)
    assert [g.name for g in ranking.galaxies] == ["G0", "G4", "G1"]
    assert ranking.inside == 3
    assert sum(g.share for g in ranking.galaxies) == pytest.approx(1.0)
    assert ranking.galaxies[0].probability_density == pytest.approx(
        float(volume_density_at(EVENT, 197.0, -23.0, 100.0))
    )


def test_a_heavier_neighbour_goes_before_a_lighter_one() -> None:
    ranking = rank(made([197.0, 197.0], [-23.0, -23.0], [100.0, 101.0], [1e9, 1e11]), EVENT)
    assert [g.name for g in ranking.galaxies] == ["G1", "G0"]


def test_a_map_without_distance_is_refused_in_words() -> None:
    with pytest.raises(SkyMapError, match="no distance columns"):
        rank(made([1.0], [1.0], [1.0], [1.0]), Cone(197.0, -23.0, 5.0).to_skymap())


async def test_only_the_needed_parts_of_a_stored_catalogue_are_read_and_rank_the_same(
    any_database: Database, tmp_path: Path
) -> None:
    galaxies = scattered(50_000)
    file = tmp_path / "mine.csv"
    rows = zip(galaxies.names, galaxies.ra, galaxies.dec, galaxies.distance, galaxies.mass, strict=True)
    text = "\n".join(f"{name},{ra!r},{dec!r},{d!r},{mass!r}" for name, ra, dec, d, mass in rows)
    file.write_text(f"name,ra,dec,distmpc,mstar\n{text}\n".replace("np.float64(", "").replace(")", ""))
    async with any_database.write() as session:
        await store_catalogue(session, "mine", read_catalogue(file), at(0))
        await store_catalogue(session, "mine", read_catalogue(file), at(1))  # imported again: replaced
    async with any_database.read() as session:
        (stored,) = await catalogues(session)
        tiles = tiles_reaching(EVENT, volume_threshold(EVENT, 0.9))
        part = await load_galaxies(session, stored.id, tiles)
    assert stored.galaxies == 50_000
    assert len(tiles) < 10
    assert len(part) < 1000
    whole = rank(galaxies, EVENT, limit=1000)
    assert whole.inside > 5
    found = rank(part, EVENT, limit=1000)
    assert [g.name for g in found.galaxies] == [g.name for g in whole.galaxies]
    assert [g.share for g in found.galaxies] == pytest.approx([g.share for g in whole.galaxies])


def test_completeness_counts_the_light_in_the_shell_against_the_mean_universe() -> None:
    inner = SHELL ** math.floor(math.log(100.0, SHELL))
    volume = 4.0 / 3.0 * math.pi * inner**3 * (SHELL**3 - 1.0)
    half = made([0.0], [0.0], [100.0], [0.5 * STELLAR_MASS_DENSITY * volume])
    by_mass = completeness(shells(half), 100.0)
    assert by_mass is not None
    assert (by_mass.quantity, by_mass.fraction) == ("stellar mass", pytest.approx(0.5))
    rich = Galaxies(
        half.names, half.ra, half.dec, half.distance, half.mass, np.array([3 * B_LUMINOSITY_DENSITY * volume])
    )
    by_light = completeness(shells(rich), 100.0)
    assert by_light is not None
    assert (by_light.quantity, by_light.fraction) == ("B luminosity", 1.0)
    beyond = completeness(shells(half), 200.0)
    assert beyond is not None
    assert beyond.fraction == 0.0
    assert completeness(shells(half), 1e5) is None


BAD = """name,ra,dec,distmpc,mstar,z
good,10,20,30,1e10,0.007
null distance,10,20,null,,0.007
empty distance,10,20,,,
negative redshift,10,20,null,,-0.001
nowhere,null,20,30,,
beyond the pole,10,95,30,,
behind us,10,20,-3,,
no number,10,20,far,,0.1
blue-shifted but measured,10,20,0.78,,-0.001
"""


def test_bad_rows_are_left_out_with_their_number_and_reason(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(BAD)
    read = read_catalogue(file)
    assert read.galaxies.names == ("good", "blue-shifted but measured")
    assert read.galaxies.mass[0] == 1e10
    assert math.isnan(read.galaxies.mass[1])
    assert read.refused == {
        "no distance": 3,
        "no distance, negative redshift": 1,
        "no position": 2,
        "a distance that is not positive": 1,
    }
    assert [each.row for each in read.examples] == [2, 3, 4, 5, 6, 7, 8]


def test_fits_csv_and_hdf5_of_one_table_are_one_catalogue(tmp_path: Path) -> None:
    table = Table(
        {"objname": ["NGC 4993"], "ra": [197.449], "dec": [-23.384], "DistMpc": [40.7], "Mstar": [3e10]}
    )
    read = []
    for name in ("t.csv", "t.fits"):
        table.write(tmp_path / name)
        read.append(read_catalogue(tmp_path / name).galaxies)
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "t.hdf5", "w") as file:
        file["data"] = table.as_array().astype(
            [("objname", "S8"), ("ra", "f8"), ("dec", "f8"), ("DistMpc", "f8"), ("Mstar", "f8")]
        )
    read.append(read_catalogue(tmp_path / "t.hdf5").galaxies)
    for galaxies in read:
        assert galaxies.names == ("NGC 4993",)
        assert (galaxies.ra[0], galaxies.dec[0], galaxies.distance[0], galaxies.mass[0]) == (
            197.449, -23.384, 40.7, 3e10,
        )  # fmt: skip


def test_glade_plus_as_it_is_published_has_no_header(tmp_path: Path) -> None:
    row = dict.fromkeys(GLADE_PLUS, "null") | {
        "GLADE no": "1", "PGC no": "43495", "GWGC name": "NGC4736", "Object type flag": "G", "RA": "192.72",
        "DEC": "41.12", "B_Abs": "-19.4135", "d_L": "4.39", "M*": "1.5",
    }  # fmt: skip
    quasar = row | {"Object type flag": "Q"}
    file = tmp_path / "GLADE+.txt"
    file.write_text("\n".join(" ".join(each.values()) for each in (row, quasar)) + "\n")
    read = read_catalogue(file)
    assert read.galaxies.names == ("NGC4736",)
    assert read.galaxies.mass[0] == 1.5e10
    # L_B = 10^(-0.4 (-19.4135 - 5.48)) = 10^9.9574 = 9.066e9 solar ones
    assert read.galaxies.luminosity[0] == pytest.approx(0.9066, rel=1e-3)
    assert read.refused == {"a quasar": 1}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("sources.csv", "name,ra,dec\na,1,2\n", "no column for distance"),
        ("empty.csv", "name,ra,dec,distmpc\n", "no galaxy"),
        ("all-bad.csv", "name,ra,dec,distmpc\na,1,2,null\n", "1 rows: no distance"),
        ("big.parquet", "PAR1", "to_csv"),
        ("no.fits", "SIMPLE", "cannot be read"),
        ("no.h5", "HDF", "cannot be read"),
        ("prose.txt", "once upon a time", "expected CSV with a header"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_in_words(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(GalaxyFileError, match=words) as refused:
        read_catalogue(file)
    assert name in str(refused.value)


@pytest.mark.shared
def test_the_real_catalogues_are_read_and_their_bad_rows_named(shared_data: Path) -> None:
    folder = shared_data / "catalogues"
    glade = read_catalogue(folder / "GLADE_plus_head.csv")
    assert (len(glade.galaxies), glade.refused) == (100, {"no distance, negative redshift": 1})
    assert [each.row for each in glade.examples] == [31]
    assert glade.galaxies.names[0] == "NGC4736"
    text, packed = (read_catalogue(folder / name).galaxies for name in ("CLU_mini.csv", "CLU_mini.hdf5"))
    assert (len(text), len(packed)) == (10, 92)
    assert set(text.names) <= set(packed.names)


@pytest.mark.shared
def test_ngc_4993_is_near_the_top_for_gw170817(shared_data: Path) -> None:
    from skymaps.reader import read_skymap

    event = read_skymap(shared_data / "skymaps" / "GW170817_skymap.fits.gz")
    crowd = scattered(30_000, seed=3)
    host = made([197.4487], [-23.3839], [40.7], [3e10])
    joined = Galaxies(
        (*crowd.names, "NGC 4993"),
        *(
            np.append(getattr(crowd, c), getattr(host, c))
            for c in ("ra", "dec", "distance", "mass", "luminosity")
        ),
    )
    ranking = rank(joined, event)
    assert "NGC 4993" in [g.name for g in ranking.galaxies]
    assert ranking.inside < 10
