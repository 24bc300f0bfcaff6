"""A job's card where it was asked: owed by the outbox when the job is written, edited as it moves."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader, ReaderError
from commands.job_cards.frame import job_card
from commands.request import Front, Request
from notifiers.destinations import Spot
from notifiers.messages import amend, notify
from platforms.job import Job, JobPlace
from store.clock import Clock

CHANNEL = "channel"
POSTED = (Front.SLACK.value, Front.DISCORD.value)


def place_of(request: Request) -> JobPlace:
    """Where a request was made, for the card of what it starts."""
    place, reader = request.place, request.reader
    return JobPlace(place.front.value, place.channel, place.thread or None, reader.locale, reader.timezone)


def destination_of(place: JobPlace) -> str | None:
    """The outbox's name of a place; None where no card is posted."""
    if place.front == CHANNEL:
        return place.channel
    if place.front not in POSTED or not place.channel:
        return None
    return Spot(place.front, place.channel, place.thread, place.locale, place.timezone).name


def reader_of(place: JobPlace) -> Reader:
    """Who reads at a place."""
    try:
        return Reader(place.locale, place.timezone)
    except ReaderError:
        return Reader()


class JobCards:
    """Tells of jobs: `tell` for the tracker.

    Promises: a job has one card in its place, owed in the transaction that says it is told; each further
    telling changes that card.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """Owe the card of a job, as it stands, to where it was asked."""
        name = destination_of(job.place) if job.place is not None else None
        if name is None or job.place is None:
            return
        card, now, key = job_card(reader_of(job.place), job), self._clock.now(), f"job|{job.id}"
        in_thread = job.place.front == CHANNEL and job.event is not None
        new = await notify(
            session,
            card,
            [name],
            key=key,
            now=now,
            event=job.event if in_thread else None,
            subject=f"job:{job.id}",
            in_thread=in_thread,
        )
        if not new:
            await amend(session, name, card, key=key, now=now)
