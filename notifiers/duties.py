"""Who is meant by a target at an instant, and who is on shift or away: what the rosters say, in one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.targets import Target, TargetKind
from shifts.intervals import Interval
from shifts.roster_file import Roster
from shifts.shift import Shift
from shifts.standing_store import joined_absences, newest_rosters
from shifts.who_is_on import who_is_on

Absences = Mapping[str, Sequence[Interval]]


@dataclass(frozen=True)
class Duties:
    """The rosters (their newest versions, by name) at an instant, and who is away by them."""

    shifts: tuple[Shift, ...] = ()
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    absences: Absences = field(default_factory=dict)

    @property
    def on_shift(self) -> frozenset[str]:
        """Everybody who is on, in whatever role."""
        return frozenset(shift.person for shift in self.shifts)

    def meant(self, target: Target) -> tuple[str, ...]:
        """The people a target means now, each once; nobody where nobody is on.

        A facility is served by the roles whose rule names it, else by the roster or the role of its name.
        """
        match target.kind:
            case TargetKind.PERSON:
                names = [target.name]
            case TargetKind.ALL:
                names = self._members(target.name)
            case TargetKind.ROLE:
                names = [s.person for s in self.shifts if _place(s) == (target.name, target.role)]
            case TargetKind.FACILITY:
                wanted = target.name.casefold()
                names = [s.person for s in self.shifts if wanted in self._facilities(*_place(s))]
        return tuple(dict.fromkeys(names))

    def serves(self, facility: str) -> bool:
        """Whether any role of any roster is a facility's duty, whoever is on."""
        wanted = facility.casefold()
        return any(
            wanted in self._facilities(name, role)
            for name, rules in self.rosters.items()
            for role in rules.role_rules
        )

    def _members(self, roster: str) -> list[str]:
        rules = self.rosters.get(roster)
        if rules is None:
            return []
        return [*(rules.people or ()), *(name for name, _ in rules.names_in_use())]

    def _facilities(self, roster: str, role: str) -> set[str]:
        rule = self.rosters[roster].role_rules.get(role) if roster in self.rosters else None
        if rule is not None and rule.facility is not None:
            return {rule.facility.casefold()}
        return {roster.casefold(), role.casefold()}


async def duties_at(session: AsyncSession, instant: datetime) -> Duties:
    """What the rosters say of an instant, as this transaction sees it."""
    rosters = await newest_rosters(session)
    if not rosters:
        return Duties()
    on = tuple(await who_is_on(session, instant))
    return Duties(on, {roster.name: roster for roster in rosters}, joined_absences(rosters))


def _place(shift: Shift) -> tuple[str, str]:
    return shift.id.split("/", 1)[0], shift.role
