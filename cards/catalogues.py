"""Keeps the catalogues of translations up to date: `make messages` (docs/translating.md).

Collects every text that is said through a Reader into `locales/nightdesk.pot` and merges it into each
language's catalogue; what is new there is left empty for its translators. Entries are sorted and know their
file, not their line, and nothing of the day is written, so that two branches that add texts merge.

A language in COMPLETE has words for everything. Any other has them for the short texts: those on a telephone,
spoken, on buttons and in titles. Where a language has no words, English stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from cards.translation import DOMAIN, LOCALES, catalogue_path

COMPLETE = frozenset({"fr"})
"""The languages that have words for everything, English, the language of the texts themselves, aside."""

ROOMS = ("cards", "shifts", "notifiers", "commands", "bot")
"""Where things are said."""

SHORT_FILES = frozenset(
    {
        "cards/page_answers.py",
        "cards/short_text.py",
        "cards/spoken_text.py",
        "cards/verdict.py",
        "cards/wording.py",
        "notifiers/channels/twiml.py",
    }
)
"""The files all of whose texts are short texts."""

SHORT_MARK = "Short text"
"""Beginning of a comment right above a text that is a short text: a button, a title, part of an SMS."""

KEYWORDS = {
    "marked": None,
    "worded": None,
    "UnreadableError": None,
    "say": None,
    "line": None,
    "say_many": (1, 2),
    "say_as": ((1, "c"), 2),
}
TEMPLATE = LOCALES / f"{DOMAIN}.pot"

_OF_THE_DAY = re.compile(rb'^"(POT-Creation-Date|Generated-By):.*\n', re.MULTILINE)


def messages(*, short: bool = False) -> Catalog:
    """Every text that is said through a Reader, with the translators' comments; or only the `short` ones."""
    catalogue = Catalog(project=DOMAIN, charset="utf-8", fuzzy=False)
    for source, message, comments, context in _said():
        marked = any(comment.startswith(SHORT_MARK) for comment in comments)
        if short and not marked and source not in SHORT_FILES:
            continue
        said = [comment.removeprefix("Translators: ") for comment in comments]
        catalogue.add(message, locations=[(source, 0)], auto_comments=said, context=context)
    return catalogue


@cache
def _said() -> tuple[tuple[str, str | tuple[str, ...], tuple[str, ...], str | None], ...]:
    """Each text with its file, comments and context: reading all the sources takes seconds, so once."""
    with (LOCALES / "babel.cfg").open(encoding="utf-8") as file:
        method_map, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    return tuple(
        (f"{room}/{filename}", message, tuple(comments), context)
        for room in ROOMS
        for filename, _, message, comments, context in extract_from_dir(
            LOCALES.parent.parent / room,
            method_map,
            options,
            keywords=KEYWORDS,
            comment_tags=("Translators:", SHORT_MARK),
        )
    )


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def wanted(language: str) -> Catalog:
    """The texts that a language is to have words for."""
    return messages(short=language not in COMPLETE)


def catalogue(language: str) -> Catalog:
    """The catalogue of one language as its translators left it."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def untranslated(language: str) -> Iterator[str]:
    """The wanted texts a language has no words for, or only words nobody has checked (fuzzy)."""
    translated = catalogue(language)
    for message in wanted(language):
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        own = translated.get(key, message.context)
        strings = own.string if own is not None else ""
        if own is None or own.fuzzy or not all([strings] if isinstance(strings, str) else strings or [""]):
            yield key


def update() -> None:
    """Write the template anew and merge it into every catalogue."""
    _write(TEMPLATE, messages())
    for language in languages():
        own = catalogue(language)
        own.update(wanted(language), no_fuzzy_matching=True)
        own.obsolete.clear()
        _write(catalogue_path(language), own)


def begin(language: str) -> Path:
    """An empty catalogue of the short texts for a new language. Raises babel's UnknownLocaleError."""
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    own = Catalog(locale=language, project=DOMAIN, charset="utf-8", fuzzy=False)
    own.update(wanted(language), no_fuzzy_matching=True)
    _write(path, own)
    return path


def _write(path: Path, content: Catalog) -> None:
    written = BytesIO()
    write_po(written, content, width=100, sort_output=True, include_lineno=False, omit_header=False)
    path.write_bytes(_OF_THE_DAY.sub(b"", written.getvalue()))


def main(arguments: list[str]) -> None:
    """`python -m cards.catalogues [LANGUAGE]`: begin a language, merge all, list what has no words."""
    for language in arguments:
        if language not in languages():
            begin(language)
    update()
    for language in languages():
        for text in untranslated(language):
            print(f"{language}: no words for {text!r}")  # noqa: T201 - what whoever called it came for


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
