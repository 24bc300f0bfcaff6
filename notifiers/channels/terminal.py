"""The terminal: cards printed one below the other, of an edited card what changed, pictures as files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cards.card import Age, Block, Card, Lines, Picture, Table
from cards.terminal import render_terminal
from notifiers.channels.base import ChannelConfig, Gone, Pace, PictureFile, Receipt, TryAgain


class TerminalChannel:
    """Prints to a console.

    An edited card is printed as its title and what is new in it. Promises: at least once. What this process
    printed it finds again; what was printed before a crash is printed once more, for nobody can read it back
    from the screen.
    """

    speaking = Pace()
    changing = Pace()

    def __init__(self, config: ChannelConfig, console: Console, pictures: Path) -> None:
        self.config = config
        self._console = console
        self._folder = pictures
        self._shown: dict[str, tuple[Card, Mapping[str, str]]] = {}

    async def post(self, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        self._print(card, None)
        self._print_pictures(card, pictures, {})
        self._shown[nonce] = (card, dict(pictures))
        return Receipt(self.config.name, nonce)

    async def edit(self, shown: Receipt, card: Card, nonce: str, pictures: Mapping[str, str]) -> Receipt:
        before, drawn = self._shown.get(shown.message, (None, {}))
        if before is None:
            self._print(card, "edited")
        elif before != card:
            self._print(_what_changed(before, card), "edited")
        self._print_pictures(card, pictures, drawn)
        self._shown[shown.message] = (card, dict(pictures))
        return shown

    async def reply(self, shown: Receipt, card: Card, nonce: str) -> Receipt:
        if shown.place != self.config.name:
            raise Gone(f"the terminal {self.config.name} shows no such card")
        self._print(card, "in its thread")
        self._shown[nonce] = (card, {})
        return Receipt(shown.place, nonce)

    async def picture(self, picture: PictureFile) -> str:
        path = self._folder / picture.name
        try:
            await asyncio.to_thread(self._save, path, picture.content)
        except OSError as error:
            raise TryAgain(f"the picture could not be saved as {path}: {error.strerror}") from error
        return str(path)

    async def find(self, nonce: str, since: datetime, thread: Receipt | None) -> Receipt | None:
        return Receipt(self.config.name, nonce) if nonce in self._shown else None

    async def check(self) -> str:
        return "prints to this terminal"

    async def answer(self) -> str:
        return await self.check()

    def _save(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def _print(self, card: Card, mark: str | None) -> None:
        where = f"{self.config.name} · {mark}" if mark else self.config.name
        self._console.print(Text(f"── {where} ", style="dim"))
        self._console.print(render_terminal(card, self.config.reader, width=self._console.width))

    def _print_pictures(self, card: Card, pictures: Mapping[str, str], drawn: Mapping[str, str]) -> None:
        for block in card.blocks:
            if not isinstance(block, Picture):
                continue
            reference = pictures.get(block.key)
            if reference is not None and reference != drawn.get(block.key):
                self._console.print(
                    Text(f"   {block.caption or block.alt}: {reference}", style="dim"), soft_wrap=True
                )


def _what_changed(before: Card, after: Card) -> Card:
    """`after` without the lines and blocks that stand above already: what is printed cannot be altered."""
    known = {line for block in before.blocks if isinstance(block, Lines) for line in block.lines}
    standing = [_ageless(block) for block in before.blocks]
    blocks: list[Block] = []
    for block in after.blocks:
        if isinstance(block, Lines):
            new = tuple(line for line in block.lines if line not in known)
            blocks += [replace(block, lines=new)] if new else []
        elif _ageless(block) not in standing:
            blocks.append(block)
    return replace(after, blocks=tuple(blocks))


def _ageless(block: Block) -> Block:
    """A table as it would be at any time: that "in 2 h" became "in 1 h" is no news."""
    if not isinstance(block, Table):
        return block
    rows = tuple(
        tuple(
            tuple(replace(span, now=span.at) if isinstance(span, Age) else span for span in cell)
            for cell in row
        )
        for row in block.rows
    )
    return replace(block, rows=rows)
