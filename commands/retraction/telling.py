"""Telling of a retraction those who started something for the event, and cancelling what they started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from commands.plan_withdrawing import recall, recalled
from commands.retraction.listing import retraction_card
from commands.retraction.taking_back import Back, Way, backs_of
from events.state import EventState
from events.tables import EventRow
from notifiers.audience import audience
from notifiers.channels.base import ChannelConfig
from notifiers.destinations import direct, person_and_way
from notifiers.directory import reader_of
from notifiers.outbox import amend, notify
from notifiers.paging.advocates import advocate_of
from notifiers.reactions.tables import ReactionJobRow, ReactionRow
from notifiers.reactions.telling import RINGING
from notifiers.tables import OutboxRow, ThreadRow
from platforms.about import events_about, jobs_about
from platforms.job import Job
from platforms.jobs import AlreadyAsked, JobService, jobs_in
from shifts import people_store
from shifts.people_file import Person
from shifts.standing import quiet_until
from store import audit
from store.clock import Clock

MOST = 200


@dataclass(frozen=True)
class RetractedJobs:
    """What becomes of jobs whose event is retracted.

    Promises: all is decided in the transaction of the retraction, so a crash loses none of it and a second
    notice tells nobody again; whoever started something and the event's advocate read it by their own way,
    in their language; what was said is kept true while jobs are being taken back.
    """

    jobs: JobService
    clock: Clock
    configs: Mapping[str, ChannelConfig] = field(default_factory=dict)

    async def landed(self, session: AsyncSession, state: EventState, now: datetime) -> None:
        """In the transaction that decides about a retracted event: cancel by rule, then tell."""
        if not state.retracted:
            return
        backs = await self.backs(session, state.event)
        if not backs:
            return
        await self._by_rule(session, state, backs, now)
        backs = await self.backs(session, state.event)
        # A second retraction tells of what was started since; the same one tells nobody twice.
        key = _key(state.event, max(each.job.id for each in backs))
        for channel, reader, held_until in await self._readers(session, state, backs, now):
            await notify(
                session,
                retraction_card(state.event, state.name, backs, reader),
                [channel],
                key=key,
                now=now,
                event=state.event,
                subject=subject_of(state.event),
                in_thread=True,
                held_until=held_until,
            )

    async def backs(self, session: AsyncSession, event: str) -> tuple[Back, ...]:
        """An event's jobs, newest first, and how each can be taken back now."""
        named = await jobs_in(session, event=event, limit=MOST)
        of_sources = await jobs_about(session, event, limit=MOST)
        found = sorted((*named, *of_sources), key=lambda job: job.id, reverse=True)
        beside = await self._beside(session, event, [job.id for job in of_sources])
        backs = backs_of(found, await recalled(session, [job.id for job in found]))
        return tuple(replace(each, beside=beside.get(each.job.id, ())) for each in backs)

    async def _beside(
        self, session: AsyncSession, event: str, jobs: Sequence[int]
    ) -> Mapping[int, tuple[str, ...]]:
        """The names of the other events, which stand, that each of these jobs may be about."""
        about = await events_about(session, jobs)
        keys = {key for keys in about.values() for key in keys} - {event}
        rows = await session.execute(
            select(EventRow.key, EventRow.name).where(EventRow.key.in_(keys), EventRow.retracted.is_(False))
        )
        names = {row.key: row.name for row in rows}
        return {job: tuple(names[key] for key in keys if key in names) for job, keys in about.items()}

    async def take_back(self, session: AsyncSession, back: Back, *, by: str) -> Job | None:
        """Have one job taken back, in the caller's transaction; the job that does so, None for none."""
        if back.recalled is False:  # also of a plan that is still being bettered
            await recall(session, back.job, who=by, now=self.clock.now())
        if back.way is Way.CANCEL:
            return await self.jobs.cancel_in(session, back.job.id, by=by)
        if back.way is Way.UNDO and back.undo is not None:
            undo = replace(back.undo, requester=by, place=back.undo.place or back.job.place)
            try:
                return await self.jobs.ask_in(session, undo)
            except AlreadyAsked as error:
                return error.job
        return back.job if back.way is Way.RECALL else None

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """A job has moved: where its retraction was told, the list shows how it stands now."""
        about = (
            (job.event,) if job.event is not None else (await events_about(session, [job.id])).get(job.id, ())
        )
        for event in about:
            await self.show(session, event)

    async def show(self, session: AsyncSession, event: str) -> None:
        """Let what was told of a retracted event's jobs say how they stand now."""
        told = await session.execute(
            select(OutboxRow.channel, OutboxRow.key)
            .where(OutboxRow.subject == subject_of(event), OutboxRow.amends.is_(None))
            .order_by(OutboxRow.id)
        )
        rows = told.all()
        if not rows:
            return
        backs = await self.backs(session, event)
        name = await session.scalar(select(EventRow.name).where(EventRow.key == event)) or event
        people = (await people_store.everybody(session)).by_name()
        for channel, key in rows:
            reader = self._reader(channel, people)
            if reader is not None:
                card = retraction_card(event, name, backs, reader)
                await amend(session, channel, card, key=key.split("|message|", 1)[-1], now=self.clock.now())

    async def _by_rule(
        self, session: AsyncSession, state: EventState, backs: Sequence[Back], now: datetime
    ) -> None:
        """Take back what was started by reactions that say so, and what people sent of it to telescopes."""
        rows = await session.execute(
            select(ReactionJobRow.job_id, ReactionRow.name, ReactionJobRow.facility)
            .join(ReactionRow, ReactionRow.id == ReactionJobRow.reaction_id)
            .where(ReactionRow.event == state.event, ReactionRow.cancel_on_retraction.is_(True))
        )
        rules = {job: (name, facility) for job, name, facility in rows if job is not None}
        if not rules:
            return
        telescopes = {facility: name for name, facility in rules.values() if facility}
        for back in backs:
            by_job = rules.get(back.job.id)
            out_there = back.way in (Way.UNDO, Way.RECALL)
            rule = by_job[0] if by_job else telescopes.get(back.job.facility or "") if out_there else None
            if rule is None or not back.possible:
                continue
            who = f"rule {rule}"
            await self.take_back(session, back, by=who)
            await audit.record(
                session,
                who=who,
                where="desk",
                what="job withdraw",
                subject=state.event,
                result="done",
                details={"job": back.job.id, "why": "the event was retracted"},
                at=now,
            )

    async def _readers(
        self, session: AsyncSession, state: EventState, backs: Sequence[Back], now: datetime
    ) -> list[tuple[str, Reader, datetime | None]]:
        """Who is told, where, in which language: requesters, the advocate, and the event's threads.

        Who sleeps reads it in the morning, unless something can still be taken back: a telescope may be
        pointing at nothing.
        """
        found: list[tuple[str, Reader, datetime | None]] = []
        threads = select(ThreadRow.channel).where(ThreadRow.event == state.event).order_by(ThreadRow.id)
        for name in await session.scalars(threads):
            config = self.configs.get(name)
            if config is not None and config.kind not in RINGING:
                found.append((name, config.reader, None))
        advocate = await advocate_of(session, state.event)
        names = [each.job.requester for each in backs] + ([advocate.person] if advocate else [])
        members = (await audience(session, now)).members
        urgent = any(each.possible for each in backs)
        for name in dict.fromkeys(names):
            member = members.get(name)
            way = member.way() if member is not None else None
            if member is None or way is None:
                continue  # a rule, or somebody who has gone: the event's thread says it
            morning = None if urgent else quiet_until(member.person, now)
            found.append((direct(name, way), member.reader, morning))
        return found

    def _reader(self, channel: str, people: Mapping[str, Person]) -> Reader | None:
        person = person_and_way(channel)
        if person is not None:
            found = people.get(person[0])
            return reader_of(found) if found is not None else None
        config = self.configs.get(channel)
        return config.reader if config is not None else None


def subject_of(event: str) -> str:
    """The name under which the outbox keeps what is said of a retracted event's jobs."""
    return f"retracted:{event}"[:80]


def _key(event: str, newest: int) -> str:
    return f"retracted|{event}|{newest}"
