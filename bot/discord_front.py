"""The Discord front end: what people type, complete, press and fill in becomes calls to the desk."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

import discord
from sqlalchemy import select

from bot.discord_answers import FAILURES, Answer, change_message
from bot.discord_calls import account_of, asked, delivery_of, place_of
from bot.discord_client import DiscordAccess, DiscordClient, point_discord_at
from bot.discord_forms import filled, missing_of, modal_of_press
from bot.discord_modals import DiscordModals
from bot.discord_sync import EVERYWHERE, sync_commands
from bot.discord_tree import Json, command_tree
from bot.form_fields import OPEN
from bot.settings import Settings
from cards.answer_card import refusal_card
from cards.reader import Reader, ReaderError
from commands.desk import Call, Desk, Press
from commands.questions import Answered
from commands.request import Front, Place, Reply
from notifiers.tables import ThreadRow
from store.database import DATABASE_AWAY

log = logging.getLogger(__name__)

COMPLETION_PATIENCE = 2.0  # s; Discord shows nothing after three
MOST_SEEN = 5000
IN_PLACE = frozenset({"confirm.yes", "confirm.no", "command.run"})
"""Actions whose answer takes the place of the message with the button."""


class DiscordFrontError(RuntimeError):
    """The front end cannot run: what Discord said, and what mends it."""


class DiscordFront:
    """The desk in Discord.

    Promises: every interaction is acknowledged before anything else is done with it, and by one process
    only, however many run; what Discord delivers twice is done once; a button or form from before a restart
    works, or says that it has expired; people see answers in Discord's language of theirs, or that of their
    desk account. `run` ends only with an error; discord.py reconnects and resumes by itself.
    """

    def __init__(
        self, desk: Desk, access: DiscordAccess, observe: Callable[[float], None] | None = None
    ) -> None:
        self._desk = desk
        self._modals = DiscordModals(desk)
        self._access = access
        self._observe = observe
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._client: discord.Client | None = None
        desk.answered_elsewhere.append(self._answered_elsewhere)
        self.connected = False
        self.detail = "not connected yet"

    async def run(self) -> None:
        """Serve until cancelled. Raises DiscordFrontError where Discord does not accept the token."""
        point_discord_at(self._access)
        client = self._client = DiscordClient(self)
        try:
            async with client:
                await client.start(self._access.token)
        except discord.LoginFailure:
            raise DiscordFrontError(
                "Discord does not accept the token: set discord.token to the bot's token"
            ) from None
        except discord.PrivilegedIntentsRequired:
            raise DiscordFrontError("Discord refuses the intents of this bot; please report it") from None
        finally:
            self.connected, self.detail = False, "not connected"

    async def began(self, client: discord.Client) -> None:
        """Tell Discord the commands, if they are others than it knows."""
        application = str(client.application_id)

        async def tell(scope: str, commands: list[Json]) -> None:
            if scope == EVERYWHERE:
                await client.http.bulk_upsert_global_commands(application, commands)
            else:
                await client.http.bulk_upsert_guild_commands(application, scope, commands)

        rooms = self._desk.rooms
        told = await sync_commands(
            rooms.database,
            rooms.clock,
            application,
            command_tree(self._desk.book),
            self._access.servers,
            tell,
        )
        log.info("Discord was told the commands of: %s", ", ".join(told) or "nothing new")

    async def _answered_elsewhere(self, answered: Answered) -> None:
        if answered.front == Front.DISCORD.value and self._client is not None:
            await change_message(self._client, answered)

    async def heard(self, interaction: discord.Interaction) -> None:
        """An interaction that is no button: a command, something being typed, or a form that was sent."""
        match interaction.type:
            case discord.InteractionType.autocomplete:
                await self._complete(interaction)
            case discord.InteractionType.component:
                return
            case _ if not self._is_ours(interaction):
                await self._not_here(interaction)
            case discord.InteractionType.application_command if self._first(interaction):
                await self._command(interaction)
            case discord.InteractionType.modal_submit if self._first(interaction):
                await self._submitted(interaction)

    async def pressed(self, interaction: discord.Interaction, action: str, value: str) -> None:
        """A button."""
        if not self._first(interaction):
            return
        if not self._is_ours(interaction):
            await self._not_here(interaction)
            return
        if action == OPEN:
            await self._open_waiting(interaction, value)
            return
        form = missing_of(self._desk.book, action, value)
        if form is not None:
            await self._open(interaction, modal_of_press(*form, action, value, _reader(interaction)))
            return
        in_place = action in IN_PLACE
        ephemeral = interaction.message is not None and interaction.message.flags.ephemeral
        answer = Answer(interaction, thinking=False, private=ephemeral, in_place=in_place)
        if await self._acknowledge(interaction, None):
            place, delivery = await self._place(interaction), delivery_of(interaction)
            message = str(interaction.message.id) if interaction.message is not None else ""
            press = Press(account_of(interaction), place, action, value, delivery, message)
            await self._answer(answer, interaction, self._desk.press(press))

    async def _command(self, interaction: discord.Interaction) -> None:
        what = asked(interaction)
        private = what.path in self._desk.book and self._desk.book.get(what.path).private
        answer = Answer(interaction, thinking=True, private=private and interaction.guild_id is not None)
        if not await self._acknowledge(interaction, private):
            return
        call = Call(
            account_of(interaction),
            await self._place(interaction),
            path=what.path,
            given=what.given,
            delivery=delivery_of(interaction),
        )
        await self._answer(answer, interaction, self._desk.run(call))

    async def _submitted(self, interaction: discord.Interaction) -> None:
        form = filled(interaction)
        if form is None:
            return
        answer = Answer(interaction, thinking=True, private=interaction.guild_id is not None)
        if not await self._acknowledge(interaction, True):
            return
        place, account, delivery = (
            await self._place(interaction),
            account_of(interaction),
            delivery_of(interaction),
        )
        match await self._modals.sent(form, _reader(interaction)):
            case Reply() as more:
                await self._answer(answer, interaction, _alone(more))
            case None:
                gone = Press(account, place, "command.run", form.waiting or "", delivery)
                await self._answer(answer, interaction, self._desk.press(gone))
            case asked_for:
                call = Call(account, place, path=asked_for.path, given=asked_for.given, delivery=delivery)
                await self._answer(answer, interaction, self._desk.run(call))

    async def _open_waiting(self, interaction: discord.Interaction, value: str) -> None:
        modal = await self._modals.modal(value, _reader(interaction))
        if modal is not None:
            await self._open(interaction, modal)
            return
        answer = Answer(interaction, thinking=False, private=True, in_place=True)
        if await self._acknowledge(interaction, None):
            gone = Press(account_of(interaction), place_of(interaction), "command.run", value)
            await self._answer(answer, interaction, self._desk.press(gone))

    async def _open(self, interaction: discord.Interaction, modal: discord.ui.Modal) -> None:
        try:
            await interaction.response.send_modal(modal)
        except FAILURES as error:
            log.warning("a form was not opened in Discord: %s", error)

    async def _complete(self, interaction: discord.Interaction) -> None:
        what, choices = asked(interaction), []
        if what.focused is not None and self._is_ours(interaction):
            typed = what.given.get(what.focused, "")
            asking = self._desk.complete(account_of(interaction), what.path, what.focused, typed)
            try:
                found = await asyncio.wait_for(asking, COMPLETION_PATIENCE)
                choices = [
                    discord.app_commands.Choice(name=each.label[:100], value=each.value[:100])
                    for each in found[:25]
                    if each.label.strip() and each.value.strip()
                ]
            except (TimeoutError, *DATABASE_AWAY) as error:
                log.warning("nothing was offered for %s in Discord: %s", what.path, type(error).__name__)
        try:
            await interaction.response.autocomplete(choices)
        except FAILURES as error:
            log.debug("an offer came too late for Discord: %s", error)

    async def _acknowledge(self, interaction: discord.Interaction, private: bool | None) -> bool:
        """Tell Discord that somebody listens (`private` None: to a button); False if that is not us."""
        try:
            if private is None:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=private, thinking=True)
        except FAILURES as error:
            # Another process was faster, or Discord has told the person by now that nobody answered.
            log.warning("an interaction in Discord was not acknowledged: %s", error)
            return False
        if self._observe is not None:
            sent = discord.utils.snowflake_time(interaction.id)
            self._observe(max(0.0, (self._desk.rooms.clock.now() - sent).total_seconds()))
        return True

    async def _answer(
        self, answer: Answer, interaction: discord.Interaction, replies: AsyncIterator[Reply]
    ) -> None:
        reader = _reader(interaction)
        try:
            reader = (await self._desk.caller(account_of(interaction))).reader
            async for reply in self._modals.first(replies, reader):
                await answer.show(reply, reader)
                if reply.asks is not None and answer.message is not None:
                    await self._desk.stands_in(reply.asks, answer.message)
        except DATABASE_AWAY as error:
            log.warning("nobody could be answered, the database is away: %s", type(error).__name__)
            sentence = reader.say("The desk's database cannot be reached now; please ask again in a minute.")
            await answer.show(Reply(refusal_card(reader, sentence), private=True), reader)
        await answer.finish()

    async def _place(self, interaction: discord.Interaction) -> Place:
        """Where it was asked, and if that is the thread of an event's card, which event's."""
        channel = interaction.channel
        if not isinstance(channel, discord.Thread):
            return place_of(interaction)
        try:
            async with self._desk.rooms.database.read() as session:
                event = await session.scalar(
                    select(ThreadRow.event).where(ThreadRow.message == str(channel.id))
                )
        except DATABASE_AWAY:
            event = None
        return place_of(interaction, event)

    async def _not_here(self, interaction: discord.Interaction) -> None:
        words = _reader(interaction).say("This desk does not answer in this server.")
        try:
            await interaction.response.send_message(words, ephemeral=True)
        except FAILURES as error:
            log.warning("a server that is not ours was not told so: %s", error)

    def _is_ours(self, interaction: discord.Interaction) -> bool:
        servers = self._access.servers
        return not servers or interaction.guild_id is None or str(interaction.guild_id) in servers

    def _first(self, interaction: discord.Interaction) -> bool:
        """Whether this process sees an interaction for the first time."""
        if interaction.id in self._seen:
            return False
        self._seen[interaction.id] = None
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        return True


def discord_front_of(settings: Settings, desk: Desk) -> DiscordFront | None:
    """The front end, if there is a token for it."""
    token = settings.discord.token
    if token is None:
        return None
    where = settings.discord
    access = DiscordAccess(token.get_secret_value(), where.api_url, where.gateway_url, where.servers)
    return DiscordFront(desk, access)


async def _alone(reply: Reply) -> AsyncIterator[Reply]:
    yield reply


def _reader(interaction: discord.Interaction) -> Reader:
    try:
        return Reader(str(interaction.locale.value))
    except ReaderError:
        return Reader()
