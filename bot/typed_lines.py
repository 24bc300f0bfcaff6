"""What a person types, line by line, while the loop goes on: at a terminal with editing, else from a pipe."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession


class Lines(Protocol):
    """Where lines come from. None is the end: end of input, or Ctrl-C."""

    async def next(self, prompt: str) -> str | None: ...


class TypedLines:
    """Lines typed at a terminal. What is printed meanwhile appears above the prompt."""

    def __init__(self) -> None:
        from prompt_toolkit import PromptSession

        self._session: PromptSession[str] = PromptSession()

    async def next(self, prompt: str) -> str | None:
        from prompt_toolkit.patch_stdout import patch_stdout

        try:
            with patch_stdout(raw=True):
                # Ctrl-C is a key here; SIGTERM stays with whoever runs the loop.
                return await self._session.prompt_async(prompt, handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return None


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


def lines_of_stdin() -> Lines:
    return TypedLines() if sys.stdin.isatty() else PipedLines(sys.stdin.fileno())
