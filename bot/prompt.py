"""The terminal as a front end: ask the desk in the same words as in the chats."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from rich.console import Console

from bot.asking import Answer, Asking
from bot.typed_lines import PROMPT, Lines
from cards.card import Button, Buttons
from cards.cleaning import clean
from cards.terminal import render_terminal
from commands.forms import filled_in
from commands.request import Form, FormField

__all__ = ["PROMPT", "Prompt", "inline_picture"]

QUIT = ("quit", "exit")


class Prompt:
    """Reads a line, answers it, until `quit` or the end of the input.

    The buttons of the last answer are pressed by their number. What a form asks for is asked line by line.
    """

    def __init__(
        self, console: Console, asking: Asking, lines: Lines, pictures: Path, *, greet: bool = True
    ) -> None:
        self._console = console
        self._asking = asking
        self._lines = lines
        self._pictures = pictures
        self._greet = greet
        self._buttons: tuple[Button, ...] = ()

    async def run(self) -> None:
        """Ask and answer until told to stop."""
        if self._greet:
            self._say("Ask: event list, event show NAME, sky NAME, observe NAME, status, help; quit ends.")
        while (line := await self._lines.next(PROMPT)) is not None:
            line = line.strip()
            if line.lower() in QUIT:
                return
            if line.isdigit() and 0 < int(line) <= len(self._buttons):
                button = self._buttons[int(line) - 1]
                await self._show(self._asking.press(button.action, button.value))
            elif line:
                await self._show(self._asking.say(line))

    async def _show(self, answers: AsyncIterator[Answer], *, filling: bool = False) -> None:
        form: Form | None = None
        async for answer in answers:
            form = answer.form
            self._print(answer)
        if form is not None and (filling or not any(each.error for each in form.fields)):
            await self._ask_for(form)

    async def _ask_for(self, form: Form) -> None:
        """Ask for what a form lacks, or only for what is wrong in it, and for settings in any case.

        An empty line leaves a field as it is; an empty first one, where nothing stands in it, gives up.
        """
        given = filled_in(form)
        wrong = [each for each in form.fields if each.error]
        asked = wrong or [each for each in form.fields if not each.given or each.label is not None]
        for number, each in enumerate(asked):
            typed = await self._lines.next(_question(form, each))
            if typed is None or (number == 0 and not typed.strip() and (each.error or not each.given)):
                return
            if typed.strip():
                given[each.option] = _chosen(each, typed.strip())
        await self._show(self._asking.fill(form.path, given), filling=True)

    def _print(self, answer: Answer) -> None:
        self._console.print(render_terminal(answer.card, answer.reader, width=self._console.width))
        asked = [block for block in answer.card.blocks if isinstance(block, Buttons)]
        self._buttons = tuple(button for block in asked for button in block.buttons)
        if self._buttons:
            self._say(
                "  ".join(f"{number}) {button.label}" for number, button in enumerate(self._buttons, 1))
            )
        self._print_pictures(answer.pictures)

    def _print_pictures(self, pictures: Mapping[str, bytes]) -> None:
        for key, png in pictures.items():
            inline = inline_picture(png, os.environ) if self._console.is_terminal else None
            if inline is not None:
                self._console.file.write(inline)
                continue
            name = re.sub(r"[^a-z0-9_]+", "_", key)
            path = self._pictures / f"{name}.png"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png)
            except OSError as error:
                self._say(f"{path}: cannot be written: {error.strerror}")
                continue
            self._say(str(path))

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def _question(form: Form, field: FormField) -> str:
    """What is asked: the field's name, what it takes, and what stands in it."""
    words = clean(field.label or field.option)
    hint = "" if field.error else clean(field.hint or "")
    taken = [clean(text) for text in (hint, " | ".join(each.value for each in field.choices)) if text]
    about = f" ({'; '.join(taken)})" if taken else ""
    standing = f" [{clean(field.given)}]" if field.given else ""
    return f"{form.path} · {words}{about}{standing}: "


def _chosen(field: FormField, typed: str) -> str:
    """The value of a choice that was written by its words."""
    folded = typed.casefold()
    return next((each.value for each in field.choices if each.label.casefold() == folded), typed)


def inline_picture(png: bytes, environment: Mapping[str, str]) -> str | None:
    """The bytes that show a picture in the terminal itself: iTerm2's or kitty's way, else None."""
    encoded = base64.b64encode(png).decode()
    if environment.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm"):
        return f"\x1b]1337;File=inline=1;size={len(png)}:{encoded}\x07\n"
    if environment.get("TERM") == "xterm-kitty" or environment.get("KITTY_WINDOW_ID"):
        chunks = [encoded[at : at + 4096] for at in range(0, len(encoded), 4096)]
        parts = []
        for number, chunk in enumerate(chunks):
            more = int(number < len(chunks) - 1)
            head = f"f=100,a=T,m={more}" if number == 0 else f"m={more}"
            parts.append(f"\x1b_G{head};{chunk}\x1b\\")
        return "".join(parts) + "\n"
    return None
