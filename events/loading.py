"""From rows to `EventState`: what everything else reads. A fixed number of queries, however many events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.identity import order
from events.notice_storage import notice_from_row
from events.state import AssociationState, EventState, RevisionState
from events.tables import (
    AnalysisKind,
    AnalysisRow,
    AssociationRow,
    EventLinkRow,
    EventNameRow,
    EventRow,
    RevisionRow,
    TagOrigin,
    TagRow,
)
from facilities.observability import FacilityObservability
from gcn.notice import Role, iso
from skymaps.statistics import SkyMapStatistics

_OF_MAPS = (AnalysisKind.SKYMAP.value, AnalysisKind.COMBINED.value)
_INSTANTS = ("first", "last", "night_starts", "night_ends")


async def load_states(session: AsyncSession, event_ids: Sequence[int]) -> list[EventState]:
    """The states of these events, in the order asked for; ids that do not exist are left out."""
    events = {row.id: row for row in await _rows(session, EventRow, EventRow.id.in_(event_ids))}
    revisions = await _rows(session, RevisionRow, RevisionRow.event_id.in_(event_ids))
    analyses = await session.execute(
        select(AnalysisRow)
        .join(RevisionRow, AnalysisRow.revision_id == RevisionRow.id)
        .where(RevisionRow.event_id.in_(event_ids), AnalysisRow.kind.in_(_OF_MAPS))
        .execution_options(populate_existing=True)
    )
    by_revision = {(row.revision_id, AnalysisKind(row.kind)): row for row in analyses.scalars()}
    names = await _rows(session, EventNameRow, EventNameRow.event_id.in_(event_ids))
    tags = await _rows(session, TagRow, TagRow.event_id.in_(event_ids))
    links = await _rows(session, EventLinkRow, EventLinkRow.event_id.in_(event_ids))
    associations = await _associations(session, event_ids)

    revisions_of = _grouped(revisions)
    names_of = _grouped(names)
    tags_of = _grouped(tags)
    links_of = _grouped(links)
    return [
        _state(
            events[event_id],
            revision_states(revisions_of[event_id], by_revision),
            tuple(sorted(row.name for row in names_of[event_id] if row.is_alias)),
            effective_tags(tags_of[event_id]),
            tuple(associations[event_id]),
            tuple(sorted((row.name, row.url) for row in links_of[event_id])),
        )
        for event_id in event_ids
        if event_id in events and revisions_of[event_id]
    ]


def revision_states(
    rows: Iterable[RevisionRow], analyses: Mapping[tuple[int, AnalysisKind], AnalysisRow]
) -> tuple[RevisionState, ...]:
    """Number the revisions of one event in the order of what was said."""
    ordered = sorted(rows, key=lambda row: order(row.said, row.alert_type, row.content_hash))
    return tuple(
        _revision(
            row,
            number,
            analyses.get((row.id, AnalysisKind.SKYMAP)),
            analyses.get((row.id, AnalysisKind.COMBINED)),
        )
        for number, row in enumerate(ordered, start=1)
    )


def effective_tags(rows: Iterable[TagRow]) -> frozenset[str]:
    """The tags that hold: by rule or by a person, less those a person has taken away."""
    rows = list(rows)
    removed = {row.tag for row in rows if row.origin == TagOrigin.PERSON and row.removed}
    return frozenset(row.tag for row in rows if not row.removed) - removed


def facility_to_row(row: FacilityObservability) -> dict[str, Any]:
    """One facility's observability as JSON for storage."""
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in vars(row).items()}


def facility_from_row(values: dict[str, Any]) -> FacilityObservability:
    """The inverse of `facility_to_row`."""
    known = {name: values[name] for name in FacilityObservability.__dataclass_fields__ if name in values}
    for name in _INSTANTS:
        if known.get(name) is not None:
            known[name] = datetime.fromisoformat(known[name])
    return FacilityObservability(**known)


def _revision(
    row: RevisionRow, number: int, analysis: AnalysisRow | None, combined: AnalysisRow | None
) -> RevisionState:
    statistics, observability = _numbers(analysis)
    with_other, seen_with_other = _numbers(combined)
    return RevisionState(
        id=row.id,
        number=number,
        notice=notice_from_row(row.notice),
        arrived=row.arrived,
        statistics=statistics,
        observability=observability,
        observability_at=None if analysis is None else analysis.at,
        analysis_error=None if analysis is None else analysis.error,
        skymap_blob=row.skymap_blob,
        combined=with_other,
        combined_observability=seen_with_other,
    )


Numbers = tuple[SkyMapStatistics | None, tuple[FacilityObservability, ...] | None]


def _numbers(analysis: AnalysisRow | None) -> Numbers:
    if analysis is None:
        return None, None
    return _numbers_of(analysis.statistics, analysis.observability)


def _numbers_of(statistics: dict[str, Any] | None, observability: list[Any] | None) -> Numbers:
    return (
        None if statistics is None else SkyMapStatistics.from_dict(statistics),
        None if observability is None else tuple(facility_from_row(values) for values in observability),
    )


def _state(
    row: EventRow,
    revisions: tuple[RevisionState, ...],
    aliases: tuple[str, ...],
    tags: frozenset[str],
    associations: tuple[AssociationState, ...],
    links: tuple[tuple[str, str], ...],
) -> EventState:
    return EventState(
        id=row.id,
        event=row.key,
        name=row.name,
        mission=row.mission,
        aliases=aliases,
        tags=tags,
        role=Role(row.role),
        retracted=row.retracted,
        trigger_time=row.trigger_time,
        revisions=revisions,
        associations=associations,
        links=links,
    )


async def _associations(session: AsyncSession, event_ids: Sequence[int]) -> dict[int, list[AssociationState]]:
    found: dict[int, list[AssociationState]] = defaultdict(list)
    rows = await _rows(
        session,
        AssociationRow,
        or_(AssociationRow.event_a.in_(event_ids), AssociationRow.event_b.in_(event_ids)),
    )
    ends = {end for row in rows for end in (row.event_a, row.event_b)}
    events = {row.id: row for row in await _rows(session, EventRow, EventRow.id.in_(ends))} if ends else {}
    wanted = set(event_ids)
    for row in rows:
        together = row.combined or {}
        combined, seen = _numbers_of(together.get("statistics"), together.get("observability"))
        for this, other, sign in ((row.event_a, row.event_b, 1.0), (row.event_b, row.event_a, -1.0)):
            if this in wanted:
                found[this].append(
                    AssociationState(
                        event=events[other].key,
                        name=events[other].name,
                        time_difference=None if row.time_difference is None else sign * row.time_difference,
                        overlap=row.overlap,
                        time_far=row.time_far,
                        space_time_far=row.space_time_far,
                        claimed_by_alert=row.claimed,
                        search=row.search,
                        combined=combined,
                        combined_observability=seen,
                    )
                )
    for states in found.values():
        states.sort(key=lambda state: state.event)
    return found


async def _rows(session: AsyncSession, table: Any, condition: Any) -> list[Any]:
    # Rows may have been written around the session (ON CONFLICT, another replica): read what is there.
    result = await session.execute(select(table).where(condition).execution_options(populate_existing=True))
    return list(result.scalars())


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.event_id].append(row)
    return groups
