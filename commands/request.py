"""What a handler is given, and what it answers with. No handler knows which chat it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from cards.card import Card
from cards.reader import Reader
from commands.options import Choice
from events.state import EventState
from facilities.facility import Facility
from shifts.people_file import Person

T = TypeVar("T")

AGAIN = "again?"
"""Stands among the texts of a call that is asked again knowingly; no option can have this name."""


class Front(StrEnum):
    """Where a command comes from."""

    SLACK = "slack"
    DISCORD = "discord"
    TERMINAL = "terminal"
    WEB = "web"


@dataclass(frozen=True)
class Account:
    """Who asks, as the front end knows them: `U012AB3CD` of Slack, zone and locale of that profile."""

    kind: str  # slack, discord, terminal
    id: str
    name: str = ""
    locale: str | None = None
    timezone: str | None = None


@dataclass(frozen=True)
class Place:
    """Where it was asked, by the front end's own ids; `event` whose thread this is, if it is one.

    `overheard`: others read what was typed, not only the answer (a mention in a channel).
    """

    front: Front
    channel: str = ""
    private: bool = False
    event: str | None = None
    thread: str = ""
    overheard: bool = False


@dataclass(frozen=True)
class Caller:
    """Who asks, as the desk knows them: `person` None for an account that nobody has linked."""

    account: Account
    reader: Reader
    person: Person | None = None

    @property
    def name(self) -> str:
        """For the audit and for others to read."""
        return self.person.name if self.person else f"{self.account.kind}:{self.account.id}"


@dataclass(frozen=True)
class Coordinates:
    """A position in the sky, ICRS, degrees."""

    ra: float
    dec: float


@dataclass(frozen=True)
class Request:
    """One command as asked: its options read, who asks, where and when; `given` are the options' texts."""

    path: str
    values: Mapping[str, object]
    caller: Caller
    place: Place
    now: datetime
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def again(self) -> bool:
        """Whether the caller was told that the same was asked before, and means it."""
        return AGAIN in self.given

    @property
    def reader(self) -> Reader:
        return self.caller.reader

    @property
    def person(self) -> Person:
        """The caller, of a command that only people the desk knows may use."""
        if self.caller.person is None:
            raise LookupError(f"{self.path} was let through for somebody the desk does not know")
        return self.caller.person

    def event(self, name: str = "event") -> EventState:
        return self._value(name, EventState)

    def facilities(self, name: str = "facilities") -> tuple[Facility, ...]:
        found = self.values.get(name)
        many = found if isinstance(found, tuple) else () if found is None else (found,)
        return tuple(each for each in many if isinstance(each, Facility))

    def facility(self, name: str = "facility") -> Facility:
        return self._value(name, Facility)

    def text(self, name: str) -> str:
        return self._value(name, str)

    def text_or_none(self, name: str) -> str | None:
        return self._optional(name, str)

    def number(self, name: str) -> float:
        return self._value(name, float)

    def number_or_none(self, name: str) -> float | None:
        return self._optional(name, float)

    def time(self, name: str = "at") -> datetime:
        """The instant given, or now."""
        return self._optional(name, datetime) or self.now

    def time_or_none(self, name: str) -> datetime | None:
        return self._optional(name, datetime)

    def duration_or_none(self, name: str) -> timedelta | None:
        return self._optional(name, timedelta)

    def coordinates_or_none(self, name: str) -> Coordinates | None:
        return self._optional(name, Coordinates)

    def someone_or_none(self, name: str = "person") -> Person | None:
        return self._optional(name, Person)

    def people(self, name: str = "people") -> tuple[Person, ...]:
        found = self.values.get(name)
        many = found if isinstance(found, tuple) else () if found is None else (found,)
        return tuple(each for each in many if isinstance(each, Person))

    def flag(self, name: str) -> bool:
        return self._optional(name, bool) or False

    def settings(self, name: str = "settings") -> Mapping[str, str]:
        """What was set, by key; nothing given is nothing set."""
        found = self.values.get(name)
        return dict(found) if isinstance(found, dict) else {}

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def _value(self, name: str, kind: type[T]) -> T:
        found = self.values.get(name)
        if not isinstance(found, kind):
            raise LookupError(f"{self.path} has no option {name!r} of {kind.__name__}")
        return found

    def _optional(self, name: str, kind: type[T]) -> T | None:
        found = self.values.get(name)
        return found if isinstance(found, kind) else None


@dataclass(frozen=True)
class FormField:
    """One field of a form: an option as asked for in a modal, with what was given and what is wrong.

    `option` is one of the command's, which then says the rest, or `settings.NAME`, one setting: then `label`,
    `hint` (in the reader's language), `choices` and `required` are what the far side says of it.
    """

    option: str
    given: str = ""
    error: str | None = None
    label: str | None = None
    choices: tuple[Choice, ...] = ()
    hint: str | None = None
    required: bool = False

    def to_dict(self) -> dict[str, object]:
        return {**vars(self), "choices": [[each.value, each.label] for each in self.choices]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FormField:
        return cls(**{**values, "choices": tuple(Choice(*each) for each in values["choices"])})


@dataclass(frozen=True)
class Form:
    """A form to be filled in: what a front end shows as a modal, and the terminal asks line by line.

    `given` are options that are known already and not asked for again: they go with what is filled in.
    """

    path: str
    fields: tuple[FormField, ...]
    given: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """As JSON: forms travel through sockets and wait behind buttons."""
        return {
            "path": self.path,
            "fields": [each.to_dict() for each in self.fields],
            "given": dict(self.given),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Form:
        fields = tuple(FormField.from_dict(each) for each in values["fields"])
        return cls(values["path"], fields, dict(values["given"]))


@dataclass(frozen=True)
class Reply:
    """An answer. Of several replies to one command each takes the place of the one before it.

    `pictures` are PNG bytes by the card's keys. `private`: for the caller's eyes only. `form`: fields that
    are wanted first, where the front end can ask for them. `choices` are what may have been meant; they are
    in the card's buttons already. `asks`: the confirmation that this is the question of.
    """

    card: Card
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    private: bool = False
    form: Form | None = None
    choices: tuple[Choice, ...] = ()
    asks: str | None = None
