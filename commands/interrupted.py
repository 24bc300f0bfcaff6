"""Commands whose process died between hearing them and answering: whoever asked is told, with a button."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.answer_card import answer_card
from cards.card import Button, ButtonStyle, Card, Tone
from cards.cleaning import clean, shorten
from cards.reader import Reader, ReaderError
from commands import waiting
from commands.command import Command
from commands.request import Caller, Front, Place
from commands.tables import SeenCallRow
from notifiers.destinations import Spot, direct
from notifiers.messages import notify
from store.clock import Clock
from store.database import Database
from store.owners import is_gone, owner_name

EVERY = 300.0  # s between looks for the calls of other processes
OVERDUE = timedelta(minutes=30)
"""Longer than any command takes: whoever did it is gone, on whatever host that was."""

CHATS = (Front.SLACK.value, Front.DISCORD.value)
LONGEST_LINE = 200


def written(command: Command, given: Mapping[str, str], caller: Caller, place: Place) -> dict[str, Any]:
    """A call as it is kept while it is done, without what is secret."""
    hidden = [each.name for each in command.options if each.secret and given.get(each.name)]
    return {
        "path": command.path,
        "given": {name: text for name, text in given.items() if name not in hidden},
        "hidden": hidden,
        "person": caller.person.name if caller.person is not None else None,
        "locale": caller.reader.locale,
        "timezone": caller.reader.timezone,
        "front": place.front.value,
        "channel": place.channel,
        "thread": place.thread,
        "private": place.private or command.private,
    }


class Interrupted:
    """Tells of calls that nobody answers any more.

    Promises: who asked for something that was acknowledged is answered or told, once, that it was cut off;
    nothing is done again unless they press the button, which checks and asks as the command itself does.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Tell of the calls of processes that died elsewhere, until cancelled."""
        while True:
            await self._clock.sleep(EVERY)
            await self.tell()

    async def tell(self, *, starting: bool = False) -> int:
        """Tell of all that was cut off; says how many. `starting`: this process has heard nothing yet."""
        now = self._clock.now()
        async with self._database.write() as session:
            wanted = select(SeenCallRow).where(
                SeenCallRow.done.is_(None), SeenCallRow.owner.is_not(None), SeenCallRow.at <= now
            )
            rows = [row for row in await session.scalars(wanted) if _is_cut_off(row, now, starting)]
            for row in rows:
                row.done = now
                if row.call is not None and now - row.at < waiting.SEEN_LIFE:
                    await _tell(session, row.id, row.call, now)
        return len(rows)


def _is_cut_off(row: SeenCallRow, now: datetime, starting: bool) -> bool:
    if now - row.at > OVERDUE or row.owner is None:
        return True
    return is_gone(row.owner) and (starting or row.owner != owner_name())


async def _tell(session: AsyncSession, delivery: str, call: Mapping[str, Any], now: datetime) -> None:
    name = _destination(call)
    if name is not None:
        token = None if call["hidden"] else await waiting.keep(session, call["path"], call["given"], now)
        card = _card(_reader(call), call, token)
        await notify(session, card, [name], key=f"cut off|{delivery}", now=now)


def _card(reader: Reader, call: Mapping[str, Any], token: str | None) -> Card:
    words = " ".join([call["path"], *(f"{name}:{text}" for name, text in call["given"].items())])
    title = reader.say("“{command}” was cut off by a restart", command=shorten(clean(words), LONGEST_LINE))
    said = reader.say("It may not have been done. Look first; if it was not, have it done now.")
    if token is None:
        said = reader.say("It may not have been done. Look first; if it was not, ask for it again.")
        return answer_card(reader, title, said, tone=Tone.WARNING)
    now = Button("command.run", reader.say("Do it now"), token, ButtonStyle.PRIMARY)
    return answer_card(reader, title, said, tone=Tone.WARNING, buttons=(now,))


def _destination(call: Mapping[str, Any]) -> str | None:
    """Privately where the desk knows who it was, else where it was asked."""
    if call["front"] not in CHATS:
        return None
    if call["person"] is not None:
        return direct(call["person"], call["front"])
    if call["private"] or not call["channel"]:
        return None
    place = Spot(call["front"], call["channel"], call["thread"] or None, call["locale"], call["timezone"])
    return place.name


def _reader(call: Mapping[str, Any]) -> Reader:
    try:
        return Reader(call["locale"], call["timezone"])
    except ReaderError:
        return Reader()
