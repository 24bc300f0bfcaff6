"""The people file: who they are, how they are reached, when they would rather not be, and what they may."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, ClassVar

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, model_validator

from shifts.contact import (
    ADDRESS_OF,
    CONFIRMED_BY_OWNER,
    KINDS,
    AddressKind,
    ContactRule,
    DiscordUser,
    EmailAddress,
    PhoneNumber,
    SlackMember,
    Way,
    same,
)
from shifts.documents import Entry, parse_yaml, read_text, write_yaml
from shifts.errors import RosterError
from shifts.holiday_days import check_calendar
from shifts.permissions import PermissionText
from shifts.quiet_hours import Quiet
from shifts.roster_file import Holiday, Name, Weekday
from shifts.zones import ZoneName

_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-][A-Z]{2})?")


def _check_locale(locale: str) -> str:
    if not _LOCALE.fullmatch(locale):
        raise ValueError(f"{locale!r} is not a locale; expected language and country as en, fr or pt_BR")
    try:
        Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        raise ValueError(f"no language is called {locale!r}; expected one as en, fr or pt_BR") from None
    return locale


def _check_country(country: str) -> str:
    check_calendar(country)
    return country


def _several(value: object) -> object:
    return [value] if isinstance(value, dict) else () if value is None else value


def _one_or_several(quiet: tuple[Quiet, ...]) -> Any:
    written = [each.to_dict() for each in quiet]
    return written[0] if len(written) == 1 else written


QuietHours = Annotated[tuple[Quiet, ...], BeforeValidator(_several), PlainSerializer(_one_or_several)]


class Person(Entry):
    """Somebody who stands duty: name as in rosters, addresses, zone, quiet hours, contact rules in order.

    `verified` are the addresses their owner has confirmed (or an administrator vouches for), `stopped` those
    from which STOP came. Read from the store they are the present state.
    """

    what: ClassVar[str] = "a person"
    name: Name
    slack: SlackMember | None = None
    discord: DiscordUser | None = None
    email: EmailAddress | None = None
    phone: PhoneNumber | None = None
    verified: tuple[AddressKind, ...] = ()
    stopped: tuple[AddressKind, ...] = ()
    timezone: ZoneName
    locale: Annotated[str, AfterValidator(_check_locale)] = "en"
    country: Annotated[str, AfterValidator(_check_country)] | None = None
    holidays: tuple[Holiday, ...] = ()
    quiet: QuietHours = ()
    working_days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    roles: tuple[Name, ...] = ()
    permissions: tuple[PermissionText, ...] = ("shifter",)
    contact: tuple[ContactRule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def verified_may_be_said_of_all(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("verified"), str | bool):
            return values
        word = str(values["verified"]).casefold()
        if word not in ("true", "false"):
            return values
        there = [kind for kind in KINDS if kind in CONFIRMED_BY_OWNER and values.get(kind) is not None]
        return {**values, "verified": there if word == "true" else []}

    @model_validator(mode="after")
    def can_be_reached_as_the_rules_say(self) -> Person:
        for number, rule in enumerate(self.contact, start=1):
            needed = ADDRESS_OF[rule.by]
            if getattr(self, needed) is None:
                raise ValueError(f"contact #{number} goes by {rule.by}, but {self.name} has no {needed}")
        for key in ("verified", "stopped"):
            for kind in getattr(self, key):
                if getattr(self, kind) is None:
                    raise ValueError(f"{key} names {kind}, but {self.name} has no {kind}")
        return self

    def address(self, kind: AddressKind) -> str | None:
        """The address of a kind as it was written."""
        found: str | None = getattr(self, kind)
        return found

    def reachable_by(self) -> tuple[Way, ...]:
        """The ways for which there is an address, confirmed or not."""
        return tuple(way for way, needed in ADDRESS_OF.items() if getattr(self, needed) is not None)

    def usable(self) -> frozenset[Way]:
        """The ways that may be used: linked or confirmed, and not stopped by their owner."""
        return frozenset(
            way
            for way in self.reachable_by()
            if (kind := ADDRESS_OF[way]) not in self.stopped
            and (kind not in CONFIRMED_BY_OWNER or kind in self.verified)
        )


class People(Entry):
    """A people file."""

    what: ClassVar[str] = "a people file"
    people: tuple[Person, ...]

    @model_validator(mode="after")
    def names_are_unique(self) -> People:
        twice = [name for name, count in Counter(p.name for p in self.people).items() if count > 1]
        if twice:
            raise ValueError(f"people: {', '.join(twice)} stands twice; each name belongs to one person")
        for kind in KINDS:
            taken: dict[str, str] = {}
            for person in self.people:
                address = person.address(kind)
                if address is None:
                    continue
                owner = taken.setdefault(same(kind, address), person.name)
                if owner != person.name:
                    raise ValueError(f"people: {owner} and {person.name} have the same {kind} {address}")
        return self

    def by_name(self) -> dict[str, Person]:
        return {person.name: person for person in self.people}


def parse_people(text: str) -> People:
    """The people that YAML `text` lists, under `people:` or without. Raises `RosterError`."""
    content = parse_yaml(text)
    return People.from_dict({"people": content} if isinstance(content, list) else content)


def read_people(path: Path) -> People:
    """The people in a file. Raises `RosterError` with the file's name in front."""
    text = read_text(path)
    try:
        return parse_people(text)
    except RosterError as error:
        raise RosterError(f"{path}: {error}") from None


def write_people(people: People) -> str:
    """YAML that `parse_people` reads back as the same people."""
    return write_yaml(people.to_dict())
