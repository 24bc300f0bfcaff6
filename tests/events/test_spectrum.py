"""Spectra: points that belong together, and a scale on which several can be compared."""

from __future__ import annotations

import numpy as np
import pytest

from events.spectrum import Spectrum, cleaned, scaled


def test_points_without_a_number_are_left_out_and_the_rest_is_in_order() -> None:
    points = cleaned([5000.0, 4000, 4500.0, 4500.0, -1.0, 6000.0], [1.0, 2, None, 3.0, 9.0, float("nan")])
    assert points == ((4000.0, 4500.0, 5000.0), (2.0, 3.0, 1.0))


@pytest.mark.parametrize("fluxes", [[1.0], None, "1,2", {"0": 1.0}])
def test_fluxes_that_do_not_belong_to_the_wavelengths_give_nothing(fluxes: object) -> None:
    assert cleaned([4000.0, 5000.0], fluxes) == ((), ())


def test_many_points_are_averaged_in_steps_and_stand_over_their_median() -> None:
    x = np.linspace(4000.0, 9000.0, 10_000)
    flux = 3e-16 * (1.0 + (x - 4000.0) / 5000.0)
    short, y = scaled(Spectrum("SEDM", None, tuple(x), tuple(flux)), bins=100)
    assert len(short) == 100 and np.all(np.diff(short) > 0)
    assert np.median(y) == pytest.approx(1.0)
    assert y[-1] / y[0] == pytest.approx(1.99 / 1.005, rel=0.01)


def test_too_few_points_are_not_drawn() -> None:
    few = Spectrum("SEDM", None, (4000.0, 5000.0), (1.0, 2.0))
    assert not few.drawable
    with pytest.raises(ValueError, match="a few points"):
        scaled(few)
