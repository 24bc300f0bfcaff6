"""The lasting parts of a roster file: names, layers with their turns and hours, roles, holidays."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    field_validator,
    model_serializer,
    model_validator,
)

from shifts.documents import Entry
from shifts.errors import did_you_mean
from shifts.holiday_days import check_calendar
from shifts.local_times import Clock, Day
from shifts.zones import ZoneName

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ("hours", "days", "weeks", "months")
LONGEST_TURN = 1000
SHADOW = " shadow"
LONGEST_NAME = 60


def _check_name(name: str) -> str:
    if (
        not name
        or name != name.strip()
        or not name.isprintable()
        or set(name) & set("/~")
        or len(name) > LONGEST_NAME
    ):
        raise ValueError(f"{name!r} is not a name: 1 to 60 characters, no '/' or '~', no blanks around it")
    return name


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Name = Annotated[
    str, Field(strict=True), BeforeValidator(lambda v: _check_name(v) if isinstance(v, str) else v)
]


def _one_or_several(names: tuple[str, ...]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


Member = Annotated[tuple[Name, ...], BeforeValidator(_as_list), PlainSerializer(_one_or_several)]


class Turn(Entry):
    """How long a turn lasts: `{weeks: 1}`. Hours are elapsed hours, the others count local days."""

    what: ClassVar[str] = "a turn"
    unit: Literal["hours", "days", "weeks", "months"]
    count: int

    @model_validator(mode="before")
    @classmethod
    def only_known_keys(cls, values: Any) -> Any:
        if not isinstance(values, dict) or len(values) != 1:
            raise ValueError("expected one of hours, days, weeks or months with a number, as {weeks: 1}")
        unit, count = next(iter(values.items()))
        if unit not in UNITS:
            raise ValueError(f"{unit!r} is not a unit of turns; {did_you_mean(str(unit), UNITS)}")
        try:
            number = int(count)
        except (TypeError, ValueError):
            raise ValueError(f"{count!r} {unit} is not a whole number of {unit}") from None
        if not 1 <= number <= LONGEST_TURN:
            raise ValueError(f"{number} {unit} is no turn: it lasts from 1 to {LONGEST_TURN} {unit}")
        return {"unit": unit, "count": number}

    @model_serializer
    def as_written(self) -> dict[str, int]:
        return {self.unit: self.count}


class Window(Entry):
    """Local hours of the weekdays on which they begin; they end on the next day where `to` is not later."""

    what: ClassVar[str] = "hours"
    days: tuple[Weekday, ...] = WEEKDAYS
    begins: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")

    @field_validator("days")
    @classmethod
    def some_day(cls, days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        if not days:
            raise ValueError("no weekday is named, so these hours never come; leave `days` out for every day")
        return days

    @property
    def wraps(self) -> bool:
        """Whether it ends on the day after the one on which it begins."""
        return self.ends <= self.begins


class Layer(Entry):
    """A rotation of one role."""

    what: ClassVar[str] = "a layer"
    name: Name
    role: Name
    timezone: ZoneName | None = None
    members: tuple[Member, ...]
    starts: Day
    handoff: Clock = time()
    turn: Turn
    hours: tuple[Window, ...] | None = None
    until: Day | None = None

    @field_validator("members")
    @classmethod
    def somebody(cls, members: tuple[Member, ...]) -> tuple[Member, ...]:
        if not members or not all(members):
            raise ValueError("is a rotation of nobody: name at least one person in each turn")
        for turn in members:
            if len(set(turn)) < len(turn):
                raise ValueError(f"{', '.join(turn)} share one turn, but one of them is named twice")
        return members

    @field_validator("hours")
    @classmethod
    def some_hours(cls, hours: tuple[Window, ...] | None) -> tuple[Window, ...] | None:
        if hours == ():
            raise ValueError("is empty, so nobody would ever be on; leave it out for all hours")
        return hours

    @model_validator(mode="after")
    def in_order(self) -> Layer:
        if self.until is not None and self.until <= self.starts:
            raise ValueError(f"until {self.until} is not after starts {self.starts}")
        return self


class RoleRule(Entry):
    """How many people a role needs at any time, and who is paged when it has nobody.

    `facility` is the telescope that the role observes with: its people are reminded before its dusk.
    """

    what: ClassVar[str] = "a role"
    minimum: int = Field(default=1, ge=0, le=100)
    fallback: Name | None = None
    facility: str | None = Field(default=None, min_length=1, max_length=80)


class Holiday(Entry):
    """A calendar of the `holidays` library (`FR`; `DE` with a subdivision), or a day of one's own."""

    what: ClassVar[str] = "a holiday"
    calendar: str | None = None
    subdivision: str | None = None
    date: Day | None = None
    name: str | None = None

    @model_validator(mode="after")
    def one_or_the_other(self) -> Holiday:
        if (self.calendar is None) == (self.date is None):
            raise ValueError("expected either a calendar, as {calendar: FR}, or a date of one's own")
        if self.calendar is not None:
            check_calendar(self.calendar, self.subdivision)
        return self


class Horizon(Entry):
    """How far ahead shifts are materialised."""

    what: ClassVar[str] = "a horizon"
    weeks: int = Field(default=12, ge=1, le=520)


class Rest(Entry):
    """The rest that was agreed on between two times of duty of one person."""

    what: ClassVar[str] = "a rest"
    hours: float = Field(default=11, ge=0, le=168)


def shadow_role(role: str) -> str:
    """The role in which trainees stand who shadow `role`."""
    return role + SHADOW
