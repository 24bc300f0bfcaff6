"""Events that may be one source are linked on both sides, with numbers, and never merged."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import pytest

from cards.card import Lines
from cards.event_card import event_card
from cards.reader import Reader
from cards.text import line_text
from events.state import AssociationState, EventState
from gcn.notice import AlertType, Coincidence, MapSource, Notice, Role, SkyMapRef
from gcn.registry import parse_notice
from skymaps.shapes import Cone
from skymaps.writer import write_skymap
from store.clock import ManualClock
from store.database import Database
from tests.events.inline_compute import InlineCompute
from tests.events.story import at, burst, superevent
from tests.events.test_analyst import Night


def at_cone(ra: float, dec: float, radius: float) -> SkyMapRef:
    return SkyMapRef(MapSource.SHAPE, shape=Cone(ra=ra, dec=dec, radius=radius))


def neutrino(**more: Any) -> Notice:
    values = {
        "format": "gcn-json",
        "mission": "IceCube",
        "kind": "Gold",
        "event": "IceCube:1_2",
        "alert_type": AlertType.INITIAL,
        "trigger_time": at(-200),
        "issued": at(20),
    }
    return Notice(**(values | more))


class Watch(Night):
    """A night whose analyst works until nothing is wanted."""

    async def see(self, *notices: Notice) -> None:
        await self.attach(*notices)
        analyst = self.analyst(InlineCompute())
        while await analyst.analyse_next():
            pass

    async def link(self, text: str, other: str) -> AssociationState | None:
        state = await self.state(text)
        return next((a for a in state.associations if a.event == other), None)

    async def the_link(self, text: str, other: str) -> AssociationState:
        found = await self.link(text, other)
        assert found is not None
        return found


@pytest.fixture
def watch(database: Database, clock: ManualClock) -> Watch:
    return Watch(database, clock)


async def test_a_bns_and_a_burst_1_7_s_later_are_linked_on_both_with_the_joint_rate_of_a_hand_calculation(
    any_database: Database, clock: ManualClock
) -> None:
    watch = Watch(any_database, clock)
    await watch.see(
        superevent(far=1e-10, skymap=at_cone(197.0, -23.0, 3.0)),
        burst(skymap=at_cone(198.0, -23.0, 2.0)),
    )
    link = await watch.the_link("S261120a", "Fermi:745811685")
    # In time: 6 s x 310 a year (9.82331e-6 Hz) x 1e-10 Hz.
    assert link.time_difference == pytest.approx(1.7)
    assert link.time_far == pytest.approx(5.89398e-15, rel=1e-5)
    # On the sky: two Gaussians of 3°/2.1460 and 2°/2.1460, 1° cos(23°) = 0.92050° apart. The variance of the
    # sum is (9 + 4)/4.60517 = 2.82291 deg² = 8.59927e-4 sr, so that
    # I = 4 pi exp(-0.92050²/2/2.82291) / (2 pi 8.59927e-4) = 2325.77 x 0.86064 = 2001.7 (flat sky).
    assert link.overlap == pytest.approx(2001.7, rel=0.01)
    assert link.space_time_far == pytest.approx(5.89398e-15 / 2001.7, rel=0.01)
    assert link.search == "GRB-CBC"
    assert not link.claimed_by_alert
    assert link.combined is not None
    # and the product of both has the harmonic sum of their variances: r90² = 1 / (1/9 + 1/4)
    assert link.combined.area_90 == pytest.approx(math.pi / (1 / 9 + 1 / 4), rel=0.02)
    assert link.combined_observability is not None
    back = await watch.the_link("745811685", "LVK:S261120a")
    assert back.time_difference == pytest.approx(-1.7)
    assert (back.overlap, back.time_far, back.space_time_far) == (
        link.overlap,
        link.time_far,
        link.space_time_far,
    )
    assert "coincident" in (await watch.state("S261120a")).tags
    assert "coincident" in (await watch.state("745811685")).tags


@pytest.mark.parametrize("late", [-1.2, 5.2, 60.0])
async def test_a_burst_outside_the_window_is_not_linked(watch: Watch, late: float) -> None:
    await watch.see(superevent(), burst(trigger_time=at(late)))
    assert (await watch.state("S261120a")).associations == ()


async def test_the_order_of_arrival_does_not_matter(watch: Watch) -> None:
    await watch.see(burst(skymap=at_cone(198.0, -23.0, 2.0)))
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 3.0)))
    link = await watch.the_link("S261120a", "Fermi:745811685")
    assert link.time_difference == pytest.approx(1.7)
    assert link.overlap == pytest.approx(2001.7, rel=0.01)


async def test_maps_far_apart_have_no_overlap_and_no_joint_rate(watch: Watch) -> None:
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 0.5)), burst(skymap=at_cone(17.0, 23.0, 0.5)))
    link = await watch.the_link("S261120a", "Fermi:745811685")
    assert link.overlap == pytest.approx(0.0, abs=1e-12)
    assert link.time_far is not None


async def test_a_side_without_a_map_is_linked_by_time_alone(watch: Watch) -> None:
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 3.0)), burst())
    link = await watch.the_link("S261120a", "Fermi:745811685")
    assert (link.overlap, link.space_time_far, link.combined) == (None, None, None)
    assert link.time_far is not None


async def test_a_link_is_computed_again_when_either_side_is_revised(watch: Watch) -> None:
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 3.0)), burst(skymap=at_cone(198.0, -23.0, 2.0)))
    before = await watch.the_link("S261120a", "Fermi:745811685")
    await watch.see(burst(issued=90, skymap=at_cone(205.0, -23.0, 2.0)))
    after = await watch.the_link("S261120a", "Fermi:745811685")
    assert before.overlap is not None
    assert after.overlap is not None
    assert after.overlap < 0.01 * before.overlap
    await watch.see(superevent(alert=AlertType.UPDATE, issued=900, far=1e-12))
    revised = await watch.the_link("S261120a", "Fermi:745811685")
    assert revised.time_far == pytest.approx(5.89398e-17, rel=1e-5)


async def test_a_trigger_time_revised_out_of_the_window_takes_the_link_back(watch: Watch) -> None:
    await watch.see(superevent(), burst())
    assert await watch.link("S261120a", "Fermi:745811685")
    await watch.see(burst(issued=90, trigger_time=at(20)))
    assert (await watch.state("S261120a")).associations == ()
    assert "coincident" not in (await watch.state("S261120a")).tags


async def test_a_retraction_takes_the_links_of_its_event_back_and_tells_the_others(watch: Watch) -> None:
    await watch.see(superevent(), burst())
    told = len(watch.landed)
    await watch.see(superevent(alert=AlertType.RETRACTION, issued=90))
    grb = await watch.state("745811685")
    assert grb.associations == ()
    assert (grb.id, grb.newest.id) in watch.landed[told:]


async def test_mock_events_are_linked_among_themselves_only(watch: Watch) -> None:
    await watch.see(superevent("MS1", role=Role.MOCK), burst(), burst("9", role=Role.MOCK))
    assert [a.event for a in (await watch.state("MS1")).associations] == ["Fermi:9"]
    assert (await watch.state("745811685")).associations == ()


async def test_one_burst_seen_by_two_missions_is_two_linked_events(watch: Watch) -> None:
    await watch.see(
        burst(skymap=at_cone(10.0, 10.0, 5.0)),
        burst("77", mission="Swift", event="Swift:77", trigger_time=at(9), skymap=at_cone(11.0, 10.0, 0.05)),
    )
    link = await watch.the_link("745811685", "Swift:77")
    assert link.search == "same burst"
    assert link.time_difference == pytest.approx(7.3)
    assert link.overlap is not None
    assert link.overlap > 100


async def test_a_neutrino_is_linked_with_a_gw_and_a_burst_near_in_time(watch: Watch) -> None:
    await watch.see(superevent(), burst(), neutrino())
    state: EventState = await watch.state("IceCube:1_2")
    assert [(a.event, a.search) for a in state.associations] == [
        ("Fermi:745811685", "neutrino-GRB"),
        ("LVK:S261120a", "neutrino-GW"),
    ]


async def test_what_an_alert_claims_is_linked_and_said_to_be_claimed(watch: Watch) -> None:
    claim = Coincidence(observatory="Fermi", search="GRB", time_difference=-8.0)
    await watch.see(superevent(coincidence=claim), burst(trigger_time=at(8.3)))
    link = await watch.the_link("745811685", "LVK:S261120a")
    assert link.claimed_by_alert
    assert link.search is None
    assert link.time_far is None


async def test_a_notice_that_names_the_event_it_follows_up_claims_it_whenever_it_was(watch: Watch) -> None:
    await watch.see(superevent())
    await watch.see(neutrino(trigger_time=at(5000), properties={"ref_ID": "S261120a"}))
    assert (await watch.the_link("S261120a", "IceCube:1_2")).claimed_by_alert
    await watch.see(superevent(alert=AlertType.UPDATE, issued=9000))
    assert (await watch.the_link("S261120a", "IceCube:1_2")).claimed_by_alert


async def test_the_card_of_either_side_says_the_link_with_its_joint_rate_and_the_map_of_both(
    watch: Watch,
) -> None:
    await watch.see(
        superevent(far=1e-5, skymap=at_cone(197.0, -23.0, 3.0)),
        burst(skymap=at_cone(198.0, -23.0, 2.0)),
    )
    # By hand, as above with a rate of 1e-5 Hz: in time 6 s x 9.82331e-6 Hz x 1e-5 Hz = 5.89398e-10 Hz, once
    # in 53.8 years of 31,557,600 s; with I = 2001.7 once in 107,600 years. The area of both maps is
    # pi / (1/9 + 1/4) = 8.70 deg².
    for name, other, when in (("S261120a", "Fermi 745811685", "later"), ("745811685", "S261120a", "earlier")):
        card = event_card(await watch.state(name), at(900), Reader("en", "UTC"))
        lines = (line for block in card.blocks if isinstance(block, Lines) for line in block.lines)
        told = [line_text(line, Reader("en", "UTC")) for line in lines]
        (line,) = [line for line in told if "Perhaps the same source" in line]
        assert f"{other} · 1.70 s {when}" in line
        assert "overlap on the sky 200" in line
        assert "by chance in time 1 per 54 years" in line
        assert "by chance in time and place 1 per 110,000 years" in line
        assert "both maps together 8.69 deg² (90 %)" in line


async def test_the_map_that_an_alert_combines_is_analysed_and_shown_beside_its_own(watch: Watch) -> None:
    both = write_skymap(Cone(197.5, -23.0, 1.0).to_skymap())
    claim = Coincidence("Fermi", "GRB", 1.7, 5e-15, 3e-18, combined_skymap=both)
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 3.0), coincidence=claim))
    state = await watch.state("S261120a")
    revision = state.newest
    assert revision.statistics is not None
    assert revision.combined is not None
    assert revision.statistics.area_90 == pytest.approx(9 * math.pi, rel=0.02)
    assert revision.combined.area_90 == pytest.approx(math.pi, rel=0.02)
    assert revision.combined_observability is not None
    assert [row.name for row in revision.combined_observability] == ["ZTF"]
    assert await watch.analyst(InlineCompute()).analyse_next() is False
    text = str(event_card(state, at(900), Reader("en", "UTC")).to_dict())
    assert "both maps together" in text
    assert "3.14 deg²" in text


async def test_a_combined_map_that_is_none_does_not_take_the_numbers_of_the_own_one(watch: Watch) -> None:
    claim = Coincidence("Fermi", "GRB", 1.7, combined_skymap=b"SIMPLE  = no map")
    await watch.see(superevent(skymap=at_cone(197.0, -23.0, 3.0), coincidence=claim))
    revision = (await watch.state("S261120a")).newest
    assert revision.statistics is not None
    assert revision.combined is None
    assert revision.analysis_error is None


@pytest.mark.shared
async def test_a_real_alert_s_combined_map_has_the_area_that_the_guide_publishes(
    watch: Watch, shared_data: Path
) -> None:
    alert = shared_data / "lvk-json" / "userguide" / "MS181101ab-ext-update.json.gz"
    await watch.see(parse_notice(gzip.decompress(alert.read_bytes())))
    revision = (await watch.state("MS181101ab")).newest
    assert revision.statistics is not None
    assert revision.combined is not None
    assert (revision.statistics.area_90, revision.combined.area_90) == pytest.approx((31.0, 27.7), abs=0.1)
