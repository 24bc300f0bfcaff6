"""Cards in a terminal: wide, narrow, and never wider than it is."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from cards.card import Button, Card, Lines, Link, Links, Text, Tone
from cards.event_card import event_card
from cards.reader import Reader
from cards.terminal import render_terminal
from tests.cards import nights
from tests.cards.goldens import assert_golden

PARIS = Reader("en", "Europe/Paris")


def shown(card: Card, width: int, *, colour: bool = False) -> str:
    console = Console(
        file=StringIO(), width=width, force_terminal=colour, color_system="256" if colour else None
    )
    console.print(render_terminal(card, PARIS, width=width))
    output = console.file
    assert isinstance(output, StringIO)
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("name", ["S230518H", "GRB"])
def test_cards_look_as_they_were_read(name: str, width: int) -> None:
    state = getattr(nights, name)
    now = state.newest.arrived + timedelta(seconds=20)
    card = event_card(state, now, PARIS, actions=(Button("acknowledge", "I have it"),))
    text = shown(card, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert_golden(f"{name.lower()}.terminal{width}.txt", text)


def test_markup_of_rich_and_of_the_terminal_is_only_text() -> None:
    line = (Text("[bold red]not bold[/] \x1b[31mnot red"),)
    text = shown(Card(line, Tone.INFO, (Lines((line,)),)), 80, colour=True)
    assert text.count("[bold red]not bold[/]") == 2
    assert "\x1b[31mnot red" not in text


def test_a_link_opens_only_a_web_address() -> None:
    links = Links((Link("good", "https://a.b/x"), Link("bad", "file:///etc/passwd")))
    text = shown(Card((Text("t"),), Tone.INFO, (links,)), 80, colour=True)
    assert "https://a.b/x" in text
    assert "passwd" not in text
