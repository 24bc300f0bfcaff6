"""How many pointings: known answers, and a survey's own grid as the second way to count."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from facilities.facility import Facility, FacilityError, FieldOfView
from facilities.grids import SurveyGrid, fields_to_take, members_of, read_grid
from facilities.registry import load_registry
from facilities.tiles import MOST_TILES, TileCounter, brick, field_probabilities
from skymaps import healpix
from skymaps.regions import greedy
from skymaps.skymap import SkyMap
from tests.facilities.maps import banana, cone, speck

REGISTRY = load_registry()


def with_field(**field: object) -> Facility:
    return Facility.from_dict(REGISTRY.get("ZTF").to_dict() | {"field_of_view": field})


def square(side: float) -> Facility:
    return with_field(shape="rectangle", width=side, height=side)


def laid_out(field: FieldOfView, ra: float, dec: float, rows: int) -> SurveyGrid:
    """A plain grid of touching fields about a point, as a survey would have it."""
    names, ras, decs = [], [], []
    for row in range(-rows, rows + 1):
        height = dec + row * field.height
        for column in range(-rows, rows + 1):
            names.append(f"{row}:{column}")
            ras.append((ra + column * field.width / math.cos(math.radians(height))) % 360.0)
            decs.append(height)
    return SurveyGrid(tuple(names), np.array(ras), np.array(decs))


@pytest.mark.parametrize("dec", [-90.0, -60.0, 0.0, 37.0, 89.5])
@pytest.mark.parametrize("ra", [0.0, 180.0, 359.9])
def test_a_map_smaller_than_the_field_takes_one_pointing_anywhere(ra: float, dec: float) -> None:
    for skymap in (speck(ra, dec), cone(ra, dec, 0.2, order=8)):
        assert TileCounter(skymap).count(square(2.0)) == (1, 1)
        assert TileCounter(skymap).count(with_field(shape="circle", width=2.5)) == (1, 1)


def test_tiny_fields_are_counted_by_area() -> None:
    skymap = cone(120.0, 30.0, 6.0)
    field = square(0.05)
    expected = greedy(skymap).area_of(0.9) / 0.05**2
    assert expected > MOST_TILES
    assert TileCounter(skymap).count(field)[1] == math.ceil(expected)


@pytest.mark.parametrize("side", [1.0, 2.0, 4.0, 8.0])
def test_the_count_is_near_that_of_an_exhaustive_grid(side: float) -> None:
    """Against greedy cover of a grid with the same field laid out by declination."""
    skymap = cone(200.0, -25.0, 4.0, order=7)
    facility = square(side)
    fifty, ninety = TileCounter(skymap).count(facility)
    grid = laid_out(facility.field_of_view, 200.0, -25.0, rows=max(3, int(20 / side)))
    chosen = fields_to_take(grid, facility.field_of_view, skymap.unit_vectors, skymap.probability, 0.9)
    held = np.cumsum([each.probability for each in chosen])
    assert abs(ninety - len(chosen)) <= max(2, 0.12 * len(chosen))
    assert abs(fifty - (np.searchsorted(held, 0.5) + 1)) <= max(2, 0.12 * len(chosen))


def test_the_count_is_never_less_than_the_area_over_the_field() -> None:
    skymap = banana(100.0, 10.0)
    least = greedy(skymap)
    counter = TileCounter(skymap)
    for facility in REGISTRY:
        width, height = brick(facility.field_of_view)
        fifty, ninety = counter.count(facility)
        assert fifty is not None
        assert ninety is not None
        assert fifty >= math.floor(least.area_of(0.5) / (width * height) * 0.97)
        assert ninety >= math.floor(least.area_of(0.9) / (width * height) * 0.97)


def test_larger_fields_never_need_many_more_pointings() -> None:
    counter = TileCounter(banana(100.0, 10.0))
    counts = [counter.count(square(side))[1] for side in (0.3, 0.6, 1.2, 2.4, 4.8, 9.6)]
    assert counts == sorted(counts, reverse=True)


def test_a_circle_counts_as_its_inscribed_hexagon() -> None:
    width, height = brick(FieldOfView(shape="circle", width=2.0, height=2.0))
    assert width * height == pytest.approx(1.5 * math.sqrt(3.0))
    width, height = brick(FieldOfView(shape="footprint", width=2.0, height=1.0, area=1.0))
    assert width * height == pytest.approx(1.0)
    assert width / height == pytest.approx(2.0)


def test_members_of_a_field_are_those_within_its_outline() -> None:
    """A rectangle at the equator is a box in ra and dec, brute force."""
    pixels = np.arange(12 * 4**6, dtype=np.int64)
    vectors = healpix.unit_vectors(6, pixels)
    ra, dec = healpix.degrees_from_vectors(vectors)
    grid = SurveyGrid(("one", "two"), np.array([10.0, 90.0]), np.array([0.0, 0.0]))
    found = members_of(grid, FieldOfView(shape="rectangle", width=8.0, height=4.0), vectors)
    for centre, members in zip(grid.ra, found, strict=True):
        away = (ra - centre + 180.0) % 360.0 - 180.0
        box = np.flatnonzero((np.abs(away) <= 4.0) & (np.abs(dec) <= 2.0))
        assert len(set(box) ^ set(members)) <= 2  # the tangent plane bends the long sides by 0.01°
    (disc, _) = members_of(grid, FieldOfView(shape="circle", width=6.0, height=6.0), vectors)
    separation = np.degrees(healpix.separation(vectors, healpix.vectors_from_degrees(10.0, 0.0)))
    assert set(disc) == set(np.flatnonzero(separation <= 3.0))


def test_a_place_in_two_fields_is_counted_once() -> None:
    skymap = cone(50.0, 0.0, 1.0, order=7)
    field = FieldOfView(shape="rectangle", width=6.0, height=6.0)
    grid = SurveyGrid(("a", "b", "far"), np.array([50.0, 51.0, 200.0]), np.array([0.0, 0.0, 0.0]))
    chosen = fields_to_take(grid, field, skymap.unit_vectors, skymap.probability, 1.0)
    assert [each.name for each in chosen] == ["a", "b"]
    inside = members_of(grid, field, skymap.unit_vectors)
    either = np.union1d(inside[0], inside[1])
    assert sum(each.probability for each in chosen) == pytest.approx(skymap.probability[either].sum())


def test_the_users_grid_decides_and_says_when_it_does_not_reach(tmp_path: Path) -> None:
    rows = "".join(f"{number} {ra} {dec}\n" for number, (ra, dec) in enumerate([(50, 0), (57, 0), (43, 0)]))
    (tmp_path / "fields.tess").write_text("# id ra dec\n" + rows)
    (tmp_path / "mine.yaml").write_text("- {name: ZTF, survey_grid: fields.tess}\n")
    ztf = load_registry([tmp_path / "mine.yaml"]).get("ZTF")
    assert TileCounter(cone(50.0, 0.0, 0.8, order=7)).count(ztf) == (1, 1)
    assert TileCounter(cone(53.0, 0.0, 0.8, order=7)).count(ztf) == (1, 2)
    assert TileCounter(cone(150.0, 0.0, 0.8, order=7)).count(ztf) == (None, None)


def test_each_field_of_the_grid_has_its_probability(tmp_path: Path) -> None:
    """Two halves of a map and the whole of it, on an even patch of sky."""
    (tmp_path / "fields.tess").write_text("left 48 0\nright 52 0\nboth 50 0\nfar 200 0\n")
    field = "{shape: rectangle, width: 4, height: 8}"
    (tmp_path / "mine.yaml").write_text(
        f"- {{name: ZTF, survey_grid: fields.tess, field_of_view: {field}}}\n"
    )
    ztf = load_registry([tmp_path / "mine.yaml"]).get("ZTF")
    grid, probability = field_probabilities(cone(50.0, 0.0, 0.5, order=8), ztf)
    assert grid.names == ("left", "right", "both", "far")
    assert probability == pytest.approx([0.5, 0.5, 1.0, 0.0], abs=0.02)
    with pytest.raises(FacilityError, match="has no survey_grid"):
        field_probabilities(cone(50.0, 0.0, 0.5), REGISTRY.get("ZTF"))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("skyportal/ZTF_Fields.csv", 1778),
        ("skyportal/LSST_Fields.csv", 4206),
        ("gwemopt-tess/ATLAS.tess", 1413),
        ("growth/GROWTH-India.tess", None),
        ("m4opt/LCS_nonoverlapping_grid.csv", None),
    ],
)
def test_grids_of_real_surveys_are_read(shared_data: Path, path: str, fields: int | None) -> None:
    file = shared_data / "telescopes" / path
    grid = read_grid(file)
    lines = [line for line in file.read_text().splitlines() if line.strip() and line[0] not in "#%"]
    assert len(grid) == len(lines) - path.endswith("csv")
    assert fields is None or abs(len(grid) - fields) <= 2
    assert np.all((grid.ra >= 0) & (grid.ra < 360) & (np.abs(grid.dec) <= 90))


@pytest.mark.shared
def test_our_count_is_near_that_of_the_real_grid_of_ztf(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "telescopes" / "skyportal" / "ZTF_Fields.csv"
    (tmp_path / "mine.yaml").write_text(f"- {{name: ZTF, survey_grid: {file}}}\n")
    counter: SkyMap | TileCounter = TileCounter(banana(100.0, 10.0))
    assert isinstance(counter, TileCounter)
    ours = counter.count(REGISTRY.get("ZTF"))
    theirs = counter.count(load_registry([tmp_path / "mine.yaml"]).get("ZTF"))
    assert ours[1] is not None
    assert theirs[1] is not None
    assert ours[1] == pytest.approx(theirs[1], rel=0.3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no fields"),
        ("1 2\n", "line 1: expected `id ra dec`"),
        ("1 10 20\n2 ten 20\n", "line 2: expected `id ra dec`, found '2 ten 20'"),
        ("1 10 95\n", "is not on the sky"),
        ("1 nan 5\n", "is not on the sky"),
        ("a,b,c\n1,2,3\n", "expected ID (or Field), RA and Dec in the header"),
        ("ID,RA,Dec\n1,2\n", "line 2: expected `id ra dec`"),
    ],
)
def test_a_grid_that_cannot_be_read_is_told_by_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fields.txt"
    path.write_text(text)
    with pytest.raises(FacilityError) as caught:
        read_grid(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    (tmp_path / "mine.yaml").write_text("- {name: ZTF, survey_grid: fields.txt}\n")
    with pytest.raises(FacilityError, match=r"mine\.yaml: ZTF: survey_grid"):
        load_registry([tmp_path / "mine.yaml"])


def test_a_missing_grid_is_named(tmp_path: Path) -> None:
    with pytest.raises(FacilityError, match=r"gone\.tess: cannot be read"):
        read_grid(tmp_path / "gone.tess")
