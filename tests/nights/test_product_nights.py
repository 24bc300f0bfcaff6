"""A night in Slack with MMODA: a product asked for, the desk begun anew, one card with its picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.archives import archive_works, dispatchers_of
from commands.jobs_told import JobCards
from platforms.credentials import Credentials
from platforms.instances import Instance, Platforms
from platforms.tracker import LEASE, Tracker
from tests.nights.chats import Chats, open_chats
from tests.standins.mmoda import MmodaStandIn

TOKEN = "eyJkZXNr.eyJkZXNr.AAAA"


def _configured(chats: Chats, standin: MmodaStandIn) -> Platforms:
    hub = chats.world.hub
    instances = {"mmoda": Instance("mmoda", "mmoda", standin.url, TOKEN)}
    platforms = Platforms(instances, Credentials(hub.database, hub.clock), mmoda=dispatchers_of(instances))
    hub.desk.rooms = replace(hub.desk.rooms, platforms=platforms)
    return platforms


def _tracker(chats: Chats, platforms: Platforms, owner: str) -> Tracker:
    hub = chats.world.hub
    works = {work.kind: work for work in archive_works(platforms)}
    return Tracker(hub.database, hub.clock, works, tell=JobCards(hub.clock).tell, owner=owner)


async def _passes(chats: Chats, tracker: Tracker, seconds: float) -> None:
    for _ in range(int(seconds / 2)):
        await chats.world.clock.advance(2.0)
        await tracker.track_due()
        await chats.world.settle()


async def test_a_light_curve_asked_in_slack_outlives_the_process_and_shows_its_picture(
    tmp_path: Path,
) -> None:
    async with MmodaStandIn() as standin, open_chats(tmp_path) as chats:
        platforms = _configured(chats, standin)
        gw = chats.slack.channel("gw")
        line = "mmoda run spi_acs spi_acs_lc at:2026-11-20T03:00 time_bin=1.0"
        await chats.ana.types("/nd", line, "#gw")
        await chats.whispered(chats.ana, "is asked of mmoda")
        await _passes(chats, _tracker(chats, platforms, "one process"), 4)
        card = gw.expect("spi_acs spi_acs_lc")
        assert "time_bin=1.0" in card.words

        chats.world.dispatchers[:] = [chats.world.hub._dispatcher()]  # the process is gone, another begins
        await chats.world.clock.advance(LEASE + 1)
        await _passes(chats, _tracker(chats, platforms, "another process"), 70)

        assert "8.0 σ above the median" in card.words
        assert len(card.pictures) == 1
        assert [m for m in gw.said if "spi_acs" in m.words] == [card], "one card, edited"
        assert standin.computed == 1
        assert TOKEN not in card.words and all(TOKEN not in path for _, path, _ in standin.calls)
        await platforms.close()


async def test_a_product_that_fails_says_why_in_the_channel(tmp_path: Path) -> None:
    async with MmodaStandIn() as standin, open_chats(tmp_path) as chats:
        platforms = _configured(chats, standin)
        standin.broken = True
        await chats.ana.types("/nd", "mmoda run gw gw_strain at:2026-11-20T03:00 detector=L1", "#gw")
        await chats.whispered(chats.ana, "is asked of mmoda")
        await _passes(chats, _tracker(chats, platforms, "one process"), 12)
        card = chats.slack.channel("gw").expect("gw gw_strain")
        assert "something broke" in card.words and "What to do" in card.words
        await platforms.close()
