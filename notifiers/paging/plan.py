"""Escalations as the configuration writes them, and the plan that a page freezes when it is opened. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, get_args

from notifiers.targets import Target, TargetError, parse_target, parse_targets
from shifts.contact import Way

WAYS: tuple[Way, ...] = get_args(Way)
DEFAULT_WAIT = 5.0  # min
LONGEST_WAIT = 24 * 60.0  # min
MOST_ROUNDS = 50
"""An escalation that asks more often than this is a mistake of the configuration."""


class EscalationError(ValueError):
    """An escalation that cannot be used: where, what was read, what was expected."""


class Part(StrEnum):
    """Which part of an escalation a round belongs to."""

    STEP = "step"
    FALLBACK = "fallback"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True)
class Step:
    """Whom to ask, by which ways, and how long to wait for an answer before the next step.

    `by` None: as each person's contact rules say; ways: these, at once. `repeat`: asked so many times more
    before the next step. `wake`: may wake people who are not on shift, too (docs/escalation.md).
    """

    who: tuple[Target, ...]
    by: tuple[Way, ...] | None = None
    wait: timedelta = timedelta(minutes=DEFAULT_WAIT)
    repeat: int = 0
    wake: bool = False


@dataclass(frozen=True)
class Escalation:
    """One `[[escalations]]` of the configuration.

    `repeat`: all steps so many times more. Then the `fallback` is asked, then the `administrators` (people
    with that permission where none is named). `acknowledgements`: how many people have to say "I have it".
    `reopen_after`: acknowledged, and nobody did anything for so long: asked again.
    """

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    fallback: tuple[Target, ...] = ()
    administrators: tuple[Target, ...] = ()
    acknowledgements: int = 1
    reopen_after: timedelta | None = None
    snooze_at_most: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Round:
    """One step at its place in the frozen plan. `number` is the configuration's, from 1; 0 for the end."""

    part: Part
    number: int
    step: Step


