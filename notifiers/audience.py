"""The people a decision may reach: who they are, how they stand, what they asked for, by which way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader, ReaderError
from events.state import EventState
from notifiers.duties import Duties, duties_at
from notifiers.routes import Route
from notifiers.subscription_tables import MuteRow, PreferenceRow
from shifts import people_store
from shifts.contact import Way
from shifts.people_file import Person
from shifts.standing import Standing, rules_that_hold, standing_of

QUIET_WAYS: tuple[Way, ...] = ("slack", "discord", "email", "sms", "whatsapp")
"""Ways for what is no page, the first that a person has. Nobody is rung up for a notice."""


@dataclass(frozen=True)
class Member:
    """A person at the instant of a decision."""

    person: Person
    standing: Standing
    woken: bool = False
    muted: frozenset[tuple[str, str]] = frozenset()  # (scope, subject)

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def reader(self) -> Reader:
        """The person's language and zone; English where the desk knows no such language."""
        return _reader(self.person.locale, self.person.timezone)

    def way(self, wanted: Way | None = None) -> Way | None:
        """How a notice goes to the person now; None where no way may be used.

        As the route says, where that may be used; else by the person's first contact rule for such an hour
        that rings nobody up; else by the first of QUIET_WAYS.
        """
        usable = self.person.usable()
        if wanted in usable:
            return wanted
        by_rule = (rule.by for rule in rules_that_hold(self.person, self.standing) if rule.by in QUIET_WAYS)
        return next(by_rule, None) or next((way for way in QUIET_WAYS if way in usable), None)

    def has_muted(self, state: EventState) -> bool:
        """Whether the person does not want to hear of an event now."""
        of_event = {("all", ""), ("mission", state.mission.casefold()), ("event", state.event)}
        return bool(self.muted & of_event)


@dataclass(frozen=True)
class Audience:
    """Everybody the desk knows, by name, and what the rosters say."""

    members: Mapping[str, Member] = field(default_factory=dict)
    duties: Duties = field(default_factory=Duties)

    def meant_by(self, routes: Sequence[Route]) -> dict[str, list[Route]]:
        """The routes that lead to each person now."""
        found: defaultdict[str, list[Route]] = defaultdict(list)
        for route in routes:
            names = [name for target in route.targets for name in self.duties.meant(target)]
            for name in dict.fromkeys([*names, *([route.owner] if route.owner else [])]):
                if name in self.members:
                    found[name].append(route)
        return found


@lru_cache(maxsize=4096)
def _reader(locale: str, timezone: str) -> Reader:
    try:
        return Reader(locale, timezone)
    except ReaderError:
        return Reader("en", timezone)


async def audience(session: AsyncSession, now: datetime) -> Audience:
    """The people at an instant, as this transaction sees them."""
    duties = await duties_at(session, now)
    people = (await people_store.everybody(session)).people
    asked = select(PreferenceRow.person).where(PreferenceRow.woken.is_(True))
    woken = frozenset(await session.scalars(asked))
    muted: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    mutes = select(MuteRow.person, MuteRow.scope, MuteRow.subject).where(MuteRow.until > now)
    for person, scope, subject in await session.execute(mutes):
        muted[person].add((scope, subject))
    on_shift = duties.on_shift
    standings: dict[object, Standing] = {}
    members = {}
    for each in people:
        away = tuple(duties.absences.get(each.name, ()))
        # Few differ in what it depends on: asked for once each, two thousand people take no time.
        key = (each.timezone, each.quiet, each.working_days, each.country, each.holidays, away)
        standing = standings.get(key)
        if standing is None:
            standing = standings[key] = standing_of(each, now, on_shift=False, absences=away)
        members[each.name] = Member(
            each,
            replace(standing, on_shift=each.name in on_shift),
            each.name in woken,
            frozenset(muted.get(each.name, ())),
        )
    return Audience(members, duties)
