"""The words of cards in the reader's language: gettext catalogues, compiled in memory.

English is the source language and needs no catalogue. Translators edit
`locales/<language>/LC_MESSAGES/nightdesk.po`; nothing binary is kept or built.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "nightdesk"
SOURCE_LANGUAGE = "en"


def catalogue_path(language: str) -> Path:
    """Where the catalogue of `language` is kept."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@lru_cache(maxsize=32)
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language (`fr`, `pt_BR`); English text where there is none."""
    path = catalogue_path(language)
    if language == SOURCE_LANGUAGE or not path.is_file():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def marked(text: str) -> str:
    """English source text that is said later: only marks it for the catalogues."""
    return text
