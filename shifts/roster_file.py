"""The roster file: its keys, what each may say, and what the whole must fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator, model_serializer, model_validator

from shifts.documents import Entry, parse_yaml, read_text, write_yaml
from shifts.errors import RosterError, did_you_mean
from shifts.holiday_days import check_calendar
from shifts.local_times import FIRST_YEAR, LAST_YEAR, Clock, Day, Moment, moment_interval, written
from shifts.zones import ZoneName

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = ("hours", "days", "weeks", "months")
LONGEST_TURN = 1000
EVER = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC))


def _check_name(name: str) -> str:
    if not name or name != name.strip() or not name.isprintable() or set(name) & set("/~") or len(name) > 60:
        raise ValueError(f"{name!r} is not a name: 1 to 60 characters, no '/' or '~', no blanks around it")
    return name


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Name = Annotated[
    str, Field(strict=True), BeforeValidator(lambda v: _check_name(v) if isinstance(v, str) else v)
]
Member = Annotated[tuple[Name, ...], BeforeValidator(_as_list)]


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


class _Span(Entry):
    person: Name | None = None
    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="to")
    timezone: ZoneName | None = None

    @model_validator(mode="after")
    def in_order(self) -> _Span:
        if (self.begins.tzinfo is None) == (self.ends.tzinfo is None) and self.ends <= self.begins:
            raise ValueError(f"to {written(self.ends)} is not after from {written(self.begins)}")
        return self


class Override(_Span):
    """Somebody else is on, in place of `replaces` or in addition; `replaces` alone takes a person off."""

    what: ClassVar[str] = "an override"
    role: Name
    replaces: Name | None = None
    source: Literal["override", "swap"] = "override"

    @model_validator(mode="after")
    def says_something(self) -> Override:
        if self.person is None and self.replaces is None:
            raise ValueError("names neither a person nor whom to replace")
        if self.person == self.replaces:
            raise ValueError(f"{self.person} cannot replace {self.person}")
        return self


class Swap(Entry):
    """A shift that another person has taken over: bound to its id, so that it moves with an edited rule.

    With `from` or `to` (instants, as `2026-11-03T18:00Z`) only that part of the shift.
    """

    what: ClassVar[str] = "a swap"
    shift: str = Field(min_length=1, max_length=300)
    person: Name
    begins: Moment | None = Field(default=None, alias="from")
    ends: Moment | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def in_order(self) -> Swap:
        for word, moment in (("from", self.begins), ("to", self.ends)):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{word} {written(moment)} names no zone; expected one as 2026-11-03T18:00Z")
        if self.begins is not None and self.ends is not None and self.ends <= self.begins:
            raise ValueError(f"to {written(self.ends)} is not after from {written(self.begins)}")
        return self

    @property
    def part(self) -> tuple[datetime, datetime]:
        """The time of which the part of the shift is taken."""
        return self.begins or EVER[0], self.ends or EVER[1]


class Turnout(_Span):
    """Who is on in a fixed schedule, and when."""

    what: ClassVar[str] = "a shift"
    person: Name


class FixedSchedule(Entry):
    """For a time, a role is filled by these shifts and by nothing else of the rules."""

    what: ClassVar[str] = "a fixed schedule"
    role: Name
    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="to")
    timezone: ZoneName | None = None
    shifts: tuple[Turnout, ...] = ()

    @model_validator(mode="after")
    def in_order(self) -> FixedSchedule:
        if (self.begins.tzinfo is None) == (self.ends.tzinfo is None) and self.ends <= self.begins:
            raise ValueError(f"to {written(self.ends)} is not after from {written(self.begins)}")
        return self


class Absence(_Span):
    """Somebody is away; dates run from midnight to midnight."""

    what: ClassVar[str] = "an absence"
    person: Name


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


class Roster(Entry):
    """One roster as its file says it: rules in wall-clock times of named zones, never offsets."""

    what: ClassVar[str] = "a roster"
    name: Name = Field(alias="roster")
    timezone: ZoneName
    horizon: Horizon = Horizon()
    people: tuple[Name, ...] | None = None
    roles: dict[Name, RoleRule] = Field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    fixed: tuple[FixedSchedule, ...] = ()
    overrides: tuple[Override, ...] = ()
    swaps: tuple[Swap, ...] = ()
    absences: tuple[Absence, ...] = ()
    holidays: tuple[Holiday, ...] = ()

    @model_validator(mode="after")
    def the_parts_fit(self) -> Roster:
        problems = [*self._unknown_names(), *self._twice(), *self._overlaps()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def role_rules(self) -> dict[str, RoleRule]:
        """Every role with its rule; a file without `roles` means those of its layers, one person each."""
        if self.roles:
            return dict(self.roles)
        named = [layer.role for layer in self.layers] + [fixed.role for fixed in self.fixed]
        named += [override.role for override in self.overrides]
        return {role: RoleRule() for role in named}

    def zone_of(self, part: Layer | FixedSchedule | Override | Absence) -> str:
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
        for number, absence in enumerate(self.absences, start=1):
            yield absence.person, f"absences #{number}"

    def _unknown_names(self) -> Iterator[str]:
        if self.people is not None:
            for person, where in dict.fromkeys(self.names_in_use()):
                if person not in self.people:
                    yield f"{where}: {person!r} is not among the people; {did_you_mean(person, self.people)}"
        if self.roles:
            used = [(each.role, f"layers {each.name}") for each in self.layers]
            used += [(each.role, f"fixed #{n}") for n, each in enumerate(self.fixed, start=1)]
            used += [(each.role, f"overrides #{n}") for n, each in enumerate(self.overrides, start=1)]
            for role, where in used:
                if role not in self.roles:
                    yield f"{where}: {role!r} is not among the roles; {did_you_mean(role, self.roles)}"

    def _twice(self) -> Iterator[str]:
        for what, names in (
            ("people", self.people or ()),
            ("layers", [layer.name for layer in self.layers]),
        ):
            for name in dict.fromkeys(name for name in names if list(names).count(name) > 1):
                yield f"{what}: {name!r} stands twice"

    def _overlaps(self) -> Iterator[str]:
        for (first, one), (second, other) in combinations(enumerate(self.swaps, start=1), 2):
            if one.shift == other.shift and one.part[0] < other.part[1] and other.part[0] < one.part[1]:
                if one.part == other.part == EVER:
                    yield f"swaps: {one.shift!r} stands twice"
                else:
                    yield f"swaps #{first} and #{second} overlap: both hand over {one.shift!r}"
        yield from self._overlapping_overrides()

    def _overlapping_overrides(self) -> Iterator[str]:
        spans = [
            (number, each, *moment_interval(each.begins, each.ends, self.zone_of(each)))
            for number, each in enumerate(self.overrides, start=1)
        ]
        for (first, a, a_start, a_end), (second, b, b_start, b_end) in combinations(spans, 2):
            if a.role != b.role or max(a_start, b_start) >= min(a_end, b_end):
                continue
            if a.replaces is not None and a.replaces == b.replaces:
                said = f"both replace {a.replaces}"
            elif a.person is not None and a.person == b.person:
                said = f"both put {a.person} on"
            else:
                continue
            overlap = f"from {max(a_start, b_start):%Y-%m-%dT%H:%MZ} to {min(a_end, b_end):%Y-%m-%dT%H:%MZ}"
            yield f"overrides #{first} and #{second} overlap: {said} as {a.role} {overlap}"


def parse_roster(text: str) -> Roster:
    """The roster that YAML `text` says. Raises `RosterError`."""
    return Roster.from_dict(parse_yaml(text))


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
