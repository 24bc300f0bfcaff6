"""What reactions can start, each made into a job; what is sent to a telescope is never among it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from events.state import EventState
from notifiers.reactions.starting import Begun, Wish
from notifiers.reactions.telling import Places, places_for
from platforms.job import JobPlace
from platforms.jobs import AlreadyAsked, JobService, Wanted

log = logging.getLogger(__name__)

STARTS: Mapping[str, bool] = {"plan": True, "mmoda": False, "fit": False}
"""What `[[reactions]]` may start, and whether it is for a telescope."""

NEED_A_MAP = frozenset({"plan"})

Starter: TypeAlias = Callable[[EventState, Wish], Wanted]
"""Makes a job of what is wished for. Raises CannotStart; calls nobody and reads no table."""


class CannotStart(ValueError):
    """Why a reaction's wish cannot be made into a job: one sentence."""


@dataclass(frozen=True)
class JobStarts:
    """Starts as jobs what reactions want; `starters` makes the jobs, by what is to be started.

    Promises: a job is written in the caller's transaction, in the requester's name, and its card goes to the
    event's thread; what runs already, or was done within the day, is not asked for again.
    """

    jobs: JobService
    starters: Mapping[str, Starter]
    places: Places

    def needs_map(self, start: str) -> bool:
        return start in NEED_A_MAP

    async def begin(self, session: AsyncSession, state: EventState, wish: Wish) -> Begun:
        starter = self.starters.get(wish.start)
        if starter is None:
            return Begun(wish.facility, None, f"nothing is configured here that makes a {wish.start}")
        try:
            wanted = starter(state, wish)
        except CannotStart as error:
            return Begun(wish.facility, None, str(error))
        except Exception:  # the same transaction tells people of the event: that must not be lost
            log.exception("%s could not be made into a job for %s", wish.start, state.event)
            return Begun(wish.facility, None, "nightdesk itself failed on it; its log says where")
        wanted = replace(
            wanted,
            requester=wish.requester,
            event=state.event,
            facility=wish.facility or wanted.facility,
            place=await self._place(session, state),
        )
        try:
            job = await self.jobs.ask_in(session, wanted)
        except AlreadyAsked as error:
            return Begun(wish.facility, error.job.id, already=True)
        return Begun(wish.facility, job.id)

    async def _place(self, session: AsyncSession, state: EventState) -> JobPlace | None:
        """The first channel where the event is told: a job has one card."""
        found = await places_for(session, state.event, "", self.places)
        if not found:
            return None
        reader = found[0].reader
        return JobPlace("channel", found[0].name, locale=reader.locale, timezone=reader.timezone)
