"""The people file: who they are, how they are reached, and when they would rather not be."""

from __future__ import annotations

import re
from collections import Counter
from datetime import time
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import phonenumbers
from pydantic import AfterValidator, Field, model_validator

from shifts.documents import Entry, parse_yaml, read_text, write_yaml
from shifts.errors import RosterError
from shifts.holiday_days import check_calendar
from shifts.local_times import Clock
from shifts.roster_file import Name
from shifts.zones import ZoneName

Way = Literal["slack", "discord", "email", "sms", "voice"]
ADDRESS_OF: dict[Way, str] = {
    "slack": "slack",
    "discord": "discord",
    "email": "email",
    "sms": "phone",
    "voice": "phone",
}

_SLACK = re.compile(r"[UW][A-Z0-9]{2,20}")
_DISCORD = re.compile(r"[0-9]{15,20}")
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-][A-Z]{2})?")


def _check_slack(member: str) -> str:
    if not _SLACK.fullmatch(member):
        raise ValueError(f"{member!r} is not a Slack member ID; it begins with U or W, as U012AB3CD")
    return member


def _check_discord(account: str) -> str:
    if not _DISCORD.fullmatch(account):
        raise ValueError(f"{account!r} is not a Discord user ID; it is a number of 15 to 20 digits")
    return account


def _check_email(address: str) -> str:
    if not _EMAIL.fullmatch(address) or len(address) > 254:
        raise ValueError(f"{address!r} is not an e-mail address")
    return address


def check_phone(number: str) -> str:
    """The number in E.164. ValueError for one without a country, or one that no telephone has."""
    if not number.strip().startswith("+"):
        raise ValueError(f"{number!r} has no country; expected E.164, as +33612345678")
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{number!r} is not a telephone number: {error}") from None
    if not phonenumbers.is_possible_number(parsed):
        raise ValueError(f"{number!r} cannot be a telephone number of +{parsed.country_code}: wrong length")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _check_locale(locale: str) -> str:
    if not _LOCALE.fullmatch(locale):
        raise ValueError(f"{locale!r} is not a locale; expected language and country as en, fr or pt_BR")
    return locale


def _check_country(country: str) -> str:
    check_calendar(country)
    return country


class Quiet(Entry):
    """Local hours in which a person sleeps or wants to; they may wrap midnight."""

    what: ClassVar[str] = "quiet hours"
    begins: Clock = Field(alias="from")
    ends: Clock = Field(alias="to")

    @model_validator(mode="after")
    def some_time(self) -> Quiet:
        if self.begins == self.ends:
            raise ValueError(
                f"from {self.begins:%H:%M} to {self.ends:%H:%M} is no time, or always: say which"
            )
        return self

    def holds(self, local: time) -> bool:
        """Whether the local time of day lies in the quiet hours."""
        if self.begins < self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends


class ContactRule(Entry):
    """One try to reach a person: `after` minutes from the page on, `by` a way, `when` in that state."""

    what: ClassVar[str] = "a contact rule"
    after: int = Field(ge=0, le=24 * 60)
    by: Way
    when: Literal["any", "quiet", "awake"] = "any"


class Person(Entry):
    """Somebody who stands duty: name as in rosters, addresses, zone, quiet hours, contact rules in order."""

    what: ClassVar[str] = "a person"
    name: Name
    slack: Annotated[str, AfterValidator(_check_slack)] | None = None
    discord: Annotated[str, AfterValidator(_check_discord)] | None = None
    email: Annotated[str, AfterValidator(_check_email)] | None = None
    phone: Annotated[str, AfterValidator(check_phone)] | None = None
    timezone: ZoneName
    locale: Annotated[str, AfterValidator(_check_locale)] = "en"
    country: Annotated[str, AfterValidator(_check_country)] | None = None
    quiet: Quiet | None = None
    roles: tuple[Name, ...] = ()
    contact: tuple[ContactRule, ...] = ()

    @model_validator(mode="after")
    def can_be_reached_as_the_rules_say(self) -> Person:
        for number, rule in enumerate(self.contact, start=1):
            needed = ADDRESS_OF[rule.by]
            if getattr(self, needed) is None:
                raise ValueError(f"contact #{number} goes by {rule.by}, but {self.name} has no {needed}")
        return self

    def reachable_by(self) -> tuple[Way, ...]:
        """The ways for which there is an address."""
        return tuple(way for way, needed in ADDRESS_OF.items() if getattr(self, needed) is not None)


class People(Entry):
    """A people file."""

    what: ClassVar[str] = "a people file"
    people: tuple[Person, ...]

    @model_validator(mode="after")
    def names_are_unique(self) -> People:
        twice = [name for name, count in Counter(p.name for p in self.people).items() if count > 1]
        if twice:
            raise ValueError(f"people: {', '.join(twice)} stands twice; each name belongs to one person")
        for key in ("slack", "discord", "email"):
            taken: dict[str, str] = {}
            for person in self.people:
                address = getattr(person, key)
                if address is not None and taken.setdefault(address, person.name) != person.name:
                    raise ValueError(
                        f"people: {taken[address]} and {person.name} have the same {key} {address}"
                    )
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
