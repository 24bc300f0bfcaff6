"""The rule language: what passes, what does not, and what nobody can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.state import AssociationState, EventState
from gcn.notice import Coincidence, MapSource, Role, SkyMapRef
from notifiers.rule_changes import change_values
from notifiers.rule_names import EXAMPLE, FIELDS, rule_values
from notifiers.rules import MAX_LENGTH, RuleError, compile_rule, unknown_names
from skymaps.statistics import Peak
from tests.notifiers.stories import (
    GRB_NOTICE,
    NSBH_NOTICE,
    TRIGGER,
    facility,
    grb,
    grown,
    initial,
    nsbh,
    retraction,
    revision,
    statistics,
    story,
)

NOW = TRIGGER + timedelta(minutes=39)

EVENTS: dict[str, EventState] = {
    "nsbh": nsbh(),
    "far away": nsbh(distance=1400.0),
    "burst": nsbh(distance=None),
    "grb": grb(),
    "retracted": retraction(nsbh()),
    "early": story(revision(1)),  # the map is not analysed yet
    "mock": replace(nsbh(), role=Role.MOCK),
    "unvetted": story(revision(1, replace(NSBH_NOTICE, significant=None, far=None))),
}


def mapped(**changes: object) -> EventState:
    return story(revision(1, statistics=replace(statistics(), **changes)))  # type: ignore[arg-type]


YES, NO, OPEN = True, False, None

TABLE: list[tuple[str, dict[str, bool | None]]] = [
    ("significant", {"nsbh": YES, "grb": OPEN, "unvetted": OPEN, "retracted": YES}),
    ("!significant", {"nsbh": NO, "grb": OPEN, "unvetted": OPEN}),
    ("significant == false", {"nsbh": NO, "unvetted": OPEN}),
    ("significant != true", {"nsbh": NO, "unvetted": OPEN}),
    ("far_per_year < 12.0", {"nsbh": YES, "grb": OPEN, "unvetted": OPEN}),
    ("far_per_year < 12", {"nsbh": YES, "grb": OPEN}),
    ("!(far_per_year < 12)", {"nsbh": NO, "grb": OPEN}),
    ("!(!(far_per_year < 12))", {"nsbh": YES, "grb": OPEN}),
    ("far_per_year < 12 || has_tag('GRB')", {"nsbh": YES, "grb": YES, "unvetted": OPEN}),
    ("has_tag('GRB') || far_per_year < 12", {"nsbh": YES, "grb": YES}),
    ("far_per_year < 12 && has_tag('GRB')", {"nsbh": NO, "grb": OPEN}),
    ("p.NSBH > 0.5", {"nsbh": YES, "grb": OPEN}),
    ("p.BNS > 0.5", {"nsbh": OPEN, "grb": OPEN}),  # this notice names no BNS: nobody said it is small
    ("p['NSBH'] > 0.5", {"nsbh": YES, "grb": OPEN}),
    ("p.NSBH + p.BBH > 0.5", {"nsbh": YES, "grb": OPEN}),
    ("!(p.NSBH > 0.5)", {"nsbh": NO, "grb": OPEN}),
    ("has(p.NSBH)", {"nsbh": YES, "grb": NO}),
    ("has(p.NSBH) && p.NSBH > 0.5", {"nsbh": YES, "grb": NO}),
    ("p.exists(c, c != 'Terrestrial' && p[c] > 0.5)", {"nsbh": YES, "grb": NO}),
    ("classification.NSBH > 0.5", {"nsbh": YES, "grb": OPEN}),
    ("properties.HasRemnant < 0.5", {"nsbh": YES, "grb": OPEN}),
    ("distance_mean < 400.0", {"nsbh": YES, "far away": NO, "burst": OPEN, "grb": OPEN, "early": OPEN}),
    ("distance_mean < 400", {"nsbh": YES, "far away": NO, "burst": OPEN}),
    ("distance_mean / 2 < 400", {"nsbh": YES, "far away": NO}),
    ("2 * distance_mean + 1 < 1000", {"nsbh": YES, "far away": NO, "burst": OPEN}),
    ("area_90 < 2000 && volume_90 > 1e6", {"nsbh": YES, "grb": OPEN}),
    ("revision == 1", {"nsbh": YES, "retracted": NO}),
    ("age_minutes < 60", {"nsbh": YES, "grb": YES}),
    ("position.radius < 10", {"grb": YES, "nsbh": OPEN}),
    ("!(position.radius < 10)", {"grb": NO, "nsbh": OPEN}),
    ("has(position.radius)", {"grb": YES, "nsbh": OPEN}),
    ("position != null", {"grb": YES, "nsbh": OPEN}),
    ("instrument != 'GBM'", {"grb": NO, "nsbh": YES}),
    ("observable.DECam > 0.5", {"nsbh": YES, "grb": OPEN, "early": OPEN}),
    ("observable.ZTF > 0.1", {"nsbh": NO, "grb": OPEN}),
    ("observable.Rubin > 0.1", {"nsbh": OPEN}),
    ("!(observable.Rubin > 0.1)", {"nsbh": OPEN}),
    ("observable.exists(f, observable[f] > 0.5)", {"nsbh": YES, "grb": OPEN}),
    ("!observable.exists(f, observable[f] > 0.7)", {"nsbh": YES, "early": OPEN}),
    ("best_observable > 0.2", {"nsbh": YES, "grb": OPEN}),
    ("tiles.DECam < 300", {"nsbh": YES, "grb": OPEN}),
    ("tiles.ZTF < 300", {"nsbh": OPEN}),  # nothing to tile is not few tiles
    ("has_tag('GRB')", {"grb": YES, "nsbh": NO}),
    ("!has_tag('GRB')", {"grb": NO, "nsbh": YES}),
    ("'NSBH' in tags", {"nsbh": YES, "grb": NO}),
    ("tags[0] == 'GRB'", {"grb": YES}),
    ("size(tags) > 1", {"nsbh": YES, "grb": NO}),
    ("tags.exists(t, t.startsWith('NS'))", {"nsbh": YES, "grb": NO}),
    ("mission in ['Fermi', 'Swift']", {"grb": YES, "nsbh": NO}),
    ("retracted", {"nsbh": NO, "retracted": YES}),
    ("!retracted", {"nsbh": YES, "retracted": NO}),
    ("alert_type == 'retraction'", {"nsbh": NO, "retracted": YES}),
    ("mock", {"nsbh": NO, "mock": YES}),
    ("!mock && significant", {"nsbh": YES, "mock": NO}),
    ("coincident", {"nsbh": NO, "grb": NO}),
    ("timestamp(issued) > timestamp('2026-11-20T02:22:00Z')", {"nsbh": YES, "grb": NO}),
    ("no_such_name > 3", {"nsbh": OPEN}),
    ("no_such_name > 3 || significant", {"nsbh": YES, "grb": OPEN}),
    ("!(no_such_name > 3) && significant", {"nsbh": OPEN}),
    ("1 / 0 > 1 && significant", {"nsbh": YES}),
    ("significant ? distance_mean < 400 : false", {"nsbh": YES, "burst": OPEN, "grb": OPEN}),
    (
        "significant && p.NSBH > 0.5 && distance_mean < 400.0 && best_observable > 0.2",
        {"nsbh": YES, "far away": NO, "burst": OPEN, "grb": OPEN, "early": OPEN, "retracted": YES},
    ),
]


@pytest.mark.parametrize(
    ("rule", "event", "verdict"),
    [(rule, event, verdict) for rule, answers in TABLE for event, verdict in answers.items()],
)
def test_a_rule_says_yes_or_no_or_leaves_it_open(rule: str, event: str, verdict: bool | None) -> None:
    compiled = compile_rule(rule)
    assert compiled.verdict(EVENTS[event], NOW) is verdict
    assert compiled.passes(EVENTS[event], NOW) is (verdict is True)


@pytest.mark.parametrize("name", sorted(set(EXAMPLE) - {"retracted", "mock", "coincident", "significant"}))
@pytest.mark.parametrize("compare", ["{} == 1e9", "{} != 1e9", "!({} == 1e9)", "!({} != 1e9)"])
def test_no_comparison_with_an_absent_name_passes(name: str, compare: str) -> None:
    """Peers' N6: there a rule on the false-alarm rate matched every gamma-ray burst."""
    bare = story(revision(1, replace(GRB_NOTICE, position=None, instrument=None, issued=None)))
    if name not in rule_values(bare, NOW):
        assert compile_rule(compare.format(name)).verdict(bare, NOW) is None


