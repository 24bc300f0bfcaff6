"""A night in which Ana is awake and Bo is not: who hears what of an event, when, on the real hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from notifiers.routes import Tell
from notifiers.subscription_tables import HeldRow
from notifiers.subscriptions import SubscriptionService, Wish
from shifts.people import PeopleService
from store.clock import SystemClock
from tests.nights.alerts import retraction, superevent
from tests.nights.desk import open_night
from tests.notifiers.people import settle_people, somebody

pytestmark = pytest.mark.timeout(120)


async def test_who_is_awake_is_told_who_sleeps_reads_one_digest(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    hours = {"from": f"{now - timedelta(hours=2):%H}:00", "to": f"{now + timedelta(hours=4):%H}:00"}
    async with open_night(tmp_path) as night:
        database, clock = night.hub.database, SystemClock()
        ana, bo = (night.slack.add_person(member).name for member in ("UANA00000", "UBO000000"))
        await settle_people(
            database,
            clock,
            somebody("ana", slack=ana, quiet=None, locale="fr"),
            somebody("bo", slack=bo, timezone="UTC", quiet=hours),
        )
        service = SubscriptionService(database, clock)
        await service.add("ana", Wish("significant", Tell.MATERIAL), by="ana")
        await service.add("bo", Wish("p.BNS > 0.5", Tell.MATERIAL), by="bo")

        await night.alert(superevent("S261119a"))
        await night.card("S261119a", channel="gw")
        card = await night.card("S261119a", "Candidat", channel=ana)
        await night.settled()
        await night.alert(retraction("S261119a"))
        for shown, words in ((await night.card("S261119a", channel="gw"), "Retracted."), (card, "Retiré")):
            await night.reply(shown, words)
        await night.settled()
        assert night.slack.channel(bo).messages == []

        # His morning comes.
        await PeopleService(database, clock).change("bo", {"quiet": None}, by="bo")
        async with database.write() as session:
            await session.execute(update(HeldRow).values(due=now))
        digest = await night.card("S261119a", "While you slept: 1 event", "nothing to do", channel=bo)
        assert "announced and taken back" in digest.words
        await night.quiet()
        assert len(night.slack.channel(bo).messages) == 1
