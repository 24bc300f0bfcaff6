"""From settings to planners: who plans for which telescope, what is installed, and the works that do it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from bot.plan_subjects import PlanSubjects, Taken
from bot.settings import PlanningSettings, PlanValues, Settings, SettingsError
from events.compute import Compute
from events.service import EventService
from facilities.facility import FacilityError
from facilities.plan import Plan
from facilities.planning import settings_from_words
from facilities.registry import Registry, load_registry
from platforms.gwemopt.request import GwemoptOptions
from platforms.gwemopt.work import GwemoptInstall, GwemoptWork, python_of
from platforms.job import Job, Work
from platforms.m4opt import M4optInstall, M4optWork
from platforms.plan_making import Draw, PlanMaking
from platforms.plan_work import InstantWork
from platforms.planning import FacilityPlanning, Planner, Planning
from platforms.worker_process import WorkerLimits
from store.clock import Clock
from store.database import Database
from store.owners import owner_name

WORKERS: Final = Path("nightdesk-planners")
"""Where workers have their folders, for their time."""


def planning_of(settings: Settings) -> Planning:
    """`[[planning]]`, checked. Raises SettingsError that names the entry and the key."""
    registry = load_registry(settings.facilities.files)
    channels = {each.name for each in settings.channels}
    portals = [each.name for each in (settings.skyportal, *settings.skyportals) if each.url is not None]
    found: dict[str, FacilityPlanning] = {}
    for number, entry in enumerate(settings.planning, start=1):
        line = _line(entry, f"planning: entry {number} ({entry.facility})", registry, channels, portals)
        if line.facility in found:
            raise SettingsError(f"planning: {line.facility} stands there twice; one entry a telescope")
        if line.others and settings.treasuremap.url is None:
            raise SettingsError(
                f"planning: entry {number} ({entry.facility}): others: who covers what is read from Treasure"
                " Map, but [treasuremap] has no url"
            )
        found[line.facility] = line
    here = {Planner.INSTANT}
    if gwemopt_of(settings) is not None:
        here.add(Planner.GWEMOPT)
    if m4opt_of(settings) is not None:
        here.add(Planner.M4OPT)
    return Planning(found, frozenset(here))


def gwemopt_of(settings: Settings) -> GwemoptInstall | None:
    """How gwemopt is run here; None where its interpreter is not there."""
    python = python_of(settings.gwemopt.python)
    if python is None or shutil.which(str(python)) is None:
        return None
    limits = WorkerLimits(settings.gwemopt.seconds, settings.gwemopt.memory_mb)
    return GwemoptInstall.with_python(python, limits, GwemoptOptions(schedule=settings.gwemopt.schedule))


def m4opt_of(settings: Settings) -> M4optInstall | None:
    """How M4OPT is run here; None where its command is not there."""
    command = shutil.which(settings.m4opt.command or "m4opt")
    if command is None:
        return None
    limits = WorkerLimits(settings.m4opt.seconds, settings.m4opt.memory_mb)
    return M4optInstall(command, dict(settings.m4opt.missions), limits)


class PlanWorks:
    """The works of the planners of this desk. `close` ends their workers."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        events: EventService,
        compute: Compute | None,
        draw: Draw | None = None,
        taken: Taken | None = None,
    ) -> None:
        registry = load_registry(settings.facilities.files)
        subjects = PlanSubjects(database, clock, events, registry, taken)
        self._making = making = PlanMaking(subjects, compute, draw)
        begin = partial(GwemoptWork, making, gwemopt_of(settings), WORKERS, clock)
        self._gwemopt = begin(owner=owner_name(), at_once=settings.gwemopt.at_once)
        self._m4opt = M4optWork(making, m4opt_of(settings), WORKERS, clock, owner=owner_name())
        self.works: tuple[Work, ...] = (InstantWork(making), self._gwemopt, self._m4opt)

    async def pictures(self, job: Job, plan: Plan) -> Mapping[str, bytes]:
        """The pictures of a plan that another planner made. Raises PlatformError."""
        subject = await self._making.subject(replace(job, parameters={}))  # its settings are the other's own
        return await self._making.pictures(subject, plan)

    def begin(self) -> None:
        """Drop what the workers of a desk that died have left."""
        self._gwemopt.sweep()

    async def close(self) -> None:
        await self._gwemopt.close()
        await self._m4opt.close()


def _line(
    entry: PlanningSettings,
    where: str,
    registry: Registry,
    channels: Collection[str],
    portals: Collection[str],
) -> FacilityPlanning:
    try:
        facility = registry.get(entry.facility)
    except FacilityError as error:
        raise SettingsError(f"{where}: facility: {error}") from None
    planner = Planner(entry.planner)
    _known("send_to", entry.send_to, channels, where, "channel")
    if entry.platform is not None:
        _known("platform", (entry.platform,), portals, where, "SkyPortal")
    if planner is Planner.SKYPORTAL and not portals:
        raise SettingsError(f"{where}: planner: 'skyportal', but no [skyportal] has a url")
    line = FacilityPlanning(
        facility.name,
        planner,
        entry.platform,
        str(entry.allocation) if entry.allocation is not None else None,
        _texts(entry.settings),
        {tag: _texts(values) for tag, values in entry.classes.items()},
        entry.send_to,
        entry.others,
    )
    if line.others and planner is Planner.SKYPORTAL:
        raise SettingsError(f"{where}: others: a SkyPortal cannot be told what others cover; leave it out")
    if planner is not Planner.SKYPORTAL:  # what a SkyPortal's form takes is known there only
        for key, given in (
            ("settings", line.settings),
            *((f"classes.{t}", v) for t, v in line.classes.items()),
        ):
            try:
                settings_from_words({**line.settings, **given}, facility)
            except FacilityError as error:
                raise SettingsError(f"{where}: {key}: {error}") from None
    return line


def _known(key: str, names: Iterable[str], known: Collection[str], where: str, what: str) -> None:
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise SettingsError(f"{where}: {key}: no {what} is called {name!r}; configured are {listed}")


def _texts(values: PlanValues) -> dict[str, str]:
    return {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in values.items()}
