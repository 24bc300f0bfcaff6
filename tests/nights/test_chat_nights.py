"""Nights in the chats: what is begun in one is seen, answered and ended in the other."""

from __future__ import annotations

from pathlib import Path

from tests.nights.chats import open_chats
from tests.nights.world import candidate


async def test_ana_says_in_slack_that_she_has_it_and_discord_the_web_and_bos_telephone_know(
    tmp_path: Path,
) -> None:
    async with open_chats(tmp_path) as chats:
        world = chats.world
        await world.alert(candidate("S261120a"))
        card = world.channel("gw", "S261120a", "nobody has it yet")
        assert "nobody has it yet" in chats.shown("S261120a").words
        letter = world.ana.gets_mail("S261120a")
        assert "I have it" in await letter.opens()
        await world.pass_(minutes=1)

        done = await chats.ana.presses("I have it", card.message)
        assert done.attempts == 1
        await chats.whispered(chats.ana, "You have S261120a in hand")
        await world.settle()

        assert "*ana* has it since" in card.words
        assert "**ana** has it since" in chats.shown("S261120a").words
        assert "ana has it since" in await letter.opens()
        await world.pass_(minutes=30)  # bo would have been asked after five
        assert world.twilio.messages == []
        assert (await world.page()).holder == "ana"
        entry = await chats.audited(lambda entry: entry.what == "event take")
        assert (entry.who, entry.result) == ("ana", "done")
        assert entry.where.startswith("slack ")


async def test_a_shift_offered_in_slack_is_accepted_in_discord_and_both_are_told(tmp_path: Path) -> None:
    async with open_chats(tmp_path, bo_by="discord") as chats:
        await chats.ana.types("/nd", "shift offer to:bo note:my flight is late", "#gw")
        await chats.slack.wait_for(lambda: any("Offered" in m.words for m in chats.slack.channel("gw").said))
        await chats.tells()
        asked = chats.shown("ana offers a shift", "my flight is late")
        answered = await chats.presses(chats.bo, asked, "I take it")
        assert "It is yours" in answered.words
        await chats.tells()
        chats.shown("You have ana's shift")
        chats.world.ana.sees("bo has your shift")
        on = await chats.world.hub.rosters.shifts_at(chats.world.clock.now())
        assert [shift.person for shift in on] == ["bo"]
        offered = await chats.audited(lambda entry: entry.what == "shift offer")
        taken = await chats.audited(lambda entry: entry.what == "shift accept")
        assert (offered.who, offered.where.split()[0]) == ("ana", "slack")
        assert (taken.who, taken.where.split()[0]) == ("bo", "discord")


async def test_a_viewer_may_not_close_a_telescope_is_told_so_alone_and_it_is_written_down(
    tmp_path: Path,
) -> None:
    async with open_chats(tmp_path) as chats:
        await chats.chidi.types("/nd", "facility close ZTF snow", "#gw")
        assert "needs the permission" in await chats.whispered(chats.chidi, "facility close")
        entry = await chats.audited(lambda entry: entry.what == "facility close")
        assert (entry.who, entry.result, entry.subject) == ("chidi", "refused", "ZTF")
        assert chats.slack.channel("gw").said == []
        assert chats.place.messages == []
        status = await chats.asks(chats.bo, "facility status", facility="ZTF")
        assert "snow" not in status.words


async def test_what_needs_two_people_is_asked_in_slack_and_confirmed_in_discord(tmp_path: Path) -> None:
    async with open_chats(tmp_path, second_person=["facility close"]) as chats:
        gw = chats.slack.channel("gw")
        await chats.ana.types("/nd", "facility close ZTF snow", "#gw")
        await chats.slack.wait_for(lambda: any("Close ZTF?" in m.words for m in gw.said))
        question = gw.expect("Close ZTF?")
        await chats.ana.presses("Yes", question)
        await chats.whispered(chats.ana, "A second person has to say yes")

        listed = await chats.asks(chats.bo, "confirmations")
        assert "facility: ZTF" in listed.words
        assert "asked by ana" in listed.words
        with_buttons = list(question.blocks)
        await chats.presses(chats.bo, listed.shown[0], "Yes to 1")
        await chats.discord.wait_for(lambda: "is closed" in listed.words)
        done = await chats.audited(lambda entry: (entry.what, entry.result) == ("facility close", "done"))
        assert (done.who, done.where.split()[0]) == ("bo", "discord")
        assert done.details["why"] == "asked by ana, confirmed by bo"

        await chats.slack.wait_for(lambda: "bo said yes" in question.words)
        assert "facility close facility: ZTF" in question.words
        assert [block["type"] for block in question.blocks if block["type"] == "actions"] == []
        question.blocks = with_buttons  # as it stands on a telephone that has not heard of it
        await chats.ana.presses("Yes", question)
        await chats.whispered(chats.ana, "bo has answered this already")
        again = await chats.asks(chats.bo, "confirmations")
        assert "Nothing waits for your yes" in again.words


async def test_a_question_in_discord_loses_its_buttons_when_somebody_says_no_in_slack(tmp_path: Path) -> None:
    async with open_chats(tmp_path, second_person=["facility close"]) as chats:
        asked = await chats.asks(chats.bo, "facility close", facility="ZTF", why="snow")
        (question,) = asked.shown
        assert [button["label"] for button in question.buttons] == ["Yes, do it", "No"]
        gw = chats.slack.channel("gw")
        await chats.ana.types("/nd", "confirmations", "#gw")
        await chats.slack.wait_for(lambda: any("asked by bo" in m.words for m in gw.said))
        await chats.ana.presses("No to 1", gw.expect("asked by bo"))
        await chats.discord.wait_for(lambda: "ana said no" in question.words)
        assert question.buttons == []
