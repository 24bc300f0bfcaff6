"""Plans that went to a telescope's people as messages, and the word that they count no more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Card, Lines, Text, Tone
from cards.cleaning import clean
from cards.reader import Reader
from notifiers.messages import amend, notify
from notifiers.tables import Kind, OutboxRow
from platforms.job import Job

BACK = "|back"


def plan_key(number: int, planner: str) -> str:
    """The outbox's key of a plan's message: the job's number, and whose plan of it."""
    return f"plan|{number}|{planner}"


def plan_subject(number: int) -> str:
    """What the messages about a job's plan belong to."""
    return f"plan:{number}"


def withdrawn_card(reader: Reader, job: Job, who: str) -> Card:
    """What they read when it does not count any more."""
    event = clean((job.event or "?").partition(":")[2] or job.event or "?")
    title = reader.say(
        "Please do not observe {event} with {facility}", event=event, facility=clean(job.facility or "?")
    )
    said = reader.say("{who} took plan {number} back.", who=clean(who), number=job.id)
    return answer_card(reader, title, Lines(((Text(said),),)), tone=Tone.RETRACTED)


async def withdraw(
    session: AsyncSession, job: Job, planner: str, channels: Sequence[str], *, who: str, now: datetime
) -> list[str]:
    """Tell those who have the plan that it does not count any more; gives the channels that had it."""
    withdrawn, key = withdrawn_card(Reader(), job, who), plan_key(job.id, planner)
    had = [each for each in channels if await amend(session, each, withdrawn, key=key, now=now)]
    # an e-mail that has gone cannot be edited: the word comes as a message of its own, everywhere
    await notify(session, withdrawn, had, key=f"{key}{BACK}", now=now, subject=plan_subject(job.id))
    return had


async def sent_messages(
    session: AsyncSession, numbers: Collection[int]
) -> Mapping[int, Mapping[str, tuple[list[str], bool]]]:
    """Of these jobs the plans that went out as messages: by planner the channels, and whether taken back."""
    subjects = {plan_subject(number): number for number in numbers}
    rows = await session.execute(
        select(OutboxRow.subject, OutboxRow.channel, OutboxRow.key)
        .where(OutboxRow.subject.in_(subjects), OutboxRow.kind != Kind.EDIT.value)
        .order_by(OutboxRow.id)
    )
    found: dict[int, dict[str, tuple[list[str], bool]]] = {}
    for subject, channel, key in rows:
        number, planner = subjects[subject or ""], key.removesuffix(BACK).rpartition("|")[2]
        channels, back = found.setdefault(number, {}).get(planner, ([], False))
        if key.endswith(BACK):
            found[number][planner] = (channels, True)
        else:
            found[number][planner] = ([*channels, channel], back)
    return found


async def sent_as(session: AsyncSession, number: int, planner: str) -> tuple[list[str], bool]:
    """The channels that a job's plan by `planner` went to as a message, and whether it was taken back."""
    return (await sent_messages(session, [number])).get(number, {}).get(planner, ([], False))


async def recalled(session: AsyncSession, numbers: Collection[int]) -> dict[int, bool]:
    """The jobs whose plans went out as messages, and whether all of those were taken back."""
    sent = await sent_messages(session, numbers)
    return {number: all(back for _, back in plans.values()) for number, plans in sent.items()}


async def recall(session: AsyncSession, job: Job, *, who: str, now: datetime) -> bool:
    """Take back every message that a job's plans went out as; whether there was any."""
    sent = (await sent_messages(session, [job.id])).get(job.id, {})
    for planner, (channels, back) in sent.items():
        if not back:
            await withdraw(session, job, planner, channels, who=who, now=now)
    return bool(sent)
