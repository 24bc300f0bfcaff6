"""Targets: whom a route or a step of an escalation means, as the configuration writes it.

role:gw-advocates/advocate   who is on now in a role of a roster
person:chidi                 one person, on duty or not
facility:ZTF                 who is on now for a facility: the roster, or the role, that has its name
all:gw-advocates             everybody who stands in a roster, on duty or not
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

FORMS = "role:ROSTER/ROLE, person:NAME, facility:NAME, all:ROSTER"


class TargetError(ValueError):
    """A target that means nobody: what was read and what was expected."""


class TargetKind(StrEnum):
    ROLE = "role"
    PERSON = "person"
    FACILITY = "facility"
    ALL = "all"


@dataclass(frozen=True)
class Target:
    """`name` is the roster's, the person's or the facility's; `role` only of a role."""

    kind: TargetKind
    name: str
    role: str = ""

    @property
    def text(self) -> str:
        """As the configuration writes it."""
        return f"{self.kind.value}:{self.name}" + (f"/{self.role}" if self.role else "")


def parse_target(text: str) -> Target:
    """The target that `text` means. Raises `TargetError` with one sentence."""
    kind, colon, name = (part.strip() for part in text.partition(":"))
    if not colon or kind not in set(TargetKind):
        near = difflib.get_close_matches(kind, [each.value for each in TargetKind], n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}:{name or kind}?" if near else ""
        raise TargetError(f"{text!r} says nobody; expected one of {FORMS}{hint}")
    if not name:
        raise TargetError(f"{text!r} names nobody after the colon; expected one of {FORMS}")
    if TargetKind(kind) is not TargetKind.ROLE:
        return Target(TargetKind(kind), name)
    roster, slash, role = (part.strip() for part in name.partition("/"))
    if not slash or not roster or not role:
        raise TargetError(
            f"{text!r} does not say which role of which roster; expected role:ROSTER/ROLE, "
            "as role:gw-advocates/advocate"
        )
    return Target(TargetKind.ROLE, roster, role)


def parse_targets(value: object, where: str) -> tuple[Target, ...]:
    """One target or a list of them. Raises `TargetError` that begins with `where`."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, Iterable) or not all(isinstance(each, str) for each in texts):
        raise TargetError(f"{where}: expected {FORMS}, or a list of these, not {value!r}")
    try:
        return tuple(dict.fromkeys(parse_target(str(each)) for each in texts))
    except TargetError as error:
        raise TargetError(f"{where}: {error}") from None
