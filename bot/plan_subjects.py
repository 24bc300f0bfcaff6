"""What a plan is about, looked up: the event's newest map, the telescope, closures, galaxies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import MapSource
from events.closures import closures_at
from events.galaxies import rank, volume_threshold
from events.galaxy_store import catalogues, load_galaxies, tiles_reaching
from events.map_source import map_source
from events.search import Ambiguous, NotFound
from events.service import EventService
from events.state import EventState
from events.tables import RevisionRow
from facilities.facility import Facility, FacilityError
from facilities.planning import GalaxyTarget, Patch, PlanSettings, settings_from_words
from facilities.registry import Registry
from platforms.job import Job, PlatformError
from platforms.plan_making import PlanSubject
from skymaps.skymap import SkyMapError
from store.clock import Clock
from store.database import Database

log = logging.getLogger(__name__)

SMALL_FIELD: Final = 0.5
"""Square degrees: below that galaxies are worth looking up, where nobody said how to plan."""

VOLUME: Final = 0.9

UNKNOWN: Final = "Treasure Map cannot be reached: what others cover was not left out."
NOBODY: Final = "Treasure Map knows of nobody else's pointings."


Taken: TypeAlias = Callable[[EventState, Facility], Awaitable[tuple[Patch, ...]]]


class PlanSubjects:
    """Looks up what a plan job is about, as it is when the plan is begun."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        events: EventService,
        registry: Registry,
        taken: Taken | None = None,
    ) -> None:
        """`taken` tells what others cover of an event; None where no Treasure Map is configured."""
        self._taken = taken
        self._database = database
        self._clock = clock
        self._events = events
        self._registry = registry

    async def __call__(self, job: Job) -> PlanSubject:
        """Raises PlatformError that says what is missing."""
        if job.event is None or job.facility is None:
            raise PlatformError("a plan is made of an event for a telescope; the job names not both")
        try:
            facility = self._registry.get(job.facility)
            settings = settings_from_words(_words(job.parameters.get("settings")), facility)
        except FacilityError as error:
            raise PlatformError(f"{error}") from None
        now = self._clock.now()
        async with self._database.read() as session:
            state = await self._events.resolve(session, job.event)
            if isinstance(state, Ambiguous | NotFound):
                raise PlatformError(f"no event is called {job.event} here any more")
            source = await _newest_map(session, state)
            closures = await closures_at(session, now)
        taken, notes = await self._taken_by_others(job, state, facility)
        name = state.name or state.event.partition(":")[2]
        if source is None:
            raise PlatformError(
                f"{name} has neither a sky map nor a position with a radius",
                advice="ask again once its map is there",
            )
        return PlanSubject(
            name=name,
            source=source,
            facility=facility,
            at=now,
            settings=settings,
            galaxies=await self._galaxies(source, facility, settings),
            taken=taken,
            closure=closures.get(facility.name),
            locale=job.place.locale if job.place is not None else "en",
            timezone=job.place.timezone if job.place is not None else "UTC",
            notes=notes,
        )

    async def _taken_by_others(
        self, job: Job, state: EventState, facility: Facility
    ) -> tuple[tuple[Patch, ...], tuple[str, ...]]:
        """What others cover, where the plan is to leave it out, and what is to be said of that."""
        if not job.parameters.get("others"):
            return (), ()
        if self._taken is None:
            raise PlatformError(
                "no Treasure Map is configured, so what others cover is not known",
                advice="plan without others=yes",
            )
        try:
            found = await self._taken(state, facility)
        except PlatformError as error:
            log.info("what others cover of %s is not known: %s", state.event, error)
            return (), (UNKNOWN,)  # a night does not wait for it
        return found, () if found else (NOBODY,)

    async def _galaxies(
        self, source: MapSource, facility: Facility, settings: PlanSettings
    ) -> tuple[GalaxyTarget, ...]:
        """The likeliest galaxies, where the plan may be of them and the map says how far."""
        wanted = settings.strategy == "galaxies"
        small = facility.field_of_view.effective_area < SMALL_FIELD
        if not wanted and not (settings.strategy == "auto" and small):
            return ()
        async with self._database.read() as session:
            stored = await catalogues(session)
        if not stored:
            if wanted:
                raise PlatformError(
                    "no galaxy catalogue is imported, so there are no galaxies to point at",
                    advice="`nightdesk galaxies import FILE` brings one in; strategy=tiling needs none",
                )
            return ()
        try:
            skymap = await asyncio.to_thread(source.read)
            threshold = await asyncio.to_thread(volume_threshold, skymap, VOLUME)
            tiles = await asyncio.to_thread(tiles_reaching, skymap, threshold)
            async with self._database.read() as session:
                found = await load_galaxies(session, stored[0].id, tiles)
            choose = partial(rank, found, skymap, level=VOLUME, limit=settings.galaxies)
            ranking = await asyncio.to_thread(choose)
        except SkyMapError as error:
            if wanted:
                raise PlatformError(
                    f"no galaxies can be chosen: {error}", advice="use strategy=tiling"
                ) from None
            return ()
        return tuple(GalaxyTarget(each.name, each.ra, each.dec, each.share) for each in ranking.galaxies)


async def _newest_map(session: AsyncSession, state: EventState) -> MapSource | None:
    for revision in reversed(state.revisions):
        row = await session.get(RevisionRow, revision.id)
        source = await map_source(session, row) if row is not None else None
        if source is not None:
            return source
    return None


def _words(settings: object) -> dict[str, str]:
    if not isinstance(settings, Mapping):
        return {}
    return {str(key): str(value) for key, value in settings.items()}
