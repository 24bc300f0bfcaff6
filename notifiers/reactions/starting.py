"""What a reaction needs of those who can start something: jobs are kept in another room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState


@dataclass(frozen=True)
class Wish:
    """What is to be started: as configured, for one telescope or (`facility` empty) none.

    `requester` is in whose name: a person, or `rule NAME`.
    """

    start: str
    parameters: Mapping[str, object]
    facility: str
    requester: str


@dataclass(frozen=True)
class Begun:
    """What came of a wish: the job, or why there is none. `already`: the job was there before."""

    facility: str
    job: int | None
    problem: str | None = None
    already: bool = False


class Starts(Protocol):
    """Starts what is wished for, by writing jobs down in the caller's transaction.

    Promises: `begin` raises nothing for what cannot be started, since the same transaction tells people of
    the event; it says so in `Begun.problem`, one sentence.
    """

    def needs_map(self, start: str) -> bool:
        """Whether it can be started only once the event has a sky map."""
        ...

    async def begin(self, session: AsyncSession, state: EventState, wish: Wish) -> Begun: ...


class NothingStarts:
    """A desk on which nothing can be started."""

    def needs_map(self, start: str) -> bool:
        return False

    async def begin(self, session: AsyncSession, state: EventState, wish: Wish) -> Begun:
        return Begun(wish.facility, None, f"this desk cannot start {wish.start!r}")
