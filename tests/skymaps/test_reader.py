"""FITS files of every kind that is in use, made here, and files that are none."""

from __future__ import annotations

import gzip
import io
import random
from datetime import UTC, datetime
from pathlib import Path

import astropy.io.fits as fits
import healpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skymaps import bintable
from skymaps.reader import read_skymap
from skymaps.skymap import SkyMap, SkyMapError
from skymaps.writer import write_skymap
from tests.skymaps.making import columns_file, fits_table, flat, flat_file, multi_order_file, random_map

ORDER = 5
SKYMAP = random_map(11, distance=True)
PIXELS = flat(SKYMAP, ORDER)
PER_PIXEL = PIXELS * (np.pi / 3.0) / 4**ORDER


def assert_same(found: SkyMap, expected: SkyMap = SKYMAP, rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(flat(found, ORDER), flat(expected, ORDER), rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("name", ["PROB", "PROBABILITY", "T", "probability"])
@pytest.mark.parametrize("row", [1, 1024])
@pytest.mark.parametrize("ordering", ["NESTED", "RING"])
@pytest.mark.parametrize("kind", ["D", "E"])
def test_flat_maps_are_read_whatever_column_row_ordering_and_precision(
    name: str, row: int, ordering: str, kind: str
) -> None:
    values = healpy.reorder(PER_PIXEL, n2r=True) if ordering == "RING" else PER_PIXEL
    content = flat_file(name, values, ordering=ordering, row=row, kind=kind)
    assert_same(read_skymap(content), rtol=1e-12 if kind == "D" else 1e-6)


def test_a_flat_map_of_densities_is_taken_as_densities() -> None:
    assert_same(read_skymap(flat_file("PROBDENSITY", PIXELS)))


def test_equal_siblings_of_a_flat_map_become_one_cell_and_nothing_is_lost() -> None:
    found = read_skymap(flat_file("PROB", PER_PIXEL))
    assert len(found) <= len(SKYMAP)
    np.testing.assert_array_equal(found.order.max(), ORDER)
    assert_same(found)


def test_a_flat_map_all_alike_is_twelve_cells() -> None:
    assert len(read_skymap(flat_file("PROB", np.full(12 * 4**6, 0.25)))) == 12


def test_flat_distance_columns_stay_with_their_pixels() -> None:
    def spread(values: np.ndarray) -> np.ndarray:
        width = 4 ** (ORDER - SKYMAP.order)
        start = SKYMAP.ipix * width
        pixels = np.empty(12 * 4**ORDER)
        for at, length, value in zip(start, width, values, strict=True):
            pixels[at : at + length] = value
        return pixels

    assert SKYMAP.distmu is not None and SKYMAP.distsigma is not None and SKYMAP.distnorm is not None
    columns = {"PROB": PER_PIXEL, "DISTMU": spread(SKYMAP.distmu)}
    columns |= {"DISTSIGMA": spread(SKYMAP.distsigma), "DISTNORM": spread(SKYMAP.distnorm)}
    content = fits_table([fits.Column(n, "D", array=v) for n, v in columns.items()], {"ORDERING": "NESTED"})
    found = read_skymap(content)
    assert found.distmu is not None and found.distnorm is not None
    at = np.searchsorted(found.uniq, SKYMAP.uniq[SKYMAP.order == ORDER])
    same = found.uniq[np.minimum(at, len(found) - 1)] == SKYMAP.uniq[SKYMAP.order == ORDER]
    assert same.mean() > 0.9
    np.testing.assert_array_equal(found.distmu[at[same]], SKYMAP.distmu[SKYMAP.order == ORDER][same])


def test_multi_order_maps_are_read_in_any_order_of_cells() -> None:
    shuffled = np.random.default_rng(1).permutation(len(SKYMAP))
    columns = [
        fits.Column("UNIQ", "K", array=SKYMAP.uniq[shuffled]),
        fits.Column("PROBDENSITY", "D", array=SKYMAP.density[shuffled]),
    ]
    found = read_skymap(fits_table(columns, {"ORDERING": "NUNIQ", "COORDSYS": "C"}))
    np.testing.assert_array_equal(found.uniq, SKYMAP.uniq)
    np.testing.assert_allclose(found.density, SKYMAP.density, rtol=1e-12)


@pytest.mark.parametrize("kind", ["J", "K"])
def test_cell_numbers_may_be_short_long_or_unsigned(kind: str) -> None:
    for zero in (None, 2**63 if kind == "K" else 2**31):
        unsigned = np.uint64 if kind == "K" else np.uint32
        numbers = SKYMAP.uniq if zero is None else SKYMAP.uniq.astype(unsigned)
        columns = [
            fits.Column("UNIQ", kind, array=numbers, bzero=zero),
            fits.Column("PROBDENSITY", "D", array=SKYMAP.density),
        ]
        assert_same(read_skymap(fits_table(columns, {"ORDERING": "NUNIQ"})))


def test_probability_in_cells_is_divided_by_their_area() -> None:
    columns = [
        fits.Column("UNIQ", "K", array=SKYMAP.uniq),
        fits.Column("PROB", "D", array=SKYMAP.probability),
    ]
    assert_same(read_skymap(fits_table(columns, {"ORDERING": "NUNIQ"})))


@pytest.mark.parametrize("ordering", ["NESTED", "RING"])
def test_a_map_that_lists_its_pixels_covers_only_those(ordering: str) -> None:
    nested = np.flatnonzero(np.quantile(PER_PIXEL, 0.8) < PER_PIXEL)
    pixel = healpy.nest2ring(2**ORDER, nested) if ordering == "RING" else nested
    columns = [fits.Column("PIXEL", "K", array=pixel), fits.Column("PROB", "D", array=PER_PIXEL[nested])]
    header = {"ORDERING": ordering, "INDXSCHM": "EXPLICIT", "NSIDE": 2**ORDER}
    found = read_skymap(fits_table(columns, header))
    expected = np.zeros(12 * 4**ORDER)
    expected[nested] = PIXELS[nested]
    np.testing.assert_allclose(
        flat(found, ORDER), expected / (expected.sum() * np.pi / 3 / 4**ORDER), rtol=1e-12, atol=1e-12
    )


def test_gzip_is_known_by_its_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    content = multi_order_file(SKYMAP)
    for name, stored in (
        ("map.fits", gzip.compress(content, mtime=0)),
        ("map.fits.gz", content),
        ("map", content),
    ):
        path = tmp_path / name
        path.write_bytes(stored)
        assert_same(read_skymap(path))
    assert_same(read_skymap(gzip.compress(content[:5000], mtime=0) + gzip.compress(content[5000:])))


def test_the_table_may_come_after_other_extensions() -> None:
    table = fits.open(io.BytesIO(multi_order_file(SKYMAP)))[1]
    other = fits.BinTableHDU.from_columns([fits.Column("NAME", "10A", array=["a", "b"])])
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(np.ones((3, 4))), fits.ImageHDU(np.ones(9)), other, table]).writeto(content)
    assert_same(read_skymap(content.getvalue()))


