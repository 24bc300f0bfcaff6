"""What platforms and planners say, in the reader's language: every sentence of theirs has words for it."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from cards.reader import Reader
from commands.job_cards import own_sentences
from commands.job_cards.own_sentences import in_words_of
from facilities.planning.settings import EXPECTED

ROOT = Path(__file__).resolve().parents[2]
FRENCH = Reader("fr")
ROOMS = ("platforms",)
SAID_BY_PEOPLE = frozenset({"advice", "said", "failure"})
ERRORS = frozenset({"PlatformError", "SkyPortalError", "LostJob", "ResultError", "Unresolved"})
NOT_OURS = frozenset(
    {
        "platforms/credentials.py",  # said by the command that keeps tokens, at once
        "platforms/gwemopt/worker.py",  # its words come back as `{planner}: …`
        "platforms/mmoda/metadata.py",
        "platforms/nmma_answers.py",
    }
)
QUOTED = (
    "{error}",
    "{instrument}: {status[:200]}",
    "",
    "{found}",
    "{name} {what} when asked to {asked}",
    "{_UNSEEN}: “me token {portal.name}”",
)
"""What only quotes somebody, or says nothing."""


def _template(node: ast.expr) -> Iterator[str]:
    """The text of a literal with what is filled in as `{…}`; nothing for what is put together elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else f"{{{ast.unparse(each.value)}}}"  # type: ignore[attr-defined]
                for each in values
            )
        case ast.IfExp(body=body, orelse=orelse):
            yield from _template(body)
            yield from _template(orelse)
        case ast.BoolOp(values=values):
            for each in values:
                yield from _template(each)


def _sentences() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            if where in NOT_OURS:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                said = [each.value for each in node.keywords if each.arg in SAID_BY_PEOPLE | {"asked"}]
                said += node.args[:1] if name in ERRORS else []
                for each in said:
                    for text in _template(each):
                        if text not in QUOTED:
                            yield where, text


FILLED = {
    "{whose}": "your account",
    "{lacks}": "",
    "{self.name}": "MMODA",
    "{API}": "/api/v1",
    "{what}": "Xyz of Abc",
}
"""What is filled in from a few fixed words."""


def _filled(template: str) -> str:
    """The sentence with plain words where something is filled in."""
    for name, words in FILLED.items():
        template = template.replace(name, words)
    text, depth = "", 0
    for letter in template:
        depth += (letter == "{") - (letter == "}")
        if letter == "}" and depth == 0:
            text += "Xyz"
        elif depth == 0:
            text += letter
    return text


CHOSEN = re.compile(
    "[“”();:?,]|your account|the desk's account|the permission|did you mean|known are|a whole number"
    "|cannot be reached|did not answer in time|broke off the connection"
)
"""Words that a sentence is given when it is made."""

SENTENCES = sorted(set(_sentences()))


@pytest.mark.parametrize("where", sorted({where for where, _ in SENTENCES}))
def test_every_sentence_of_a_platform_is_said_in_french(where: str) -> None:
    """Filled with plain words, each is another sentence in French."""
    english = [
        text
        for place, text in SENTENCES
        if place == where and in_words_of(FRENCH, _filled(text)) == _filled(text)
    ]
    assert english == []


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (
            "fritz refused to list the allocations: no such user",
            "fritz a refusé de donner la liste des allocations : no such user",
        ),
        (
            "plan 12 could not be taken back: fritz says “submitted to telescope queue: 3”",
            "le plan 12 n’a pas pu être repris : fritz dit « submitted to telescope queue: 3 »",
        ),
        ("gwemopt took longer than its 600 s and was ended", "gwemopt a dépassé ses 600 s et a été arrêté"),
        ("gwemopt failed: its worker ended with 5", "gwemopt a échoué : son processus a fini avec le code 5"),
        (
            "Nothing to expose: closed until 2026-11-22 04:00 UTC: snow.",
            "Rien à observer : fermé jusqu’au 2026-11-22 04:00 UTC : snow.",
        ),
        (
            "exposure_time is “long: very”; expected seconds above 0 and up to 7200, one for all filters or "
            "one each, as 120,180",
            "exposure_time est « long: very » ; il faut des secondes au-dessus de 0 et jusqu’à 7200, une "
            "valeur pour tous les filtres ou une chacun, comme 120,180",
        ),
    ],
)
def test_what_is_quoted_within_is_translated_where_it_is_ours(english: str, french: str) -> None:
    assert in_words_of(FRENCH, english) == french
    assert in_words_of(Reader(), english) == english


def test_what_a_setting_may_be_is_said_in_french() -> None:
    left = [text for text in EXPECTED.values() if in_words_of(FRENCH, text) == text]
    assert left == []


def test_no_words_are_kept_for_what_nobody_says() -> None:
    """Each sentence's literals stand in the sources, sentences of several lines put together."""
    source = "".join(
        path.read_text(encoding="utf-8")
        for room in ("platforms", "facilities", "commands", "bot", "events", "notifiers")
        for path in (ROOT / room).rglob("*.py")
        if "job_cards" not in path.parts
    )
    source = re.sub(r'"\s*f?"', "", source).replace("{self.name}", "MMODA").replace("{name}", "")
    dead = [
        own
        for own in own_sentences.SENTENCES
        for literal, _, _, _ in string.Formatter().parse(own)
        for piece in CHOSEN.split(literal)
        if piece.strip(" :;.()’”“").removeprefix("MMODA ") not in source
    ]
    assert dead == []


def test_braces_and_markup_of_others_stay_what_they_are() -> None:
    assert in_words_of(FRENCH, "fritz says: {0} {x!r} <b>%s") == "fritz dit : {0} {x!r} <b>%s"
