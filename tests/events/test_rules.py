"""Every tag by rule is given where it should be and withheld where it should not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from events.rules import RULES, derived_tags, likeliest_class
from events.state import AssociationState, EventState, RevisionState
from gcn.notice import AlertType, Coincidence, Notice, Role
from skymaps.statistics import SkyMapStatistics
from tests.events.story import at, burst, superevent
from tests.events.test_changes import MAP

PER_YEAR = 1.0 / (365.25 * 86400.0)


def event(*notices: Notice, statistics: SkyMapStatistics | None = None, **more: Any) -> EventState:
    revisions = tuple(
        RevisionState(n, n, notice, at(n), statistics=statistics) for n, notice in enumerate(notices, 1)
    )
    first = notices[0]
    values = {
        "id": 1,
        "event": first.event or "GCN:1",
        "name": "name",
        "mission": first.mission,
        "aliases": (),
        "tags": frozenset(),
        "role": first.role,
        "retracted": notices[-1].retraction,
        "trigger_time": first.trigger_time,
        "revisions": revisions,
    }
    return EventState(**{**values, **more})


def mission(name: str, **more: Any) -> Notice:
    return Notice(**{"format": "gcn-json", "mission": name, "kind": "alert", "event": f"{name}:1"} | more)


def classified(**probabilities: float) -> EventState:
    return event(superevent(classification=probabilities))


COMPANION = AssociationState("Fermi:1", "GRB 1", 1.7, 3.0, 1e-9, 1e-9)

GIVEN: list[tuple[str, EventState, EventState]] = [
    ("GW", event(superevent()), event(burst())),
    ("LVC", event(superevent()), event(burst())),
    ("GRB", event(burst()), event(burst(tags=frozenset({"Not GRB"})))),
    ("GRB", event(mission("SVOM")), event(mission("SVOM", tags=frozenset({"ECLAIRs-Catalog"})))),
    ("neutrino", event(mission("IceCube")), event(burst())),
    ("AMON", event(mission("AMON")), event(burst())),
    ("supernova", event(mission("SNEWS")), event(mission("IceCube"))),
    ("FRB", event(mission("CHIME")), event(mission("KM3NeT"))),
    ("BNS", classified(BNS=0.5, NSBH=0.3, Terrestrial=0.2), classified(BNS=0.3, NSBH=0.5)),
    ("NSBH", classified(NSBH=0.5, BBH=0.3), classified(BBH=0.5, NSBH=0.3)),
    ("BBH", classified(BBH=0.9), classified()),
    # S250818k: a BNS, if it is anything; both are said
    ("BNS", classified(BNS=0.29, Terrestrial=0.71), classified(Terrestrial=1.0, BNS=0.0)),
    ("Terrestrial", classified(BNS=0.29, Terrestrial=0.71), classified(BNS=0.71, Terrestrial=0.29)),
    ("SSM", classified(SSM=0.9), classified(BNS=0.9)),
    ("SSM", event(superevent(properties={"HasSSM": 0.9})), event(superevent(properties={"HasSSM": 0.1}))),
    (
        "MassGap",
        event(superevent(properties={"HasMassGap": 0.9})),
        event(superevent(properties={"HasMassGap": None})),
    ),
    ("long", event(burst(properties={"Long_short": "Long"})), event(burst(properties={"Long_short": "?"}))),
    ("short", event(burst(properties={"t90": 0.3})), event(burst(properties={"t90": 2.5}))),
    ("long", event(burst(properties={"t90": 2.5})), event(burst(properties={"t90": 0}))),
    ("short", event(burst(tags=frozenset({"short"}))), event(burst())),
    ("significant", event(superevent()), event(superevent(significant=None))),
    ("subthreshold", event(superevent(significant=False)), event(superevent(significant=None))),
    ("subthreshold", event(burst(alert_type=AlertType.SUBTHRESHOLD)), event(burst())),
    (
        "early warning",
        event(superevent(alert=AlertType.EARLY_WARNING), superevent()),
        event(superevent(), superevent()),
    ),
    (
        "retracted",
        event(superevent(), superevent(alert=AlertType.RETRACTION)),
        event(superevent()),
    ),
    ("MDC", event(superevent(role=Role.MOCK)), event(superevent())),
    ("test", event(superevent(role=Role.TEST)), event(superevent())),
    # a false alarm rate below one in a hundred years, not a hundred a year
    ("1 per 100 years", event(superevent(far=0.009 * PER_YEAR)), event(superevent(far=0.011 * PER_YEAR))),
    ("1 per year", event(superevent(far=0.99 * PER_YEAR)), event(superevent(far=50 * PER_YEAR))),
    ("1 per month", event(superevent(far=11.9 * PER_YEAR)), event(superevent(far=12.1 * PER_YEAR))),
    ("1 per 100 years", event(superevent(far=0.0)), event(superevent(far=None))),
    ("< 200 deg²", event(burst(), statistics=replace(MAP, area_90=199.0)), event(burst(), statistics=MAP)),
    ("< 500 deg²", event(burst(), statistics=replace(MAP, area_90=499.0)), event(burst())),
    ("< 1000 deg²", event(burst(), statistics=replace(MAP, area_90=999.0)), event(burst(), statistics=MAP)),
    (
        "> 90 % in 500 deg²",
        event(burst(), statistics=replace(MAP, probability_in_500_deg2=0.91)),
        event(burst(), statistics=MAP),
    ),
    (
        "< 150 Mpc",
        event(superevent(), statistics=replace(MAP, distance_mean=149.0)),
        event(superevent(), statistics=replace(MAP, distance_mean=None)),
    ),
    (
        "< 250 Mpc",
        event(superevent(), statistics=replace(MAP, distance_mean=249.0)),
        event(superevent(), statistics=MAP),
    ),
    ("MultiInstrument", event(superevent()), event(superevent(instrument="H1"))),
    (
        "coincident",
        event(superevent(coincidence=Coincidence(observatory="Fermi"))),
        event(superevent()),
    ),
    (
        "coincident",
        event(superevent(), associations=(COMPANION,)),
        event(superevent(), associations=(replace(COMPANION, overlap=0.0),)),
    ),
]


@pytest.mark.parametrize(("tag", "bearer", "other"), GIVEN)
def test_a_tag_is_given_where_it_holds_and_only_there(
    tag: str, bearer: EventState, other: EventState
) -> None:
    assert tag in derived_tags(bearer)
    assert tag not in derived_tags(other)


def test_every_rule_has_a_case() -> None:
    assert {rule.tag for rule in RULES} == {tag for tag, _, _ in GIVEN}


def test_searches_pipelines_groups_and_detectors_are_tags_by_their_own_names() -> None:
    notice = superevent(properties={"Search": "HighMass", "pipeline": "pycbc", "group": "CBC"})
    assert {"HighMass", "pycbc", "CBC", "H1", "L1"} <= derived_tags(event(notice))
    assert not {"V1", "K1"} & derived_tags(event(notice))


def test_a_circular_takes_no_tag_away() -> None:
    circular = superevent(alert=AlertType.OTHER, format="circular", classification={}, far=None)
    assert derived_tags(event(superevent(), circular)) == derived_tags(event(superevent()))


def test_the_sender_s_own_tags_are_kept_and_the_desk_s_rules_decide_their_own() -> None:
    tags = derived_tags(event(burst(tags=frozenset({"StarTrack_Lost_Lock", "coincident"}))))
    assert "StarTrack_Lost_Lock" in tags
    assert "coincident" not in tags


def test_the_likeliest_class_is_astrophysical() -> None:
    assert likeliest_class({"BNS": 0.1, "Terrestrial": 0.9}) == "BNS"
    assert likeliest_class({"Terrestrial": 1.0}) is None
    assert likeliest_class({}) is None