@pytest.mark.parametrize(
    ("rule", "accepted", "rejected"),
    [
        ("area_90 < 500", nsbh(area=400), nsbh(area=600)),
        ("area_50 < 120", nsbh(area=400), nsbh(area=600)),
        ("distance_mean < 300", nsbh(distance=276), nsbh(distance=310)),
        ("peak.dec < 0", nsbh(), mapped(peak=Peak(96.8, 5.0))),
        ("galactic_fraction < 0.2", nsbh(), mapped(galactic_fraction=0.9)),
        ("sun_separation > 30", nsbh(), mapped(sun_separation=10.0)),
        ("best_observable > 0.5", nsbh(), story(revision(1, observability=(facility("ZTF", 0.2),)))),
    ],
)
def test_every_filter_on_a_map_rejects_something(
    rule: str, accepted: EventState, rejected: EventState
) -> None:
    """Peers' N4: there the filters on localisation properties never filtered."""
    assert compile_rule(rule).verdict(accepted, NOW) is True
    assert compile_rule(rule).verdict(rejected, NOW) is False


def test_an_event_without_a_map_still_meets_rules_that_ask_for_none() -> None:
    """Peers' N7: there the tag of an event without a map was lost."""
    assert compile_rule("has_tag('GRB')").passes(grb(), NOW)


