"""`Reader`: in whose language and time zone a card is read."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from gettext import NullTranslations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.lists import format_list

from cards.card import Age, Instant, Line, Link, Span, Text
from cards.translation import translations


class ReaderError(ValueError):
    """A locale or time zone nobody knows."""


@dataclass(frozen=True)
class Reader:
    """A person or channel that reads: `locale` as BCP 47 or POSIX (`fr`, `en-GB`, `pt_BR`), an IANA zone.

    Raises ReaderError for a locale or zone that does not exist. A locale without a catalogue reads
    English words with its own numbers and dates.
    """

    locale: str = "en"
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        _ = self.babel, self.zone

    def __reduce__(self) -> tuple[type[Reader], tuple[str, str]]:
        """Two words say who reads; the catalogue is read again in the process that gets them."""
        return Reader, (self.locale, self.timezone)

    @cached_property
    def babel(self) -> Locale:
        try:
            return Locale.parse(self.locale.split(".")[0].replace("-", "_"))
        except (ValueError, UnknownLocaleError, TypeError) as error:
            raise ReaderError(
                f"no language is called {self.locale!r}; expected one like 'en', 'fr' or 'pt-BR'"
            ) from error

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ReaderError(
                f"no time zone is called {self.timezone!r}; expected an IANA name like 'Europe/Paris'"
            ) from error

    @cached_property
    def _catalogue(self) -> NullTranslations:
        with_region = translations(str(self.babel))
        return with_region if type(with_region) is not NullTranslations else translations(self.babel.language)

    def say(self, text: str, /, **values: object) -> str:
        """`text` in the reader's language, its `{fields}` filled in."""
        return self._catalogue.gettext(text).format(**values)

    def say_many(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """The form for `count` things, by the rules of the reader's language; `{count}` is filled in."""
        return self._catalogue.ngettext(singular, plural, count).format(count=count, **values)

    def say_as(self, context: str, text: str, /, **values: object) -> str:
        """`text` where the same English has several translations, told apart by `context`."""
        return self._catalogue.pgettext(context, text).format(**values)

    def line(self, text: str, /, **values: str | Span | Line) -> Line:
        """A translated sentence as spans: `{fields}` may be plain text, a styled span, or spans."""
        spans: list[Span] = []
        for literal, name, _, _ in string.Formatter().parse(self._catalogue.gettext(text)):
            if literal:
                spans.append(Text(literal))
            if name is None:
                continue
            value = values[name]
            if isinstance(value, str):
                spans.append(Text(value))
            elif isinstance(value, Text | Link | Instant | Age):
                spans.append(value)
            else:
                spans.extend(value)
        return tuple(spans)

    def local(self, at: datetime) -> datetime:
        """`at` on the reader's clock."""
        return at.astimezone(self.zone)

    def listing(self, things: Sequence[str]) -> str:
        """`class, distance and sky map`, as the reader's language lists things."""
        british = "en_GB" if self.babel.language == "en" else self.babel  # no comma before the last
        return format_list(things, locale=british)

    def date(self, at: datetime) -> str:
        """A day as `18 May 2023`, on the clock `at` itself is on."""
        # Translators: a CLDR date pattern, https://unicode.org/reports/tr35/tr35-dates.html
        return str(format_datetime(at, self.say("d MMM y"), locale=self.babel))
