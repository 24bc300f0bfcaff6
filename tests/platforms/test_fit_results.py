"""What fits found, whoever made them: numbers against numpy, forms as services have them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from platforms.fit_results import Compared, Estimate, FitResult, compare, read_results


def test_samples_of_a_posterior_become_median_and_one_sigma_as_numpy_has_them() -> None:
    samples = np.random.default_rng(5).normal(-1.5, 0.2, 997)
    found = read_results({"posterior": {"content": {"log10_mej": samples.tolist()}}, "log_evidence": -40.5})
    low, middle, high = np.quantile(samples, [0.16, 0.5, 0.84])
    assert found.estimates[0].name == "log10_mej" and found.log_evidence == -40.5
    assert found.estimates[0].value == pytest.approx(middle)
    assert found.estimates[0].down == pytest.approx(middle - low)
    assert found.estimates[0].up == pytest.approx(high - middle)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"x": 0.03, "x_err": 0.01}, Estimate("x", 0.03, 0.01, 0.01)),
        ({"x": {"median": 2.0, "lower": 1.5, "upper": 3.0}}, Estimate("x", 2.0, 0.5, 1.0)),
        ({"x": {"mean": 2.0, "std": 0.5}}, Estimate("x", 2.0, 0.5, 0.5)),
        ({"x": {"median": 2.0, "minus": -0.25, "plus": 0.5}}, Estimate("x", 2.0, 0.25, 0.5)),
        ({"x": [2.0, -0.25, 0.5]}, Estimate("x", 2.0, 0.25, 0.5)),
        ({"x": 7}, Estimate("x", 7.0)),
    ],
)
def test_a_parameter_is_read_in_the_forms_that_services_have(value: object, expected: Estimate) -> None:
    assert read_results(value).estimates == (expected,)


def test_the_bayes_factor_is_found_in_what_nmma_says_in_words() -> None:
    assert read_results({}, "Good results with log Bayes factor=12.34").log_bayes == 12.34
    assert read_results({"log_evidence": -10.0, "log_noise_evidence": -25.0}).log_bayes == 15.0


@pytest.mark.parametrize("odd", [None, "text", 3, [], {"a": None, "b": "x", "c": {}, "d": [None], "e": True}])
def test_what_is_no_result_is_an_empty_one(odd: object) -> None:
    assert read_results(odd).estimates == ()


def test_a_result_survives_the_trip_through_a_job() -> None:
    found = read_results({"x": 0.03, "x_err": 0.01, "chi2": 1.2, "ndof": 4, "logz": -7.5})
    assert FitResult.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_models_are_compared_by_evidence_and_by_nothing_where_there_is_one_only() -> None:
    models = [("Me2017", FitResult(log_evidence=-42.0)), ("Bu2022Ye", FitResult(log_evidence=-40.0))]
    assert compare(models) == (Compared("Bu2022Ye", 0.0), Compared("Me2017", 2.0))
    assert compare(models[:1]) == ()
    noise = [("a", FitResult(log_bayes=3.0)), ("b", FitResult(log_bayes=9.0)), ("c", FitResult())]
    assert compare(noise) == (Compared("b", 0.0), Compared("a", 6.0))
