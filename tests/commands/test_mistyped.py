"""What is typed at 04:00 with a thumb: each answer names what was read and what was expected."""

from __future__ import annotations

import pytest

from cards.reader import Reader
from commands.declared import book
from commands.errors import CommandError
from commands.lines import read_options, words_of
from commands.options import OptionKind
from facilities.planning.settings import EXPECTED, PlanSettings
from tests.commands.desk import ANA, BO, DORA, AskedDesk
from tests.events.story import attach, superevent


@pytest.fixture
async def night(desk: AskedDesk) -> AskedDesk:
    async with desk.rooms.database.write() as session:
        await attach(session, superevent("S261120a"))
    return desk


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("plan show 99999999999999999999999", "expected 1 or more, with at most nine digits"),
        ("job show 1e300", "expected 1 or more"),
        ("job cancel inf", "is no whole number"),
        ("job show 1.5", "job: “1.5” is no whole number"),
        ("reactions go 99999999999", "expected 1 or more"),
        ("event diff latest from:nan", "is no whole number"),
        ("plan show -1", "-1 is out of range; expected 1 or more"),
        ("shift accept 12345678901", "expected 1 or more"),
        ("ack 99999999999999999999999", "is no page; expected its number, as 12"),
        ("plan make latest ZTFF", "No telescope is called “ZTFF”; did you mean ZTF?"),
        ("plan make latest 💥", "No telescope is called “💥”; “facility list” has their names."),
        ("plan make latest {{7*7}}", "No telescope is called “{{7*7}}”"),
        ("plan make latest DECam 🔭=5", "does not know what to do with “🔭=5”; it also takes: planner"),
        ("plan export 1 pdf", "it also takes: format (csv, ecsv, json, geojson, treasuremap)"),
        ("mmoda status abc", "mmoda status does not know what to do with “abc”; it also takes: job."),
        ("mmoda", "mmoda code"),
        ("plan", "plan take_back"),
        ("%s %d {0}", "There is no command “%s %d”"),
    ],
)
async def test_a_slip_of_the_thumb_is_answered_in_one_clear_sentence(
    night: AskedDesk, line: str, said: str
) -> None:
    asked = await night.ask(line, ANA)
    assert said in asked.words
    assert "itself failed" not in asked.words
    assert "S261120a" in (await night.ask("event latest", ANA)).words  # the next command works


async def test_no_number_is_too_large_for_any_command(night: AskedDesk) -> None:
    """The number of every thing there is, with more digits than a database's integers hold."""
    for command in book():
        for option in command.options:
            thing = option.kind in (OptionKind.JOB, OptionKind.PAGE) or (
                option.kind is OptionKind.NUMBER and option.maximum is None
            )
            if thing:
                asked = await night.ask(f"{command.path} {option.name}:{'9' * 30}", BO)
                assert asked.words
                assert "itself failed" not in asked.words, (command.path, option.name, asked.words)


async def test_a_telescope_after_latest_is_no_class_of_events(night: AskedDesk) -> None:
    for line, facility in (
        ("efficiency latest ZTF", "ZTF"),
        ("candidates latest ZTF", "ZTF"),
        ("observe latest ZTF,DECam", "ZTF,DECam"),
    ):
        command = book().get(line.split()[0])
        given = read_options(command, words_of(line)[1:], Reader(), lambda word: word in night.rooms.registry)
        assert given["event"] == "latest"
        assert facility in given.values()
    given = read_options(
        book().get("observe"), ["latest", "bns"], Reader(), lambda word: word in night.rooms.registry
    )
    assert given == {"event": "latest bns"}
    given = read_options(
        book().get("observe"), ["latest", "Swift"], Reader(), lambda word: word in night.rooms.registry
    )
    assert given == {"event": "latest Swift"}  # the mission, as ever: telescopes: names the other


async def test_the_names_of_telescopes_are_asked_for_in_the_readers_language(night: AskedDesk) -> None:
    asked = await night.ask("facility status ZTFF", DORA)
    assert "Aucun télescope" in asked.words
    assert "ZTF ?" in asked.words.replace("\u202f", " ").replace("\xa0", " ")


def test_every_setting_of_a_plan_says_what_it_may_be() -> None:
    assert set(EXPECTED) == set(PlanSettings.model_fields)


def test_words_that_nothing_takes_are_said_where_nothing_is_left() -> None:
    with pytest.raises(CommandError, match=r"does not know what to do with “b”\.$"):
        read_options(book().get("mmoda code"), ["1", "b"], Reader())
