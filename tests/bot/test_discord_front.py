"""The desk in Discord through a real gateway and REST: every command, buttons, forms, restarts, repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.discord_client import DiscordAccess
from bot.discord_front import DiscordFront, DiscordFrontError
from cards.answer_card import answer_card
from cards.card import Button, Card, Picture, Text, Tone
from cards.reader import Reader
from commands.book import Book
from commands.command import Command, Nature
from commands.declared import GROUPS, book
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import DeskFacts, Rooms
from commands.waiting import BUTTON_LIFE
from notifiers.channels.base import ChannelConfig
from notifiers.channels.discord import DiscordChannel
from notifiers.channels.discord_server import DiscordServer
from shifts.people_file import parse_people
from shifts.permissions import Permission
from store import audit
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import AskedDesk
from tests.commands.with_settings import book_with_settings
from tests.standins.discord import DiscordStandIn, Fault, Interaction, Message, Place, User
from tests.standins.discord_world import DM

CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
PNG = b"\x89PNG of the sky"


@dataclass
class Chat:
    """A desk in Discord, and the people who ask it."""

    discord: DiscordStandIn
    asked: AskedDesk
    place: Place
    ana: User
    bo: User
    dora: User
    stranger: User
    servers: tuple[str, ...] = ()
    front: DiscordFront = field(init=False)
    task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        access = DiscordAccess(self.discord.token, self.discord.url, self.discord.gateway_url, self.servers)
        self.front = DiscordFront(self.asked.desk, access)
        self.task = asyncio.create_task(self.front.run())
        await self.discord.gateway.connected()
        await self.discord.wait_for(lambda: self.front.connected or self.task.done())  # type: ignore[union-attr]

    async def end(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    async def restart(self) -> None:
        """The process died and is there again: nothing is left but the database."""
        await self.end()
        self.discord.gateway.sessions.clear()
        await self.begin()

    async def ask(self, user: User, path: str, **given: object) -> Interaction:
        made = await self.discord.interactions.command(user, path, given, place=self.place)
        return await self.discord.interactions.answered(made)

    async def press(self, user: User, message: Message, label: str) -> Interaction:
        return await self.discord.interactions.answered(
            await self.discord.interactions.press(user, message, label)
        )

    async def submit(self, opened: Interaction, **filled: str) -> Interaction:
        return await self.discord.interactions.answered(
            await self.discord.interactions.submit(opened, filled)
        )

    async def until_audited(self, who: str, what: str, result: str) -> None:
        """The audit is written once the answer is there."""
        for _ in range(1000):
            if (who, what, result) in await self.audited():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(await self.audited())

    async def audited(self) -> list[tuple[str, str, str]]:
        async with self.asked.rooms.database.read() as session:
            return [(row.who, row.what, row.result) for row in await audit.entries(session)]


@asynccontextmanager
async def chatting(database: Database, clock: ManualClock, *extra: Command) -> AsyncIterator[Chat]:
    async with DiscordStandIn(clock=lambda: clock.now().timestamp()) as discord:
        users = [discord.add_user(name) for name in ("ana", "bo", "dora", "mallory")]
        asked = AskedDesk(database, clock, DeskFacts(administrators=("bo",)))
        await asked.rooms.people.put(parse_people(_people(*users)), by="test")
        if extra:
            asked.desk.book = Book(GROUPS, [*book(), *extra])
        chat = Chat(discord, asked, discord.add_channel("gw"), *users)
        try:
            await chat.begin()
            yield chat
        finally:
            await chat.end()
    assert [each[:200] for each in discord.violations] == []


def _people(ana: User, bo: User, dora: User, _: User) -> str:
    return f"""
people:
  - {{name: ana, timezone: Europe/Paris, discord: "{ana.id}", permissions: [shifter, "trigger:ZTF"]}}
  - {{name: bo, timezone: Asia/Tokyo, discord: "{bo.id}", permissions: [administrator]}}
  - {{name: dora, timezone: Europe/Paris, locale: fr, discord: "{dora.id}", permissions: [shifter]}}
