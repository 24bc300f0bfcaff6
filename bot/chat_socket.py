"""The local socket: people logged in on the desk's own machine ask it from their terminal, as themselves.

One JSON object a line. Asked: `{"say": …}`, `{"fill": [path, {option: text}]}`, `{"press": [action, value]}`
or `{"complete": …}`; answered: answers in order, then `{"end": true}`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from bot.asking import Answer, AskingHere
from commands.desk import Desk
from commands.options import Choice
from commands.request import Account

log = logging.getLogger(__name__)

LONGEST = 16 * 2**20  # bytes of one line: pictures travel in it
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: Linux, unix(7)


class ChatSocketError(RuntimeError):
    """The socket cannot be opened or reached: which, and why."""


class ChatSocket:
    """Serves terminals of this machine.

    Promises: whoever asks is who the kernel says they are (SO_PEERCRED), never who they say; the file is for
    its owner and group alone. What is no request is answered as an error and ends that connection only.
    """

    def __init__(self, desk: Desk, path: Path, logins: Mapping[str, str]) -> None:
        self._desk = desk
        self._path = path
        self._logins = logins

    async def run(self) -> None:
        """Serve until cancelled. Raises ChatSocketError where the socket cannot be opened."""
        await asyncio.to_thread(self._clear)
        try:
            server = await asyncio.start_unix_server(self._serve, self._path, limit=LONGEST)
        except OSError as error:
            raise ChatSocketError(f"{self._path}: cannot be opened: {error.strerror}") from error
        self._path.chmod(0o660)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    def _clear(self) -> None:
        """Take away the socket of a process that is gone; leave one alone that somebody answers at."""
        if not self._path.is_socket():
            return
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._path))
            except OSError:
                self._path.unlink(missing_ok=True)
                return
        raise ChatSocketError(f"{self._path}: another process serves it")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asking = AskingHere(self._desk, Account("terminal", self._person_of(writer)))
            while line := await reader.readline():
                async for answer in _answers(asking, line):
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        except (ConnectionError, ValueError) as error:  # ValueError: a line that is too long
            log.info("a terminal has gone: %s", error)
        finally:
            writer.close()

    def _person_of(self, writer: asyncio.StreamWriter) -> str:
        raw = writer.get_extra_info("socket").getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
        )
        _, uid, _ = _CREDENTIALS.unpack(raw)
        try:
            login = pwd.getpwuid(uid).pw_name
        except KeyError:
            login = str(uid)
        return self._logins.get(login, login)


async def _answers(asking: AskingHere, line: bytes) -> AsyncIterator[dict[str, Any]]:
    try:
        asked = json.loads(line)
        match asked:
            case {"say": str(words)}:
                answers = asking.say(words)
            case {"fill": [str(path), dict(given)]}:
                answers = asking.fill(path, {str(name): str(text) for name, text in given.items()})
            case {"press": [str(action), str(value)]}:
                answers = asking.press(action, value)
            case {"complete": str(words)}:
                yield {"choices": [[each.value, each.label] for each in await asking.complete(words)]}
                yield {"end": True}
                return
            case _:
                raise ValueError("expected say, fill, press or complete")
    except ValueError as error:
        yield {"error": f"no request: {error}"}
        yield {"end": True}
        return
    async for answer in answers:
        yield answer.to_dict()
    yield {"end": True}


class AskingBySocket:
    """Asks the hub that listens at a socket. Raises ChatSocketError where none does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path) -> AskingBySocket:
        try:
            return cls(*await asyncio.open_unix_connection(path, limit=LONGEST))
        except OSError as error:
            why = error.strerror or os.strerror(error.errno or 0)
            raise ChatSocketError(
                f"{path}: no hub answers here ({why}); `nightdesk run` with chat.socket set opens it"
            ) from error

    def say(self, line: str) -> AsyncIterator[Answer]:
        return self._asked({"say": line})

    def fill(self, path: str, given: Mapping[str, str]) -> AsyncIterator[Answer]:
        return self._asked({"fill": [path, dict(given)]})

    def press(self, action: str, value: str) -> AsyncIterator[Answer]:
        return self._asked({"press": [action, value]})

    async def complete(self, line: str) -> tuple[Choice, ...]:
        found: tuple[Choice, ...] = ()
        async for answer in self._lines({"complete": line}):
            found = tuple(Choice(value, label) for value, label in answer.get("choices", ()))
        return found

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def _asked(self, request: dict[str, Any]) -> AsyncIterator[Answer]:
        async for answer in self._lines(request):
            yield Answer.from_dict(answer)

    async def _lines(self, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        async with self._turn:
            self._writer.write(json.dumps(request).encode() + b"\n")
            await self._writer.drain()
            while True:
                line = await self._reader.readline()
                if not line:
                    raise ChatSocketError("the hub has gone; ask again once it is back")
                answer: dict[str, Any] = json.loads(line)
                if "end" in answer:
                    return
                if "error" in answer:
                    raise ChatSocketError(str(answer["error"]))
                yield answer
