"""Pickled arrays are read without being run."""

from __future__ import annotations

import base64
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from platforms.mmoda.arrays import NotAnArray, decode_array, read_array

ARRAYS = [
    np.arange(12.0).reshape(3, 4),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.array([(1.0, 2, b"a"), (2.0, 3, b"b")], dtype=[("TIME", ">f8"), ("N", "<i2"), ("S", "S3")]),
    np.zeros((0,)),
    np.array(["aé", "b"]),
    np.array(5),
    np.rec.fromarrays([[1.0, 2.0], [3, 4]], names="a,b"),
    np.zeros(2, dtype=[("v", "f4", (3,))]),
    np.array([True, False]),
    np.array([1 + 2j]),
]


@pytest.mark.parametrize("protocol", range(6))
def test_every_array_comes_back_as_numpy_itself_would_unpickle_it(protocol: int) -> None:
    for array in ARRAYS:
        read = read_array(pickle.dumps(array, protocol=protocol))
        assert (read.shape, read.dtype.names) == (array.shape, array.dtype.names)
        assert np.asarray(read).tobytes() == np.asarray(array).tobytes()


@pytest.mark.parametrize("protocol", [2, 4])
def test_a_table_of_a_fits_file_is_read(protocol: int) -> None:
    columns = [fits.Column("TIME", "D", array=np.arange(3.0)), fits.Column("N", "J", array=[1, 2, 3])]
    read = read_array(pickle.dumps(fits.BinTableHDU.from_columns(columns).data, protocol=protocol))
    assert read.tolist() == [(0.0, 1), (1.0, 2), (2.0, 3)]


class _Evil:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_in_a_pickle_is_ever_run(protocol: int, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    for evil in (_Evil(trap), [_Evil(trap)], np.array([_Evil(trap)], dtype=object)):
        with pytest.raises(NotAnArray):
            read_array(pickle.dumps(evil, protocol=protocol))
    assert not trap.exists()


@pytest.mark.parametrize("raw", [b"", b".", b"garbage", b"\x80\x04N.", b"\x80\x04K\x05.", pickle.dumps({})])
def test_what_is_no_array_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(NotAnArray, match="it "):
        read_array(raw)


def test_a_cut_pickle_is_refused() -> None:
    whole = pickle.dumps(np.arange(100.0))
    for length in range(1, len(whole), 7):
        with pytest.raises(NotAnArray):
            read_array(whole[:length])
    with pytest.raises(NotAnArray):
        decode_array("AAA...[truncated: 5 more characters]")


def test_the_recorded_array_is_read(shared_data: Path) -> None:
    path = shared_data / "recordings" / "mmoda" / "041-async-poll-ready-done.json"
    products = json.loads(path.read_text())["response"]["json"]["products"]
    binary = products["input_param_scw_list"]["data_unit_list"][0]["binarys"]
    read = decode_array(binary)
    assert (read.shape, read.dtype) == ((0,), np.dtype("<f8"))
    assert base64.b64decode(binary)  # whole in the recording
