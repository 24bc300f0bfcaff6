"""Settings: words whose names only the far side knows, in a line, in a form, in between."""

from __future__ import annotations

import pytest

from cards.reader import Reader
from commands.book import Book, BookError
from commands.command import Command
from commands.desk import Call
from commands.forms import carrying, filled_in
from commands.lines import read_options, words_of
from commands.options import Option, OptionKind
from commands.request import Form, FormField
from commands.settings_text import merged, read_settings, write_settings
from tests.commands.desk import ANA, AskedDesk, _place
from tests.commands.with_settings import IMAGE, book_with_settings, form


@pytest.fixture
async def camera(desk: AskedDesk) -> AskedDesk:
    desk.desk.book = book_with_settings()
    return desk


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"exposure_time": "300"},
        {"filters": "g r", "note": 'it\'s “quoted”, said "she"', "empty": "", "list": "a,b", "eq": "a=b"},
    ],
)
def test_settings_are_read_back_as_they_were_written(settings: dict[str, str]) -> None:
    read = read_settings(write_settings(settings))
    assert read.keys() == settings.keys()
    assert {key: value.translate(str.maketrans("“”", '""')) for key, value in settings.items()} == read


def test_settings_from_a_telephone_have_curly_quotes() -> None:
    assert read_settings("filters=“g r” count=2") == {"filters": "g r", "count": "2"}


@pytest.mark.parametrize("text", ["300", "exposure 300", "=300", "a=1 b", 'a="1', "9a=1"])
def test_what_is_no_setting_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no setting; expected key=value|a quote is not closed"):
        read_settings(text)


def test_words_in_quotes_belong_to_their_name() -> None:
    assert words_of('a=“b c” d:"e f" --g="h i" "j k" l"m') == ["a=b c", "d:e f", "--g=h i", "j k", 'l"m']


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("M31 exposure_time=300", {"target": "M31", "settings": "exposure_time=300"}),
        ("exposure_time=300 M31 disk", {"target": "M31 disk", "settings": "exposure_time=300"}),
        ('M31 filters="g r" --count=2', {"target": "M31", "settings": "filters='g r' count=2"}),
        ("target:M31 disk count=2", {"target": "M31 disk", "settings": "count=2"}),
        ('M31 settings:"a=1 b=2" b=3', {"target": "M31", "settings": "a=1 b=3"}),
        ("target=M31 Target=x", {"target": "x"}),
    ],
)
def test_a_line_gives_settings_beside_the_options(line: str, given: dict[str, str]) -> None:
    assert read_options(IMAGE, words_of(line), Reader()) == given


def test_fields_of_a_form_become_settings() -> None:
    given = {"target": "M31", "settings": "a=1 b=2", "settings.b": "two words", "settings.c": ""}
    assert merged(IMAGE, given) == {"target": "M31", "settings": "a=1 b='two words' c=''"}


def test_a_form_carries_what_it_does_not_show() -> None:
    made = carrying(
        IMAGE, Form("image", (FormField("settings.a", "5"),)), {"target": "M31", "settings": "a=1 b=2"}
    )
    assert made.given == {"target": "M31", "settings": "b=2"}
    assert merged(IMAGE, filled_in(made)) == {"target": "M31", "settings": "b=2 a=5"}


def test_a_form_travels_as_json() -> None:
    made = carrying(IMAGE, form({"count": "3"}), {"target": "M31"})
    assert Form.from_dict(made.to_dict()) == made


def test_a_command_takes_settings_once() -> None:
    twice = tuple(Option(name, OptionKind.SETTINGS, name) for name in ("a", "b"))
    with pytest.raises(BookError, match="more than one option that takes settings"):
        Book((), [Command("x", "x", IMAGE.handler, options=twice, examples=("x",))])


async def test_what_is_missing_is_asked_for_in_the_far_sides_words(camera: AskedDesk) -> None:
    asked = await camera.ask("image M31 count=2")
    wanted = asked.last.form
    assert wanted is not None
    assert wanted.given == {"target": "M31"}
    assert [(each.label, each.given) for each in wanted.fields[:3]] == [
        ("Exposure time", ""),
        ("Filter", "r"),
        ("Exposures", "2"),
    ]
    done = await camera.fill("image", {**filled_in(wanted), "settings.exposure_time": "300"})
    assert "M31: count is 2, exposure_time is 300, filter is r" in done.words


async def test_what_is_wrong_is_said_at_its_field_before_anything_is_done(camera: AskedDesk) -> None:
    given = {"target": "M31", "settings.exposure_time": "long", "settings.count": "7"}
    wrong = await camera.desk.check(Call(ANA, _place(ANA), path="image", given=given))
    assert wrong is not None
    assert [each.option for each in wrong.fields if each.error] == ["settings.exposure_time"]
    assert filled_in(wrong)["settings.count"] == "7"
    asked = await camera.ask("image M31 exposure_time=long")
    assert "“long” is no exposure time" in asked.words
    assert asked.last.form is not None


async def test_settings_that_cannot_be_read_say_which_word(camera: AskedDesk) -> None:
    asked = await camera.fill("image", {"target": "M31", "settings": "exposure_time=300 fast"})
    assert "settings: “fast” is no setting" in asked.words
