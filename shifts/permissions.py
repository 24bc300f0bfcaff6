"""What a person may do: four ranks, each with the lower ones, and triggers facility by facility."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from shifts.errors import did_you_mean

if TYPE_CHECKING:  # a person has permissions; people_file reads their texts with this module
    from shifts.people_file import Person

TRIGGER = "trigger:"
ANY_FACILITY = "*"


class Permission(IntEnum):
    """Ranks, lowest first: who has one has those below. Triggers are no rank: each facility is named."""

    VIEWER = 1
    SHIFTER = 2
    ROSTER_MANAGER = 3
    ADMINISTRATOR = 4

    @property
    def text(self) -> str:
        """As the people file writes it."""
        return self.name.lower()


RANKS = {rank.text: rank for rank in Permission}


def check_permission(text: str) -> str:
    """A permission as the people file writes it, `roster manager` also with a blank. ValueError otherwise."""
    if text.startswith(TRIGGER):
        if not text.removeprefix(TRIGGER).strip():
            raise ValueError(
                "'trigger:' names no facility; expected one as trigger:ZTF, or trigger:* for all"
            )
        return f"{TRIGGER}{text.removeprefix(TRIGGER).strip()}"
    rank = text.casefold().replace(" ", "_").replace("-", "_")
    if rank not in RANKS:
        raise ValueError(f"{text!r} is not a permission; {did_you_mean(rank, [*RANKS, 'trigger:FACILITY'])}")
    return rank


PermissionText = Annotated[str, AfterValidator(check_permission)]


def may(person: Person | None, permission: Permission) -> bool:
    """Whether a person has this rank or a higher one. Nobody in particular (None) may nothing."""
    if person is None:
        return False
    return any(RANKS[text] >= permission for text in person.permissions if text in RANKS)


def may_trigger(person: Person | None, facility: str) -> bool:
    """Whether a person may ask `facility` to observe: `trigger:ZTF` or `trigger:*`, in any letter case.

    No rank includes it, not an administrator's either: telescope time is given by who owns it.
    """
    if person is None:
        return False
    named = {text.removeprefix(TRIGGER).casefold() for text in person.permissions if text.startswith(TRIGGER)}
    return ANY_FACILITY in named or facility.casefold() in named
