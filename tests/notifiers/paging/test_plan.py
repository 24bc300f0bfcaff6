"""Escalations as they are written, what is said of those that are wrong, and the plan a page keeps."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from typing import Any

import pytest

from notifiers.paging.plan import (
    EscalationError,
    Part,
    Plan,
    check_pages,
    parse_escalation,
    plan_of,
)
from notifiers.targets import Target, TargetKind, parse_target


def escalation(text: str) -> dict[str, Any]:
    (values,) = tomllib.loads(f"[[escalations]]\nname = 'on-call'\n{text}")["escalations"]
    assert isinstance(values, dict)
    return values


FULL = """
steps = [
  {who = "role:gw-advocates/advocate", wait = 5, repeat = 1},
  {who = ["all:gw-advocates", "facility:ZTF"], by = ["slack", "sms"], wait = 10, wake = true},
]
repeat = 1
fallback = "person:chidi"
administrators = ["person:dana"]
acknowledgements = 2
reopen_after = 60
"""


def test_steps_with_their_repeats_come_in_order_then_the_fallback_then_the_administrators() -> None:
    plan = plan_of(parse_escalation(escalation(FULL)))
    assert [(each.part, each.number) for each in plan.rounds] == [
        (Part.STEP, 1),
        (Part.STEP, 1),
        (Part.STEP, 2),
        (Part.STEP, 1),
        (Part.STEP, 1),
        (Part.STEP, 2),
        (Part.FALLBACK, 0),
        (Part.ADMINISTRATORS, 0),
    ]
    assert plan.rounds[2].step.by == ("slack", "sms")
    assert plan.rounds[2].step.wait == timedelta(minutes=10)
    assert plan.rounds[2].step.wake
    assert plan.acknowledgements == 2
    assert plan.reopen_after == timedelta(hours=1)


def test_a_frozen_plan_comes_back_from_its_text_as_it_was() -> None:
    plan = plan_of(parse_escalation(escalation(FULL)))
    back = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert back.to_dict() == plan.to_dict()
    assert [each.step.who for each in back.rounds] == [each.step.who for each in plan.rounds]
    assert back.reopen_after == plan.reopen_after


def test_a_target_is_read_as_it_is_written() -> None:
    assert parse_target("role: gw-advocates / advocate") == Target(
        TargetKind.ROLE, "gw-advocates", "advocate"
    )
    for text in ("role:gw-advocates/advocate", "person:chidi", "facility:ZTF", "all:gw-advocates"):
        assert parse_target(text).text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "escalations.on-call.steps: has no step"),
        ("steps = ['ana']", "steps[1]: expected a table"),
        ("steps = [{wait = 5}]", "steps[1].who: says nobody"),
        ("steps = [{who = 'ana'}]", "steps[1].who: 'ana' says nobody; expected one of role:ROSTER/ROLE"),
        ("steps = [{who = 'roles:gw/x'}]", "did you mean role:gw/x?"),
        ("steps = [{who = 'role:gw'}]", "does not say which role of which roster"),
        ("steps = [{who = 'person:'}]", "names nobody after the colon"),
        ("steps = [{who = 'person:ana', by = ['sma']}]", "'sma' is no way; expected slack"),
        ("steps = [{who = 'person:ana', by = ['voic']}]", "did you mean 'voice'?"),
        ("steps = [{who = 'person:ana', wait = 0}]", "steps[1].wait: expected minutes, more than 0"),
        ("steps = [{who = 'person:ana', wait = '5'}]", "steps[1].wait: expected minutes"),
        ("steps = [{who = 'person:ana', repeat = -1}]", "repeat: expected a whole number from 0 to 20"),
        ("steps = [{who = 'person:ana', wat = 5}]", "no such key 'wat'; did you mean 'wait'?"),
        ("steps = [{who = 'person:ana'}]\nfalback = 'person:bo'", "did you mean 'fallback'?"),
        ("steps = [{who = 'person:ana'}]\nacknowledgements = 0", "expected a whole number from 1 to 10"),
        ("steps = [{who = 'person:ana', repeat = 20}]\nrepeat = 20", "asks 442 times with all repeats"),
        ("steps = [{who = 'person:ana', wake = 1}]", "wake: expected true or false"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_that_names_the_place(text: str, says: str) -> None:
    with pytest.raises(EscalationError) as error:
        parse_escalation(escalation(text))
    assert says in str(error.value)
    assert str(error.value).startswith("escalations.on-call")
    assert "\n" not in str(error.value)


def test_a_route_that_pages_what_is_not_there_is_told_the_nearest() -> None:
    known = {"on-call": parse_escalation(escalation(FULL))}
    check_pages([("near", "on-call")], known)
    with pytest.raises(
        EscalationError, match=r"routes\.near\.page: there is no escalation 'oncall'; did you"
    ):
        check_pages([("near", "oncall")], known)
