"""docs/routes.md is what people write rules by: it names everything, and its examples are rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from notifiers.rule_names import NAMES
from notifiers.rules import compile_rule, unknown_names

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "routes.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"`([^`\n]+)`", PAGE)
RULES = [each for each in QUOTED if re.search(r"\w.*([<>=]|&&)|has_tag\(", each)]


def test_the_page_names_everything_a_rule_can_see() -> None:
    assert NAMES - set(QUOTED) == set()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_on_the_page_is_one(rule: str) -> None:
    assert unknown_names(compile_rule(rule)) == frozenset()


def test_the_page_shows_rules() -> None:
    assert len(RULES) > 5
