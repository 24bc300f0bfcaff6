"""Who has an event in hand and no account at a SkyPortal is told so, once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Card, Lines, Note, Text, Tone, strong
from cards.cleaning import clean
from cards.reader import Reader
from notifiers.audience import audience
from notifiers.destinations import direct
from notifiers.messages import notify
from platforms.job import Job, JobState
from platforms.skyportal.event_work import NO_ACCOUNT
from shifts.standing import quiet_until
from store.clock import Clock


@dataclass(frozen=True)
class UnknownAdvocates:
    """Tells of acknowledgements that a SkyPortal could not be told of: `tell` for the tracker.

    Promises: each person reads it once for each SkyPortal, whatever number of events they take in hand, and
    not in their quiet hours. What was asked for by a command has a card of its own.
    """

    clock: Clock

    async def tell(self, session: AsyncSession, job: Job) -> None:
        """Owe the person a message, in the transaction that says the job is told."""
        if job.state is not JobState.FAILED or job.place is not None or not job.results.get(NO_ACCOUNT):
            return
        now = self.clock.now()
        member = (await audience(session, now)).members.get(str(job.parameters.get("person")))
        way = member.way() if member is not None else None
        if member is None or way is None:
            return
        await notify(
            session,
            _card(job, member.reader),
            [direct(member.person.name, way)],
            key=f"no account|{job.platform}|{member.person.name}"[:300],
            now=now,
            held_until=quiet_until(member.person, now),
        )


def _card(job: Job, reader: Reader) -> Card:
    portal = clean(job.platform)
    name = clean((job.event or "?").partition(":")[2] or "?")
    title = reader.say("{portal} does not know who you are", portal=portal)
    said = reader.say(
        "You have {name} in hand here, but no account of {portal} is known to be yours: there the event keeps"
        " the advocate that it has.",
        name=name,
        portal=portal,
    )
    what = reader.line(
        "Give your token of {portal} once, with {command}: from then on it is done by itself. For this event,"
        " type {again} then.",
        portal=portal,
        command=strong(f"me token {job.platform}"),
        again=strong(f"skyportal advocate {name} at:{job.platform}"),
    )
    once = reader.say("This is said once for {portal}, not for each event.", portal=portal)
    return answer_card(reader, title, Lines(((Text(said),), what)), Note((Text(once),)), tone=Tone.INFO)
