"""Deciding what an event starts, or asks to start, whenever something new is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState, RevisionState
from notifiers.reactions.reaction import Again, Reaction
from notifiers.reactions.starting import Starts, Wish
from notifiers.reactions.tables import ReactionJobRow, ReactionRow, ReactionState
from notifiers.reactions.telling import Places, ask, show
from store import audit
from store.upsert import insert


async def decide_reactions(
    session: AsyncSession,
    state: EventState,
    reactions: Sequence[Reaction],
    now: datetime,
    starts: Starts,
    places: Places,
) -> tuple[int, ...]:
    """Ask or start what the event calls for now; in the caller's transaction. Gives what came just now.

    Each reaction comes once for an event, or once for each of its maps, so the same decision taken twice
    writes nothing the second time and a crash loses none. A question about an older map is withdrawn by the
    next one; what a retracted event had asked is closed.
    """
    if state.retracted:
        await _stop(session, state, now, places)
    return tuple(
        [
            made
            for reaction in reactions
            if (made := await _came(session, state, reaction, now, starts, places)) is not None
        ]
    )


async def begin_row(
    session: AsyncSession, state: EventState, row: ReactionRow, requester: str, starts: Starts
) -> None:
    """Start what a reaction names, for each of its telescopes, and write down what came of it."""
    for facility in row.facilities or [""]:
        begun = await starts.begin(session, state, Wish(row.start, row.parameters, facility, requester))
        session.add(
            ReactionJobRow(
                reaction_id=row.id,
                facility=facility,
                job_id=begun.job,
                problem=begun.problem,
                already=begun.already,
            )
        )
    await session.flush()


def map_of(state: EventState) -> str | None:
    """The sky map whose numbers are known: what a plan would be made for."""
    with_map = state.newest_with_map
    return None if with_map is None else with_map.skymap_blob or f"revision {with_map.id}"


async def _came(
    session: AsyncSession,
    state: EventState,
    reaction: Reaction,
    now: datetime,
    starts: Starts,
    places: Places,
) -> int | None:
    last = await session.scalar(
        select(ReactionRow)
        .where(ReactionRow.name == reaction.name, ReactionRow.event_id == state.id)
        .order_by(ReactionRow.id.desc())
        .limit(1)
        .with_for_update()
    )
    skymap = map_of(state)
    if skymap is None and starts.needs_map(reaction.start):
        return None  # it is decided again when the map's numbers land
    if last is not None and (reaction.again is Again.NEVER or skymap is None or last.map == skymap):
        return None
    if not reaction.wants(state, now, _revision(state, last)):
        return None
    row = await _written(session, state, reaction, skymap, now)
    if row is None:
        return None
    if last is not None and last.state == ReactionState.ASKED.value:
        last.state, last.answered = ReactionState.OVERTAKEN.value, now
        await show(session, last, state.name, places, now)
    if reaction.ask_first:
        await ask(session, row, state, places, now)
        return row.id
    row.state, row.answered, row.answered_by = ReactionState.STARTED.value, now, reaction.requester
    await begin_row(session, state, row, reaction.requester, starts)
    await audit.record(
        session,
        who=reaction.requester,
        where="desk",
        what="reactions go",
        subject=state.event,
        result="done",
        details={"start": row.start, "facilities": list(row.facilities), "reaction": row.id},
        at=now,
    )
    await ask(session, row, state, places, now)
    return row.id


async def _written(
    session: AsyncSession, state: EventState, reaction: Reaction, skymap: str | None, now: datetime
) -> ReactionRow | None:
    """The reaction written down; None where another process has just done so."""
    occasion = "once" if reaction.again is Again.NEVER else f"map {skymap}"
    values = {
        "key": f"{reaction.name}|{state.id}|{occasion}",
        "name": reaction.name,
        "start": reaction.start,
        "parameters": dict(reaction.parameters),
        "facilities": list(reaction.facilities),
        "cancel_on_retraction": reaction.cancel_on_retraction,
        "rule": reaction.rule.text,
        "event": state.event,
        "event_id": state.id,
        "revision_id": state.newest.id,
        "map": skymap,
        "state": ReactionState.ASKED.value,
        "created": now,
        "expires": now + reaction.waits if reaction.ask_first else None,
    }
    wish = insert(session, ReactionRow).values(values).on_conflict_do_nothing().returning(ReactionRow.id)
    made = await session.scalar(wish)
    if made is None:
        return None
    row: ReactionRow | None = await session.get(ReactionRow, int(made))
    return row


async def _stop(session: AsyncSession, state: EventState, now: datetime, places: Places) -> None:
    """Nobody is asked any more whether to start something for an event that is none."""
    rows = await session.scalars(
        select(ReactionRow)
        .where(ReactionRow.event_id == state.id, ReactionRow.state == ReactionState.ASKED.value)
        .order_by(ReactionRow.id)
        .with_for_update()
    )
    for row in rows.all():
        row.state, row.answered = ReactionState.STOPPED.value, now
        await show(session, row, state.name, places, now)


def _revision(state: EventState, last: ReactionRow | None) -> RevisionState | None:
    if last is None:
        return None
    return next((each for each in state.revisions if each.id == last.revision_id), None)
