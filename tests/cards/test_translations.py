"""French is complete, five languages say the short texts: with the same fields, a form for each plural."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from cards.catalogues import (
    COMPLETE,
    KEYWORDS,
    ROOMS,
    SHORT_FILES,
    catalogue,
    languages,
    messages,
    untranslated,
    wanted,
)

SHORT = {"de", "es", "it", "ja", "zh"}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts(value: object) -> Iterable[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


def test_the_cards_say_something() -> None:
    assert len([message for message in messages() if message.id]) > 100


def test_french_is_complete_and_five_languages_say_the_short_texts() -> None:
    assert set(languages()) == COMPLETE | SHORT
    assert "fr" in COMPLETE


def test_short_texts_are_those_of_their_files_and_those_marked() -> None:
    said = {(texts(m.id)[0], m.context): m for m in messages() if m.id}  # type: ignore[index]
    short = {(texts(m.id)[0], m.context) for m in messages(short=True) if m.id}  # type: ignore[index]
    for key, message in said.items():
        files = {name for name, _ in message.locations}
        marked = any(comment.startswith("Short text") for comment in message.auto_comments)
        assert (key in short) == (marked or bool(files & SHORT_FILES)), key


@pytest.mark.parametrize("language", languages())
def test_no_text_is_untranslated(language: str) -> None:
    assert list(untranslated(language)) == []


@pytest.mark.parametrize("language", languages())
def test_translations_have_the_fields_of_the_text(language: str) -> None:
    def translated(message: Message) -> bool:
        return bool(message.id) and all(texts(message.string))

    for message in filter(translated, catalogue(language)):
        wanted = set().union(*(fields(text) for text in texts(message.id)))
        for text in texts(message.string):
            assert fields(text) <= wanted, message.id
            assert fields(text) | {"count"} >= wanted, message.id


@pytest.mark.parametrize("language", languages())
def test_every_plural_form_is_there(language: str) -> None:
    own = catalogue(language)
    for message in own:
        if isinstance(message.id, tuple):
            assert len(message.string) == own.num_plurals, message.id


@pytest.mark.parametrize("language", languages())
def test_no_translation_is_left_of_a_text_that_is_no_longer_said(language: str) -> None:
    said = {texts(message.id)[0] for message in wanted(language) if message.id}  # type: ignore[index]
    kept = {texts(message.id)[0] for message in catalogue(language) if message.id}  # type: ignore[index]
    assert kept - said == set()


def _said_inside(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute | ast.Name):
                    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id
                    if name in KEYWORDS:
                        yield ast.unparse(call)


def test_no_text_is_said_inside_an_f_string_where_it_is_not_collected() -> None:
    assert list(_said_inside("f'{reader.say(\"real\")}'")) == ["reader.say('real')"]
    root = Path(__file__).parents[2]
    files = [file for room in ROOMS for file in (root / room).rglob("*.py")]
    assert {str(file): found for file in files if (found := list(_said_inside(file.read_text())))} == {}
