"""The desk's SkyPortals: what is done there, whose notices go there, whose acknowledgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.settings import Settings
from events.raw_notices import raw_notice
from events.service import EventService
from events.state import EventState, RevisionState
from platforms.instances import Platforms
from platforms.job import Work
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.event_work import EventFinder, EventWork
from platforms.skyportal.plan_work import Pictures, PlanWork, QueueWork
from platforms.skyportal.posting import Posting, posting_of
from platforms.skyportal.rule_plans import RulePlanWork
from platforms.skyportal.ways import Ways
from store.clock import Clock
from store.database import Database


class Notices:
    """The notices of the desk's events as a SkyPortal can be given them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._events = EventService()

    async def newest(self, event: str) -> Posting | None:
        """The newest notice that tells an event, rather one with a map; None where none can be read there."""
        async with self._database.read() as session:
            state = await self._events.resolve(session, event)
            if not isinstance(state, EventState) or state.event != event:
                return None
            for revision in _telling(state):
                content = await raw_notice(session, revision.id)
                posting = _posting(revision, content, state) if content is not None else None
                if posting is not None:
                    return posting
        return None


def portal_works(
    settings: Settings,
    platforms: Platforms,
    database: Database,
    clock: Clock,
    pictures: Pictures | None = None,
) -> Sequence[Work]:
    """Plans, their telescopes' queues, events."""
    portals: Mapping[str, SkyPortal] = platforms.skyportals
    ways = Ways(portals, platforms.credentials)
    posting = {each.name for each in settings.portals if each.post_notices}
    finder = EventFinder(Notices(database).newest, frozenset(posting))
    return (
        RulePlanWork(PlanWork(ways, clock, finder, pictures), clock),
        QueueWork(ways),
        EventWork(ways, finder, platforms.credentials),
    )


def _telling(state: EventState) -> list[RevisionState]:
    """Revisions in the order in which they are to be tried."""
    newest = [each for each in reversed(state.revisions) if not each.notice.retraction]
    with_map = [each for each in newest if each.notice.skymap is not None]
    return [*with_map, *(each for each in newest if each not in with_map)]


def _posting(revision: RevisionState, content: bytes, state: EventState) -> Posting | None:
    notice = revision.notice
    return posting_of(
        content,
        issued=notice.issued,
        tags=tuple(sorted(state.tags))[:10],
        sky_map=notice.skymap.url if notice.skymap is not None else None,
    )