def test_a_retraction_keeps_what_described_the_event() -> None:
    before, after = rule_values(nsbh(), NOW), rule_values(retraction(nsbh()), NOW)
    changed = {name for name in before if before[name] != after.get(name)} | (set(after) - set(before))
    difference = {"material", "reasons", "changed"}
    assert changed == {"retracted", "alert_type", "kind", "issued", "links", "revision"} | difference


def test_a_burst_seen_in_coincidence_is_coincident() -> None:
    other = AssociationState("LVK:S1a", "S1a", 1.7, 12.0, 1e-7, 1e-8)
    assert compile_rule("coincident").passes(replace(grb(), associations=(other,)), NOW)
    apart = replace(other, overlap=0.0)
    assert not compile_rule("coincident").passes(replace(grb(), associations=(apart,)), NOW)
    claimed = story(revision(1, replace(NSBH_NOTICE, coincidence=Coincidence("Fermi", "GRB"))))
    assert compile_rule("coincident && coincidence.observatory == 'Fermi'").passes(claimed, NOW)


def test_nan_is_unknown_not_small() -> None:
    odd = story(revision(1, replace(NSBH_NOTICE, far=float("nan"))))
    for rule in ("far_per_year < 12", "!(far_per_year < 12)", "far_per_year != 12"):
        assert compile_rule(rule).verdict(odd, NOW) is None


def test_the_example_names_exactly_what_events_have() -> None:
    full = replace(
        NSBH_NOTICE,
        position=GRB_NOTICE.position,
        skymap=SkyMapRef(MapSource.EMBEDDED, content=b"x"),
        coincidence=Coincidence("Fermi", "GRB"),
    )
    notice, numbers = full.to_dict(), statistics().to_dict()
    desk = {"p", "far_per_year", "age_minutes", "retracted", "mock", "revision", "coincident"}
    difference = change_values(nsbh(), None)
    assert set(EXAMPLE) == {*notice, *numbers, *desk, *difference, "observable", "best_observable", "tiles"}
    for name, fields in FIELDS.items():
        assert fields == set({**notice, **numbers, **difference}[name])


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("p.BNS + p.NSBH > 0.5 && distance_mean < 400", {"p.BNS", "p.NSBH", "distance_mean"}),
        ("observable['ATLAS-HKO'] > 0.1", {"observable.ATLAS-HKO"}),
        ("tags.exists(t, t.startsWith('G')) || kind.contains('x')", {"tags", "kind"}),
        ("has_tag('GRB') && !retracted", {"retracted"}),
        ("position.radius < 1 // far\n", {"position.radius"}),
        ("kind == 'far < 3 && p.BNS'", {"kind"}),
    ],
)
def test_a_rule_knows_the_names_it_reads(rule: str, names: set[str]) -> None:
    assert compile_rule(rule).names == names


@pytest.mark.parametrize(
    ("rule", "unknown"),
    [
        ("distance_mean < 400 && p.BNS > 0.1", set()),
        ("distence_mean < 400 && significant", {"distence_mean"}),
        ("position.error < 1", {"position.error"}),
        ("observable.ZTFF > 0.1 || observable.ZTF > 0.1", {"observable.ZTFF"}),
        ("p.BSN > 0.5", {"p.BSN"}),
        ("properties.HasNS > 0.5", set()),
    ],
)
def test_names_that_no_event_could_have_are_found(rule: str, unknown: set[str]) -> None:
    found = unknown_names(compile_rule(rule), facilities=["ZTF", "DECam"], classes=["BNS", "NSBH", "BBH"])
    assert found == unknown


