"""What people ask and what the desk answers, whatever chat it came from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cards.answer_card import answer_card
from commands.book import Book
from commands.command import Command
from commands.declared import GROUPS, book
from commands.options import Option, OptionKind
from commands.request import Front, Place, Reply, Request
from commands.rooms import Rooms
from events.service import EventService
from events.tables import TagOrigin
from gcn.notice import AlertType, Position
from shifts.permissions import Permission
from store import audit
from tests.commands.desk import ANA, BO, CHIDI, DORA, STRANGER, AskedDesk
from tests.events.story import attach, burst, superevent


@pytest.fixture
async def seen(desk: AskedDesk) -> AskedDesk:
    """A desk that has seen a merger told twice and a burst."""
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
        await attach(session, superevent("S261120a", AlertType.INITIAL, issued=900, far=1e-12))
        await attach(session, burst(position=Position(ra=197.45, dec=-23.38, radius=2.0, containment=0.9)))
    return desk


async def test_an_event_is_shown_by_any_way_of_writing_it(seen: AskedDesk) -> None:
    for words in (
        "event show S261120a",
        "event show s261120A",
        "/event show latest BNS",
        "event latest bns",
        "event show LVK:S261120a",
    ):
        asked = await seen.ask(words)
        assert "S261120a" in asked.words.splitlines()[0], (words, asked.words)


async def test_an_event_is_taken_from_the_thread_it_is_asked_in(seen: AskedDesk) -> None:
    place = Place(Front.SLACK, "C1", event="Fermi:745811685")
    assert "745811685" in (await seen.ask("event show", place=place)).words


async def test_a_mistyped_event_is_offered_as_a_button_that_asks_again(seen: AskedDesk) -> None:
    asked = await seen.ask("event show S261120aa")
    assert "did you mean" in asked.words
    again = await seen.press(asked.button("S261120a"))
    assert "S261120a" in again.words.splitlines()[0]


async def test_a_mistyped_command_is_offered_as_a_button(seen: AskedDesk) -> None:
    asked = await seen.ask("evnt lst")
    assert "did you mean event list" in asked.words
    assert "S261120a" in (await seen.press(asked.button("event list"))).words


async def test_a_button_outlives_a_restart_and_says_when_it_has_expired(seen: AskedDesk) -> None:
    button = (await seen.ask("event show S261120aa")).button("S261120a")
    restarted = AskedDesk(seen.rooms.database, seen.clock)
    assert "S261120a" in (await restarted.press(button)).words
    seen.clock.jump(timedelta(days=8))
    assert "expired" in (await restarted.press(button)).words
    assert "expired" in (await restarted.press(("command.run", "nonsense"))).words
    assert "expired" in (await restarted.press(("no.such", "thing"))).words


async def test_the_list_holds_what_was_asked_for(seen: AskedDesk) -> None:
    assert "S261120a" in (await seen.ask("event list")).words
    only = await seen.ask("event list since:2d what:Fermi")
    assert "745811685" in only.words and "S261120a" not in only.words
    assert "None" in (await seen.ask("event list SN")).words


async def test_what_changed_between_two_notices_is_told(seen: AskedDesk) -> None:
    asked = await seen.ask("event diff S261120a from:1 to:2")
    assert "preliminary" in asked.words and "initial" in asked.words
    assert "notices 1 to 2" in (await seen.ask("event diff S261120a from:1 to:7")).words
    assert "one notice only" in (await seen.ask("event diff 745811685")).words


async def test_tags_and_notes_stay_with_the_event_and_in_the_audit(seen: AskedDesk) -> None:
    assert "interesting" in (await seen.ask("event tag S261120a interesting")).words
    assert "clouds until 3" in (await seen.ask('event note S261120a "clouds until 3"')).words
    assert "clouds until 3" in (await seen.ask("event timeline S261120a")).words
    async with seen.rooms.database.read() as session:
        state = await EventService().resolve(session, "S261120a")
        (tag, note, *_) = reversed(await audit.entries(session, who="ana"))
    assert "interesting" in state.tags and TagOrigin.PERSON
    assert (tag.what, tag.result, tag.where) == ("event tag", "done", "slack C1")
    assert note.details["options"]["text"] == "clouds until 3"


async def test_who_the_desk_does_not_know_may_read_what_is_public_and_is_told_whom_to_ask(
    seen: AskedDesk,
) -> None:
    assert "S261120a" in (await seen.ask("event show latest bns", STRANGER)).words
    refused = await seen.ask("event tag S261120a mine", STRANGER)
    assert "does not know you" in refused.words and "bo" in refused.words
    assert refused.last.private


async def test_a_viewer_may_not_close_a_telescope_and_it_is_audited(seen: AskedDesk) -> None:
    refused = await seen.ask("facility close ZTF why:snow", CHIDI)
    assert "needs the permission shifter" in refused.words
    async with seen.rooms.database.read() as session:
        (entry, *_) = await audit.entries(session, who="chidi")
    assert (entry.what, entry.result) == ("facility close", "refused")


async def test_a_dangerous_command_asks_first_and_runs_once(seen: AskedDesk) -> None:
    asked = await seen.ask("facility close ZTF why:snow until:tomorrow")
    assert "Close ZTF?" in asked.words
    assert "open" in (await seen.ask("facility status ZTF")).words
    yes = asked.button("Yes")
    answers = await asyncio.gather(seen.press(yes), seen.press(yes))
    assert sorted("is closed" in one.words for one in answers) == [False, True]
    assert "snow" in (await seen.ask("facility list Palomar")).words
    assert "open again" in (await seen.ask("facility open ztf")).words
    assert "was not closed" in (await seen.ask("facility open ztf")).words


async def test_a_confirmation_expires_and_can_be_declined(seen: AskedDesk) -> None:
    asked = await seen.ask("facility close ZTF why:snow")
    seen.clock.jump(timedelta(minutes=16))
    assert "expired" in (await seen.press(asked.button("Yes"))).words
    asked = await seen.ask("facility close ZTF why:snow")
    assert "said no" in (await seen.press(asked.button("No"))).words
    assert "answered this already" in (await seen.press(asked.button("Yes"))).words


async def test_a_second_person_has_to_say_yes_where_the_desk_wants_it(desk: AskedDesk) -> None:
    from commands.rooms import DeskFacts

    careful = AskedDesk(
        desk.rooms.database, desk.clock, DeskFacts(second_person=frozenset({"facility close"}))
    )
    asked = await careful.ask("facility close ZTF why:snow")
    assert "second person" in asked.words
    assert "you asked for it yourself" in (await careful.press(asked.button("Yes"))).words
    assert "needs the permission" in (await careful.press(asked.button("Yes"), CHIDI)).words
    assert "is closed" in (await careful.press(asked.button("Yes"), BO)).words
    async with desk.rooms.database.read() as session:
        entry = next(each for each in await audit.entries(session) if each.result == "done")
    assert entry.details["why"] == "asked by ana, confirmed by bo"


async def test_the_same_delivery_is_acted_on_once(seen: AskedDesk) -> None:
    await seen.ask("event note S261120a twice", delivery="envelope-1")
    assert (await seen.ask("event note S261120a twice", delivery="envelope-1")).replies == []
    assert (await seen.ask("event timeline S261120a")).words.count("twice") == 1


async def test_missing_options_ask_for_a_form_with_what_was_given(seen: AskedDesk) -> None:
    asked = await seen.ask("facility close ZTF")
    assert asked.last.form is not None
    assert [(field.option, field.given) for field in asked.last.form.fields] == [
        ("facility", "ZTF"),
        ("why", ""),
        ("until", ""),
    ]


async def test_an_error_in_a_field_is_said_at_the_field(seen: AskedDesk) -> None:
    asked = await seen.fill("facility close", {"facility": "ZTFF", "why": "snow", "until": "soon"})
    assert asked.last.form is not None
    wrong = [field for field in asked.last.form.fields if field.error]
    assert [field.option for field in wrong] == ["facility"]
    assert "did you mean ZTF" in str(wrong[0].error)


async def test_answers_are_in_the_language_of_who_asks(seen: AskedDesk) -> None:
    asked = await seen.ask("event show S261120aa", DORA)
    assert "vouliez-vous dire" in asked.words


async def test_what_people_write_never_becomes_markup_and_long_texts_are_refused(seen: AskedDesk) -> None:
    nasty = "event note S261120a <!channel> @everyone \u202egnp.exe\u0007 [x](http://evil)"
    asked = await seen.ask(nasty)
    assert "\u202e" not in asked.words and "\u0007" not in asked.words
    assert "too many" in (await seen.ask("event note S261120a " + "x" * 10_000)).words
    assert "too many" in (await seen.fill("event note", {"event": "S261120a", "text": "x" * 10_000})).words


async def test_a_failure_of_ours_is_told_with_a_reference_and_never_a_traceback(
    seen: AskedDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-token-123")

    monkeypatch.setattr("commands.event_commands.add_note", broken)
    asked = await seen.ask("event note S261120a hello")
    assert "nightdesk itself failed" in asked.words
    assert "secret-token" not in asked.words


async def test_help_lists_what_one_may_do_and_tells_all_about_one_command(seen: AskedDesk) -> None:
    mine = (await seen.ask("help", ANA)).words
    theirs = (await seen.ask("help", STRANGER)).words
    assert "note" in mine and "note" not in theirs
    assert "Only the reason" not in mine
    one = (await seen.ask("help facility close", ANA)).words
    assert "WHY" in one and "asks before" in one
    assert "did you mean" in (await seen.ask("help evnt", ANA)).words


async def test_completion_offers_the_newest_events_and_the_desks_telescopes(seen: AskedDesk) -> None:
    events = await seen.desk.complete(ANA, "event show", "event", "s26")
    assert [choice.value for choice in events] == ["LVK:S261120a"]
    assert [choice.value for choice in await seen.desk.complete(ANA, "event show", "event", "")][:2] == [
        "latest",
        "Fermi:745811685",
    ]
    several = await seen.desk.complete(ANA, "observe", "facilities", "DECam, zt")
    assert several[0].value == "DECam, ZTF"
    assert [c.value for c in await seen.desk.complete(ANA, "facility close", "until", "to")] == [
        "tonight",
        "tomorrow",
        "tomorrow 09:00",
    ]
    assert await seen.desk.complete(ANA, "no such", "event", "s") == ()


async def test_a_night_is_drawn_and_its_card_says_so_first(seen: AskedDesk) -> None:
    asked = await seen.ask("observe 745811685 ZTF, DECam")
    assert len(asked.replies) == 2
    assert "ZTF" in asked.words and "DECam" in asked.words
    assert asked.last.pictures["observability"].startswith(b"\x89PNG")
    sky = await seen.ask("sky 745811685 zoom:5 source:197.45,-23.38")
    assert sky.last.pictures["sky_map"].startswith(b"\x89PNG")
    assert "neither a sky map" in (await seen.ask("sky S261120a")).words


async def test_who_did_what_is_for_administrators(seen: AskedDesk) -> None:
    await seen.ask("event tag S261120a mine")
    assert "needs the permission administrator" in (await seen.ask("audit", ANA)).words
    assert "event tag" in (await seen.ask("audit who:ana", BO)).words


async def test_a_roster_is_created_once_and_published_after_that(desk: AskedDesk) -> None:
    text = "roster: desk\ntimezone: UTC\nhorizon: {weeks: 1}\npeople: [ana]\nlayers:\n"
    text += "  - {name: n, role: advocate, members: [ana], starts: 2026-11-16, handoff: '08:00',\n"
    text += "     turn: {weeks: 1}}\n"
    asked = await desk.fill("roster create", {"text": text}, DORA)
    assert "Publier desk" in asked.words
    await desk.press(asked.button("Oui"), DORA)
    again = await desk.fill("roster create", {"text": text}, DORA)
    assert "desk existe déjà" in again.words
    assert [each.option for each in again.last.form.fields if each.error] == ["text"]  # type: ignore[union-attr]


async def test_what_the_rooms_refuse_is_said_in_the_readers_language(desk: AskedDesk) -> None:
    asked = await desk.fill("roster gaps", {"roster": "dsk"}, DORA)
    assert "Aucun planning ne s’appelle « dsk »" in asked.words
    asked = await desk.ask("jobs person:anna", DORA)
    assert "person: personne ne s’appelle « anna » ; vouliez-vous dire ana ?" in asked.words


async def test_a_telescope_is_pointed_only_by_who_may_trigger_it(desk: AskedDesk) -> None:
    async def point(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        yield Reply(answer_card(request.reader, f"{request.facility().name} moves"))

    options = (Option("facility", OptionKind.FACILITY, "Which", required=True),)
    pointing = Command(
        "point",
        "Points",
        point,
        None,
        options,
        Permission.SHIFTER,
        trigger="facility",
        examples=("point ZTF",),
    )
    desk.desk.book = Book(GROUPS, [*book(), pointing])
    assert "You may not do this for DECam; ask bo" in (await desk.ask("point DECam")).words
    assert "ZTF moves" in (await desk.ask("point ZTF")).words
