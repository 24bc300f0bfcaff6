"""The running search for events that may be one source: who is near in time, how well the maps agree."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import MapSource
from events.identity import folded
from events.joint import JointResult
from events.joint_far import space_time_far
from events.loading import facility_to_row, load_states
from events.map_source import map_source
from events.messenger import stated
from events.searches import WIDEST, Search, chance_rate, in_window, search_of
from events.state import EventState
from events.tables import AssociationRow, EventNameRow, EventRow, RevisionRow
from gcn.notice import Role
from store.upsert import insert

_CLAIM_TOLERANCE = 1.5
"""s; claimed time differences are rounded, and to revised trigger times."""

_CLAIMING = ("ref_ID", "follow_up_event")
"""Properties in which a notice names the event it follows up (IceCube's LVK track search, Swift GUANO)."""


@dataclass(frozen=True)
class Pair:
    """Two events to be looked at together; GW first where one is. `search` is None for a mere claim."""

    first: EventState
    companion: EventState
    search: Search | None
    time_difference: float | None  # s, companion minus first
    claimed: bool


async def companions(session: AsyncSession, state: EventState) -> list[Pair]:
    """Every pair an event forms with the stored ones: in a search's window, or claimed by either's notices.

    Real events pair with real ones only, mock and test events among themselves; nothing pairs with a
    retracted event. The look-up is by the index on trigger times.
    """
    if state.retracted:
        return []
    ids = {
        *await _near_in_time(session, state),
        *await _named_by(session, state),
        *await associated(session, state.id),
    }
    others = await load_states(session, sorted(ids - {state.id}))
    pairs = (_pair(state, other) for other in others if other.mock == state.mock and not other.retracted)
    return [pair for pair in pairs if pair is not None]


async def maps_of(session: AsyncSession, pair: Pair) -> tuple[MapSource, MapSource] | None:
    """The newest maps of both, or None where one has none."""
    sources = []
    for state in (pair.first, pair.companion):
        revision = state.newest_with_map
        row = None if revision is None else await session.get(RevisionRow, revision.id)
        source = None if row is None else await map_source(session, row)
        if source is None:
            return None
        sources.append(source)
    return sources[0], sources[1]


async def write_association(
    session: AsyncSession, pair: Pair, result: JointResult | None, at: datetime
) -> None:
    """Write what is known of a pair over what was. A pair is one row, whichever of the two came first."""
    first, companion = pair.first, pair.companion
    in_time = None
    if pair.search is not None:
        in_time = chance_rate(pair.search, first.described.notice, companion.described.notice)
    overlap = None if result is None else result.overlap
    swapped = first.id > companion.id
    ends = (companion, first) if swapped else (first, companion)
    difference = pair.time_difference
    values = {
        "event_a": ends[0].id,
        "event_b": ends[1].id,
        "search": None if pair.search is None else pair.search.name,
        "time_difference": -difference if swapped and difference is not None else difference,
        "overlap": overlap,
        "time_far": in_time,
        "space_time_far": space_time_far(in_time, overlap),
        "claimed": pair.claimed,
        "revision_a": ends[0].newest.id,
        "revision_b": ends[1].newest.id,
        "combined": _combined(result),
        "computed": at,
    }
    wish = insert(session, AssociationRow).values(values)
    await session.execute(
        wish.on_conflict_do_update(
            index_elements=[AssociationRow.event_a, AssociationRow.event_b],
            set_={name: value for name, value in values.items() if name not in ("event_a", "event_b")},
        )
    )


async def associated(session: AsyncSession, event_id: int) -> set[int]:
    """Ids of the events that stand associated with this one."""
    rows = await session.execute(
        select(AssociationRow.event_a, AssociationRow.event_b).where(
            or_(AssociationRow.event_a == event_id, AssociationRow.event_b == event_id)
        )
    )
    return {end for row in rows for end in row} - {event_id}


async def dissolve(session: AsyncSession, event_id: int, others: Iterable[int]) -> None:
    """Take back the associations of an event with these others: out of the window now, or retracted."""
    gone = list(others)
    if gone:
        await session.execute(
            delete(AssociationRow).where(
                or_(
                    (AssociationRow.event_a == event_id) & AssociationRow.event_b.in_(gone),
                    (AssociationRow.event_b == event_id) & AssociationRow.event_a.in_(gone),
                )
            )
        )


async def _near_in_time(session: AsyncSession, state: EventState) -> list[int]:
    if state.trigger_time is None:
        return []
    reach = timedelta(seconds=WIDEST)
    roles = [role.value for role in Role if (role is not Role.OBSERVATION) == state.mock]
    rows = await session.execute(
        select(EventRow.id).where(
            EventRow.trigger_time.between(state.trigger_time - reach, state.trigger_time + reach),
            EventRow.role.in_(roles),
            EventRow.retracted.is_(False),
        )
    )
    return list(rows.scalars())


async def _named_by(session: AsyncSession, state: EventState) -> list[int]:
    names = {folded(name) for name in _claims(state)}
    if not names:
        return []
    rows = await session.execute(select(EventNameRow.event_id).where(EventNameRow.folded.in_(names)))
    return list(rows.scalars())


def _claims(state: EventState) -> list[str]:
    notices = [revision.notice for revision in state.revisions]
    said = [stated(notice, name) for notice in notices for name in _CLAIMING]
    return [name for name in said if isinstance(name, str) and name]


def _pair(state: EventState, other: EventState) -> Pair | None:
    for first, companion in ((state, other), (other, state)):
        search = search_of(first.described.notice, companion.described.notice)
        difference = _difference(first, companion)
        if search is not None:
            claimed = _is_claimed(first, companion)
            near = difference is not None and in_window(search, difference)
            return (
                Pair(first, companion, search if near else None, difference, claimed)
                if near or claimed
                else None
            )
    if _is_claimed(state, other):
        return Pair(state, other, None, _difference(state, other), claimed=True)
    return None


def _difference(first: EventState, companion: EventState) -> float | None:
    if first.trigger_time is None or companion.trigger_time is None:
        return None
    return (companion.trigger_time - first.trigger_time).total_seconds()


def _is_claimed(one: EventState, other: EventState) -> bool:
    return (
        _claims_by_name(one, other)
        or _claims_by_name(other, one)
        or (_claims_by_time(one, other) or _claims_by_time(other, one))
    )


def _claims_by_name(claimer: EventState, other: EventState) -> bool:
    names = {folded(name) for name in (other.event, other.event.partition(":")[2], *other.aliases)}
    return any(folded(name) in names for name in _claims(claimer))


def _claims_by_time(claimer: EventState, other: EventState) -> bool:
    claim = claimer.described.notice.coincidence
    difference = _difference(claimer, other)
    if claim is None or claim.observatory is None or claim.time_difference is None or difference is None:
        return False
    names = re.split(r"[,/ ]+", claim.observatory.casefold())
    # Alerts differ in the sign they give the time difference.
    return other.mission.casefold() in names and (
        abs(abs(difference) - abs(claim.time_difference)) <= _CLAIM_TOLERANCE
    )


def _combined(result: JointResult | None) -> dict[str, object] | None:
    if result is None or result.combined is None or result.combined.statistics is None:
        return None
    rows = result.combined.observability
    return {
        "statistics": result.combined.statistics.to_dict(),
        "observability": None if rows is None else [facility_to_row(row) for row in rows],
    }
