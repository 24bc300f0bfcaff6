"""Whether everybody whom a roster names can be paged, and whether the weeks ahead have holes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.finding import Finding, Verdict
from shifts import people_store
from shifts.conflicts import Conflict, unpaged
from shifts.resolver import resolve
from shifts.roster_file import Roster
from shifts.shift import Gap
from shifts.standing_store import newest_rosters
from store.clock import Clock
from store.database import Database

AHEAD = timedelta(weeks=4)
SOON = timedelta(hours=48)
SHOWN = 5
"""People named in one line; the rest is counted."""


@dataclass(frozen=True)
class RosterState:
    """The rosters' gaps of the next four weeks, and who could not be paged.

    `holes` are gaps of the next two days in which nobody at all would be paged. `due` stand duty in these
    weeks or are a fallback, `others` are only named.
    """

    rosters: tuple[str, ...]
    people: int
    gaps: Sequence[tuple[str, Gap]]
    holes: Sequence[Gap]
    due: Sequence[Conflict]
    others: Sequence[Conflict]


async def roster_state(database: Database, clock: Clock) -> RosterState:
    """The rosters by their newest versions, from now to four weeks ahead."""
    now = clock.now()
    async with database.read() as session:
        rosters = await newest_rosters(session)
        people = (await people_store.everybody(session)).by_name()
    ahead = [resolve(roster, now, now + AHEAD) for roster in rosters]
    shifts = sorted((shift for each in ahead for shift in each.shifts), key=lambda shift: shift.start)
    due = dict.fromkeys([*(shift.person for shift in shifts), *_fallbacks(rosters)])
    named = dict.fromkeys(name for roster in rosters for name in _people_of(roster))
    gaps = [(each.roster, gap) for each in ahead for gap in each.gaps]
    return RosterState(
        rosters=tuple(roster.name for roster in rosters),
        people=len(people),
        gaps=gaps,
        holes=[gap for _, gap in gaps if gap.start < now + SOON and gap.on == 0 and gap.fallback is None],
        due=[found for name in due for found in unpaged(name, people.get(name))],
        others=[found for name in named if name not in due for found in unpaged(name, people.get(name))],
    )


def roster_finding(state: RosterState) -> Finding:
    """The holes ahead: bad where one begins within two days and nobody would be paged in it."""
    names = ", ".join(state.rosters)
    if not state.gaps:
        return Finding("roster", "good", f"{names}: no gaps in the next {AHEAD.days} days")
    roster, first = state.gaps[0]
    detail = (
        f"{names}: {len(state.gaps)} gaps in the next {AHEAD.days} days, the first in {roster} as "
        f"{first.role} from {first.start:%Y-%m-%dT%H:%MZ} ({first.fallback or 'nobody'} would be paged)"
    )
    verdict: Verdict = "bad" if state.holes else "warning"
    return Finding("roster", verdict, detail, "fill them, or name a fallback: `nightdesk roster check`")


def people_finding(state: RosterState) -> Finding:
    """Who on a roster could not be paged: bad where they stand duty within four weeks."""
    found = [*state.due, *state.others]
    if not found:
        return Finding("people", "good", f"{state.people} known; everybody on a roster can be paged")
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    detail = "; ".join(each.text for each in found[:SHOWN]) + more
    remedy = (
        "`nightdesk people verify NAME KIND` and `nightdesk people link NAME`; `nightdesk people show NAME`"
    )
    return Finding("people", "bad" if state.due else "warning", detail, remedy)


def _fallbacks(rosters: Iterable[Roster]) -> Iterator[str]:
    for roster in rosters:
        yield from (rule.fallback for rule in roster.roles.values() if rule.fallback is not None)


def _people_of(roster: Roster) -> Iterator[str]:
    yield from roster.people or ()
    yield from (name for name, _ in roster.names_in_use())
