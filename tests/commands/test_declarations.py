"""A command that misses anything a front end needs fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cards.catalogues import languages, untranslated
from commands.book import Book, BookError
from commands.command import Command, Group
from commands.declared import book
from commands.options import Option, OptionKind
from commands.reference import reference
from tests.commands.desk import ANA, BO, AskedDesk

BOOK = book()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"


async def _nothing(*_: object) -> None: ...


def _command(**more: object) -> Command:
    values = {"name": "x", "summary": "s", "handler": _nothing, "examples": ("x",), **more}
    return Command(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"summary": ""}, "summary"),
        ({"examples": ()}, "example"),
        ({"name": "Big Name"}, "is no name"),
        ({"group": "nowhere"}, "no group"),
        (
            {
                "options": (
                    Option("a", OptionKind.TEXT, "s"),
                    Option("b", OptionKind.TEXT, "s", required=True),
                )
            },
            "required",
        ),
        ({"options": (Option("a", OptionKind.CHOICE, "s"),)}, "choices"),
        ({"options": (Option("a", OptionKind.TEXT, ""),)}, "summary of a"),
        ({"trigger": "facilities"}, "triggers by"),
    ],
)
def test_a_declaration_that_misses_something_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BookError, match=said):
        Book((Group("event", "s"),), [_command(**wrong)])


def test_no_command_is_declared_twice() -> None:
    with pytest.raises(BookError, match="twice"):
        Book((), [_command(), _command()])


def test_the_reference_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(BOOK), (
        "python -m commands.reference > docs/commands.md"
    )


def test_every_command_is_translated_in_every_complete_language() -> None:
    assert "fr" in languages()
    missing = set(untranslated("fr"))
    said = {text for c in BOOK for text in (c.summary, *(option.summary for option in c.options))}
    assert said & missing == set()


@pytest.mark.parametrize("path", sorted(BOOK.commands))
async def test_every_example_is_understood(desk: AskedDesk, path: str) -> None:
    """An example may meet an empty desk, never a misunderstanding."""
    for example in BOOK.get(path).examples:
        account = BO if path in ("audit", "settings") else ANA
        said = (await desk.ask(example, account)).words
        for misunderstood in (
            "There is no command",
            "has no option",
            "does not know what to do",
            " needs ",
            "itself failed",
        ):
            assert misunderstood not in said or re.search("needs the permission", said), (example, said)
