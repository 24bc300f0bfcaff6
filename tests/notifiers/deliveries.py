"""What the mortal process of the kill tests does: it delivers all that the outbox owes, with no waiting.

Its clock is set ahead with every life, so that what the one before had claimed is free again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import func, select

from cards.reader import Reader
from notifiers.channels.base import ChannelConfig
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.mail_relay import MailRelay, RelayAddress
from notifiers.channels.registry import Connections, WebhookOptions, open_channel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.twilio_account import TwilioAccount, TwilioIdentity
from notifiers.dispatcher import Dispatcher
from notifiers.owing import is_open
from notifiers.switchboard import Switchboard
from notifiers.tables import OutboxRow
from store.clock import ManualClock
from store.database import Database

ROUNDS = 300


async def deliver(arguments: Mapping[str, Any]) -> None:
    """Deliver everything, or with `once` what is due at this instant.

    `arguments`: url, now, seed, channels, and where the providers are.
    """
    database = Database(arguments["url"])
    clock = ManualClock(datetime.fromisoformat(arguments["now"]))

    async def known_calls(ids: Collection[str]) -> frozenset[str]:
        async with database.read() as session:
            known = await session.scalars(select(OutboxRow.message).where(OutboxRow.message.in_(ids)))
            return frozenset(known.all())  # type: ignore[arg-type]

    connections = Connections(
        slack=SlackWorkspace(*arguments["slack"]),
        discord=DiscordServer(*arguments["discord"], clock=clock),
        twilio=TwilioAccount(TwilioIdentity(**arguments["twilio"])),
        email=MailRelay(RelayAddress.read(arguments["smtp"]), "Night desk <nightdesk@example.org>"),
        known_calls=known_calls,
        clock=clock,
        webhooks=WebhookOptions("a secret of a stand-in", allow_http=True),
    )
    configs = [ChannelConfig(name, kind, address, Reader()) for name, kind, address in arguments["channels"]]
    switchboard = Switchboard(
        {config.name: open_channel(config, connections) for config in configs},
        partial(open_channel, connections=connections),
        connections.ways,
    )
    dispatcher = Dispatcher(database, clock, switchboard, rng=Random(arguments["seed"]))
    for _ in range(ROUNDS):
        await dispatcher.deliver_due()
        if arguments.get("once"):
            break
        async with database.read() as session:
            if not await session.scalar(select(func.count(OutboxRow.id)).where(is_open())):
                break
        await clock.advance(1.0)
    else:
        raise AssertionError("the outbox was never done")
    assert connections.slack is not None
    await connections.slack.close()
    await database.dispose()
