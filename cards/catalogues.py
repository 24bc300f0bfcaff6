"""Keeps the catalogues of translations up to date: `python -m cards.catalogues`.

Collects every text that the cards say into `locales/nightdesk.pot` and merges it into each language's
catalogue; what is new there is left empty for its translators.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from cards.translation import DOMAIN, LOCALES, catalogue_path

KEYWORDS = {"say": None, "line": None, "say_many": (1, 2), "say_as": ((1, "c"), 2)}
TEMPLATE = LOCALES / f"{DOMAIN}.pot"


def messages() -> Catalog:
    """Every text that is said through a Reader, with the translators' comments beside it."""
    catalogue = Catalog(project=DOMAIN, charset="utf-8", fuzzy=False)
    room = LOCALES.parent
    with (LOCALES / "babel.cfg").open(encoding="utf-8") as file:
        method_map, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(
        room, method_map, options, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for filename, _, message, comments, context in found:
        catalogue.add(message, locations=[(f"cards/{filename}", 0)], auto_comments=comments, context=context)
    return catalogue


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.parent.parent.name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def catalogue(language: str) -> Catalog:
    """The catalogue of one language as its translators left it."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def untranslated(language: str) -> Iterator[str]:
    """The texts a language has no words for, or only words nobody has checked (fuzzy)."""
    translated = catalogue(language)
    for message in messages():
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        own = translated.get(key, message.context)
        strings = own.string if own is not None else ""
        if own is None or own.fuzzy or not all([strings] if isinstance(strings, str) else strings or [""]):
            yield key


def update() -> None:
    """Write the template anew and merge it into every catalogue."""
    template = messages()
    _write(TEMPLATE, template)
    for language in languages():
        own = catalogue(language)
        own.update(template, no_fuzzy_matching=True)
        _write(catalogue_path(language), own)


def _write(path: Path, content: Catalog) -> None:
    with path.open("wb") as file:
        write_po(file, content, width=100, sort_output=True, include_lineno=False, omit_header=False)


if __name__ == "__main__":
    update()