def test_what_the_header_says_is_kept() -> None:
    header = {
        "OBJECT": "S230518h",
        "CREATOR": "BAYESTAR",
        "INSTRUME": "H1,L1",
        "DISTMEAN": 275.5,
        "DISTSTD": 78.9,
    }
    meta = read_skymap(multi_order_file(SKYMAP, **header, **{"DATE-OBS": "2023-05-18T12:59:08.164119"})).meta
    assert meta.object == "S230518h"
    assert meta.creator == "BAYESTAR"
    assert meta.instruments == ("H1", "L1")
    assert (meta.distance_mean, meta.distance_std) == (275.5, 78.9)
    assert meta.event_time == datetime(2023, 5, 18, 12, 59, 8, 164119, tzinfo=UTC)
    assert meta.notes == ()


def test_an_object_that_is_a_number_is_a_name() -> None:
    assert read_skymap(multi_order_file(SKYMAP, OBJECT=800)).meta.object == "800"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({}, None),
        ({"MJD-OBS": 58598.34589140689}, datetime(2019, 4, 25, 8, 18, 5, 17553, tzinfo=UTC)),
        ({"DATE-OBS": "2019-04-25T08:18:05Z"}, datetime(2019, 4, 25, 8, 18, 5, tzinfo=UTC)),
        ({"DATE-OBS": "2019-04-25"}, datetime(2019, 4, 25, tzinfo=UTC)),
        ({"DATE-OBS": "yesterday", "MJD-OBS": 58598.0}, datetime(2019, 4, 25, tzinfo=UTC)),
        ({"DATE-OBS": "yesterday"}, None),
        ({"MJD-OBS": 1e300}, None),
    ],
)
def test_the_time_of_the_event_may_be_missing_or_wrong(
    header: dict[str, object], expected: datetime | None
) -> None:
    found = read_skymap(multi_order_file(SKYMAP, **header)).meta.event_time
    if expected is None:
        assert found is None
    else:
        assert found is not None and abs((found - expected).total_seconds()) < 1e-4


def test_a_missing_frame_is_taken_as_equatorial_and_said() -> None:
    columns = [fits.Column("PROB", "D", array=PER_PIXEL)]
    found = read_skymap(fits_table(columns, {"ORDERING": "NESTED"}))
    assert any("COORDSYS" in note for note in found.meta.notes)


