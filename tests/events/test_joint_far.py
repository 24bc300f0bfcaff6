"""Joint false-alarm rates, against calculations by hand, and the windows of the searches."""

from __future__ import annotations

import math
from typing import Any

import pytest

from events.joint_far import TARGETED, space_time_far, targeted_far, time_far
from events.searches import GRB_CBC, WIDEST, Search, chance_rate, in_window, search_of
from gcn.notice import AlertType, Notice
from tests.events.story import burst, superevent


def other(mission: str, **more: Any) -> Notice:
    return Notice(**{"format": "gcn-json", "mission": mission, "kind": "alert"} | more)


def the_search(first: Notice, companion: Notice) -> Search:
    found = search_of(first, companion)
    assert found is not None
    return found


def test_gw170817_and_its_burst_by_hand() -> None:
    # 310 bursts in 31 557 600 s are 9.82331e-6 Hz; a window of 6 s; one in 8e4 years is 3.961e-13 Hz.
    in_time = time_far(width=6.0, rate=9.82331e-6, far=3.961e-13)
    assert in_time == pytest.approx(2.33462e-17, rel=1e-5)
    # a point source (the galaxy) under a density of 0.05 per deg²: I = 4 pi 0.05 (180/pi)² = 2062.65
    overlap = 4 * math.pi * 0.05 * (180 / math.pi) ** 2
    assert overlap == pytest.approx(2062.65, rel=1e-5)
    assert space_time_far(in_time, overlap) == pytest.approx(1.13185e-20, rel=1e-4)


def test_no_overlap_leaves_the_joint_rate_undefined() -> None:
    assert space_time_far(1e-15, 0.0) is None
    assert space_time_far(1e-15, None) is None
    assert space_time_far(None, 2.0) is None


def test_a_targeted_search_by_hand() -> None:
    # Swift: z = 30 s x 1e-4 Hz x 1e-6 Hz = 3e-9; z_max = 30 x 1e-3 x 2/86400 = 6.9444e-7;
    # ln(z/z_max) = -5.44446
    assert targeted_far(30.0, 1e-4, 1e-6, TARGETED["Swift"]) == pytest.approx(3e-9 * 6.44446, rel=1e-5)


def test_a_targeted_rate_grows_with_either_rate_and_ends_at_the_threshold() -> None:
    rates = [targeted_far(12.0, 1e-4, 10.0**k, TARGETED["Fermi"]) for k in range(-12, -3)]
    assert rates == sorted(rates)
    assert rates[-1] == pytest.approx(12.0 * 1e-4 / 86400.0)
    assert targeted_far(12.0, 0.0, 1e-6, TARGETED["Fermi"]) == 0.0


SUBTHRESHOLD = burst(alert_type=AlertType.SUBTHRESHOLD)
GUANO = burst(mission="Swift", instrument="BAT-GUANO", event="Swift:1")


@pytest.mark.parametrize(
    ("first", "companion", "earliest", "latest"),
    [
        (superevent(), burst(), -1, 5),
        (superevent(), SUBTHRESHOLD, -1, 11),
        (superevent(), GUANO, -10, 20),
        (superevent(properties={"group": "Burst"}), burst(), -60, 600),
        (superevent(), other("SNEWS"), -10, 10),
        (superevent(), other("IceCube"), -500, 500),
        (burst(), other("IceCube"), -500, 500),
        (superevent(), other("CHIME"), -600, 10800),
        (burst(), other("Swift"), -60, 60),
    ],
)
def test_every_pair_has_its_window(first: Notice, companion: Notice, earliest: float, latest: float) -> None:
    search = the_search(first, companion)
    assert (search.earliest, search.latest) == (earliest, latest)
    assert in_window(search, earliest)
    assert in_window(search, latest)
    assert not in_window(search, earliest - 0.01)
    assert not in_window(search, latest + 0.01)
    assert latest <= WIDEST


@pytest.mark.parametrize(
    ("first", "companion"),
    [
        (superevent(), superevent("S2")),
        (burst("1"), burst("2")),
        (superevent(), burst(tags=frozenset({"Not GRB"}))),
        (superevent(), other("MAXI", tags=frozenset({"known source"}))),
        (burst(), superevent()),  # GW first
    ],
)
def test_what_is_no_pair_is_not_searched(first: Notice, companion: Notice) -> None:
    assert search_of(first, companion) is None


def test_a_grb_is_chance_at_the_rate_of_all_bursts_and_a_subthreshold_one_at_more() -> None:
    gw = superevent(far=1e-10)
    year = 31_557_600.0
    assert chance_rate(GRB_CBC, gw, burst()) == pytest.approx(6 * 310 / year * 1e-10)
    untargeted = the_search(gw, SUBTHRESHOLD)
    assert chance_rate(untargeted, gw, SUBTHRESHOLD) == pytest.approx(12 * 375 / year * 1e-10)


def test_a_subthreshold_burst_that_states_its_rate_is_a_targeted_one() -> None:
    gw, guano = superevent(far=1e-6), burst(mission="Swift", instrument="BAT-GUANO", far=1e-4)
    assert chance_rate(the_search(gw, guano), gw, guano) == pytest.approx(3e-9 * 6.44446, rel=1e-5)


def test_without_a_rate_of_either_there_is_none() -> None:
    assert chance_rate(GRB_CBC, superevent(far=None), burst()) is None
