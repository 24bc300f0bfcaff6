"""From settings to what channels speak through: Slack, Discord, mail, Twilio, webhooks."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bot.settings import Settings, SettingsError
from bot.unsubscribing import unsubscribe_links
from notifiers.channels.base import ChannelError
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.kept_pictures import KeptPictures
from notifiers.channels.mail_relay import MailRelay, RelayAddress
from notifiers.channels.registry import Connections, WebhookOptions
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.channels.twilio_account import TwilioAccount, TwilioIdentity
from notifiers.desk_lookups import DeskLookups
from store.clock import Clock, SystemClock
from store.database import Database


def connections_of(
    settings: Settings,
    pictures: Path,
    console: Console | None = None,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
) -> Connections:
    """Everything channels may need. Without a database nothing is looked up in it: `doctor` needs none.

    Raises `SettingsError` that names the key that cannot be used.
    """
    clock = clock or SystemClock()
    lookups = DeskLookups(database, clock) if database is not None else None
    webhook = settings.webhook
    public = settings.web.public_url
    return Connections(
        slack=_slack(settings),
        discord=_discord(settings, clock, lookups),
        console=console,
        pictures=pictures,
        kept=KeptPictures(lookups.picture if lookups else None),
        clock=clock,
        email=_email(settings),
        unsubscribe=unsubscribe_links(database, public) if database is not None and public else None,
        stopped=lookups.stopped if lookups else None,
        twilio=_twilio(settings),
        known_calls=lookups.sent if lookups else None,
        webhooks=WebhookOptions(
            secret=webhook.secret.get_secret_value() if webhook.secret else None,
            allow_http=webhook.allow_http,
            facts=lookups.facts if lookups else None,
        ),
    )


async def close(connections: Connections) -> None:
    """Close what is open."""
    for each in (connections.slack, connections.discord, connections.twilio):
        if each is not None:
            await each.close()


def _slack(settings: Settings) -> SlackWorkspace | None:
    token = settings.slack.bot_token
    return SlackWorkspace(token.get_secret_value(), settings.slack.api_url) if token else None


def _discord(settings: Settings, clock: Clock, lookups: DeskLookups | None) -> DiscordServer | None:
    token, load = settings.discord.token, lookups.picture if lookups else None
    if token is None:
        return None
    return DiscordServer(token.get_secret_value(), settings.discord.api_url, clock=clock, load=load)


def _email(settings: Settings) -> MailRelay | None:
    url, sender = settings.email.smtp_url, settings.email.sender
    if url is None or sender is None:
        return None
    try:
        return MailRelay(RelayAddress.read(url.get_secret_value()), sender)
    except ChannelError as error:
        raise SettingsError(str(error)) from None


def _twilio(settings: Settings) -> TwilioAccount | None:
    twilio = settings.twilio
    if twilio.account_sid is None or twilio.auth_token is None:
        return None
    return TwilioAccount(
        TwilioIdentity(
            twilio.account_sid,
            twilio.auth_token.get_secret_value(),
            twilio.from_number,
            twilio.whatsapp_number,
            twilio.whatsapp_template,
            twilio.api_url,
            settings.web.public_url,
        )
    )
