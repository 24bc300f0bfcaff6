"""What a person types, line by line, while the loop goes on: at a terminal with editing, else from a pipe."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from commands.declared import book

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import FileHistory

PROMPT = "nightdesk> "


class Lines(Protocol):
    """Where lines come from. None is the end: end of input, or Ctrl-C."""

    async def next(self, prompt: str) -> str | None: ...


Complete = Callable[[str], Awaitable[Sequence[tuple[str, str]]]]
"""Ways to go on from a line: what to put in place of its last word, and what that is."""


class TypedLines:
    """Lines typed at a terminal, with completion, and with the history of earlier sessions in `history`.

    What is printed meanwhile appears above the prompt. Only commands are remembered, and of those none that
    holds something secret.
    """

    def __init__(self, complete: Complete | None = None, history: Path | None = None) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import DummyCompleter
        from prompt_toolkit.history import InMemoryHistory

        self._session: PromptSession[str] = PromptSession(
            completer=completer_of(complete) if complete else DummyCompleter(),
            complete_while_typing=False,
            history=history_of(history) if history else InMemoryHistory(),
        )
        self._fields: PromptSession[str] = PromptSession(complete_while_typing=False)

    async def next(self, prompt: str) -> str | None:
        from prompt_toolkit.patch_stdout import patch_stdout

        try:
            with patch_stdout(raw=True):
                # Ctrl-C is a key here; SIGTERM stays with whoever runs the loop.
                if prompt != PROMPT:
                    hidden = is_secret_field(prompt)
                    return await self._fields.prompt_async(prompt, handle_sigint=False, is_password=hidden)
                return await self._session.prompt_async(prompt, handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return None


class OneLine:
    """One line that was given already, then the end."""

    def __init__(self, line: str) -> None:
        self._line: str | None = line

    async def next(self, prompt: str) -> str | None:
        line, self._line = self._line, None
        return line


class PipedLines:
    """Lines from a pipe or a file. No thread waits in a read that nothing could end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = b""

    async def next(self, prompt: str) -> str | None:
        while b"\n" not in self._buffer:
            chunk = await self._chunk()
            if not chunk:
                rest, self._buffer = self._buffer, b""
                return rest.decode(errors="replace") if rest else None
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode(errors="replace")

    async def _chunk(self) -> bytes:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        try:
            loop.add_reader(self._descriptor, ready.set)
        except PermissionError:  # a file, which is always ready
            return os.read(self._descriptor, 65536)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, 65536)


def history_of(path: Path) -> FileHistory:
    """The commands of earlier sessions, without those that hold something secret."""
    from prompt_toolkit.history import FileHistory

    class OpenHistory(FileHistory):
        def store_string(self, string: str) -> None:
            if not holds_secret(string):
                super().store_string(string)

    return OpenHistory(str(path))


def holds_secret(line: str) -> bool:
    """Whether a line is of a command that takes something secret (a token, a code)."""
    found = book().find(line.split())
    return found is not None and any(each.secret for each in found[0].options)


def is_secret_field(prompt: str) -> bool:
    """Whether a form asks for something secret: `me token · token: `."""
    path, _, rest = prompt.partition(" · ")
    option = book().get(path).option(rest.partition(":")[0].partition(" ")[0]) if path in book() else None
    return option is not None and option.secret


def completer_of(complete: Complete) -> Completer:
    """prompt_toolkit's completer for a function that completes lines."""
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class LineCompleter(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            return ()

        async def get_completions_async(
            self, document: Document, complete_event: CompleteEvent
        ) -> AsyncGenerator[Completion, None]:
            line = document.text_before_cursor
            last = len(line) - (line.rfind(" ") + 1)
            for value, label in await complete(line):
                yield Completion(value, start_position=-last, display_meta=label)

    return LineCompleter()


def lines_of_stdin(complete: Complete | None = None, history: Path | None = None) -> Lines:
    return TypedLines(complete, history) if sys.stdin.isatty() else PipedLines(sys.stdin.fileno())
