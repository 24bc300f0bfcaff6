"""`nightdesk chat`: the running hub asked from a terminal, over its socket, as who one is logged in as."""

from __future__ import annotations

import asyncio
import getpass
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.console import Console

from bot.chat_socket import AskingBySocket, ChatSocket, ChatSocketError
from bot.prompt import PROMPT, Prompt, inline_picture
from bot.typed_lines import OneLine
from commands.book import Book
from commands.declared import book
from platforms.jobs import JobService
from store.clock import ManualClock
from store.database import Database
from tests.commands.desk import AskedDesk
from tests.commands.with_settings import book_with_settings
from tests.events.story import attach, burst, superevent
from tests.patience import PATIENCE


@asynccontextmanager
async def serving(
    folder: Path, database: Database, clock: ManualClock, *, person: str = "ana", book: Book | None = None
) -> AsyncIterator[tuple[Path, AskedDesk]]:
    """A desk at its socket, to whom whoever runs the tests is this person."""
    desk = AskedDesk(database, clock)
    await desk.begin()
    desk.desk.book = book or desk.desk.book
    async with database.write() as session:
        await attach(session, superevent("S261120a"))
        await attach(session, burst())
    path = folder / "desk.sock"
    running = asyncio.create_task(ChatSocket(desk.desk, path, {getpass.getuser(): person}).run())
    async with asyncio.timeout(PATIENCE):
        while not path.exists():  # noqa: ASYNC110 - the file is the only sign
            await asyncio.sleep(0.01)
    try:
        yield path, desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert not path.exists()


@pytest.fixture
async def served(tmp_path: Path, database: Database, clock: ManualClock) -> AsyncIterator[Path]:
    async with serving(tmp_path, database, clock) as (path, _):
        yield path


async def _said(path: Path, line: str) -> str:
    screen = io.StringIO()
    asking = await AskingBySocket.open(path)
    await Prompt(Console(file=screen, width=100), asking, OneLine(line), path.parent, greet=False).run()
    await asking.close()
    return screen.getvalue()


async def test_the_hub_answers_at_the_terminal_as_the_person_who_is_logged_in(served: Path) -> None:
    assert "S261120a" in await _said(served, "event latest bns")
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
    assert "S261120a" in await _said(served, "event latest bns")


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
    questions = []

    class Filled:
        lines = iter(["image M31 note=dusk", "long", "GREEN", "", "", "", "", "", "300"])

        async def next(self, prompt: str) -> str | None:
            questions.append(prompt)
            return next(self.lines, None)

    screen = io.StringIO()
    async with serving(tmp_path, database, clock, book=book_with_settings()) as (path, _):
        asking = await AskingBySocket.open(path)
        await Prompt(Console(file=screen, width=100), asking, Filled(), tmp_path, greet=False).run()
        await asking.close()
    assert questions[1] == "image · Exposure time (seconds): "
    assert questions[2] == "image · Filter (g | r) [r]: "
    assert questions[8] == "image · Exposure time [long]: "
    assert "“long” is no exposure time" in screen.getvalue()
    assert "M31: count is 1, exposure_time is 300, filter is g, note is dusk" in screen.getvalue()


async def test_every_command_is_answered_over_the_socket(
    tmp_path: Path, database: Database, clock: ManualClock
) -> None:
    """Every example of every declaration, as somebody who may everything."""
    lines = [example for command in book() for example in command.examples]
    screen = io.StringIO()
    typed = Typed(lines, screen)
    async with serving(tmp_path, database, clock, person="bo") as (path, desk):
        ending = asyncio.create_task(ends_what_is_asked(desk.rooms.jobs))
        asking = await AskingBySocket.open(path)
        await Prompt(Console(file=screen, width=100), asking, typed, tmp_path, greet=False).run()
        await asking.close()
        ending.cancel()
    assert len(typed.answers) == len(lines)
    for line, answer in zip(lines, typed.answers, strict=True):
        assert answer.strip(), f"{line}: nothing was answered"
        assert "itself failed" not in answer, f"{line}: {answer}"
        assert "Traceback" not in answer, f"{line}: {answer}"


async def ends_what_is_asked(jobs: JobService) -> None:
    """No platform is there: jobs end all the same, or the terminal would follow them for ever."""
    while True:
        for job in await jobs.jobs(open_only=True):
            await jobs.cancel(job.id, by="test")
        await asyncio.sleep(0.01)


class Typed:
    """Types one line after the other, leaves the forms that are asked, and keeps what was said to each."""

    def __init__(self, lines: list[str], screen: io.StringIO) -> None:
        self._lines = iter(lines)
        self._screen = screen
        self._begun = False
        self._read = 0
        self.answers: list[str] = []

    async def next(self, prompt: str) -> str | None:
        if prompt != PROMPT:
            return ""
        if self._begun:
            said = self._screen.getvalue()
            self.answers.append(said[self._read :])
            self._read = len(said)
        self._begun = True
        return next(self._lines, None)
