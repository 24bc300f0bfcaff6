"""The terminal: what it prints of a card that changes."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from cards.card import Card, Lines, Picture, Text, Tone, strong
from notifiers.channels.base import ChannelConfig
from notifiers.channels.terminal import TerminalChannel

MAP = Picture("sky_map", "where it is")


def _card(*lines: str) -> Card:
    return Card((strong("S261120h"),), Tone.REAL, (Lines(tuple((Text(line),) for line in lines)), MAP), "")


def _terminal(folder: Path) -> tuple[TerminalChannel, io.StringIO]:
    screen = io.StringIO()
    console = Console(file=screen, width=100, color_system=None)
    return TerminalChannel(ChannelConfig("gw", "terminal"), console, folder), screen


async def test_of_an_edited_card_only_what_is_new_is_printed(tmp_path: Path) -> None:
    channel, screen = _terminal(tmp_path)
    receipt = await channel.post(_card("100 Mpc", "900 deg²"), "n", {})
    printed = len(screen.getvalue())
    await channel.edit(receipt, _card("100 Mpc", "300 deg²"), "n", {})
    edit = screen.getvalue()[printed:]
    assert "edited" in edit
    assert "S261120h" in edit
    assert "300 deg²" in edit
    assert "100 Mpc" not in edit


async def test_a_picture_that_is_taken_away_is_not_named_and_a_new_one_is(tmp_path: Path) -> None:
    channel, screen = _terminal(tmp_path)
    receipt = await channel.post(_card("a"), "n", {"sky_map": "first.png"})
    await channel.edit(receipt, _card("b"), "n", {})
    assert screen.getvalue().count(".png") == 1
    await channel.edit(receipt, _card("b"), "n", {"sky_map": "second.png"})
    assert "where it is: second.png" in screen.getvalue()
