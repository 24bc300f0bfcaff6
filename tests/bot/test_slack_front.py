"""Slack as a front end: real payloads over real sockets, answered where they belong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from bot.settings import Settings
from bot.slack_front import SlackFront
from bot.web import Readiness, WebServer
from commands.declared import book
from notifiers.channels.slack_workspace import SlackWorkspace
from store import audit
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import AskedDesk
from tests.commands.with_settings import book_with_settings
from tests.conftest import SHARED_DATA
from tests.events.story import attach, burst, superevent
from tests.standins.slack import Fault
from tests.standins.slack_people import SlackPerson, SlackWithPeople

SPEC = SHARED_DATA.parent / "specs" / "slack-web-api.openapi-v2.json"


@dataclass
class Office:
    """A workspace whose app is the desk."""

    slack: SlackWithPeople
    desk: AskedDesk
    front: SlackFront
    workspace: SlackWorkspace
    running: asyncio.Task[None]

    async def stop(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.workspace.close()

    async def restart(self, clock: ManualClock) -> None:
        """The process died and is there again: nothing is left but the database."""
        await self.stop()
        await self.slack.wait_for(lambda: self.slack.connections == 0)
        self.desk = AskedDesk(self.desk.rooms.database, clock)
        self.workspace = SlackWorkspace(self.slack.token, self.slack.url)
        self.front = SlackFront(_settings(self.slack), self.workspace, self.desk.desk)
        self.running = asyncio.create_task(self.front.run())
        await self.slack.connected()

    @property
    def ana(self) -> SlackPerson:
        return self.slack.person("U0ANA")

    @property
    def chidi(self) -> SlackPerson:
        return self.slack.person("U0CHIDI")

    @property
    def stranger(self) -> SlackPerson:
        return self.slack.person("U0NOBODY", tz="Asia/Tokyo", locale="fr-FR")

    async def reads(self, words: str, channel: str = "gw") -> None:
        """Wait until the channel says this."""
        place = self.slack.channel(channel)
        await self.slack.wait_for(lambda: any(words in m.words for m in place.said))

    async def whispered(self, person: SlackPerson, words: str) -> None:
        await self.slack.wait_for(
            lambda: any(w.user == person.id and words in w.words for w in self.slack.whispers)
        )


def _settings(slack: SlackWithPeople, *, http: bool = False) -> Settings:
    tokens = {"signing_secret": slack.secret} if http else {"app_token": "xapp-1"}
    return Settings.model_validate({"slack": {"bot_token": slack.token, "api_url": slack.url, **tokens}})


@pytest.fixture
async def office(database: Database, clock: ManualClock) -> AsyncIterator[Office]:
    desk = AskedDesk(database, clock)
    await desk.begin()
    async with database.write() as session:
        await attach(session, superevent("S261120a"))
        await attach(session, burst())
    async with SlackWithPeople(spec=SPEC if SPEC.is_file() else None) as slack:
        slack.add_channel("gw")
        slack.add_channel("elsewhere", member=False)
        settings = _settings(slack)
        workspace = SlackWorkspace(slack.token, slack.url)
        front = SlackFront(settings, workspace, desk.desk)
        running = asyncio.create_task(front.run())
        await slack.connected()
        made = Office(slack, desk, front, workspace, running)
        yield made
        await made.stop()
        assert slack.violations == []


async def test_a_slash_command_is_acknowledged_and_answered_in_the_channel(office: Office) -> None:
    done = await office.ana.types("/nd", "event latest bns", "#gw")
    assert done.attempts == 1
    await office.reads("S261120a")


async def test_a_short_name_and_the_root_mean_the_same(office: Office) -> None:
    await office.ana.types("/sky", "S261120a", "#gw")
    await office.whispered(office.ana, "neither a sky map nor a position")


async def test_what_is_private_is_shown_to_the_caller_alone(office: Office) -> None:
    await office.chidi.types("/nd", "event tag S261120a mine", "#gw")
    await office.whispered(office.chidi, "needs the permission shifter")
    assert office.slack.channel("gw").said == []


async def test_a_command_works_where_the_app_is_no_member(office: Office) -> None:
    await office.ana.types("/nd", "event latest bns", "#elsewhere")
    await office.reads("S261120a", "elsewhere")


async def test_missing_options_open_a_modal_with_completion_and_errors_at_the_field(office: Office) -> None:
    await office.ana.types("/nd", "facility close", "#gw")
    await office.slack.wait_for(lambda: bool(office.ana.views))
    assert "ZTF" in await office.ana.completes("facility", "zt")
    wrong = await office.ana.submits(facility="ZTF", why="snow", until="whenever")
    assert (
        wrong.answer
        == {
            "response_action": "errors",
            "errors": {"until": wrong.answer["errors"]["until"]},
        }
        and "is no time" in wrong.answer["errors"]["until"]
    )
    await office.ana.submits(facility="ZTF", why="snow", until="tomorrow")
    await office.reads("Close ZTF?")
    question = office.slack.channel("gw").expect("Close ZTF?")
    await office.ana.presses("Yes", question)
    await office.slack.wait_for(lambda: "is closed" in question.words)
    assert question.edits == 1


async def test_a_mistyped_name_is_mended_by_a_button_that_only_the_caller_sees(office: Office) -> None:
    await office.ana.types("/nd", "event show S261120aa", "#gw")
    await office.whispered(office.ana, "did you mean")
    whisper = office.ana.whispered("did you mean")
    await office.ana.presses("S261120a", whisper)
    await office.slack.wait_for(lambda: whisper.replaced == 1)
    assert "S261120a" in whisper.words


async def test_mentions_and_direct_messages_are_commands_too(office: Office) -> None:
    card = office.slack.channel("gw")
    await office.ana.says("<@U0000000001> event latest bns", "#gw")
    await office.reads("S261120a")
    await office.ana.says("<@U0000000001> event latest Fermi", "#gw", thread=card.said[0])
    await office.slack.wait_for(lambda: len(card.said) == 2)
    assert card.said[1].thread_ts == card.said[0].ts


async def test_an_answer_to_who_is_unknown_is_in_the_language_of_their_profile(office: Office) -> None:
    await office.stranger.types("/nd", "event tag S261120a x", "#gw")
    await office.whispered(office.stranger, "Vous n’êtes pas encore connu")


async def test_the_same_payload_twice_is_done_once(office: Office) -> None:
    office.slack.lose_acks = 1
    await office.ana.types("/nd", "event note S261120a twice", "#gw")
    await office.reads("Noted on")
    async with office.desk.rooms.database.read() as session:
        assert len([e for e in await audit.entries(session, what="event note") if e.result == "done"]) == 1


async def test_a_refreshed_connection_loses_nothing(office: Office) -> None:
    await office.slack.refresh()
    await office.ana.types("/nd", "event latest bns", "#gw")
    await office.reads("S261120a")
    await office.slack.connected(2)


async def test_home_shows_the_latest_events_and_a_link_unfolds_into_a_card(office: Office) -> None:
    await office.ana.opens_home()
    await office.slack.wait_for(lambda: office.ana.home is not None)
    assert "S261120a" in str(office.ana.home)
    await office.ana.shares("https://gracedb.ligo.org/superevents/S261120a/view/", "#gw")
    await office.slack.wait_for(lambda: bool(office.slack.unfurls))
    assert "S261120a" in str(office.slack.unfurls)


async def test_pictures_stand_in_the_answer(office: Office) -> None:
    await office.ana.types("/nd", "facility status ZTF", "#gw")
    await office.reads("Palomar")
    office.slack.pictures_take = 1
    async with office.desk.rooms.database.write() as session:
        from gcn.notice import Position

        await attach(
            session, burst("745811999", position=Position(ra=197.4, dec=-23.4, radius=3.0, containment=0.9))
        )
    await office.ana.types("/nd", "observe 745811999 ZTF", "#gw")
    await office.slack.wait_for(lambda: any(m.pictures for m in office.slack.channel("gw").said))


async def test_a_button_pressed_after_a_restart_still_works(office: Office, clock: ManualClock) -> None:
    await office.ana.types("/nd", "facility close ZTF snow", "#gw")
    await office.reads("Close ZTF?")
    question = office.slack.channel("gw").expect("Close ZTF?")
    await office.restart(clock)
    await office.ana.presses("Yes", question)
    await office.slack.wait_for(lambda: "is closed" in question.words)


async def test_a_modal_that_was_open_over_a_restart_is_taken(office: Office, clock: ManualClock) -> None:
    await office.ana.types("/nd", "event note", "#gw")
    await office.slack.wait_for(lambda: bool(office.ana.views))
    await office.restart(clock)
    await office.ana.submits(event="S261120a", text="seen by eye")
    await office.reads("Noted on")


async def test_over_http_the_signature_and_its_time_are_checked(office: Office) -> None:
    settings = _settings(office.slack, http=True)
    workspace = SlackWorkspace(office.slack.token, office.slack.url)
    front = SlackFront(settings, workspace, office.desk.desk)

    async def ready() -> Readiness:
        return Readiness({})

    async def nothing() -> bytes:
        return b""

    server = WebServer("127.0.0.1", 0, ready, nothing, [web.post("/slack/events", front.http)])
    serving = asyncio.create_task(server.run())
    await office.slack.wait_for(lambda: server.bound_port != 0)
    office.slack.http_url = f"http://127.0.0.1:{server.bound_port}/slack/events"
    await office.ana.types("/nd", "event latest bns", "#gw")
    await office.reads("S261120a")
    office.slack.signed_before = 600.0  # as somebody would send again what they overheard
    with pytest.raises(AssertionError, match="not acknowledged"):
        await office.ana.types("/nd", "event latest bns", "#gw")
    office.slack.signed_before = 0.0
    office.slack.secret = "somebody else's"
    with pytest.raises(AssertionError, match="not acknowledged"):
        await office.ana.types("/nd", "event latest bns", "#gw")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await workspace.close()


async def test_a_shortcut_on_a_message_opens_its_commands_form_with_the_messages_words(
    office: Office,
) -> None:
    await office.ana.types("/nd", "event latest bns", "#gw")
    await office.reads("S261120a")
    await office.ana.uses_shortcut("event.note", office.slack.channel("gw").said[0])
    await office.slack.wait_for(lambda: bool(office.ana.views))
    fields = {block["block_id"]: block for block in office.ana.views[-1]["blocks"] if "block_id" in block}
    assert "S261120a" in fields["text"]["element"]["initial_value"]
    await office.ana.submits(event="S261120a", text="seen by eye")
    await office.reads("Noted on")


NOT_TAKEN = (
    "channel_not_found", "not_in_channel", "is_archived", "missing_scope", "token_revoked", "account_inactive"
)  # fmt: skip


@pytest.mark.parametrize("error", NOT_TAKEN)
async def test_what_slack_does_not_take_in_the_channel_reaches_who_asked_all_the_same(
    office: Office, error: str
) -> None:
    office.slack.fail("chat.postMessage", Fault("error", error))
    await office.ana.types("/nd", "event latest bns", "#gw")
    await office.reads("S261120a")  # by the response address
    asked = office.slack.add_person("U0ANA")
    office.slack.fail("chat.postMessage", Fault("error", error))
    await office.ana.says("<@U0000000001> event latest bns", "#gw")  # a mention has none
    await office.slack.wait_for(lambda: bool(asked.said))
    assert "The answer could not be shown here" in asked.said[0].words
    assert "Traceback" not in asked.said[0].words


async def test_a_person_who_left_is_answered_by_nobody_and_the_next_one_is(office: Office) -> None:
    office.slack.fail("chat.postMessage", Fault("error", "channel_not_found"))
    await office.ana.says("<@U0000000001> event latest bns", "#gw")  # no direct message leads to them
    await office.chidi.types("/nd", "event latest bns", "#gw")
    await office.reads("S261120a")


@pytest.mark.parametrize(
    "nasty", ["<!channel> <@U0ANA> <https://evil|x>", "*b* `c` ~d~", "x" * 10_000, "\u202egnp.evil\u202c\x07"]
)
async def test_what_people_write_never_becomes_markup_or_a_mention(office: Office, nasty: str) -> None:
    await office.ana.types("/nd", f"event show {nasty}", "#gw")
    await office.slack.wait_for(lambda: bool(office.slack.whispers))
    (whisper,) = office.slack.whispers
    sent = f"{whisper.text}{whisper.blocks}"
    assert len(whisper.words) < 3000
    for sign in ("<!", "<@", "<http", "*b*", "`c`", "~d~", "\u202e", "\x07"):
        assert sign not in sent


async def test_every_command_is_answered_over_the_socket(office: Office) -> None:
    for path in sorted(book().commands):
        for example in book().get(path).examples:
            before = len(office.slack.channel("gw").said) + len(office.slack.whispers)
            await office.ana.types("/nd", example, "#gw")
            await office.slack.wait_for(
                lambda b=before: len(office.slack.channel("gw").said) + len(office.slack.whispers) > b
            )
    said = [m.words for m in office.slack.channel("gw").said] + [w.words for w in office.slack.whispers]
    assert not [words for words in said if "itself failed" in words or "Traceback" in words]


async def test_every_command_that_lacks_something_opens_a_modal_with_its_fields(office: Office) -> None:
    """Over the socket, as somebody who may everything; the stand-in refuses what Slack would of a view."""
    await office.desk.rooms.people.change(
        "ana", {"permissions": ["administrator"]}, by="test", administrator=True
    )
    for command in book():
        required = {option.name for option in command.options if option.required}
        if not required:
            continue
        before = len(office.ana.views)
        await office.ana.types("/nd", command.path, "#gw")
        await office.slack.wait_for(lambda b=before: len(office.ana.views) > b)
        blocks = office.ana.views[-1]["blocks"]
        assert required <= {block["block_id"] for block in blocks if block["type"] == "input"}, command.path


def test_the_specification_is_where_it_is_expected() -> None:
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data is not beside this checkout (looked for {SHARED_DATA})")
    assert Path(SPEC).is_file()


async def test_fields_that_only_the_far_side_knows_are_asked_for_in_a_modal(office: Office) -> None:
    office.desk.desk.book = book_with_settings()
    await office.ana.types("/nd", 'image M31 exposure_time=long note="two words"', "#gw")
    await office.whispered(office.ana, "“long” is no exposure time")
    assert office.ana.views == []  # what is wrong is said in words, with a button
    await office.ana.presses("Change and ask again", office.ana.whispered("is no exposure time"))
    await office.slack.wait_for(lambda: len(office.ana.views) == 1)
    fields = {block["block_id"]: block for block in office.ana.views[-1]["blocks"] if "block_id" in block}
    assert fields["settings.exposure_time"]["label"]["text"] == "Exposure time"
    assert not fields["settings.exposure_time"]["optional"]
    assert [each["text"]["text"] for each in fields["settings.filter"]["element"]["options"]] == [
        "green",
        "red",
    ]
    wrong = await office.ana.submits(**{"settings.exposure_time": "forever"})
    assert wrong.answer is not None
    assert "“forever” is no exposure time" in wrong.answer["errors"]["settings.exposure_time"]
    await office.ana.submits(**{"settings.exposure_time": "300", "settings.filter": "g"})
    await office.reads("M31: count is 1, exposure_time is 300, filter is g, note is two words")


async def test_a_form_is_opened_at_once_where_something_is_only_missing(office: Office) -> None:
    office.desk.desk.book = book_with_settings()
    await office.ana.types("/nd", "image M31", "#gw")
    await office.slack.wait_for(lambda: len(office.ana.views) == 1)
    await office.ana.submits(**{"settings.exposure_time": "300"})
    await office.reads("M31: count is 1, exposure_time is 300, filter is r")


async def test_a_form_that_waited_too_long_says_so_in_its_first_field(
    office: Office, clock: ManualClock
) -> None:
    office.desk.desk.book = book_with_settings()
    await office.ana.types("/nd", "image M31", "#gw")
    await office.slack.wait_for(lambda: len(office.ana.views) == 1)
    await clock.advance(8 * 86400)
    late = await office.ana.submits(**{"settings.exposure_time": "300"})
    assert late.answer is not None
    assert "has expired" in late.answer["errors"]["settings.exposure_time"]
