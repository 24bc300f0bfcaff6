"""The terminal as a front end: ask the desk what it knows."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.hub import Hub
from bot.typed_lines import Lines
from cards.event_card import event_card
from cards.reader import Reader
from cards.terminal import render_terminal
from events.search import Ambiguous, NotFound
from events.state import EventState
from store.clock import Clock


class Prompt:
    """Reads a line, answers it, until `quit` or the end of the input."""

    def __init__(self, console: Console, hub: Hub, clock: Clock, lines: Lines) -> None:
        self._console = console
        self._lines = lines
        self._hub = hub
        self._clock = clock
        self._reader = Reader(hub.settings.desk.locale, hub.settings.desk.timezone)
        self._answers: dict[str, tuple[str, Callable[[str], Awaitable[None]]]] = {
            "list": ("the latest events", self._list),
            "show": ("show NAME: the card of an event, also by an alias or as `latest`", self._show),
            "status": ("how the desk fares", self._status),
            "help": ("these lines", self._help),
        }

    async def run(self) -> None:
        """Ask and answer until told to stop."""
        self._say("Ask: list, show NAME, status, help; quit ends.")
        while (line := await self._lines.next("nightdesk> ")) is not None:
            word, _, rest = line.strip().partition(" ")
            word = word.lower()
            if word in ("quit", "exit"):
                return
            if word in self._answers:
                await self._answers[word][1](rest.strip())
            elif word:
                near = difflib.get_close_matches(word, self._answers, n=1)
                self._say(
                    f"{word!r} is no command" + (f"; did you mean {near[0]}?" if near else "; try help")
                )

    async def _list(self, _rest: str) -> None:
        async with self._hub.database.read() as session:
            states = await self._hub.events.list(session)
        table = Table()
        for heading in ("event", "trigger (UTC)", "notices", "tags"):
            table.add_column(heading)
        for state in states:
            trigger = f"{state.trigger_time:%Y-%m-%d %H:%M:%S}" if state.trigger_time else ""
            name = Text(state.name, style="strike" if state.retracted else "")
            table.add_row(name, trigger, str(len(state.revisions)), Text(", ".join(sorted(state.tags))))
        self._console.print(table)

    async def _show(self, name: str) -> None:
        async with self._hub.database.read() as session:
            found: EventState | Ambiguous | NotFound
            if name in ("", "latest"):
                found = await self._hub.events.latest(session) or NotFound("latest", ())
            else:
                found = await self._hub.events.resolve(session, name)
        if isinstance(found, Ambiguous):
            self._say(f"{found.text!r} is the name of several events: {', '.join(found.events)}")
            return
        if isinstance(found, NotFound):
            hint = f"; did you mean {' or '.join(found.suggestions)}?" if found.suggestions else ""
            self._say(f"no event is called {found.text!r}{hint}")
            return
        card = event_card(found, self._clock.now(), self._reader)
        self._console.print(render_terminal(card, self._reader, width=self._console.width))

    async def _status(self, _rest: str) -> None:
        for name, (good, detail) in (await self._hub.readiness()).parts.items():
            self._say(f"{name}: {'ready' if good else 'NOT READY'}, {detail}")

    async def _help(self, _rest: str) -> None:
        for name, (what, _) in self._answers.items():
            self._say(f"{name}: {what}")

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)
