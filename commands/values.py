"""From the text of an option to what a handler gets: an event, a telescope, a person, an instant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from commands.command import Command
from commands.errors import CommandError, nearest, said_error
from commands.instants import read_duration, read_instant
from commands.job_cards.own_sentences import said_platform
from commands.options import Choice, Option, OptionKind
from commands.positions import read_angle, read_coordinates
from commands.request import Caller, Coordinates
from commands.rooms import Rooms
from commands.settings_text import read_settings
from events.search import Ambiguous, EventFilter, NotFound
from events.state import EventState
from facilities.facility import Facility, FacilityError
from gcn.notice import Role
from notifiers.rules import RuleError, compile_rule
from platforms.job import PlatformError
from shifts import people_store
from shifts.errors import Nearest, RosterError
from shifts.people_file import Person
from shifts.tables import RosterRow

LONGEST_TEXT = 3000
_YES = frozenset({"yes", "y", "true", "on", "1", "oui", "o", "vrai"})
_NO = frozenset({"no", "n", "false", "off", "0", "non", "faux"})
LARGEST = 999_999_999
"""What any number may be: more is a slip of the finger, and more than a database's integers hold."""
LATEST = ("latest", "last", "newest", "dernier", "dernière")


class ValueReader:
    """Reads options as one caller means them. Every refusal is a CommandError that names the option."""

    def __init__(self, session: AsyncSession, rooms: Rooms, caller: Caller) -> None:
        self._session = session
        self._rooms = rooms
        self._caller = caller

    async def read(self, command: Command, given: Mapping[str, str]) -> dict[str, object]:
        """The value of each option that was given or has a default."""
        values: dict[str, object] = {}
        for option in command.options:
            text = given.get(option.name, option.default)
            if text is not None and text.strip():
                values[option.name] = await self._value(option, text.strip())
        return values

    async def _value(self, option: Option, text: str) -> object:
        if len(text) > LONGEST_TEXT:
            raise CommandError(
                self._caller.reader.say(
                    "{option}: {length} characters are too many; at most {most} are read.",
                    option=option.name,
                    length=len(text),
                    most=LONGEST_TEXT,
                ),
                option=option.name,
            )
        try:
            if option.several:
                parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
                return tuple([await self._one(option, part) for part in parts])
            return await self._one(option, text)
        except CommandError as error:
            raise CommandError(str(error), option=option.name, choices=error.choices) from None
        except (ValueError, FacilityError, RosterError, RuleError) as error:
            said = said_error(self._caller.reader, error)
            raise CommandError(f"{option.name}: {said}", option=option.name) from None

    async def _one(self, option: Option, text: str) -> object:
        now, zone = self._rooms.clock.now(), self._caller.reader.zone
        match option.kind:
            case OptionKind.EVENT:
                return await self._event(text)
            case OptionKind.FACILITY:
                return self._facility(text)
            case OptionKind.PERSON:
                return await self._person(text)
            case OptionKind.ROSTER:
                return await self._roster(text)
            case OptionKind.TIME:
                return read_instant(text, now, zone)
            case OptionKind.DURATION:
                return read_duration(text)
            case OptionKind.ANGLE:
                return read_angle(text)
            case OptionKind.COORDINATES:
                return await self._coordinates(text)
            case OptionKind.NUMBER:
                return self._number(option, text)
            case OptionKind.JOB:
                return self._number(option, text.lstrip("#"))
            case OptionKind.CHOICE:
                return self._choice(option, text)
            case OptionKind.FLAG:
                return self._flag(text)
            case OptionKind.RULE:
                compile_rule(text)
                return text
            case OptionKind.SETTINGS:
                return read_settings(text)
            case OptionKind.TEXT | OptionKind.SHIFT | OptionKind.PAGE:
                return text

    def _facility(self, text: str) -> Facility:
        registry, say = self._rooms.registry, self._caller.reader.say
        try:
            return registry.get(text)
        except FacilityError:
            near = registry.near(text)
        if not near:
            raise CommandError(
                say("No telescope is called “{name}”; “facility list” has their names.", name=text[:60])
            ) from None
        raise CommandError(
            say(
                "No telescope is called “{name}”; did you mean {near}?",
                name=text[:60],
                near=self._caller.reader.listing(near),
            ),
            choices=tuple(Choice(each, each) for each in near),
        ) from None

    async def _coordinates(self, text: str) -> Coordinates:
        """A position, or the place of a name where a service that knows names is configured."""
        try:
            return read_coordinates(text)
        except ValueError:
            names = self._rooms.platforms.names
            if not names.resolvers or not any(letter.isalpha() for letter in text):
                raise
        try:
            found = await names.resolve(text)
        except PlatformError as error:
            raise CommandError(said_platform(self._caller.reader, error)) from None
        return Coordinates(found.ra, found.dec)

    async def _event(self, text: str) -> EventState:
        words = text.split()
        if words[0].lower() in LATEST:
            return await latest_event(self._session, self._rooms, " ".join(words[1:]), self._caller.reader)
        found = await self._rooms.events.resolve(self._session, text)
        if isinstance(found, EventState):
            return found
        if isinstance(found, Ambiguous):
            choices = tuple(Choice(key, key.replace(":", " ")) for key in found.events[:5])
            raise CommandError(
                self._caller.reader.say("“{name}” is the name of several events.", name=text[:80]),
                choices=choices,
            )
        assert isinstance(found, NotFound)
        choices = tuple(Choice(name, name) for name in found.suggestions[:5])
        if choices:
            near = self._caller.reader.listing([each.label for each in choices])
            raise CommandError(
                self._caller.reader.say(
                    "No event is called “{name}”; did you mean {near}?", name=text[:80], near=near
                ),
                choices=choices,
            )
        raise CommandError(self._caller.reader.say("No event is called “{name}”.", name=text[:80]))

    async def _person(self, text: str) -> Person:
        if text.lower() in ("me", "moi"):
            if self._caller.person is None:
                raise CommandError(
                    self._caller.reader.say("The desk does not know you yet: “me link” tells how.")
                )
            return self._caller.person
        mention = text.strip("<@!>").split("|")[0]
        if self._caller.account.kind in ("slack", "discord") and text.startswith("<@"):
            slack = self._caller.account.kind == "slack"
            known = await people_store.find(self._session, "slack" if slack else "discord", mention)
            if known is None:
                raise CommandError(self._caller.reader.say("Nobody on the desk has linked this account."))
            return known
        return await people_store.person(self._session, text.lstrip("@"))

    async def _roster(self, text: str) -> str:
        names = list(await self._session.scalars(select(RosterRow.name).order_by(RosterRow.name)))
        folded = {name.casefold(): name for name in names}
        if text.casefold() not in folded:
            raise CommandError(
                self._caller.reader.say(
                    "No roster is called “{name}”; {hint}.",
                    name=text[:60],
                    hint=nearest(self._caller.reader, Nearest(text, tuple(names))),
                )
            )
        return folded[text.casefold()]

    def _number(self, option: Option, text: str) -> float:
        try:
            number = float(text.rstrip("%").replace(",", ".").lstrip("#"))
        except ValueError:
            raise CommandError(
                self._caller.reader.say(
                    "{option}: “{text}” is no number.", option=option.name, text=text[:40]
                )
            ) from None
        low, high = option.minimum, option.maximum
        most = LARGEST if high is None else high
        whole = number.is_integer() or not (option.whole or option.kind is OptionKind.JOB)
        if whole and -LARGEST <= number <= most and (low is None or number >= low):
            return number
        raise CommandError(self._not_that(option, text[:40], low, high, whole=whole))

    def _not_that(
        self, option: Option, text: str, low: float | None, high: float | None, *, whole: bool
    ) -> str:
        say, name = self._caller.reader.say, option.name
        if not whole:
            return say("{option}: “{text}” is no whole number.", option=name, text=text)
        if low is None:
            return say("{option}: {text} is out of range.", option=name, text=text)
        if high is None:
            return say(
                "{option}: {text} is out of range; expected {low} or more, with at most nine digits.",
                option=name,
                text=text,
                low=f"{low:g}",
            )
        return say(
            "{option}: {text} is out of range; expected {low} to {high}.",
            option=name,
            text=text,
            low=f"{low:g}",
            high=f"{high:g}",
        )

    def _choice(self, option: Option, text: str) -> str:
        folded = {each.casefold(): each for each in option.choices}
        if text.casefold() in folded:
            return folded[text.casefold()]
        near = difflib.get_close_matches(text.casefold(), folded, n=3, cutoff=0.5)
        raise CommandError(
            self._caller.reader.say(
                "{option}: “{text}” is none of {known}.",
                option=option.name,
                text=text[:40],
                known=", ".join(option.choices),
            ),
            choices=tuple(Choice(folded[each], folded[each]) for each in near),
        )

    def _flag(self, text: str) -> bool:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        raise CommandError(self._caller.reader.say("“{text}” is neither yes nor no.", text=text[:40]))


async def latest_event(session: AsyncSession, rooms: Rooms, what: str, reader: Reader) -> EventState:
    """The newest event of a class, tag or mission (`bns`, `GRB`); mocks where asked for, or alone there."""
    real = frozenset({Role.OBSERVATION})
    which = [EventFilter(roles=real)]
    if what.lower() in ("mock", "test"):
        which = [EventFilter(roles=frozenset(Role) - real)]
    elif what:
        tags = {what, what.upper(), what.lower(), what.capitalize()}
        which = [EventFilter(roles=real, tags=frozenset({tag})) for tag in sorted(tags)]
        which.append(EventFilter(roles=real, mission=what))
    for one in which:
        found = await rooms.events.latest(session, one)
        if found is not None:
            return found
    if what:
        raise CommandError(reader.say("The desk has seen no event of “{what}”.", what=what[:60]))
    mock = await rooms.events.latest(session)
    if mock is None:
        raise CommandError(reader.say("The desk has seen no event yet."))
    return mock
