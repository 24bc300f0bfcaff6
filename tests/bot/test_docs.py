"""The rules that docs/routes.md offers to copy: they compile, name only what exists, and do what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from facilities.registry import load_registry
from notifiers.rules import compile_rule, unknown_names
from tests.bot.program import ROOT
from tests.notifiers.stories import TRIGGER, facility, grb, nsbh, retraction, statistics

RULES = re.findall(r"```cel\n(.+?)\n```", (ROOT / "docs" / "routes.md").read_text(encoding="utf-8"), re.S)
NOW = TRIGGER + timedelta(hours=1)


def test_there_are_four_of_them() -> None:
    assert len(RULES) == 4


@pytest.mark.parametrize("rule", RULES)
def test_every_name_in_them_exists_also_the_telescopes(rule: str) -> None:
    names = [each.name for each in load_registry()]
    assert unknown_names(compile_rule(rule), facilities=names) == frozenset()


def test_the_survey_is_told_of_what_it_can_see_and_only_of_that() -> None:
    rule = compile_rule(RULES[2])
    event = nsbh(area=300.0, distance=200.0)
    last = event.revisions[-1]

    def seen(chance: float) -> bool:
        rows = (facility("GOTO-N", chance), facility("GOTO-S", 0.0))
        return rule.passes(
            replace(event, revisions=(*event.revisions[:-1], replace(last, observability=rows))), NOW
        )

    assert seen(0.5)
    assert not seen(0.2)


def test_a_burst_is_told_once_its_area_is_known_and_small() -> None:
    rule = compile_rule(RULES[1])
    event = grb()

    def told(area: float | None) -> bool:
        numbers = None if area is None else statistics(area, None)
        newest = replace(event.revisions[-1], statistics=numbers)
        return rule.passes(replace(event, revisions=(*event.revisions[:-1], newest)), NOW)

    assert told(40.0)
    assert not told(400.0)
    assert not told(None)
    assert not rule.passes(nsbh(area=40.0), NOW)


def test_a_retraction_passes_the_last_rule() -> None:
    rule = compile_rule(RULES[3])
    assert rule.passes(retraction(nsbh()), NOW)
    assert not rule.passes(nsbh(), NOW)
