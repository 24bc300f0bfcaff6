"""`nightdesk chat`: the running hub asked from a terminal, over its socket, as who one is logged in as."""

from __future__ import annotations

import asyncio
import getpass
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.chat_socket import AskingBySocket, ChatSocket, ChatSocketError
from bot.prompt import Prompt, inline_picture
from bot.typed_lines import OneLine
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import AskedDesk
from tests.commands.with_settings import book_with_settings
from tests.events.story import attach, superevent


@pytest.fixture
async def served(tmp_path: Path, database: Database, clock: ManualClock) -> AsyncIterator[Path]:
    desk = AskedDesk(database, clock)
    await desk.begin()
    async with database.write() as session:
        await attach(session, superevent("S261120a"))
    path = tmp_path / "desk.sock"
    serving = asyncio.create_task(ChatSocket(desk.desk, path, {getpass.getuser(): "ana"}).run())
    async with asyncio.timeout(10):
        while not path.exists():  # noqa: ASYNC110 - the file is the only sign
            await asyncio.sleep(0.01)
    yield path
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert not path.exists()


async def _said(path: Path, line: str) -> str:
    screen = io.StringIO()
    asking = await AskingBySocket.open(path)
    await Prompt(Console(file=screen, width=100), asking, OneLine(line), path.parent, greet=False).run()
    await asking.close()
    return screen.getvalue()


async def test_the_hub_answers_at_the_terminal_as_the_person_who_is_logged_in(served: Path) -> None:
    assert "S261120a" in await _said(served, "event latest")
    assert "Tags of S261120a" in await _said(served, "event tag S261120a mine")
    assert "needs the permission administrator" in await _said(served, "audit")


async def test_what_is_typed_can_be_completed(served: Path) -> None:
    asking = await AskingBySocket.open(served)
    assert "event" in [each.value for each in await asking.complete("ev")]
    assert [each.value for each in await asking.complete("event sh")] == ["show"]
    assert "LVK:S261120a" in [each.value for each in await asking.complete("event show S26")]
    assert [each.value for each in await asking.complete("observe latest at:ton")] == ["at:tonight"]
    await asking.close()


async def test_rubbish_is_answered_and_the_next_terminal_is_served(served: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(served)
    for rubbish in (b"\xff\xfe\n", b"[1, 2]\n", b'{"say": 3}\n'):
        writer.write(rubbish)
        assert "error" in json.loads(await reader.readline())
        assert json.loads(await reader.readline()) == {"end": True}
    writer.write(b"half a li")
    writer.close()
    assert "S261120a" in await _said(served, "event latest")


async def test_a_second_hub_leaves_the_socket_of_the_first_alone(served: Path) -> None:
    with pytest.raises(ChatSocketError, match="another process serves it"):
        await ChatSocket(None, served, {}).run()  # type: ignore[arg-type]


async def test_without_a_hub_the_terminal_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ChatSocketError, match="no hub answers here"):
        await AskingBySocket.open(tmp_path / "none.sock")


def test_pictures_are_shown_where_the_terminal_can() -> None:
    assert inline_picture(b"png", {}) is None
    assert "1337;File=inline=1" in str(inline_picture(b"png", {"TERM_PROGRAM": "iTerm.app"}))
    assert str(inline_picture(b"x" * 9000, {"TERM": "xterm-kitty"})).count("\x1b_G") == 3


async def test_a_form_is_asked_line_by_line_and_what_is_wrong_once_more(
    tmp_path: Path, database: Database, clock: ManualClock
) -> None:
    desk = AskedDesk(database, clock)
    await desk.begin()
    desk.desk.book = book_with_settings()
    path, questions = tmp_path / "desk.sock", []
    serving = asyncio.create_task(ChatSocket(desk.desk, path, {getpass.getuser(): "ana"}).run())
    async with asyncio.timeout(10):
        while not path.exists():  # noqa: ASYNC110 - the file is the only sign
            await asyncio.sleep(0.01)

    class Typed:
        lines = iter(["image M31 note=dusk", "long", "GREEN", "", "", "", "", "", "300"])

        async def next(self, prompt: str) -> str | None:
            questions.append(prompt)
            return next(self.lines, None)

    screen = io.StringIO()
    asking = await AskingBySocket.open(path)
    await Prompt(Console(file=screen, width=100), asking, Typed(), tmp_path, greet=False).run()
    await asking.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    assert questions[1] == "image · Exposure time (seconds): "
    assert questions[2] == "image · Filter (g | r) [r]: "
    assert questions[8] == "image · Exposure time [long]: "
    assert "“long” is no exposure time" in screen.getvalue()
    assert "M31: count is 1, exposure_time is 300, filter is g, note is dusk" in screen.getvalue()
