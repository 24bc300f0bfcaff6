"""The registry: a kind of channel is one module, named here once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from rich.console import Console

from notifiers.channels.apprise_service import AppriseChannel
from notifiers.channels.base import Channel, ChannelConfig, ChannelError
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.email import EmailChannel, Stopped, Unsubscribe
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.mail_relay import MailRelay
from notifiers.channels.slack import SlackChannel
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.sms import sms_channel
from notifiers.channels.terminal import TerminalChannel
from notifiers.channels.twilio_account import TwilioAccount
from notifiers.channels.voice import Known, VoiceChannel
from notifiers.channels.webhook import Facts, WebhookChannel
from notifiers.channels.whatsapp import whatsapp_channel
from store.clock import Clock, SystemClock


@dataclass(frozen=True)
class WebhookOptions:
    """What holds for every outgoing webhook: its secret unless it has one of its own, plain http anywhere."""

    secret: str | None = field(default=None, repr=False)
    allow_http: bool = False
    facts: Facts | None = None


@dataclass(frozen=True)
class Connections:
    """What channels speak through; None for what is not configured."""

    slack: SlackWorkspace | None = None
    discord: DiscordServer | None = None
    console: Console | None = None
    pictures: Path = Path("pictures")  # where the terminal puts them
    kept: KeptPictures = field(default_factory=KeptPictures)
    clock: Clock = field(default_factory=SystemClock)
    email: MailRelay | None = None
    unsubscribe: Unsubscribe | None = None
    stopped: Stopped | None = None
    twilio: TwilioAccount | None = None
    known_calls: Known | None = None
    webhooks: WebhookOptions = WebhookOptions()

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways to people (`@ana/slack`) for which there is a provider."""
        number = self.twilio is not None and bool(self.twilio.identity.from_number)
        providers = {
            "slack": self.slack is not None,
            "discord": self.discord is not None,
            "email": self.email is not None,
            "sms": number,
            "voice": number,
            "whatsapp": self.twilio is not None and bool(self.twilio.identity.whatsapp_number),
        }
        return tuple(way for way, there in providers.items() if there)


def open_channel(config: ChannelConfig, connections: Connections) -> Channel:
    """The channel of a configuration. Raises ChannelError that says what it lacks."""
    if config.kind not in KINDS:
        raise ChannelError(
            f"channel {config.name!r} is of kind {config.kind!r}; known are: {', '.join(sorted(KINDS))}"
        )
    return KINDS[config.kind](config, connections)


def _slack(config: ChannelConfig, connections: Connections) -> Channel:
    if connections.slack is None:
        raise ChannelError(f"channel {config.name!r} is in Slack, which has no token: set slack.bot_token")
    return SlackChannel(config, connections.slack)


def _discord(config: ChannelConfig, connections: Connections) -> Channel:
    if connections.discord is None:
        raise ChannelError(f"channel {config.name!r} is in Discord, which has no token: set discord.token")
    return DiscordChannel(config, connections.discord)


def _terminal(config: ChannelConfig, connections: Connections) -> Channel:
    return TerminalChannel(config, connections.console or Console(), connections.pictures)


def _email(config: ChannelConfig, connections: Connections) -> Channel:
    if connections.email is None:
        raise ChannelError(f"channel {config.name!r} is e-mail: set email.smtp_url and email.sender")
    return EmailChannel(
        config,
        connections.email,
        connections.kept,
        connections.clock,
        connections.unsubscribe,
        connections.stopped,
    )


def _sms(config: ChannelConfig, connections: Connections) -> Channel:
    return sms_channel(config, _twilio(config, connections))


def _voice(config: ChannelConfig, connections: Connections) -> Channel:
    return VoiceChannel(config, _twilio(config, connections), connections.known_calls)


def _whatsapp(config: ChannelConfig, connections: Connections) -> Channel:
    return whatsapp_channel(config, _twilio(config, connections))


def _twilio(config: ChannelConfig, connections: Connections) -> TwilioAccount:
    if connections.twilio is None:
        raise ChannelError(
            f"channel {config.name!r} goes through Twilio: set twilio.account_sid and twilio.auth_token"
        )
    return connections.twilio


def _webhook(config: ChannelConfig, connections: Connections) -> Channel:
    options = connections.webhooks
    signed = replace(config, secret=config.secret or options.secret)
    return WebhookChannel(
        signed, connections.kept, connections.clock, facts=options.facts, allow_http=options.allow_http
    )


def _apprise(config: ChannelConfig, connections: Connections) -> Channel:
    return AppriseChannel(config, connections.kept)


Opener: TypeAlias = Callable[[ChannelConfig, Connections], Channel]

KINDS: Mapping[str, Opener] = {
    "apprise": _apprise,
    "discord": _discord,
    "email": _email,
    "slack": _slack,
    "sms": _sms,
    "terminal": _terminal,
    "voice": _voice,
    "webhook": _webhook,
    "whatsapp": _whatsapp,
}