@dataclass(frozen=True)
class Plan:
    """Everything a page does while nobody answers, in order."""

    rounds: tuple[Round, ...]
    fallback: tuple[Target, ...] = ()
    administrators: tuple[Target, ...] = ()
    acknowledgements: int = 1
    reopen_after: timedelta | None = None
    snooze_at_most: timedelta = field(default=timedelta(minutes=30))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; `from_dict` gives an equal plan back."""
        return {
            "rounds": [
                {"part": each.part.value, "number": each.number, **_step_to_dict(each.step)}
                for each in self.rounds
            ],
            "fallback": [target.text for target in self.fallback],
            "administrators": [target.text for target in self.administrators],
            "acknowledgements": self.acknowledgements,
            "reopen_after": None if self.reopen_after is None else self.reopen_after.total_seconds(),
            "snooze_at_most": self.snooze_at_most.total_seconds(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Plan:
        """The plan that `to_dict` wrote."""
        reopen = values["reopen_after"]
        return cls(
            tuple(Round(Part(each["part"]), each["number"], _step_of(each)) for each in values["rounds"]),
            tuple(parse_target(text) for text in values["fallback"]),
            tuple(parse_target(text) for text in values["administrators"]),
            values["acknowledgements"],
            None if reopen is None else timedelta(seconds=reopen),
            timedelta(seconds=values["snooze_at_most"]),
        )


def plan_of(escalation: Escalation) -> Plan:
    """The rounds an escalation gives: its steps with their repeats, then fallback and administrators.

    >>> step = Step(parse_targets("person:ana", "steps"), repeat=1)
    >>> [each.part.value for each in plan_of(Escalation("on-call", (step,))).rounds]
    ['step', 'step', 'administrators']
    """
    once = [
        Round(Part.STEP, number, step)
        for number, step in enumerate(escalation.steps, start=1)
        for _ in range(step.repeat + 1)
    ]
    rounds = once * (escalation.repeat + 1)
    if escalation.fallback:
        rounds.append(Round(Part.FALLBACK, 0, Step(escalation.fallback, wake=True)))
    rounds.append(Round(Part.ADMINISTRATORS, 0, Step(escalation.administrators, wake=True)))
    return Plan(
        tuple(rounds),
        escalation.fallback,
        escalation.administrators,
        escalation.acknowledgements,
        escalation.reopen_after,
        escalation.snooze_at_most,
    )


def parse_escalation(values: Mapping[str, Any]) -> Escalation:
    """One `[[escalations]]`. Raises `EscalationError` with one sentence that says where and what."""
    name = values.get("name")
    where = f"escalations.{name}"
    try:
        _check_keys(values, _ESCALATION_KEYS, where)
        steps = values.get("steps", ())
        if not steps:
            raise EscalationError(f"{where}.steps: has no step; expected at least one, as {_EXAMPLE}")
        escalation = Escalation(
            str(name),
            tuple(_read_step(each, f"{where}.steps[{n}]") for n, each in enumerate(steps, start=1)),
            _whole(values, "repeat", where, 0, 20),
            parse_targets(values.get("fallback", ()), f"{where}.fallback"),
            parse_targets(values.get("administrators", ()), f"{where}.administrators"),
            _whole(values, "acknowledgements", where, 1, 10, default=1),
            _minutes(values, "reopen_after", where, None),
            _minutes(values, "snooze_at_most", where, 30.0) or timedelta(minutes=30),
        )
    except TargetError as error:
        raise EscalationError(str(error)) from None
    rounds = len(plan_of(escalation).rounds)
    if rounds > MOST_ROUNDS:
        raise EscalationError(
            f"{where}: asks {rounds} times with all repeats; expected {MOST_ROUNDS} at most"
        )
    return escalation


def check_pages(pages: Iterable[tuple[str, str]], escalations: Mapping[str, Escalation]) -> None:
    """Raise `EscalationError` where a route (its name, what it pages) pages what is not configured."""
    for route, name in pages:
        if name not in escalations:
            near = difflib.get_close_matches(name, escalations, n=1, cutoff=0.5)
            known = ", ".join(sorted(escalations)) or "none"
            hint = f"; did you mean {near[0]!r}?" if near else f"; configured are: {known}"
            raise EscalationError(f"routes.{route}.page: there is no escalation {name!r}{hint}")


_ESCALATION_KEYS = (
    "name",
    "steps",
    "repeat",
    "fallback",
    "administrators",
    "acknowledgements",
    "reopen_after",
    "snooze_at_most",
)
_STEP_KEYS = ("who", "by", "wait", "repeat", "wake")
_EXAMPLE = '{who = "role:gw-advocates/advocate", wait = 5}'


def _read_step(value: object, where: str) -> Step:
    if not isinstance(value, Mapping):
        raise EscalationError(f"{where}: expected a table as {_EXAMPLE}, not {value!r}")
    _check_keys(value, _STEP_KEYS, where)
    who = parse_targets(value.get("who", ()), f"{where}.who")
    if not who:
        raise EscalationError(f"{where}.who: says nobody; expected a table as {_EXAMPLE}")
    wake = value.get("wake", False)
    if not isinstance(wake, bool):
        raise EscalationError(f"{where}.wake: expected true or false, not {wake!r}")
    wait = _minutes(value, "wait", where, DEFAULT_WAIT)
    assert wait is not None
    return Step(who, _read_ways(value.get("by"), where), wait, _whole(value, "repeat", where, 0, 20), wake)


def _read_ways(value: object, where: str) -> tuple[Way, ...] | None:
    if value is None or value == "rules":
        return None
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts:
        raise EscalationError(f'{where}.by: expected "rules" or a list of {", ".join(WAYS)}, not {value!r}')
    found: dict[Way, None] = {}
    for text in texts:
        way = next((each for each in WAYS if each == text), None)
        if way is None:
            near = difflib.get_close_matches(str(text), WAYS, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise EscalationError(f"{where}.by: {text!r} is no way; expected {', '.join(WAYS)}{hint}")
        found[way] = None
    return tuple(found)


def _check_keys(values: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise EscalationError(f"{where}: no such key {key!r}{hint}")


def _whole(
    values: Mapping[str, Any], key: str, where: str, least: int, most: int, default: int | None = None
) -> int:
    value = values.get(key, least if default is None else default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise EscalationError(f"{where}.{key}: expected a whole number from {least} to {most}, not {value!r}")
    return value


def _minutes(values: Mapping[str, Any], key: str, where: str, default: float | None) -> timedelta | None:
    value = values.get(key, default)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= LONGEST_WAIT:
        raise EscalationError(
            f"{where}.{key}: expected minutes, more than 0 and {LONGEST_WAIT:.0f} at most, not {value!r}"
        )
    return timedelta(minutes=value)


def _step_to_dict(step: Step) -> dict[str, Any]:
    return {
        "who": [target.text for target in step.who],
        "by": None if step.by is None else list(step.by),
        "wait": step.wait.total_seconds(),
        "wake": step.wake,
    }


def _step_of(values: Mapping[str, Any]) -> Step:
    return Step(
        tuple(parse_target(text) for text in values["who"]),
        None if values["by"] is None else tuple(each for each in WAYS if each in values["by"]),
        timedelta(seconds=values["wait"]),
        wake=values["wake"],
    )
