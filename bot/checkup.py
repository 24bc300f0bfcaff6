"""Examining a desk: each part looked at on its own, so that one that is broken hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from confluent_kafka import KafkaException
from gcn_kafka import Consumer

from bot import schema
from bot.checkup_discord import DiscordAnswer, ask_discord
from bot.checkup_people import lost_targets
from bot.checkup_planners import planner_findings
from bot.checkup_platforms import platform_findings
from bot.checkup_rosters import people_finding, roster_finding, roster_state
from bot.checkup_slack import SlackAnswer, ask_slack, slack_findings
from bot.cli.address import check_address
from bot.cli.inputs import InputError
from bot.cli.opening import NoDatabaseYet, opened
from bot.composition import Tools, stream_settings_of, tools_of
from bot.finding import Finding, Verdict
from bot.reacting import cannot_start
from bot.settings import Settings, SettingsError
from facilities.facility import FacilityError
from gcn.inbox import Inbox
from gcn.tables import MessageState
from notifiers.channels.base import DeliveryError
from notifiers.routes import Route
from notifiers.rules import unknown_names
from shifts.errors import RosterError
from store.clock import SystemClock
from store.wakeup import Bell

_BROKER_PATIENCE = 10.0  # s
CLOCK_TOLERANCE = 3.0  # s
_ROSTER_REMEDY = "check a roster file with `nightdesk roster check`"


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """All checks, in the order in which an alert would meet the parts."""
    findings = [
        Finding(
            "configuration", "good", f"read; {len(settings.channels)} channels, {len(settings.routes)} routes"
        )
    ]
    findings += [finding async for finding in _database(settings)]
    findings.append(await asyncio.to_thread(_broker, settings))
    try:
        tools = tools_of(settings, Path("nightdesk-pictures"))
    except (SettingsError, FacilityError) as error:
        findings.append(Finding("channels and routes", "bad", str(error), "mend the entry it names"))
    else:
        findings += _routes(tools)
        findings += _reactions(tools, settings)
        findings += [finding async for finding in _people(settings, tools)]
        findings += [finding async for finding in _channels(tools)]
        findings += [finding async for finding in _providers(tools, settings)]
        await tools.close()
        findings.append(_facilities(tools))
    slack = await ask_slack(settings)
    findings += slack_findings(settings, slack)
    findings += _discord(await ask_discord(settings))
    findings += await platform_findings(settings)
    findings += await planner_findings(settings)
    findings.append(_web(settings))
    findings.append(_clock(slack))
    findings += await _rosters(settings)
    return tuple(findings)


async def _rosters(settings: Settings) -> list[Finding]:
    """Holes of the weeks ahead, and people whom a page would not reach."""
    nobody = Finding(
        "roster", "warning", "no roster yet: nobody is on shift, nobody can be paged", _ROSTER_REMEDY
    )
    try:
        async with opened(settings) as database:
            if await schema.check(database):
                return [nobody]
            state = await roster_state(database, SystemClock())
    except InputError:
        return [nobody]  # the finding about the database says why
    except RosterError as error:
        return [Finding("roster", "bad", str(error), _ROSTER_REMEDY)]
    return [roster_finding(state), people_finding(state)] if state.rosters else [nobody]


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with opened(settings) as database:
            differences = await schema.check(database)
            if differences:
                # An embedded database is migrated when the hub starts; a server is not.
                verdict: Verdict = "warning" if database.is_sqlite else "bad"
                yield Finding("database", verdict, "; ".join(differences), "nightdesk db upgrade")
                return
            yield Finding("database", "good", f"{database.url.render_as_string()} at {schema.newest()}")
            clock = SystemClock()
            failed = (await Inbox(database, clock, Bell(clock)).counts()).by_state[MessageState.FAILED]
            if failed:
                yield Finding(
                    "messages", "warning", f"{failed} could not be read", "`nightdesk notice` shows them"
                )
    except NoDatabaseYet as error:
        yield Finding("database", "warning", str(error), "nothing: the hub makes it when it starts")
    except InputError as error:
        yield Finding("database", "bad", str(error), "check database.url and that the server runs")


def _broker(settings: Settings) -> Finding:
    """Whether the broker answers and knows the topics. Joins no group, reads nothing."""
    stream = stream_settings_of(settings)
    if stream.bootstrap_servers is None and not (stream.client_id and stream.client_secret):
        return Finding(
            "stream",
            "bad",
            "no credentials for GCN",
            "set gcn.client_id and gcn.client_secret (made on gcn.nasa.gov)",
        )
    try:
        consumer = Consumer(
            config={**stream.consumer_config(), "group.id": f"{stream.group_id}-doctor"},
            **stream.credentials,
            domain=stream.domain,
        )
        try:
            known = set(consumer.list_topics(timeout=_BROKER_PATIENCE).topics)
        finally:
            consumer.close()
    except KafkaException as error:
        where = stream.bootstrap_servers or stream.domain
        return Finding(
            "stream", "bad", stream.redact(f"{where}: {error}"), "check address, network and credentials"
        )
    missing = [topic for topic in stream.topics if topic not in known]
    detail = f"{len(stream.topics) - len(missing)} of {len(stream.topics)} topics have messages"
    return Finding("stream", "good", detail + (f"; none yet: {', '.join(missing)}" if missing else ""))


async def _people(settings: Settings, tools: Tools) -> AsyncIterator[Finding]:
    """Whether the people that routes lead to are there and can be told."""
    personal = [route for route in tools.routes if route.targets]
    if not personal:
        return
    try:
        async with opened(settings) as database:
            if await schema.check(database):
                return  # said already
            async with database.read() as session:
                names = [facility.name for facility in tools.facilities]
                lost = await lost_targets(session, personal, names, SystemClock().now())
    except (NoDatabaseYet, InputError):
        return
    for each in lost:
        yield Finding(
            f"people of route {each.route}",
            "warning",
            each.complaint,
            "nightdesk people import, nightdesk roster import, or mend the route",
        )


def _routes(tools: Tools) -> list[Finding]:
    findings = []
    for route in tools.routes:
        unknown = unknown_names(route.rule, facilities=[facility.name for facility in tools.facilities])
        if unknown:
            names = ", ".join(sorted(unknown))
            findings.append(
                Finding(
                    f"route {route.name}",
                    "bad",
                    f"no event ever has: {names}",
                    "such a comparison never holds; docs/routes.md lists the names there are",
                )
            )
        else:
            findings.append(
                Finding(f"route {route.name}", "good", f"leads to {', '.join(_leads_to(route)) or 'nobody'}")
            )
    return findings


def _reactions(tools: Tools, settings: Settings) -> list[Finding]:
    findings = []
    names = [facility.name for facility in tools.facilities]
    for each in tools.reactions:
        unknown = unknown_names(each.rule, facilities=names)
        if unknown:
            detail = f"no event ever has: {', '.join(sorted(unknown))}"
            remedy = "such a comparison never holds; docs/routes.md lists the names there are"
            findings.append(Finding(f"reaction {each.name}", "bad", detail, remedy))
            continue
        for problem in cannot_start(settings, each):
            remedy = "mend the entry, or what it needs: docs/reactions.md"
            findings.append(Finding(f"reaction {each.name}", "bad", problem, remedy))
            break
        else:
            how = "asks first" if each.ask_first else "starts at once"
            findings.append(Finding(f"reaction {each.name}", "good", f"{each.start}: {how}"))
    return findings


def _leads_to(route: Route) -> list[str]:
    return [
        *route.channels,
        *(target.text for target in route.targets),
        *([f"page {route.page}"] if route.page else []),
    ]


async def _channels(tools: Tools) -> AsyncIterator[Finding]:
    if not tools.channels:
        yield Finding("channels", "warning", "none: nobody would be told anything", "add [[channels]]")
    for name, channel in tools.channels.items():
        try:
            yield Finding(f"channel {name}", "good", await channel.check())
        except DeliveryError as error:
            yield Finding(
                f"channel {name}", "bad", str(error), f"mend that, or take {name} out of [[channels]]"
            )


async def _providers(tools: Tools, settings: Settings) -> AsyncIterator[Finding]:
    """The mail server and Twilio by themselves, for people are reached through them without a channel."""
    email, twilio = tools.connections.email, tools.connections.twilio
    if email is not None:
        try:
            yield Finding("e-mail", "good", await email.check())
        except DeliveryError as error:
            yield Finding("e-mail", "bad", str(error), "check email.smtp_url and the network")
    elif settings.email.smtp_url is not None or settings.email.sender is not None:
        yield Finding("e-mail", "bad", "only half of it is set", "set both email.smtp_url and email.sender")
    if twilio is not None:
        try:
            yield Finding("twilio", "good", f"answers as {await twilio.account()}")
        except DeliveryError as error:
            yield Finding("twilio", "bad", str(error), "check [twilio] and the network")
        if not twilio.identity.from_number:
            yield Finding("twilio number", "warning", "nobody gets SMS or calls", "set twilio.from_number")
    if (email is not None or twilio is not None) and not settings.web.public_url:
        lost = (
            "e-mail has no one-click way out, SMS and calls cannot be answered, nothing says if they arrived"
        )
        yield Finding("public address", "warning", lost, "set web.public_url to where this desk is reached")


def _facilities(tools: Tools) -> Finding:
    closed = [facility.name for facility in tools.facilities if facility.status == "closed"]
    detail = f"{len(tools.facilities)} known" + (f", closed: {', '.join(closed)}" if closed else "")
    return Finding("facilities", "good", detail)


def _discord(answer: DiscordAnswer | None) -> list[Finding]:
    if answer is None:
        return []
    if answer.problem is not None:
        remedy = "check discord.token, discord.api_url and the network"
        return [Finding("discord", "bad", answer.problem, remedy)]
    invite = f"an administrator of the server opens {answer.invitation}"
    if not answer.servers:
        return [Finding("discord", "bad", f"@{answer.user} is in no server", invite)]
    if answer.strangers:
        missing = ", ".join(answer.strangers)
        return [Finding("discord", "bad", f"@{answer.user} is not in {missing} (discord.servers)", invite)]
    return [Finding("discord", "good", f"the token is that of @{answer.user} in {', '.join(answer.servers)}")]


def _web(settings: Settings) -> Finding:
    where = f"{settings.web.host}:{settings.web.port}"
    try:
        check_address(settings.web)
    except InputError as error:
        return Finding(
            "web", "warning", str(error), "good while your hub runs; else free the port or set web.port"
        )
    return Finding("web", "good", f"{where} is free")


def _clock(slack: SlackAnswer | None) -> Finding:
    """This machine's clock against the time that Slack's answer carried (to a second, RFC 9110, 6.6.1)."""
    now = f"{SystemClock().now():%Y-%m-%d %H:%M:%S} UTC"
    if slack is None or slack.clock_ahead is None:
        return Finding(
            "clock", "good", f"{now}; nothing to compare it with: no Slack is configured or answers"
        )
    ahead = slack.clock_ahead
    if abs(ahead) <= CLOCK_TOLERANCE:
        return Finding("clock", "good", f"{now}, within {CLOCK_TOLERANCE:.0f} s of Slack's")
    off = f"{now}, {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Slack's"
    verdict: Verdict = "bad" if abs(ahead) > 60.0 else "warning"
    return Finding("clock", verdict, off, "have the machine's time set by NTP (timedatectl set-ntp true)")
