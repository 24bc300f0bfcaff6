"""The roster file: its keys, what each may say, and what the whole must fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from pydantic import Field, model_validator

from shifts.documents import Entry, parse_yaml, read_text, write_yaml
from shifts.errors import RosterError
from shifts.exceptions import EVER, Absence, FixedSchedule, Override, Shadow, Swap, Turnout
from shifts.roster_checks import problems_of
from shifts.roster_parts import (
    SHADOW,
    WEEKDAYS,
    Holiday,
    Horizon,
    Layer,
    Name,
    Rest,
    RoleRule,
    Turn,
    Weekday,
    Window,
    shadow_role,
)
from shifts.slots import with_slots_written_out
from shifts.zones import ZoneName

__all__ = [
    "EVER", "SHADOW", "WEEKDAYS", "Absence", "FixedSchedule", "Holiday", "Horizon", "Layer", "Name",
    "Override", "Rest", "RoleRule", "Roster", "Shadow", "Swap", "Turn", "Turnout", "Weekday", "Window",
    "parse_roster", "read_roster", "rules_of", "shadow_role", "write_roster",
]  # fmt: skip


class Roster(Entry):
    """One roster as its file says it: rules in wall-clock times of named zones, never offsets."""

    what: ClassVar[str] = "a roster"
    name: Name = Field(alias="roster")
    timezone: ZoneName
    horizon: Horizon = Horizon()
    rest: Rest = Rest()
    people: tuple[Name, ...] | None = None
    roles: dict[Name, RoleRule] = Field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    fixed: tuple[FixedSchedule, ...] = ()
    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    shadows: tuple[Shadow, ...] = ()
    absences: tuple[Absence, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @model_validator(mode="after")
    def the_parts_fit(self) -> Roster:
        problems = list(problems_of(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def role_rules(self) -> dict[str, RoleRule]:
        """Every role with its rule; a file without `roles` means those of its layers, one person each.

        Trainees' roles come last and need nobody.
        """
        if self.roles:
            rules = dict(self.roles)
        else:
            named = [layer.role for layer in self.layers] + [fixed.role for fixed in self.fixed]
            rules = {role: RoleRule() for role in named + [override.role for override in self.overrides]}
        shadowed = dict.fromkeys(role for shadow in self.shadows for role in self._shadowed(shadow))
        return rules | {shadow_role(role): RoleRule(minimum=0) for role in rules if role in shadowed}

    def _shadowed(self, shadow: Shadow) -> Iterator[str]:
        if shadow.role is not None:
            yield shadow.role
        elif shadow.layer is not None:
            yield from (layer.role for layer in self.layers if layer.name == shadow.layer)
        else:
            yield from self.roles or (layer.role for layer in self.layers)

    def zone_of(self, part: Layer | FixedSchedule | Turnout | Override | Shadow | Absence) -> str:
        """The zone in which the times of `part` are meant."""
        return part.timezone or self.timezone

    def names_in_use(self) -> Iterator[tuple[str, str]]:
        """Every person the rules name, with the place where."""
        for role, rule in self.roles.items():
            if rule.fallback is not None:
                yield rule.fallback, f"roles {role} fallback"
        for layer in self.layers:
            yield from ((person, f"layers {layer.name} members") for turn in layer.members for person in turn)
        for number, fixed in enumerate(self.fixed, start=1):
            yield from ((shift.person, f"fixed #{number} shifts") for shift in fixed.shifts)
        for number, override in enumerate(self.overrides, start=1):
            for person in (override.person, override.replaces):
                if person is not None:
                    yield person, f"overrides #{number}"
        for number, swap in enumerate(self.swaps, start=1):
            yield swap.person, f"swaps #{number}"
        for number, shadow in enumerate(self.shadows, start=1):
            for person in (shadow.person, shadow.follows):
                if person is not None:
                    yield person, f"shadows #{number}"
        for number, absence in enumerate(self.absences, start=1):
            yield absence.person, f"absences #{number}"


def parse_roster(text: str) -> Roster:
    """The roster that YAML `text` says. Raises `RosterError`."""
    return Roster.from_dict(with_slots_written_out(parse_yaml(text)))


@lru_cache(maxsize=256)
def rules_of(text: str) -> Roster:
    """The roster of a text that was published: read once, since a version never changes."""
    return parse_roster(text)


def read_roster(path: Path) -> Roster:
    """The roster in a file. Raises `RosterError` with the file's name in front."""
    text = read_text(path)
    try:
        return parse_roster(text)
    except RosterError as error:
        raise RosterError(f"{path}: {error}") from None


def write_roster(roster: Roster) -> str:
    """YAML that `parse_roster` reads back as the same roster."""
    return write_yaml(roster.to_dict())
