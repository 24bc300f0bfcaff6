"""MMODA, Treasure Map and NMMA of a configuration: their clients, and the works that use them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping

from bot.product_pictures import draw_products
from bot.settings import ResolverSettings
from platforms.fit_answers import FitAnswers
from platforms.instances import Instance, Platforms
from platforms.job import Job, Work
from platforms.mmoda.dispatcher import Dispatcher
from platforms.mmoda.work import ProductWork
from platforms.nmma import FitWork, NmmaService
from platforms.pace import Pace
from platforms.resolvers import GraceDb, MmodaNames, Names, Sesame, Tns, chain
from platforms.rule_fits import RuleFitWork
from platforms.treasure_map import TreasureMap
from platforms.treasure_map_works import CancelWork, CompleteWork, ReportWork
from store.clock import Clock

PER_SECOND = 5.0
BURST = 20
"""Of Treasure Map, which names no limit: nobody is asked more often."""


def dispatchers_of(instances: Mapping[str, Instance]) -> dict[str, Dispatcher]:
    """The MMODA dispatchers, by the name of their instance."""
    return {n: Dispatcher("MMODA", each.url) for n, each in instances.items() if each.kind == "mmoda"}


def treasure_map_of(instances: Mapping[str, Instance], clock: Clock) -> TreasureMap | None:
    """The Treasure Map, where one is configured."""
    for name, instance in instances.items():
        if instance.kind == "treasuremap":
            return TreasureMap(name, instance.url, pace=Pace(PER_SECOND, BURST, clock))
    return None


def nmma_of(instances: Mapping[str, Instance]) -> NmmaService | None:
    """The NMMA service, where one is configured."""
    return next((NmmaService(n, e.url) for n, e in instances.items() if e.kind == "nmma"), None)


def resolvers_of(
    settings: ResolverSettings, dispatchers: Mapping[str, Dispatcher]
) -> tuple[Names, GraceDb | None, list[Callable[[], Awaitable[None]]]]:
    """Who knows names here, GraceDB, and what closes them. TNS needs its key and the bot's id and name."""
    tns = None
    if settings.tns_url and settings.tns_key and settings.tns_bot_id and settings.tns_bot_name:
        key = settings.tns_key.get_secret_value()
        tns = Tns(settings.tns_url, key, settings.tns_bot_id, settings.tns_bot_name)
    sesame = Sesame(settings.sesame_url) if settings.sesame_url else None
    gracedb = GraceDb(settings.gracedb_url) if settings.gracedb_url else None
    opened: list[Callable[[], Awaitable[None]]] = [
        each.close for each in (tns, sesame, gracedb) if each is not None
    ]
    return chain([tns, *(MmodaNames(each) for each in dispatchers.values()), sesame]), gracedb, opened


def archive_works(platforms: Platforms, fits: FitAnswers | None = None) -> Iterator[Work]:
    """The kinds of job that these can do; those of what is not configured say so when they are asked."""

    async def token(job: Job) -> str | None:
        return await platforms.token(job.requester, job.platform)

    yield ProductWork(platforms.mmoda, token, draw_products)
    if platforms.treasure_map is not None:
        yield ReportWork(platforms.treasure_map, token)
        yield CompleteWork(platforms.treasure_map, token)
        yield CancelWork(platforms.treasure_map, token)
    if platforms.nmma is not None and fits is not None:
        yield RuleFitWork(FitWork(platforms.nmma, fits.address, fits.answer), platforms.skyportals)