def test_undefined_pixels_are_zero_and_counted() -> None:
    values = PER_PIXEL.copy()
    values[:100], values[100:200] = np.nan, -1.6375e30
    notes = read_skymap(flat_file("PROB", values)).meta.notes
    assert any("taken as zero" in note for note in notes)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "cut after 0"),
        (b"\x1f\x8b", "gzip stream"),
        (b"{}" * 5000, "expected a FITS file"),
        (b"<html>404 Not Found</html>" * 200, "expected a FITS file"),
        (gzip.compress(b"no map" * 1000, mtime=0), "expected a FITS file"),
        (gzip.compress(multi_order_file(SKYMAP), mtime=0)[:-3000], "gzip stream"),
        (multi_order_file(SKYMAP)[:-9000], "cut after"),
        (multi_order_file(SKYMAP)[:4000], "cut after"),
        (multi_order_file(SKYMAP)[:2880], "no binary table"),
        (multi_order_file(SKYMAP, COORDSYS="G"), "COORDSYS is 'G'"),
        (multi_order_file(SKYMAP).replace(b"PROBDENSITY", b"PROBABLYNOT"), "expected a column named PROB"),
        (multi_order_file(SKYMAP).replace(b"'UNIQ    '", b"'UNIX    '"), "expected a column UNIQ"),
        (flat_file("PROB", PER_PIXEL[:-5]), "12 nside"),
        (flat_file("PROB", np.ones(7)), "12 nside"),
        (flat_file("PROB", PER_PIXEL, ordering="SPIRAL"), "ORDERING is SPIRAL"),
        (flat_file("PROB", np.zeros(192)), "zero everywhere"),
        (flat_file("PROB", np.full(192, np.nan)), "NaN everywhere"),
        (flat_file("PROB", np.full(192, np.inf)), "infinite"),
        (columns_file({"ORDERING": "NESTED"}, PROB=("5A", ["half"] * 12)), "expected numbers"),
        (columns_file({"ORDERING": "NESTED"}, PROB=("D", np.empty(0))), "0 pixels"),
        (columns_file({}, UNIQ=("K", np.empty(0, int)), PROB=("D", np.empty(0))), "at least one"),
        (columns_file({}, UNIQ=("D", [4.5]), PROB=("D", [1.0])), "expected integers"),
        (columns_file({}, UNIQ=("2K", [[4, 5]]), PROB=("D", [1.0])), "2 values a row"),
        (columns_file({}, UNIQ=("K", [1]), PROB=("D", [1.0])), "UNIQ 1 is no"),
        (columns_file({}, UNIQ=("K", [-4]), PROB=("D", [1.0])), "UNIQ -4 is no"),
        (columns_file({}, UNIQ=("K", [4, 16]), PROB=("D", [1.0, 1.0])), "overlap"),
    ],
)
def test_a_file_that_is_no_sky_map_is_refused_in_words(content: bytes, complaint: str) -> None:
    with pytest.raises(SkyMapError, match=complaint):
        read_skymap(content)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        (b"NAXIS2  =", 2**60, "more than 512 MiB"),
        (b"NAXIS2  =", 10**6, "cut after"),
        (b"NAXIS2  =", -3, "whole number"),
        (b"NAXIS1  =", 2**40, "columns take"),
        (b"NAXIS1  =", 0, "columns take"),
        (b"TFIELDS =", 10**6, "at most 999"),
        (b"TFIELDS =", 3, "TFORM3"),
    ],
)
def test_a_header_that_declares_the_absurd_is_refused_before_anything_is_allocated(
    key: bytes, value: int, complaint: str
) -> None:
    content = multi_order_file(SKYMAP)
    at = content.index(key, 2880)
    with pytest.raises(SkyMapError, match=complaint):
        read_skymap(content[:at] + key + f"{value:>21}".encode() + content[at + 30 :])


def test_a_small_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bintable, "MAX_BYTES", 10**6)
    bomb = gzip.compress(flat_file("PROB", np.ones(12 * 4**9)))
    assert len(bomb) < 10**6
    with pytest.raises(SkyMapError, match="more than"):
        read_skymap(bomb)


def test_a_header_without_an_end_is_given_up() -> None:
    content = multi_order_file(SKYMAP)[:2880].replace(b"END", b"ENX") + b" " * 2880 * 1200
    with pytest.raises(SkyMapError, match="no END"):
        read_skymap(content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SkyMapError, match=r"nowhere\.fits.*No such file"):
        read_skymap(tmp_path / "nowhere.fits")
    with pytest.raises(SkyMapError, match="cannot be read"):
        read_skymap(tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_file_with_damaged_bytes_is_read_or_refused_but_never_breaks(seed: int) -> None:
    rng = random.Random(seed)
    content = bytearray(write_skymap(random_map(2, distance=True, deepest=2)))
    for _ in range(rng.choice([1, 1, 3, 30])):
        content[rng.randrange(min(len(content), rng.choice([3000, 8640, len(content)])))] = rng.randrange(256)
    if rng.random() < 0.3:
        del content[rng.randrange(len(content)) :]
    try:
        read_skymap(bytes(content))
    except SkyMapError as error:
        assert str(error)
