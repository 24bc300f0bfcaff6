"""`Card`: what people read about an event or an incident, before any channel has given it its form.

A card is written in one reader's language, but its instants stay instants: a channel that knows each
reader's zone (Slack, Discord) shows everybody their own time. It survives a trip through JSON, so the
outbox can keep it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from cards.cleaning import clean


class CardError(ValueError):
    """A card that cannot be read back or made: what was wrong with it, and where."""


class Tone(StrEnum):
    """What kind of card it is, as a colour by name. Every tone is also said in words."""

    REAL = "real"
    MOCK = "mock"
    RETRACTED = "retracted"
    WARNING = "warning"
    INFO = "info"
    GOOD = "good"


class Style(StrEnum):
    PLAIN = "plain"
    STRONG = "strong"
    STRIKE = "strike"


class InstantForm(StrEnum):
    """How much of an instant is shown: the time of day, the day, or both."""

    TIME = "time"
    DATE = "date"
    DATE_TIME = "date_time"


@dataclass(frozen=True)
class Text:
    """Words. Never markup: every renderer escapes them."""

    text: str
    style: Style = Style.PLAIN
    kind: Literal["text"] = "text"

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))


@dataclass(frozen=True)
class Link:
    """A label that opens `url`; shown as the label alone where `url` is no web address."""

    label: str
    url: str
    kind: Literal["link"] = "link"

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", clean(self.label))
        object.__setattr__(self, "url", clean(self.url))


@dataclass(frozen=True)
class Instant:
    """An instant, shown in the reader's zone, and in UTC beside it where `utc` is set."""

    at: AwareDatetime
    form: InstantForm = InstantForm.TIME
    utc: bool = False
    style: Style = Style.PLAIN
    kind: Literal["instant"] = "instant"

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _in_utc(self.at))


@dataclass(frozen=True)
class Age:
    """How long ago (or until) `at` is, in words; `now` is when the card was made."""

    at: AwareDatetime
    now: AwareDatetime
    style: Style = Style.PLAIN
    kind: Literal["age"] = "age"

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _in_utc(self.at))
        object.__setattr__(self, "now", _in_utc(self.now))


Span: TypeAlias = Annotated[Text | Link | Instant | Age, Field(discriminator="kind")]
Line: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True)
class Lines:
    """Lines of text, one below the other."""

    lines: tuple[Line, ...]
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Table:
    """Rows under column titles. A row with fewer cells than columns ends in one wide cell."""

    title: Line
    columns: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    kind: Literal["table"] = "table"

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(clean(c) for c in self.columns))


@dataclass(frozen=True)
class Picture:
    """A picture by the key its bytes are kept under; `alt` says in words what it shows."""

    key: str
    alt: str
    caption: str = ""
    kind: Literal["picture"] = "picture"

    def __post_init__(self) -> None:
        object.__setattr__(self, "alt", clean(self.alt))
        object.__setattr__(self, "caption", clean(self.caption))


class ButtonStyle(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True)
class Button:
    """Something a reader can do: `action` names it, `value` says to what.

    `url` is where it can be done by whoever reads where nothing can be pressed (e-mail): a page that asks.
    """

    action: str
    label: str
    value: str = ""
    style: ButtonStyle = ButtonStyle.PLAIN
    url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", clean(self.label))
        object.__setattr__(self, "url", clean(self.url))


@dataclass(frozen=True)
class Buttons:
    buttons: tuple[Button, ...]
    kind: Literal["buttons"] = "buttons"


@dataclass(frozen=True)
class Links:
    links: tuple[Link, ...]
    kind: Literal["links"] = "links"


@dataclass(frozen=True)
class Note:
    """A quiet line: where something comes from, what is still missing."""

    line: Line
    kind: Literal["note"] = "note"


Block: TypeAlias = Annotated[Lines | Table | Picture | Buttons | Links | Note, Field(discriminator="kind")]


@dataclass(frozen=True)
class Card:
    """A title line that gives the verdict, then blocks in reading order.

    `summary` is the card in one plain line: what a phone shows on its lock screen, and what is read
    where nothing else can be shown. `short` is what an SMS says of it (`cards.short_text`), `spoken` what a
    voice reads out (`cards.spoken_text`); where they are empty the summary stands for them. `event` is what
    it is about (`MISSION:ID`), if it is about an event: what programs that read it go by.
    """

    title: Line
    tone: Tone
    blocks: tuple[Block, ...] = ()
    summary: str = field(default="")
    short: str = field(default="")
    spoken: str = field(default="")
    event: str | None = None

    def __post_init__(self) -> None:
        for words in ("summary", "short", "spoken"):
            object.__setattr__(self, words, clean(getattr(self, words)))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form; `from_dict` gives an equal card back."""
        dumped: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return dumped

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Card:
        """The card that `to_dict` wrote. Raises CardError for anything else."""
        try:
            return _adapter().validate_python(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole"
            raise CardError(f"not a card: {first['msg']} at {where}") from error


@cache
def _adapter() -> TypeAdapter[Card]:
    return TypeAdapter(Card)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise CardError(f"a card's instants know their zone; {at!r} does not")
    return at.astimezone(UTC)


def strong(text: str) -> Text:
    return Text(text, Style.STRONG)


def struck(text: str) -> Text:
    return Text(text, Style.STRIKE)


def emphasised(line: Line) -> Line:
    """`line` in strong type throughout; links stay as they are."""
    return tuple(span if isinstance(span, Link) else replace(span, style=Style.STRONG) for span in line)


def joined(parts: list[Line] | tuple[Line, ...], separator: str = " · ") -> Line:
    """The non-empty `parts` as one line, `separator` between them."""
    line: list[Span] = []
    for part in parts:
        if not part:
            continue
        if line:
            line.append(Text(separator))
        line.extend(part)
    return tuple(line)
