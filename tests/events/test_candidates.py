"""The score of a candidate, part by part, against sums done by hand."""

from __future__ import annotations

import pytest

from events.candidates import Against, Facts, Part, agreement, ranked, score


def test_a_score_is_the_weighted_mean_that_one_can_do_by_hand() -> None:
    """Place 3 x 0.7, distance 2 x 0.8, age 2 x 12/13, new 0.5, change 2, brightness 0.5, kind 1; of 13."""
    found = score(
        Facts("a", level=0.3, nearer=0.6, first=2.0, rate=0.45, rate_error=0.05, magnitude=20.0, depth=20.5)
    )
    by_hand = 100 * (3 * 0.7 + 2 * 0.8 + 2 * (12 / 13) + 0.5 + 2 * 1.0 + 1 * 0.5 + 2 * 0.5) / 13
    assert found.score == pytest.approx(by_hand) == pytest.approx(73.432, abs=1e-3)
    assert found.parts[Part.KIND] is None and found.against == ()


def test_of_whom_nothing_is_known_the_score_is_a_half() -> None:
    assert score(Facts("nobody")).score == pytest.approx(50.0)


def test_what_was_there_before_the_event_is_all_but_out() -> None:
    """place 3 x 1, age 2 x 0, the rest 8 x 0.5 of 13, times 0.05."""
    found = score(Facts("old", level=0.0, first=-3.0))
    assert found.score == pytest.approx(100 * (3 + 0 + 4.0) / 13 * 0.05)
    assert found.against == (Against.BEFORE,)


def test_a_rejected_source_comes_last_whatever_else_speaks_for_it() -> None:
    best = Facts("best", level=0.0, first=0.5, rate=1.0, rate_error=0.1, likely=0.9, rejected=True)
    assert [each.facts.name for each in ranked([best, Facts("nobody")])] == ["nobody", "best"]


def test_a_classification_as_something_else_takes_away_as_much_as_it_is_sure() -> None:
    free, held = score(Facts("a", level=0.1)), score(Facts("a", level=0.1, unlikely=0.75))
    assert held.score == pytest.approx(free.score * 0.25)
    assert score(Facts("a", unlikely=1.0)).score == pytest.approx(50.0 * 0.1)


def test_outside_the_region_is_held_against_a_source_beyond_its_place() -> None:
    found = score(Facts("far", level=1.0))
    assert found.parts[Part.PLACE] == 0.0 and found.against == (Against.OUTSIDE,)
    assert found.score == pytest.approx(100 * (0 + 5.0) / 13 * 0.3)


def test_a_rate_that_is_not_known_better_than_what_matters_is_not_known() -> None:
    assert score(Facts("a", rate=2.0, rate_error=0.4)).parts[Part.CHANGE] is None
    assert score(Facts("a", rate=-0.5, rate_error=0.4)).parts[Part.CHANGE] == pytest.approx(0.5)


def test_a_distance_agrees_best_at_the_median_and_not_in_the_tails() -> None:
    assert [agreement(p) for p in (0.5, 0.1, 0.99, None)] == [
        1.0, pytest.approx(0.2), pytest.approx(0.02), None,
    ]  # fmt: skip


def test_equal_scores_are_told_in_the_same_order_every_time() -> None:
    both = [Facts("b"), Facts("a")]
    assert [each.facts.name for each in ranked(both)] == ["a", "b"]


def test_a_deep_limit_shortly_before_makes_a_source_new() -> None:
    parts = [score(Facts("a", quiet=days)).parts[Part.NEW] for days in (0.5, 16.0, 40.0, None)]
    assert parts == [1.0, pytest.approx(0.5), 0.0, None]


def test_a_known_variable_star_and_an_asteroid_are_all_but_out() -> None:
    for facts in (Facts("star", star=True), Facts("rock", moving=True)):
        found = score(facts)
        assert found.score == pytest.approx(50.0 * 0.05)
        assert found.against in ((Against.STAR,), (Against.MOVING,))
