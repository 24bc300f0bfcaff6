"""Slack as a front end: slash commands, buttons, modals, mentions, direct messages, Home, unfurled links.

Everything is acknowledged first and answered after. Through Socket Mode (two connections, so that the
refresh of one loses nothing) or over HTTP, where slack-bolt checks signature and timestamp.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.composition import Tools
from bot.form_fields import OPEN
from bot.settings import Settings
from bot.slack_answers import Asked, SlackAnswers
from bot.slack_forms import FORM, asked_option, errors_of, given_by, options_of, origin_of
from bot.slack_home import home_view, unfurled
from bot.slack_modals import SlackModals
from cards.slack import render_slack
from commands.desk import Call, Desk, Press
from commands.forms import form_of
from commands.questions import Answered
from commands.request import Account, Form, Front, Place
from notifiers.channels.slack_errors import CALL_ERRORS, reason
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.tables import ThreadRow

log = logging.getLogger(__name__)

CONNECTIONS = 2
OWN = ("command.", "confirm.", "form.")  # buttons of answers, which the answer to them replaces
SUBMIT_TIME = 2.0  # s for checking a form while the modal waits
PROFILE_LIFE = 3600.0  # s
ANYTHING = re.compile(".*", re.DOTALL)


class SlackFront:
    """People in Slack ask the desk.

    Promises: every payload is acknowledged before anything else is done; one that is delivered twice is done
    once; whoever asked is answered. Needs `slack.bot_token`, and `slack.app_token` (Socket Mode) or
    `slack.signing_secret` (HTTP at `/slack/events`).
    """

    def __init__(self, settings: Settings, workspace: SlackWorkspace, desk: Desk) -> None:
        self._settings = settings
        self._workspace = workspace
        self._desk = desk
        self._modals = SlackModals(desk, workspace)
        self._profiles: dict[str, tuple[float, Account]] = {}
        secret = settings.slack.signing_secret
        token = settings.slack.bot_token
        assert token is not None, "a workspace has a token"
        client = AsyncWebClient(token.get_secret_value(), settings.slack.api_url, retry_handlers=[])
        self.app = AsyncApp(
            client=client,
            signing_secret=secret.get_secret_value() if secret else None,
            request_verification_enabled=secret is not None,
            process_before_response=False,
            logger=logging.getLogger("slack_bolt"),
        )
        self._listen()
        desk.answered_elsewhere.append(self._answered_elsewhere)

    @property
    def over_http(self) -> bool:
        """Whether Slack calls us, instead of us calling Slack."""
        return self._settings.slack.app_token is None and self._settings.slack.signing_secret is not None

    async def run(self) -> None:
        """Keep the sockets open until cancelled; over HTTP there is nothing to keep."""
        token = self._settings.slack.app_token
        if token is None:
            await asyncio.Event().wait()
            return
        handlers = [AsyncSocketModeHandler(self.app, token.get_secret_value()) for _ in range(CONNECTIONS)]
        for handler in handlers:
            handler.client.web_client.base_url = self._settings.slack.api_url
        try:
            for handler in handlers:
                await handler.connect_async()  # type: ignore[no-untyped-call]
            await asyncio.Event().wait()
        finally:
            for handler in handlers:
                await handler.close_async()  # type: ignore[no-untyped-call]

    async def http(self, request: web.Request) -> web.StreamResponse:
        """`POST /slack/events`."""
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))

    def _listen(self) -> None:
        app = self.app
        app.command(ANYTHING)(self._command)
        app.action(ANYTHING)(self._action)
        app.options(ANYTHING)(self._options)
        app.view(FORM)(self._submitted)
        app.shortcut(ANYTHING)(self._shortcut)
        app.event("app_mention")(self._said)
        app.event("message")(self._said)
        app.event("app_home_opened")(self._home)
        app.event("link_shared")(self._links)
        app.error(self._error)

    async def _command(self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        await ack()
        word = str(body["command"]).removeprefix("/")
        text = str(body.get("text") or "")
        short = next((each for each in self._desk.book if each.short == word), None)
        line = f"{short.path} {text}" if short is not None else text
        asked = Asked(str(body["channel_id"]), str(body["user_id"]), response_url=body.get("response_url"))
        account = await self._account(asked.user)
        call = Call(account, self._place(asked), line=line, delivery=f"slack:{body['trigger_id']}")
        await self._answer(asked, account, self._desk.run(call), str(body["trigger_id"]))

    async def _action(self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        await ack()
        if body.get("type") != "block_actions" or body.get("view", {}).get("type") == "modal":
            return
        pressed = body["actions"][0]
        action = str(pressed["action_id"]).partition("#")[0]
        container = body.get("container", {})
        message = body.get("message") or {}
        own = action.startswith(OWN)
        ephemeral = bool(container.get("is_ephemeral"))
        channel = str((body.get("channel") or {}).get("id", ""))
        thread = message.get("thread_ts") or (None if own else message.get("ts"))
        asked = Asked(
            channel,
            str(body["user"]["id"]),
            thread=thread,
            response_url=body.get("response_url"),
            message=str(message["ts"]) if own and message.get("ts") and not ephemeral else None,
            ephemeral=own and ephemeral,
        )
        account = await self._account(asked.user)
        place = self._place(asked, await self._event_of(channel, message))
        value = str(pressed.get("value") or "")
        if action == OPEN:
            kept = await self._modals.kept(value)
            if kept is not None and kept.form is not None:
                caller = await self._desk.caller(account)
                await self._modals.open(str(body["trigger_id"]), kept.form, asked, caller.reader)
                return
            action = "command.run"  # of a call that is gone: it says so
        stands_in = str(message.get("ts") or "")
        press = Press(account, place, action, value, f"slack:{body['trigger_id']}", stands_in)
        await self._answer(asked, account, self._desk.press(press), str(body["trigger_id"]))

    async def _answered_elsewhere(self, answered: Answered) -> None:
        if answered.front != Front.SLACK.value:
            return
        said = render_slack(answered.card, answered.reader)
        try:
            await self._workspace.client.chat_update(
                channel=answered.channel, ts=answered.message, text=said.text, blocks=said.blocks
            )
        except CALL_ERRORS as error:
            log.warning("a question in %s keeps its buttons: %s", answered.channel, reason(error))

    async def _options(self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        path, name = asked_option(str(body.get("action_id", "")))
        account = Account("slack", str(body["user"]["id"]))
        choices = await self._desk.complete(account, path, name, str(body.get("value") or ""))
        await ack(options=options_of(choices))

    async def _submitted(self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        view = body["view"]
        origin = origin_of(view)
        account = await self._account(str(body["user"]["id"]))
        if origin.path not in self._desk.book:
            await ack()
            return
        given = given_by(view)
        if origin.waiting:
            kept = await self._modals.kept(origin.waiting)
            if kept is None:
                caller = await self._desk.caller(account)
                first = next(block["block_id"] for block in view["blocks"] if block["type"] == "input")
                gone = caller.reader.say("This form has expired; please ask again.")
                await ack(response_action="errors", errors={first: gone})
                return
            given = {**kept.given, **given}
        asked = Asked(origin.channel, account.id, thread=origin.thread or None)
        call = Call(
            account, self._place(asked), path=origin.path, given=given, delivery=f"slack:{view['id']}"
        )
        wrong: Form | None = None
        try:
            async with asyncio.timeout(SUBMIT_TIME):
                wrong = await self._desk.check(call)
        except TimeoutError:
            log.warning("a form of %s took too long to check; it is checked again when it runs", origin.path)
        errors = errors_of(wrong, view) if wrong else {}
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        await self._answer(asked, account, self._desk.run(call))

    async def _shortcut(self, ack: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> None:
        """A shortcut on a message: its command's form, the message's words in its last text."""
        await ack()
        path = str(body.get("callback_id", "")).replace(".", " ")
        if path not in self._desk.book:
            return
        command = self._desk.book.get(path)
        message = body.get("message") or {}
        channel = str((body.get("channel") or {}).get("id", ""))
        given = {command.last.name: str(message.get("text") or "")[:2000]} if command.last else {}
        event = await self._event_of(channel, message)
        if event is not None and command.option("event") is not None:
            given["event"] = event
        caller = await self._desk.caller(await self._account(str(body["user"]["id"])))
        form = form_of(command, given)
        thread = str(message.get("thread_ts") or message.get("ts") or "")
        asked = Asked(channel, caller.account.id, thread=thread)
        await self._modals.open(str(body["trigger_id"]), form, asked, caller.reader)

    async def _said(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        """A mention in a channel, or a direct message: the words are a command."""
        direct = event.get("channel_type") == "im"
        if event.get("bot_id") or event.get("subtype") or not (direct or event.get("type") == "app_mention"):
            return
        line = re.sub(
            r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>", "", str(event.get("text") or ""), count=0 if direct else 1
        )
        asked = Asked(str(event["channel"]), str(event["user"]), thread=event.get("thread_ts"))
        account = await self._account(asked.user)
        place = self._place(asked, await self._event_of(asked.channel, event))
        place = replace(place, overheard=not asked.private)
        call = Call(
            account, place, line=line.strip(), delivery=f"slack:{body.get('event_id') or event['ts']}"
        )
        await self._answer(asked, account, self._desk.run(call))

    async def _home(self, event: dict[str, Any]) -> None:
        if event.get("tab") != "home":
            return
        caller = await self._desk.caller(await self._account(str(event["user"])))
        view = await home_view(self._desk, caller)
        try:
            await self._workspace.client.views_publish(user_id=caller.account.id, view=view)
        except CALL_ERRORS as error:
            log.warning("the Home tab of %s was not taken: %s", caller.name, reason(error))

    async def _links(self, event: dict[str, Any]) -> None:
        caller = await self._desk.caller(await self._account(str(event["user"])))
        found = await unfurled(self._desk, caller, [str(each["url"]) for each in event.get("links", ())])
        if not found:
            return
        try:
            await self._workspace.client.chat_unfurl(
                channel=str(event["channel"]), ts=str(event["message_ts"]), unfurls=found
            )
        except CALL_ERRORS as error:
            log.warning("links in %s were not unfurled: %s", event["channel"], reason(error))

    async def _answer(self, asked: Asked, account: Account, replies: Any, trigger: str | None = None) -> None:
        caller = await self._desk.caller(account)
        answers = SlackAnswers(self._workspace, asked, caller.reader, self._desk.stands_in)
        await answers.show(self._modals.first(replies, asked, caller.reader, trigger))

    async def _account(self, user: str) -> Account:
        """Who it is; of those the desk does not know the profile's zone and locale, kept for an hour."""
        now = self._desk.rooms.clock.monotonic()
        known = self._profiles.get(user)
        if known is not None and now - known[0] < PROFILE_LIFE:
            return known[1]
        account = Account("slack", user)
        if (await self._desk.caller(account)).person is None:
            try:
                answer = await self._workspace.client.users_info(user=user, include_locale=True)
                profile = answer.get("user") or {}
                locale = str(profile.get("locale") or "") or None
                account = Account("slack", user, str(profile.get("name") or ""), locale, profile.get("tz"))
            except CALL_ERRORS as error:
                log.info("the profile of %s cannot be read: %s", user, reason(error))
        self._profiles[user] = (now, account)
        return account

    def _place(self, asked: Asked, event: str | None = None) -> Place:
        return Place(Front.SLACK, asked.channel, asked.private, event, asked.thread or "")

    async def _event_of(self, channel: str, message: Mapping[str, Any]) -> str | None:
        """The event whose card or thread this is."""
        ts = message.get("thread_ts") or message.get("ts")
        if not channel or not ts:
            return None
        async with self._desk.rooms.database.read() as session:
            wanted = select(ThreadRow.event).where(ThreadRow.place == channel, ThreadRow.message == str(ts))
            found: str | None = await session.scalar(wanted.limit(1))
            return found

    async def _error(self, error: Exception, body: dict[str, Any]) -> None:
        log.error("a payload of Slack (%s) failed", body.get("type") or body.get("command"), exc_info=error)


def slack_front_of(settings: Settings, tools: Tools, desk: Desk) -> SlackFront | None:
    """The front end that is configured; None where Slack only hears from us."""
    slack = settings.slack
    if tools.connections.slack is None or not (slack.app_token or slack.signing_secret):
        return None
    return SlackFront(settings, tools.connections.slack, desk)
