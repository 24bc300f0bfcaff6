"""From settings to platforms: the configured instances and their clients, and the works the tracker does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.archives import archive_works, dispatchers_of, nmma_of, resolvers_of, treasure_map_of
from bot.composition import Tools
from bot.efficiency_pictures import draw_efficiency
from bot.planning import planning_of
from bot.portals import portal_works
from bot.settings import PlatformSettings, Settings, SettingsError, SkyPortalSettings
from platforms.credentials import CredentialError, Credentials
from platforms.fit_answers import FitAnswers
from platforms.instances import Instance, Platforms
from platforms.job import Work
from platforms.skyportal.analyses import AnalysisWork
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.efficiency import EfficiencyWork
from platforms.skyportal.followup_work import FollowupWork
from platforms.skyportal.plan_work import Pictures
from platforms.skyportal.ways import Ways
from store.clock import Clock
from store.database import Database


def platforms_of(settings: Settings, database: Database, clock: Clock) -> Platforms:
    """What the settings say the desk can work with. Raises SettingsError for two of one name."""
    instances = instances_of(settings)
    try:
        credentials = Credentials(database, clock, settings.credentials.keys)
    except CredentialError as error:
        raise SettingsError(str(error)) from None
    try:
        skyportals = {
            each.name: SkyPortal(each.name, each.url, each.token or "", clock)
            for each in instances.values()
            if each.kind == "skyportal"
        }
    except ValueError as error:
        raise SettingsError(f"skyportal.url: {error}") from None
    dispatchers = dispatchers_of(instances)
    names, gracedb, opened = resolvers_of(settings.resolvers, dispatchers)
    closing = (*(each.close for each in skyportals.values()), *opened)
    return Platforms(
        instances,
        credentials,
        skyportals=skyportals,
        closing=closing,
        mmoda=dispatchers,
        treasure_map=treasure_map_of(instances, clock),
        nmma=nmma_of(instances),
        names=names,
        gracedb=gracedb,
        planning=planning_of(settings),
    )


def instances_of(settings: Settings) -> dict[str, Instance]:
    """The configured instances by name. Raises SettingsError for two of one name."""
    instances: dict[str, Instance] = {}
    for instance in _instances(settings):
        if instance.name in instances:
            raise SettingsError(
                f"skyportals: two platforms are called {instance.name!r}; give each a name of its own"
            )
        instances[instance.name] = instance
    return instances


def works_of(
    settings: Settings,
    tools: Tools,
    platforms: Platforms,
    database: Database,
    clock: Clock,
    fits: FitAnswers | None = None,
    planners: Sequence[Work] = (),
    pictures: Pictures | None = None,
) -> Mapping[str, Work]:
    """Every kind of job this desk can do, by its kind; `planners` are those of this desk itself."""
    ways = Ways(platforms.skyportals, platforms.credentials)
    works: list[Work] = [
        FollowupWork(ways),
        AnalysisWork(ways),
        EfficiencyWork(ways, draw_efficiency),
        *portal_works(settings, platforms, database, clock, pictures),
        *planners,
        *archive_works(platforms, fits),
    ]
    return {work.kind: work for work in works}


def _instances(settings: Settings) -> Iterator[Instance]:
    for portal in (settings.skyportal, *settings.skyportals):
        if portal.url is not None:
            yield _instance(portal.name, "skyportal", portal)
    for name, given in (
        ("mmoda", settings.mmoda),
        ("treasuremap", settings.treasuremap),
        ("nmma", settings.nmma),
    ):
        if given.url is not None:
            yield _instance(name, name, given)


def _instance(name: str, kind: str, given: PlatformSettings) -> Instance:
    assert given.url is not None, "an instance without an address is none"
    token = given.token.get_secret_value() if given.token is not None else None
    facilities = given.facilities if isinstance(given, SkyPortalSettings) else ()
    return Instance(name, kind, given.url.rstrip("/"), token, facilities)
