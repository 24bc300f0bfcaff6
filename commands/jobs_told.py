"""A job's card where it was asked: owed by the outbox when the job is written, edited as it moves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from cards.card import Card
from cards.reader import Reader, ReaderError
from commands.job_cards.frame import job_card, shown_pictures
from commands.request import Front, Request
from notifiers.destinations import Spot, direct
from notifiers.messages import amend, attach, notify
from platforms.job import Job, JobPlace
from store.clock import Clock

CHANNEL = "channel"
_PERSON = re.compile(r"[^/:\s]+")  # not `slack:U012`, whom the desk does not know, nor `rule NAME`
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
    telling changes that card. Where nothing can be posted there (the app is no member), who asked gets it
    directly.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """Owe the card of a job, as it stands, to where it was asked."""
        if job.place is None:
            return
        reader = reader_of(job.place)
        card, pictures = job_card(reader, job), shown_pictures(reader, job)
        for name in _destinations(job, job.place):
            if await self._owe(session, job, name, card):
                for picture in pictures:
                    await attach(
                        session, name, picture, job.pictures[picture], key=_key(job), now=self._clock.now()
                    )
                return

    async def _owe(self, session: AsyncSession, job: Job, name: str, card: Card) -> bool:
        now = self._clock.now()
        in_thread = job.place is not None and job.place.front == CHANNEL and job.event is not None
        new = await notify(
            session,
            card,
            [name],
            key=_key(job),
            now=now,
            event=job.event if in_thread else None,
            subject=f"job:{job.id}",
            in_thread=in_thread,
        )
        return bool(new) or await amend(session, name, card, key=_key(job), now=now)


def _destinations(job: Job, place: JobPlace) -> Iterator[str]:
    """Where the card goes: the first that does not turn out to lead nowhere."""
    name = destination_of(place)
    if name is None:
        return
    yield name
    if place.front in POSTED and _PERSON.fullmatch(job.requester):
        yield direct(job.requester, place.front)


def _key(job: Job) -> str:
    return f"job|{job.id}"
