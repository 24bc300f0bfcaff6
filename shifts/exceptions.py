"""The parts of a roster file that make an exception of its rotation: who instead, who besides, who not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from shifts.documents import Entry
from shifts.local_times import FIRST_YEAR, LAST_YEAR, Moment, written
from shifts.roster_parts import Name
from shifts.zones import ZoneName

EVER = (datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC))


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


class Shadow(Entry):
    """A trainee who is on whenever a person, or whoever a layer has on, is: and counts for nothing."""

    what: ClassVar[str] = "a shadow"
    person: Name
    follows: Name | None = None
    layer: Name | None = None
    role: Name | None = None
    begins: Moment | None = Field(default=None, alias="from")
    ends: Moment | None = Field(default=None, alias="to")
    timezone: ZoneName | None = None

    @model_validator(mode="after")
    def makes_sense(self) -> Shadow:
        if (self.follows is None) == (self.layer is None):
            raise ValueError("expected either follows, with a person, or layer, with a layer's name")
        if self.follows == self.person:
            raise ValueError(f"{self.person} cannot shadow {self.person}")
        if (
            self.begins is not None
            and self.ends is not None
            and (self.begins.tzinfo is None) == (self.ends.tzinfo is None)
            and self.ends <= self.begins
        ):
            raise ValueError(f"to {written(self.ends)} is not after from {written(self.begins)}")
        return self


class Absence(_Span):
    """Somebody is away; dates run from midnight to midnight. `calendar` names where it was imported from."""

    what: ClassVar[str] = "an absence"
    person: Name
    calendar: Name | None = None
