"""`me language`, `me contact`, `circular`: what people say of how they are reached; a draft to edit."""

from __future__ import annotations

from cards.card import Lines
from tests.commands.desk import ANA, DORA, STRANGER, AskedDesk
from tests.events.story import attach, superevent


async def test_a_language_is_chosen_and_the_answer_is_in_it(desk: AskedDesk) -> None:
    assert "dans votre langue" in (await desk.ask("me language fr")).words
    assert (await desk.rooms.people.person("ana")).locale == "fr"
    assert "Brouillon" not in (await desk.ask("me language en")).words
    assert "they stay English" in (await desk.ask("me language pt_BR")).words
    wrong = await desk.ask("me language klingon")
    assert "not a locale" in wrong.words or "no language" in wrong.words
    assert (await desk.rooms.people.person("ana")).locale == "pt_BR"


async def test_without_a_name_the_languages_are_offered(desk: AskedDesk) -> None:
    offered = await desk.ask("me language")
    await desk.press(offered.button("fr"))
    assert (await desk.rooms.people.person("ana")).locale == "fr"


async def test_contact_rules_are_added_replaced_shown_back_and_begun_anew(desk: AskedDesk) -> None:
    assert "No rules of your own" in (await desk.ask("me contact")).words
    added = await desk.ask("me contact slack 5 quiet")
    assert "After 5 min by slack (quiet hours)" in added.words and added.last.private
    await desk.ask("me contact slack 9 quiet")
    both = (await desk.ask("me contact slack")).words
    assert both.index("At once by slack (always)") < both.index("After 9 min by slack (quiet hours)")
    assert "After 5" not in both
    assert "After 9 min" in (await desk.ask("me show")).words
    assert "No rules of your own" in (await desk.ask("me contact anew:yes")).words
    assert (await desk.rooms.people.person("ana")).contact == ()


async def test_a_way_without_an_address_and_half_minutes_are_refused_at_their_field(desk: AskedDesk) -> None:
    refused = await desk.fill("me contact", {"by": "sms"})
    assert "has no phone" in refused.words
    assert refused.last.form is not None
    assert [each.option for each in refused.last.form.fields if each.error] == ["by"]
    assert "whole minutes" in (await desk.ask("me contact slack 2.5")).words
    assert "1440" in (await desk.ask("me contact slack 2000")).words
    assert (await desk.rooms.people.person("ana")).contact == ()


async def test_a_way_that_is_not_confirmed_is_said_to_be_unused(desk: AskedDesk) -> None:
    await desk.rooms.people.change("ana", {"email": "ana@example.org"}, by="test")
    assert "Not used until you confirm it: email" in (await desk.ask("me contact email 3")).words


async def test_a_draft_is_for_the_caller_alone_in_english_and_sends_nothing(desk: AskedDesk) -> None:
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
    asked = await desk.ask("circular S261120a", DORA)
    assert asked.last.private
    assert "Brouillon d’une circulaire sur S261120a" in asked.words
    assert "SUBJECT: LIGO/Virgo/KAGRA S261120a:" in asked.words
    assert "BNS 90 %" in asked.words and "1 per 317 years" in asked.words
    assert not any(block.kind == "buttons" for block in asked.last.card.blocks)
    assert sum(isinstance(block, Lines) for block in asked.last.card.blocks) > 5
    assert "does not know you" in (await desk.ask("circular S261120a", STRANGER)).words
    assert (await desk.ask("circular S261120a", ANA)).words.count("SUBJECT") == 1
