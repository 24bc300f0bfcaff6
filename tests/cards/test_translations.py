"""French is complete: every text has its words, with the same fields and a form for each plural."""

from __future__ import annotations

import string
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Message

from cards.catalogues import catalogue, languages, messages, untranslated


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def texts(value: object) -> Iterable[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


def test_the_cards_say_something() -> None:
    assert len([message for message in messages() if message.id]) > 100


def test_french_is_one_of_the_languages() -> None:
    assert "fr" in languages()


@pytest.mark.parametrize("language", ["fr"])
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
    said = {texts(message.id)[0] for message in messages() if message.id}  # type: ignore[index]
    kept = {texts(message.id)[0] for message in catalogue(language) if message.id}  # type: ignore[index]
    assert kept - said == set()