"""


@pytest.fixture
async def chat(database: Database, clock: ManualClock) -> AsyncIterator[Chat]:
    async with chatting(database, clock) as made:
        yield made


# --- every command


def _filled(option: Option) -> object:
    examples: dict[OptionKind, object] = {
        OptionKind.EVENT: "latest",
        OptionKind.FACILITY: "ZTF",
        OptionKind.PERSON: "ana",
        OptionKind.TIME: "in 2h",
        OptionKind.DURATION: "2h",
        OptionKind.ANGLE: "5 deg",
        OptionKind.COORDINATES: "06 27 -45",
        OptionKind.NUMBER: max(1.0, option.minimum or 1.0),
        OptionKind.FLAG: True,
        OptionKind.RULE: "significant",
        OptionKind.PAGE: "1",
        OptionKind.SETTINGS: "exposure_time=300",
    }
    return option.choices[0] if option.choices else examples.get(option.kind, "words")


async def test_every_declared_command_is_answered_with_and_without_its_options(chat: Chat) -> None:
    """Through an INTERACTION_CREATE each, as somebody who may everything; an empty desk has few events."""
    for command in book():
        required = {option.name: _filled(option) for option in command.options if option.required}
        everything = {option.name: _filled(option) for option in command.options}
        for given in (required, everything):
            made = await chat.ask(chat.bo, command.path, **given)
            assert made.answered_in is not None, command.path
            assert made.words, command.path
            assert "nightdesk itself failed" not in made.words, command.path
            assert all(message.author is chat.discord.world.bot for message in made.shown)


async def test_every_option_that_completes_offers_what_discord_takes(chat: Chat) -> None:
    for command in book():
        for option in command.options:
            if option.completes and not option.choices:
                made = await chat.discord.interactions.complete(
                    chat.bo, command.path, option.name, "t", place=chat.place
                )
                await chat.discord.interactions.answered(made)
                assert made.choices is not None


async def test_a_telescope_is_offered_while_its_name_is_typed(chat: Chat) -> None:
    made = await chat.discord.interactions.complete(
        chat.ana, "facility status", "facility", "zt", place=chat.place
    )
    await chat.discord.interactions.answered(made)
    assert made.choices is not None
    assert {"name": "ZTF", "value": "ZTF"} in made.choices


# --- who sees what


async def test_everybody_sees_the_answer_to_what_is_public(chat: Chat) -> None:
    made = await chat.ask(chat.ana, "facility status", facility="ZTF")
    assert [message.ephemeral for message in made.shown] == [False]
    assert "ZTF" in made.words


async def test_what_is_private_is_for_the_caller_alone(chat: Chat) -> None:
    made = await chat.ask(chat.ana, "help")
    assert [message.ephemeral for message in made.shown] == [True]


async def test_a_refusal_of_a_public_command_is_private_and_leaves_nothing_behind(chat: Chat) -> None:
    made = await chat.ask(chat.stranger, "event note", event="latest", text="hello")
    (message,) = made.shown
    assert message.ephemeral
    assert "does not know you yet" in message.words
    assert "Ask bo" in message.words
    assert chat.place.messages == []


async def test_in_a_direct_message_everything_is_said_there(chat: Chat) -> None:
    place = Place(chat.discord.world.ids.next(), "@ana", DM, recipient=chat.ana)
    chat.discord.world.places[place.id] = place
    made = await chat.discord.interactions.command(chat.ana, "help", {}, place=place)
    await chat.discord.interactions.answered(made)
    assert [message.ephemeral for message in made.shown] == [True]
    made = await chat.discord.interactions.command(
        chat.ana, "event note", {"event": "S999999z", "text": "x"}, place=place
    )
    await chat.discord.interactions.answered(made)
    assert "No event is called" in made.words


async def test_people_are_answered_in_their_own_language_and_strangers_in_discords(chat: Chat) -> None:
    assert "Ce que vous pouvez demander" in (await chat.ask(chat.dora, "help")).words
    chat.stranger.locale = "fr"
    assert "Ce que vous pouvez demander" in (await chat.ask(chat.stranger, "help")).words


@pytest.mark.parametrize(
    "nasty", ["@everyone <@123> [x](https://evil)", "*b* `c` ||d||", "x" * 2900, "\u202egnp.evil\u202c"]
)
async def test_what_people_write_never_becomes_markup_or_a_mention(chat: Chat, nasty: str) -> None:
    made = await chat.ask(chat.ana, "event show", event=nasty)
    (message,) = made.shown
    for call in chat.discord.calls:
        if "/webhooks/" in call.path and isinstance(call.payload, dict):
            assert call.payload.get("allowed_mentions", {"parse": []})["parse"] == []
    shown = message.payload["content"] + str(message.embeds)
    assert "@everyone" not in shown
    assert "](http" not in shown.replace("\\](", "")
    assert "\u202e" not in shown


# --- once


async def test_it_is_acknowledged_before_anything_else_is_done(chat: Chat) -> None:
    made = await chat.ask(chat.ana, "event show", event="nothing")
    first = next(call for call in chat.discord.calls if made.token in call.path)
    assert first.route.endswith("/callback")
    assert first.payload["type"] == 5


async def test_an_interaction_delivered_twice_is_done_once(chat: Chat) -> None:
    made = await chat.ask(chat.ana, "facility open", facility="ZTF")
    await chat.discord.gateway.repeat()
    await chat.ask(chat.ana, "help")
    assert (
        len(
            [
                call
                for call in chat.discord.calls
                if made.token in call.path and call.route.endswith("/callback")
            ]
        )
        == 1
    )
    await chat.until_audited("ana", "facility open", "refused")
    assert len([row for row in await chat.audited() if row[1] == "facility open"]) == 1


async def test_of_two_processes_one_answers(chat: Chat) -> None:
    other = replace(chat)
    await other.begin()
    try:
        made = await chat.ask(chat.ana, "facility open", facility="ZTF")
        await chat.ask(chat.ana, "help")
        acknowledgements = [
            call.status
            for call in chat.discord.calls
            if made.token in call.path and call.route.endswith("/callback")
        ]
        assert sorted(acknowledgements) == [200, 400]
        assert len(made.shown) == 1
    finally:
        await other.end()


# --- reconnecting


async def test_what_is_asked_while_the_gateway_is_away_is_answered_after_the_resume(chat: Chat) -> None:
    await chat.discord.gateway.drop()
    made = await chat.discord.interactions.command(chat.ana, "help", {}, place=chat.place)
    await chat.discord.interactions.answered(made)
    assert chat.discord.gateway.resumed == 1
    assert chat.discord.gateway.identified == 1


async def test_a_gateway_that_asks_for_it_is_connected_to_again(chat: Chat) -> None:
    await chat.discord.gateway.ask_to_reconnect()
    await chat.discord.wait_for(lambda: chat.discord.gateway.resumed == 1)
    assert (await chat.ask(chat.ana, "help")).words


async def test_a_session_that_is_forgotten_is_begun_anew(chat: Chat) -> None:
    await chat.discord.gateway.forget_sessions()
    for socket in list(chat.discord.gateway.sockets):
        await socket.close()
    await chat.discord.wait_for(lambda: chat.discord.gateway.identified == 2)
    assert (await chat.ask(chat.ana, "help")).words


async def test_a_token_that_discord_does_not_accept_says_what_to_mend(
    database: Database, clock: ManualClock
) -> None:
    async with DiscordStandIn() as discord:
        access = DiscordAccess("wrong", discord.url, discord.gateway_url)
        front = DiscordFront(AskedDesk(database, clock).desk, access)
        with pytest.raises(DiscordFrontError, match=r"set discord\.token"):
            await front.run()
        assert not front.connected


# --- the commands are told when they change


def _puts(chat: Chat) -> list[str]:
    return [call.path.rpartition("applications/")[2] for call in chat.discord.calls if call.method == "PUT"]


async def test_discord_is_told_the_commands_once_and_not_at_each_start(chat: Chat) -> None:
    assert len(_puts(chat)) == 1
    await chat.restart()
    assert len(_puts(chat)) == 1
    chat.asked.desk.book = Book(GROUPS, [command for command in book() if command.path != "help"])
    await chat.restart()
    assert len(_puts(chat)) == 2
    assert "help" not in {command["name"] for command in chat.discord.world.commands}


async def test_a_desk_of_some_servers_has_its_commands_there_alone_and_answers_no_other(chat: Chat) -> None:
    await chat.end()
    chat.servers = ("123456",)
    await chat.restart()
    bot = chat.discord.world.bot.id
    assert _puts(chat)[1:] == [f"{bot}/commands", f"{bot}/guilds/123456/commands"]
    assert chat.discord.world.commands == []
    chat.discord.world.commands = [{"id": "1", "name": "help", "options": []}]
    made = await chat.ask(chat.ana, "help")
    assert "does not answer in this server" in made.words
    assert made.shown[0].ephemeral


# --- buttons and forms


CARD = Card((Text("S230518h"),), Tone.REAL)


async def _slow(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    yield Reply(answer_card(request.reader, "drawing"))
    card = answer_card(request.reader, "drawn", Picture("sky_map", "the sky"))
    yield Reply(card, pictures={"sky_map": PNG})


async def _long(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    yield Reply(answer_card(request.reader, "long", *(f"line {k} " + "word " * 60 for k in range(60))))


async def _sour(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    yield Reply(answer_card(request.reader, "begun"))
    raise CommandError("it went sour")


async def _take(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    yield Reply(answer_card(request.reader, f"{request.text('what')} for {request.text_or_none('minutes')}"))


async def _ask(request: Request, rooms: Rooms) -> Card | None:
    return answer_card(request.reader, "This closes all telescopes.")


def _made(name: str, handler: object, *options: Option, **about: object) -> Command:
    about = {"permission": None, "examples": (name,)} | about
    return Command(name, f"Does {name}", handler, options=options, **about)  # type: ignore[arg-type]


WHAT = Option("what", OptionKind.TEXT, "What to take", required=True)
MINUTES = Option("minutes", OptionKind.TEXT, "For how long", required=True)
AT = Option("at", OptionKind.TIME, "When")
EXTRA = (
    _made("slow", _slow, nature=Nature.STARTS),
    _made("long", _long),
    _made("sour", _sour),
    _made("grab", _take, WHAT),
    _made("rest_a_while", _take, WHAT, MINUTES, AT),
    _made("shut", _take, WHAT, question=_ask, permission=Permission.SHIFTER, nature=Nature.CHANGES),
    _made(
        "shut_all",
        _take,
        WHAT,
        question=_ask,
        second_person=True,
        permission=Permission.SHIFTER,
        nature=Nature.CHANGES,
    ),
)


@pytest.fixture
async def made(database: Database, clock: ManualClock) -> AsyncIterator[Chat]:
    async with chatting(database, clock, *EXTRA) as chat:
        yield chat


async def posted(chat: Chat, *buttons: Button) -> Message:
    """A card as the outbox posts it, in the channel."""
    server = DiscordServer(chat.discord.token, chat.discord.url)
    channel = DiscordChannel(ChannelConfig("gw", "discord", chat.place.id, Reader()), server)
    await channel.post(answer_card(Reader(), "S230518h", buttons=buttons), "n1", {})
    await server.close()
    return chat.place.messages[-1]


async def test_slow_work_edits_its_own_answer_and_shows_its_pictures(made: Chat) -> None:
    asked = await made.ask(made.ana, "slow")
    await made.discord.wait_for(lambda: "drawn" in asked.words)
    (message,) = asked.shown
    assert message.pictures == [PNG]
    assert message.files[0].description == "the sky"


async def test_what_a_message_cannot_hold_follows_it(made: Chat) -> None:
    asked = await made.ask(made.ana, "long")
    await made.discord.wait_for(lambda: "line 59 " in asked.words)
    assert all(f"line {k} " in asked.words for k in range(60))
    assert len(asked.shown) > 1


async def test_a_refusal_after_a_public_beginning_takes_its_place_in_private(made: Chat) -> None:
    asked = await made.ask(made.ana, "sour")
    await made.discord.wait_for(lambda: "it went sour" in asked.words)
    (message,) = asked.shown
    assert message.ephemeral
    assert made.place.messages == []


async def test_a_button_on_a_card_is_answered_beside_it(made: Chat) -> None:
    card = await posted(made, Button("grab", "I have it", "S230518h"))
    pressed = await made.press(made.ana, card, "I have it")
    assert "S230518h for None" in pressed.words
    assert card.words.startswith("🔵 S230518h") or "S230518h" in card.words
    assert card not in pressed.shown


async def test_a_button_from_before_a_restart_still_works(made: Chat) -> None:
    card = await posted(made, Button("grab", "I have it", "S230518h"))
    await made.restart()
    assert "S230518h for None" in (await made.press(made.ana, card, "I have it")).words


async def test_a_button_that_needs_more_opens_a_form_that_survives_a_restart(made: Chat) -> None:
    card = await posted(made, Button("rest_a_while", "Snooze", "S230518h"))
    opened = await made.press(made.ana, card, "Snooze")
    assert [each["custom_id"] for each in opened.fields] == ["minutes"]
    await made.restart()
    sent = await made.submit(opened, minutes="20")
    assert "S230518h for 20" in sent.words


async def test_what_is_wrong_is_mended_in_a_form_that_says_so(made: Chat) -> None:
    asked = await made.ask(made.ana, "rest_a_while", what="S230518h", minutes="5", at="the day before")
    (refusal,) = asked.shown
    assert refusal.ephemeral
    opened = await made.press(made.ana, refusal, "Change and ask again")
    assert opened.fields[0]["custom_id"] == "at"
    assert opened.fields[0]["value"] == "the day before"
    sent = await made.submit(opened, at="in 2h")
    assert "S230518h for 5" in sent.words


async def test_a_form_that_has_expired_says_so(made: Chat) -> None:
    asked = await made.ask(made.ana, "rest_a_while", what="S230518h", minutes="5", at="the day before")
    opened = await made.press(made.ana, asked.shown[0], "Change and ask again")
    await made.asked.clock.advance((BUTTON_LIFE + timedelta(seconds=1)).total_seconds())
    assert "has expired" in (await made.submit(opened, at="in 2h")).words
    assert "has expired" in (await made.press(made.ana, asked.shown[0], "Change and ask again")).words


async def test_an_ambiguous_word_is_settled_by_a_button(made: Chat) -> None:
    asked = await made.ask(made.ana, "facility status", facility="ZTG")
    assert asked.shown[0].ephemeral


async def test_a_dangerous_command_waits_for_a_yes_which_its_card_then_says(made: Chat) -> None:
    asked = await made.ask(made.ana, "shut", what="domes")
    (question,) = asked.shown
    assert "This closes all telescopes." in question.words
    await made.restart()
    answered = await made.press(made.ana, question, "Yes, do it")
    assert answered.shown == [question]
    assert "domes for None" in question.words
    assert question.buttons == []


async def test_a_second_person_has_to_say_yes_and_everyone_sees_who_asked(made: Chat) -> None:
    (question,) = (await made.ask(made.ana, "shut_all", what="domes")).shown
    assert not question.ephemeral
    own = await made.press(made.ana, question, "Yes, do it")
    assert "second person" in own.words
    assert own.shown[0].ephemeral
    assert question.buttons
    await made.press(made.bo, question, "Yes, do it")
    assert "domes for None" in question.words
    await made.until_audited("bo", "shut_all", "done")


async def test_a_confirmation_that_has_expired_says_so(made: Chat) -> None:
    (question,) = (await made.ask(made.ana, "shut", what="domes")).shown
    await made.asked.clock.advance(16 * 60.0)
    assert "has expired" in (await made.press(made.ana, question, "Yes, do it")).words


async def test_an_unknown_button_says_that_it_has_expired(made: Chat) -> None:
    card = await posted(made, Button("no.such", "Old", "1"))
    pressed = await made.press(made.ana, card, "Old")
    assert "has expired" in pressed.words
    assert pressed.shown[0].ephemeral


# --- trouble


@pytest.mark.parametrize(
    "fault",
    [Fault("error", number=10062), Fault("error", number=40060), Fault("http", number=404)],
    ids=["late", "taken", "gone"],
)
async def test_what_cannot_be_acknowledged_is_not_done(made: Chat, fault: Fault) -> None:
    made.discord.fail(CALLBACK, fault)
    await made.discord.interactions.command(made.ana, "grab", {"what": "x"}, place=made.place)
    assert "x for None" not in (await made.ask(made.ana, "help")).words
    assert made.place.messages == []


async def test_an_answer_after_fifteen_minutes_comes_as_a_message_of_its_own(
    database: Database, clock: ManualClock
) -> None:
    gate = asyncio.Event()

    async def patient(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        yield Reply(answer_card(request.reader, "begun"))
        await gate.wait()
        yield Reply(answer_card(request.reader, "done at last"))

    async with chatting(database, clock, _made("patient", patient)) as chat:
        asked = await chat.ask(chat.ana, "patient")
        await clock.advance(16 * 60.0)
        gate.set()
        await chat.discord.wait_for(lambda: chat.place.find("done at last") is not None)
        assert "done at last" not in asked.words


async def test_a_database_that_is_away_is_said(made: Chat) -> None:
    broken: Callable[..., Awaitable[object]] = _away
    made.asked.desk.caller = broken  # type: ignore[method-assign, assignment]
    made.asked.desk._known = broken  # type: ignore[method-assign, assignment]
    assert "database cannot be reached" in (await made.ask(made.ana, "help")).words


async def _away(*_: object) -> object:
    raise ConnectionRefusedError("no database here")


async def test_a_long_form_is_filled_in_page_by_page_with_choices_and_over_a_restart(chat: Chat) -> None:
    chat.asked.desk.book = book_with_settings()
    await chat.restart()
    asked = await chat.ask(chat.ana, "image", target="M31")
    opened = await chat.press(chat.ana, asked.shown[0], "Fill in …")
    assert [each["custom_id"] for each in opened.fields][:3] == [
        "settings.exposure_time",
        "settings.filter",
        "settings.count",
    ]
    assert len(opened.fields) == 5
    assert [each["label"] for each in opened.fields[1]["options"]] == ["green", "red"]
    wrong = await chat.submit(opened, **{"settings.exposure_time": "300", "settings.filter": "g"})
    assert "Nothing else is needed" in wrong.words
    await chat.restart()
    more = await chat.press(chat.ana, wrong.shown[0], "More (2 of 2) …")
    assert [each["custom_id"] for each in more.fields] == ["settings.extra_3", "settings.extra_4"]
    done = await chat.submit(more, **{"settings.extra_4": "two words"})
    assert "exposure\\_time is 300, extra\\_4 is two words, filter is g" in done.words or (
        "exposure_time is 300, extra_4 is two words, filter is g" in done.words
    )


async def test_a_long_form_may_be_sent_before_its_last_page_and_is_mended_where_it_is_wrong(
    chat: Chat,
) -> None:
    chat.asked.desk.book = book_with_settings()
    await chat.restart()
    asked = await chat.ask(chat.ana, "image", target="M31", settings="count=4")
    opened = await chat.press(chat.ana, asked.shown[0], "Fill in …")
    page = await chat.submit(opened, **{"settings.exposure_time": "long"})
    refused = await chat.press(chat.ana, page.shown[0], "Send as it is")
    assert "“long” is no exposure time" in refused.words
    opened = await chat.press(chat.ana, refused.shown[0], "Change and ask again")
    assert "is no exposure time" in opened.modal["components"][0]["description"]
    page = await chat.submit(opened, **{"settings.exposure_time": "300"})
    done = await chat.press(chat.ana, page.shown[0], "Send as it is")
    await chat.discord.wait_for(lambda: "count is 4" in done.words)