def test_facilities_and_classes_are_not_judged_where_they_are_not_known() -> None:
    assert unknown_names(compile_rule("observable.ZTFF > 0.1 && p.BSN > 0.5")) == frozenset()


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("significant &&", "line 1, column 15: mismatched input the end of the rule"),
        ("significant\n&& p.BNS >> 3", "line 2, column 11"),
        ("significant and retracted", "line 1, column 13"),
        ("open('x')", "line 1, column 1: there is no function `open`"),
        ("__import__('os')", "no function"),
        ("significant && has_tagg('GRB')", "line 1, column 16: there is no function `has_tagg`"),
        ("max(p.BNS, p.NSBH) > 0.5", "line 1, column 1: there is no function `max`"),
        ("has_tag('GRB', 'GW')", "`has_tag` cannot be called like this"),
        ("has_tag()", "`has_tag` cannot be called like this"),
        ("size(far) > 2", "`size` cannot be called like this"),
        ("event.matches('(')", "`matches` cannot be called like this"),
        ("timestamp('yesterday') < timestamp(issued)", "`timestamp` cannot be called like this"),
        ("revision % 2 == 0", "`%`"),
        ("distance_mean", "gives 276.0, not yes or no"),
        ("'GRB'", "gives 'GRB', not yes or no"),
        ("distance_mean < 'near'", "different kinds"),
        ("mission + 1 == 'LVK'", "different kinds"),
        ("true " + " " * MAX_LENGTH, "at most"),
        ("[1].all(a, [1].all(b, [1].all(c, true)))", "at most 2"),
        ("(" * 500, "line 1"),
    ],
)
def test_a_rule_that_cannot_be_used_says_what_is_wrong_and_where(rule: str, complaint: str) -> None:
    with pytest.raises(RuleError) as raised:
        compile_rule(rule)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_rule_is_compiled_once() -> None:
    assert compile_rule("significant") is compile_rule("significant")


PIECES = [
    *(
        "far_per_year",
        "p",
        ".BNS",
        "<",
        "12",
        "(",
        ")",
        "!",
        "&&",
        "||",
        "'x'",
        "[",
        "]",
        "0",
        "has_tag",
        "has",
    ),
    *(".exists(a,", "null", "-", "+", "==", "in", "tags", "?", ":", "1e400"),
]


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
@settings(max_examples=400, deadline=None)
def test_nothing_a_person_writes_raises_anything_else_than_a_rule_error(text: str) -> None:
    try:
        rule = compile_rule(text)
    except RuleError:
        return
    for event in EVENTS.values():
        assert rule.verdict(event, NOW) in (True, False, None)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("first", False),
        ("material", True),
        ("changed.area_90 && area_90 < 700", True),
        ("area_90 < 0.7 * before.area_90", True),
        ("area_90 < 0.5 * before.area_90", False),
        ("changed.alert_type && before.alert_type == 'preliminary'", True),
        ("observable.DECam > before.observable.DECam", True),
        ("changed.p || changed.far || changed.distance", False),
        ("before.revision == 1 && revision == 2", True),
        ("'vetted' in reasons", True),
        ("size(reasons) == 1", True),
    ],
)
def test_a_rule_sees_what_changed_since_the_reader_was_told(rule: str, holds: bool) -> None:
    state = initial(nsbh())
    asked = compile_rule(rule)
    assert asked.about_changes
    assert asked.passes(state, NOW, nsbh().newest) is holds


def test_who_was_told_nothing_compares_with_the_first_notice() -> None:
    assert compile_rule("first && !material && !changed.area_90").passes(nsbh(), NOW)
    assert compile_rule("first && changed.area_90").passes(initial(nsbh()), NOW)
    assert not compile_rule("first").passes(initial(nsbh()), NOW, nsbh().newest)


def test_what_was_not_known_then_cannot_be_compared() -> None:
    early = story(revision(1))
    later = grown(early, NSBH_NOTICE, statistics=statistics(100.0))
    assert compile_rule("area_90 < before.area_90").verdict(later, NOW, early.newest) is None
    assert not compile_rule("changed.area_90").passes(later, NOW, early.newest)


def test_a_retraction_is_a_change() -> None:
    taken_back = retraction(nsbh())
    assert compile_rule("changed.retracted && material").passes(taken_back, NOW, nsbh().newest)
