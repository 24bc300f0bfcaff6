"""What a command can be told: options, each of one kind that says how its text is read and completed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OptionKind(StrEnum):
    """How the text of an option is read. `VALUES` says what a handler gets."""

    EVENT = "event"
    FACILITY = "facility"
    PERSON = "person"
    ROSTER = "roster"
    SHIFT = "shift"
    PAGE = "page"
    JOB = "job"
    TIME = "time"
    DURATION = "duration"
    ANGLE = "angle"
    COORDINATES = "coordinates"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    RULE = "rule"
    SETTINGS = "settings"
    TEXT = "text"


@dataclass(frozen=True)
class Choice:
    """One value an option may take: what a person reads, and what is sent back."""

    value: str
    label: str


@dataclass(frozen=True)
class Option:
    """One option of a command.

    `default` is read as if it had been typed. `several`: values with commas between them. The last option
    that is text takes the rest of the line. `SETTINGS` are `key=value` words whose keys no option has: those
    of an instrument, of an analysis. A `whole` number is that of a job, an offer, a notice. `summary` is
    English source text of the catalogues. What is `secret` (a code) is kept out of the audit.
    """

    name: str
    kind: OptionKind
    summary: str
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    secret: bool = False

    @property
    def completes(self) -> bool:
        """Whether there is anything to offer while it is typed."""
        return self.kind in COMPLETED


COMPLETED = frozenset(
    {
        OptionKind.EVENT,
        OptionKind.FACILITY,
        OptionKind.PERSON,
        OptionKind.ROSTER,
        OptionKind.SHIFT,
        OptionKind.PAGE,
        OptionKind.JOB,
        OptionKind.TIME,
        OptionKind.CHOICE,
    }
)
