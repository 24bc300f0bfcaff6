"""A desk for tests: a database, a clock, a Slack stand-in, and the dispatcher between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from cards.reader import Reader
from events.state import EventState, RevisionState
from notifiers.channels.base import Channel, ChannelConfig, Pace
from notifiers.channels.registry import Connections, open_channel
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.decide import decide
from notifiers.dispatcher import Dispatcher
from notifiers.routes import Route, Tell
from notifiers.rules import compile_rule
from notifiers.sender import Leases, Outcome
from notifiers.switchboard import Switchboard
from notifiers.tables import OPEN, OutboxRow, State, ThreadRow
from shifts.people import PeopleService
from shifts.people_file import People
from store.clock import ManualClock
from store.database import Database
from tests.standins.slack import Channel as Conversation
from tests.standins.slack import SlackStandIn

IMPATIENT = Leases(words=4.0, picture=4.0)
"""Short leases, for the test in which a server keeps silent: its timeout runs in real time."""


def route(name: str, when: str = "true", *channels: str, tell: Tell = Tell.EVERY, **options: object) -> Route:
    return Route(name, compile_rule(when), channels or ("gw",), tell=tell, **options)  # type: ignore[arg-type]


@dataclass
class Desk:
    """What the tests move. `told` decides, `deliver` sends and lets the clock run."""

    database: Database
    clock: ManualClock
    slack: SlackStandIn
    workspace: SlackWorkspace
    channels: dict[str, Channel]
    routes: tuple[Route, ...]
    outcomes: list[Outcome] = field(default_factory=list)
    warnings: Sequence[str] = ()
    leases: Leases = IMPATIENT
    paces: Mapping[str, Pace] = field(default_factory=dict)
    ways: Sequence[str] = ("slack",)
    dispatcher: Dispatcher = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The process died and is there again: nothing is left but the database."""
        connections = Connections(slack=self.workspace)
        switchboard = Switchboard(self.channels, partial(open_channel, connections=connections), self.ways)
        self.dispatcher = Dispatcher(
            self.database,
            self.clock,
            switchboard,
            paces=self.paces,
            rng=Random(1),
            warnings=self.warnings,
            leases=self.leases,
            observe=self.outcomes.append,
        )

    @property
    def configs(self) -> Mapping[str, ChannelConfig]:
        return {name: channel.config for name, channel in self.channels.items()}

    async def person(self, name: str, **entry: Any) -> Conversation:
        """Somebody of this desk, linked to a Slack account; gives their conversation with nightdesk there."""
        conversation = self.slack.add_person(f"U0{name.upper()}")
        entry = {"timezone": "Europe/Paris", "slack": conversation.person} | entry
        people = PeopleService(self.database, self.clock)
        await people.put(People.from_dict({"people": [{"name": name, **entry}]}), by="test")
        return conversation

    async def told(self, state: EventState, before: RevisionState | None = None) -> tuple[OutboxRow, ...]:
        async with self.database.write() as session:
            return await decide(session, state, before, self.routes, self.configs, self.clock.now())

    async def deliver(self, seconds: float = 30.0) -> None:
        """Send what is due now and becomes due within so many seconds."""
        until = self.clock.monotonic() + seconds
        await self.dispatcher.deliver_due()
        while (owed := await self.owed()) and self.clock.monotonic() < until:
            await self.clock.advance(max(1.0, min(self._wait_of(row) for row in owed)))
            await self.dispatcher.deliver_due()

    def _wait_of(self, row: OutboxRow) -> float:
        """Seconds until something can happen to a message; 0 where it is only a matter of pace."""
        if row.state == State.RETRY.value:
            return (row.not_before - self.clock.now()).total_seconds()
        if row.state == State.SENDING.value and row.claimed_until is not None:
            return (row.claimed_until - self.clock.now()).total_seconds()
        return 0.0

    @asynccontextmanager
    async def running(self, dispatcher: Dispatcher | None = None) -> AsyncIterator[None]:
        """The dispatcher's own loops, until the block ends."""
        task = asyncio.create_task((dispatcher or self.dispatcher).run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def owed(self) -> list[OutboxRow]:
        return [row for row in await self.rows() if row.state in OPEN]

    async def rows(self) -> list[OutboxRow]:
        async with self.database.read() as session:
            return list(await session.scalars(select(OutboxRow).order_by(OutboxRow.id)))

    async def states(self) -> list[tuple[str, State]]:
        return [(row.kind, State(row.state)) for row in await self.rows()]

    async def thread(self, channel: str = "gw") -> ThreadRow:
        async with self.database.read() as session:
            found = await session.scalar(select(ThreadRow).where(ThreadRow.channel == channel))
            assert found is not None
            return found


@asynccontextmanager
async def open_desk(
    database: Database,
    clock: ManualClock,
    *routes: Route,
    channels: Sequence[str] = ("gw",),
    warnings: Sequence[str] = (),
    leases: Leases = IMPATIENT,
) -> AsyncIterator[Desk]:
    """A desk with its Slack, both gone when the block ends."""
    async with SlackStandIn(clock=lambda: clock.now().timestamp()) as slack:
        workspace = SlackWorkspace(slack.token, slack.url)
        made: dict[str, Channel] = {}
        for name in channels:
            place = slack.add_channel(name)
            made[name] = SlackChannel(ChannelConfig(name, "slack", place.id, Reader()), workspace)
        try:
            yield Desk(
                database,
                clock,
                slack,
                workspace,
                made,
                routes or (route("everything"),),
                warnings=warnings,
                leases=leases,
            )
        finally:
            await workspace.close()
