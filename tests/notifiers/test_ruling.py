"""Urgency by state: every case, and the table of docs/preferences.md that people read."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from notifiers.ruling import Ruling, Urgency, ruling, strongest
from shifts.standing import Standing

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "preferences.md").read_text(encoding="utf-8")
BOOLS = (False, True)
CASES = list(product(Urgency, BOOLS, BOOLS, BOOLS, BOOLS, BOOLS))
NOW, HOLD, DROP = Ruling.NOW, Ruling.HOLD, Ruling.DROP


def case(urgency: Urgency, quiet: bool, on_shift: bool, on_leave: bool, wakes: bool, asked: bool) -> Ruling:
    return ruling(urgency, Standing(quiet, on_shift, on_leave), wakes, asked)


@pytest.mark.parametrize(("urgency", "quiet", "on_shift", "on_leave", "wakes", "asked"), CASES)
def test_the_ruling_is_that_of_the_page(
    urgency: Urgency, quiet: bool, on_shift: bool, on_leave: bool, wakes: bool, asked: bool
) -> None:
    row = re.search(rf"^\| {urgency.value} \| (.*) \|$", PAGE, re.MULTILINE)
    assert row is not None
    awake, at_night, away, away_at_night = row[1].split(" | ")
    if on_leave and not on_shift:
        written = away_at_night if quiet else away
    else:
        written = at_night if quiet else awake
    if "if asked" in written:
        expected = NOW if asked else HOLD
    elif "if the route wakes" in written:
        expected = NOW if wakes and (on_shift or asked) else HOLD
    else:
        expected = Ruling(written)
    assert case(urgency, quiet, on_shift, on_leave, wakes, asked) is expected


@pytest.mark.parametrize("urgency", Urgency)
def test_nobody_is_woken_by_a_route_that_does_not_say_so(urgency: Urgency) -> None:
    for on_shift, on_leave, asked in product(BOOLS, repeat=3):
        assert case(urgency, True, on_shift, on_leave, False, asked) is not NOW


@pytest.mark.parametrize("urgency", Urgency)
def test_only_who_is_on_shift_or_asked_for_it_is_woken(urgency: Urgency) -> None:
    for on_leave, wakes in product(BOOLS, repeat=2):
        assert case(urgency, True, False, on_leave, wakes, False) is not NOW


def test_more_urgent_never_comes_later() -> None:
    order = [NOW, HOLD, DROP]
    for rest in product(BOOLS, repeat=5):
        places = [order.index(case(urgency, *rest)) for urgency in Urgency]
        assert places == sorted(places, reverse=True)


def test_of_several_routes_the_most_urgent_counts() -> None:
    assert strongest([DROP, HOLD, NOW]) is NOW
    assert strongest([DROP, HOLD]) is HOLD
    assert strongest([]) is DROP
