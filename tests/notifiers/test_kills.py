"""SIGKILL at every step of the outbox, hundreds of times: nothing lost, doubled only where docs say so.

Providers are stand-ins in this process, which survives; the dispatcher is in another, which does not.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from notifiers.outbox import Message, notify_many
from notifiers.tables import OutboxRow, State
from shifts.people import PeopleService
from shifts.people_file import People
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.killed import End, Mortals
from tests.notifiers.test_messages import words
from tests.standins.discord import DiscordStandIn
from tests.standins.receiver import ReceiverStandIn
from tests.standins.slack import SlackStandIn
from tests.standins.smtp import MailStandIn
from tests.standins.twilio import TwilioStandIn

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

JOB = "tests.notifiers.deliveries:deliver"
NIGHTS = int(os.environ.get("KILLED_NIGHTS", "10"))  # each with about five deaths
LONGEST_LIFE = 40  # steps
AT_LEAST_ONCE = {"@bo/email", "hook"}
"""The channels that docs/delivery.md allows to say twice what was killed between its call and its record."""

ONCE = ("gw", "dc", "@ana/slack", "@ana/discord", "@bo/sms")
CHANNELS = (*ONCE, *sorted(AT_LEAST_ONCE))
LIFE = timedelta(seconds=20)  # longer than a claim


@dataclass
class World:
    """The providers and one outbox."""

    database: Database
    arguments: dict[str, Any]
    said: Mapping[str, Callable[[], list[str]]]
    ends: list[End] = field(default_factory=list)

    async def owe(self, night: int, now: datetime) -> None:
        """Two messages of an event to every channel, on every third night one of the desk, too."""
        async with self.database.write() as session:
            await notify_many(
                session,
                [
                    Message(
                        channel,
                        words(f"night{night}-{number}."),
                        f"{night}|{number}",
                        f"LVK:N{night}" if number < 2 else None,
                        urgent=night % 2 == 0 and number < 2,
                    )
                    for channel in CHANNELS
                    for number in range(count_of(night))
                ],
                now=now,
            )

    def times(self, channel: str, text: str) -> int:
        return sum(text in message for message in self.said[channel]())


@asynccontextmanager
async def open_world(database: Database, url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackStandIn())
        discord = await stack.enter_async_context(DiscordStandIn())
        twilio = await stack.enter_async_context(TwilioStandIn())
        mail = await stack.enter_async_context(MailStandIn())
        receiver = await stack.enter_async_context(ReceiverStandIn())
        gw, dc, ana = slack.add_channel("gw"), discord.add_channel("dc"), slack.add_person("U0ANA")
        user = discord.add_user("ana")
        people = [
            {"name": "ana", "timezone": "Europe/Paris", "slack": "U0ANA", "discord": user.id},
            {
                "name": "bo",
                "timezone": "Asia/Tokyo",
                "email": "bo@example.org",
                "phone": "+33600000001",
                "verified": ["email", "phone"],
            },
        ]
        clock = ManualClock(datetime.now(UTC))
        await PeopleService(database, clock).put(People.from_dict({"people": people}), by="test")
        identity = vars(twilio.identity())
        yield World(
            database,
            {
                "url": url,
                "slack": [slack.token, slack.url],
                "discord": [discord.token, discord.url],
                "twilio": identity,
                "smtp": mail.url,
                "channels": [
                    ["gw", "slack", gw.id],
                    ["dc", "discord", dc.id],
                    ["hook", "webhook", receiver.url],
                ],
            },
            {
                "gw": lambda: [m.words for m in gw.said],
                "dc": lambda: [m.words for m in discord.messages if m.place == dc.id],
                "@ana/slack": lambda: [m.words for m in ana.said],
                "@ana/discord": lambda: [m.words for m in discord.messages if m.place != dc.id],
                "@bo/sms": lambda: [m.body for m in twilio.messages],
                "@bo/email": lambda: [m.text for m in mail.mails],
                "hook": lambda: [post.json["data"]["text"] for post in receiver.posts],
            },
        )


async def test_whatever_line_a_kill_hits_nothing_is_lost_and_only_what_may_be_is_doubled(
    any_database: Database, filled_url: str
) -> None:
    rng = Random(20261120)
    async with open_world(any_database, filled_url) as world, Mortals() as mortals:
        for night in range(NIGHTS):
            now = datetime.now(UTC)
            await world.owe(night, now)
            # The first life of each night dies one step later than that of the night before.
            dies_at: int | None = night + 1
            while dies_at is not None:
                arguments = {**world.arguments, "now": now.isoformat(), "seed": rng.random()}
                end = await mortals.live(JOB, arguments, dies_at=dies_at)
                now += LIFE
                if end.died:
                    world.ends.append(end)
                dies_at = rng.randint(1, LONGEST_LIFE) if end.died else None
            async with any_database.read() as session:
                unsent = select(OutboxRow.channel, OutboxRow.error).where(OutboxRow.state != State.SENT.value)
                assert (await session.execute(unsent)).all() == []
            check(world, night)
        check_doubles(world)
        assert len(world.ends) > 2 * NIGHTS
        assert {end.step for end in world.ends} == {
            "before a transaction",
            "before a commit",
            "after a commit",
            "before a call",
            "after a call",
        }


async def test_what_a_killed_replica_had_in_hand_is_sent_by_another_within_fifteen_seconds(
    postgres_url: str,
) -> None:
    database = Database(postgres_url)
    await database.create_all()
    async with open_world(database, postgres_url) as world, Mortals() as mortals:
        now = datetime.now(UTC)
        await world.owe(0, now)
        arguments = {**world.arguments, "seed": 1}
        end = await mortals.live(JOB, {**arguments, "now": now.isoformat()}, dies_at=3)
        assert end.step == "after a commit"
        in_hand = select(OutboxRow.id).where(OutboxRow.state == State.SENDING.value)
        async with database.read() as session:
            taken = (await session.scalars(in_hand)).all()
        assert taken
        # It is looked for once a second: what is free after 14 s is taken before 15 s are over.
        later = (now + timedelta(seconds=14)).isoformat()
        await mortals.live(JOB, {**arguments, "now": later, "once": True})
        async with database.read() as session:
            states = await session.scalars(select(OutboxRow.state).where(OutboxRow.id.in_(taken)))
            assert set(states) == {State.SENT.value}
    await database.dispose()


def count_of(night: int) -> int:
    return 3 if night % 3 == 0 else 2


def check(world: World, night: int) -> None:
    """Of a night nothing is missing, and what was said of its event stands in order."""
    for channel in CHANNELS:
        said = world.said[channel]()
        firsts = [
            next((at for at, text in enumerate(said) if f"night{night}-{number}." in text), None)
            for number in range(count_of(night))
        ]
        assert None not in firsts, f"{channel} lost a message of night {night}: {firsts}"
        assert firsts[:2] == sorted(firsts[:2]), f"{channel} heard night {night} out of order"  # type: ignore[type-var]


def check_doubles(world: World) -> None:
    """Messages are doubled at most where a kill fell between the call and the record, of certain channels."""
    doubled: Counter[str] = Counter()
    for channel in CHANNELS:
        heard = (set(re.findall(r"night\d+-\d+\.", text)) for text in world.said[channel]())
        said = Counter(message for each in heard for message in each)
        doubled[channel] = sum(count - 1 for count in said.values())
    allowed = Counter(end.channel for end in world.ends if end.answered)
    for channel in CHANNELS:
        assert doubled[channel] <= (allowed[channel] if channel in AT_LEAST_ONCE else 0), (
            f"{channel} heard {doubled[channel]} messages twice"
        )
