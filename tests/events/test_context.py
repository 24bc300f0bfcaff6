"""How an event compares with what was expected and with what the desk has seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.context import comparison, in_words, rank, run_of
from events.service import EventService
from events.state import EventState, Rank
from events.tables import AnalysisRow, AnalysisState
from gcn.notice import AlertType, Role
from skymaps.statistics import SkyMapStatistics
from store.database import Database
from tests.events.story import attach, burst, superevent
from tests.events.test_changes import MAP
from tests.events.test_rules import event

NSBH = {"NSBH": 0.86, "BBH": 0.04, "Terrestrial": 0.1}


@pytest.mark.parametrize(
    ("day", "run"), [("2019-08-14", "O3"), ("2023-05-18", "O4"), ("2026-11-20", "O4"), ("2028-06-01", "O5")]
)
def test_a_run_is_that_of_the_trigger(day: str, run: str) -> None:
    assert run_of(datetime.fromisoformat(day).replace(tzinfo=UTC)) == run


def test_the_first_map_of_s230518h_is_smaller_than_an_nsbh_was_expected_to_have() -> None:
    found = comparison(event(superevent(classification=NSBH), statistics=MAP))
    assert found is not None
    assert (found.run, found.source) == ("O4", "NSBH")
    assert found.area == pytest.approx(1002.0 / 1840.0)
    assert found.volume == pytest.approx(5e6 / 191e6)
    assert found.distance == pytest.approx(276.0 / 621.0)
    assert in_words(found) == "smaller than the O4 median for NSBH (1840 deg²)"


@pytest.mark.parametrize(("area", "how"), [(1840.0, "near"), (1700.0, "near"), (2100.0, "larger than")])
def test_a_tenth_either_way_is_near_the_median(area: float, how: str) -> None:
    found = comparison(event(superevent(classification=NSBH), statistics=replace(MAP, area_90=area)))
    assert found is not None
    assert in_words(found).startswith(how)


def test_what_has_no_class_no_map_or_no_expectation_is_not_compared() -> None:
    assert comparison(event(superevent(classification=NSBH))) is None
    assert comparison(event(superevent(classification={}), statistics=MAP)) is None
    assert comparison(event(superevent(classification={"MassGap": 0.9}), statistics=MAP)) is None
    assert comparison(event(burst(), statistics=MAP)) is None


async def test_the_rank_counts_real_standing_events_by_their_newest_map(any_database: Database) -> None:
    service = EventService()
    story = [
        (superevent("S1"), 300.0),
        (superevent("S2", issued=60), 100.0),
        (superevent("S2", AlertType.UPDATE, issued=90), 900.0),  # no longer smaller
        (superevent("S3"), 50.0),
        (superevent("S4"), 10.0),
        (superevent("MS5", role=Role.MOCK), 20.0),
        (burst(), 30.0),
    ]
    async with any_database.write() as session:
        for notice, area in story:
            attached = await attach(session, notice)
            await land(session, attached.revision_id, replace(MAP, area_90=area))
        await attach(session, superevent("S4", AlertType.RETRACTION, issued=95))
        found = await service.resolve(session, "S1")
        assert isinstance(found, EventState)
        assert await rank(session, found) == Rank(smaller=1, seen=3)
        unmapped = await attach(session, superevent("S6"))
        assert await rank(session, await service.state(session, unmapped.event_id)) is None


async def land(session: AsyncSession, revision_id: int, statistics: SkyMapStatistics) -> None:
    query = select(AnalysisRow).where(AnalysisRow.revision_id == revision_id)
    row = (await session.execute(query)).scalar_one()
    row.state = AnalysisState.DONE.value
    row.statistics = statistics.to_dict()
    await session.flush()
