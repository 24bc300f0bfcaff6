"""What the doctor finds about the people that routes lead to: who is not there, whom no way reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.audience import Audience, audience
from notifiers.routes import Route
from notifiers.targets import Target, TargetKind
from shifts.errors import did_you_mean


@dataclass(frozen=True)
class Lost:
    """A route that tells fewer people than it says, and why."""

    route: str
    complaint: str


async def lost_targets(
    session: AsyncSession, routes: Iterable[Route], facilities: Collection[str], now: datetime
) -> tuple[Lost, ...]:
    """What of the routes' targets means nobody, and whom no way reaches."""
    people = await audience(session, now)
    return tuple(
        Lost(route.name, complaint)
        for route in routes
        for target in route.targets
        for complaint in _complaints(target, people, facilities)
    )


def _complaints(target: Target, people: Audience, facilities: Collection[str]) -> Iterator[str]:
    rosters = people.duties.rosters
    if target.kind is TargetKind.PERSON and target.name not in people.members:
        yield f"nobody is called {target.name!r}; {did_you_mean(target.name, people.members)}"
    elif target.kind in (TargetKind.ROLE, TargetKind.ALL) and target.name not in rosters:
        yield f"there is no roster {target.name!r}; {did_you_mean(target.name, rosters)}"
    elif target.kind is TargetKind.ROLE and target.role not in rosters[target.name].role_rules:
        roles = rosters[target.name].role_rules
        yield f"roster {target.name} has no role {target.role!r}; {did_you_mean(target.role, roles)}"
    elif target.kind is TargetKind.FACILITY and not people.duties.serves(target.name):
        known = {name.casefold() for name in facilities}
        if target.name.casefold() not in known:
            yield f"there is no facility {target.name!r}; {did_you_mean(target.name, facilities)}"
        else:
            yield f"no role of any roster serves {target.name}: name it in a role, `facility: {target.name}`"
    for name in people.duties.meant(target):
        member = people.members.get(name)
        if member is None and target.kind is not TargetKind.PERSON:
            yield f"{name} stands in a roster and is not in the people file"
        elif member is not None and member.way() is None:
            yield f"{name} has no way that may be used: link an account, or confirm an e-mail or phone"
