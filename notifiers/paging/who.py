"""Who is meant by a step at an instant: asked when the step begins, never before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notifiers.paging.plan import Part, Plan, Round
from notifiers.targets import Target, TargetKind
from shifts.contact import Way
from shifts.intervals import Interval
from shifts.local_times import moment_interval
from shifts.people_file import Person
from shifts.permissions import Permission, may
from shifts.roster_file import Roster, parse_roster
from shifts.service import OnDuty, RosterService


@dataclass(frozen=True)
class Asked:
    """A person to be asked. `woken`: may be reached in quiet hours without being on shift."""

    person: str
    because: str
    on_shift: bool
    woken: bool


@dataclass(frozen=True)
class Meant:
    """Whom a step asks, and what of it meant nobody."""

    asked: tuple[Asked, ...]
    gaps: tuple[str, ...] = ()
    passed: bool = False
    """Everybody the step means has said "not for me": the next one begins at once."""


@dataclass(frozen=True)
class Duties:
    """Who is on now, and what the rosters say of people."""

    at: datetime
    on: Sequence[OnDuty] = ()
    rosters: Mapping[str, Roster] = field(default_factory=dict)

    def on_shift(self, person: str) -> bool:
        return any(shift.person == person for duty in self.on for shift in duty.shifts)

    def absences(self, person: str) -> list[Interval]:
        """When the rosters say that the person is away."""
        return [
            moment_interval(absence.begins, absence.ends, roster.zone_of(absence))
            for roster in self.rosters.values()
            for absence in roster.absences
            if absence.person == person
        ]

    def away(self, person: str) -> bool:
        return any(start <= self.at < end for start, end in self.absences(person))


async def duties_at(rosters: RosterService, now: datetime) -> Duties:
    """What the rosters say at an instant."""
    texts = {name: (await rosters.text(name))[0] for name in await rosters.names()}
    return Duties(now, await rosters.on_duty(now), {name: parse_roster(text) for name, text in texts.items()})


def whom(
    plan: Plan,
    step: Round,
    duties: Duties,
    people: Mapping[str, Person],
    declined: Collection[str],
    ways_to: Callable[[Person], frozenset[Way]] = Person.usable,
) -> Meant:
    """Whom the step asks now.

    People on leave, people who said "not for me" and people whom no way leads to are passed over; a target
    that is left with nobody is a gap. A role's own fallback stands in for it at once; where the whole step is
    left with nobody, the plan's fallback does, then the administrators: leave does not count for those.
    """
    asked: dict[str, Asked] = {}
    gaps: list[str] = []

    def ask(names: Sequence[str], because: str, *, woken: bool, even_away: bool = False) -> bool:
        found = False
        for name in names:
            person = people.get(name)
            if person is None or name in declined or not ways_to(person):
                continue
            if duties.away(name) and not even_away:
                continue
            found = True
            known = asked.get(name)
            asked[name] = Asked(
                name,
                known.because if known else because,
                duties.on_shift(name),
                woken or (known.woken if known else False),
            )
        return found

    for target in step.step.who:
        named = target.kind is not TargetKind.ALL
        last_resort = step.part is not Part.STEP
        if ask(_names(target, duties), target.text, woken=named or step.step.wake, even_away=last_resort):
            continue
        names = _names(target, duties)
        if names and all(name in declined for name in names):
            continue
        gaps.append(target.text)
        stand_in = _fallbacks(target, duties)
        ask(stand_in, f"fallback of {target.text}", woken=True, even_away=True)
    if step.part is Part.ADMINISTRATORS and not step.step.who:
        ask(_administrators(people), "administrator", woken=True, even_away=True)
    if not asked and not gaps and step.step.who:
        return Meant((), passed=True)
    if not asked:
        fallback = [name for target in plan.fallback for name in _names(target, duties)]
        administrators = [name for target in plan.administrators for name in _names(target, duties)]
        _ = (
            ask(fallback, "fallback", woken=True, even_away=True)
            or ask(administrators, "administrator", woken=True, even_away=True)
            or ask(_administrators(people), "administrator", woken=True, even_away=True)
        )
    return Meant(tuple(asked.values()), tuple(gaps))


def _names(target: Target, duties: Duties) -> list[str]:
    match target.kind:
        case TargetKind.PERSON:
            return [target.name]
        case TargetKind.ROLE:
            return [s.person for duty in _duties_of(target, duties) for s in duty.shifts]
        case TargetKind.FACILITY:
            return [s.person for duty in _duties_of(target, duties) for s in duty.shifts]
        case TargetKind.ALL:
            roster = duties.rosters.get(target.name)
            if roster is None:
                return []
            named = [*(roster.people or ()), *(name for name, _ in roster.names_in_use())]
            return list(dict.fromkeys(named))


def _duties_of(target: Target, duties: Duties) -> list[OnDuty]:
    if target.kind is TargetKind.ROLE:
        return [duty for duty in duties.on if (duty.roster, duty.role) == (target.name, target.role)]
    wanted = target.name.casefold()
    return [duty for duty in duties.on if wanted in _facility_names(duty, duties)]


def _facility_names(duty: OnDuty, duties: Duties) -> set[str]:
    """The names under which a role may be somebody's facility: what its rule says, its roster, itself."""
    roster = duties.rosters.get(duty.roster)
    rule = roster.role_rules.get(duty.role) if roster is not None else None
    said: str | None = getattr(rule, "facility", None)
    return {said.casefold()} if said else {duty.roster.casefold(), duty.role.casefold()}


def _fallbacks(target: Target, duties: Duties) -> list[str]:
    if target.kind not in (TargetKind.ROLE, TargetKind.FACILITY):
        return []
    return [duty.fallback for duty in _duties_of(target, duties) if duty.fallback is not None]


def _administrators(people: Mapping[str, Person]) -> list[str]:
    return sorted(name for name, person in people.items() if may(person, Permission.ADMINISTRATOR))
