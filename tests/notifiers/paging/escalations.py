"""What the mortal process of the kill tests does: one answer, if there is one, then all that is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifiers.paging.answers import Answer
from notifiers.paging.engine import PagingEngine
from notifiers.paging.parts import Parts
from notifiers.paging.service import PageService
from store.clock import ManualClock
from store.database import Database


async def move_on(arguments: Mapping[str, Any]) -> None:
    """`arguments`: url, now, page, and `answer` (whose, what, under which id it was delivered) or None."""
    database = Database(arguments["url"])
    clock = ManualClock(datetime.fromisoformat(arguments["now"]))
    answer = arguments["answer"]
    if answer is not None:
        person, what, once = answer
        pages = PageService(database, clock, Parts())
        await pages.answer(arguments["page"], Answer(what), person=person, via="sms", once=once)
    await PagingEngine(database, clock, Parts(), owner="mortal").settle()
    await database.dispose()
