"""What is said of reactions: one card where the event is told, kept true by editing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reaction_card import Came, ReactionFacts, Stands, reaction_card
from events.state import EventState
from notifiers.channels.base import ChannelConfig
from notifiers.outbox import amend, notify
from notifiers.reactions.tables import ReactionJobRow, ReactionRow
from notifiers.tables import OutboxRow, ThreadRow

RINGING = frozenset({"sms", "voice", "whatsapp"})
"""Channels that nobody can press a button in, and that may wake somebody: a question is no page."""


@dataclass(frozen=True)
class Places:
    """Where reactions are told: the configured channels, those each reaction names, and where the desk's
    warnings go, which is where a question goes that would be read nowhere else."""

    configs: Mapping[str, ChannelConfig] = field(default_factory=dict)
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by the reaction's name
    warnings: Sequence[str] = ()


async def ask(
    session: AsyncSession, row: ReactionRow, state: EventState, places: Places, now: datetime
) -> tuple[str, ...]:
    """Owe the reaction's card wherever the event is told, in its thread; gives the channels."""
    facts = await facts_of(session, row, state.name)
    told: list[str] = []
    for config in await places_for(session, row.event, row.name, places):
        told += await notify(
            session,
            reaction_card(facts, config.reader),
            [config.name],
            key=f"reaction|{row.id}",
            now=now,
            event=state.event,
            subject=subject_of(row),
            in_thread=True,
        )
    return tuple(told)


async def show(session: AsyncSession, row: ReactionRow, event: str, places: Places, now: datetime) -> None:
    """Let the reaction's cards say how it stands now; `event` is the event's name."""
    facts = await facts_of(session, row, event)
    told = select(OutboxRow.channel).where(OutboxRow.subject == subject_of(row)).distinct()
    for name in (await session.scalars(told)).all():
        config = places.configs.get(name)
        if config is not None:
            card = reaction_card(facts, config.reader)
            await amend(session, name, card, key=f"reaction|{row.id}", now=now)


async def facts_of(session: AsyncSession, row: ReactionRow, event: str) -> ReactionFacts:
    """What a reaction's card tells."""
    jobs = select(ReactionJobRow).where(ReactionJobRow.reaction_id == row.id).order_by(ReactionJobRow.id)
    came = [
        Came(each.facility, each.job_id, each.problem, each.already) for each in await session.scalars(jobs)
    ]
    stands = Stands(row.state)
    at = row.expires if stands is Stands.EXPIRED else row.answered
    return ReactionFacts(
        number=row.id,
        name=row.name,
        start=row.start,
        event=event,
        key=row.event,
        stands=stands,
        at=at or row.created,
        facilities=tuple(row.facilities),
        parameters=row.parameters,
        until=row.expires,
        by=row.answered_by,
        came=came,
    )


async def places_for(session: AsyncSession, event: str, reaction: str, places: Places) -> list[ChannelConfig]:
    """Where the event has a card, and what the reaction names; else where the desk's warnings go."""
    threads = await session.scalars(
        select(ThreadRow.channel)
        .where(ThreadRow.event == event, ThreadRow.channel.not_like("@%"))
        .order_by(ThreadRow.id)
    )
    names = dict.fromkeys([*threads, *places.named.get(reaction, ())])
    quiet = _quiet(names, places)
    return quiet or _quiet(places.warnings, places)


def _quiet(names: Iterable[str], places: Places) -> list[ChannelConfig]:
    found = [places.configs[name] for name in names if name in places.configs]
    return [config for config in found if config.kind not in RINGING]


def subject_of(row: ReactionRow) -> str:
    """The name under which the outbox keeps what is said of a reaction."""
    return f"reaction:{row.id}"
