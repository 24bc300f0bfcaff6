"""The numbers of a revision land once, on their own revision, together with what others write about it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import Desk
from events.analyst import ANALYSIS_LANDED, ATTEMPTS, Analyst
from events.service import EventService
from events.state import EventState
from events.tables import AnalysisRow, AnalysisState, TagOrigin, TagRow
from facilities.registry import load_registry
from gcn.notice import AlertType, MapSource, Notice, Position, SkyMapRef
from skymaps.shapes import Cone
from skymaps.writer import write_skymap
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.events.inline_compute import InlineCompute
from tests.events.story import attach, burst, superevent
from tests.patience import PATIENCE

SERVICE = EventService()
ONE_TELESCOPE = Desk.of([load_registry().get("ZTF")])


class Killed(BaseException):
    """The process is no more: nothing tidies up."""


class Night:
    """A desk with one analyst, and the list of what landed."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.bell = Bell(clock)
        self.landed: list[tuple[int, int]] = []
        self.fail_to_tell = 0

    def analyst(self, compute: InlineCompute, owner: str = "here") -> Analyst:
        return Analyst(
            self.database, self.clock, compute, lambda: ONE_TELESCOPE, self._tell, owner=owner, bell=self.bell
        )

    async def attach(self, *notices: Notice) -> list[int]:
        async with self.database.write() as session:
            return [(await attach(session, n, arrived=i)).revision_id for i, n in enumerate(notices)]

    async def state(self, text: str) -> EventState:
        async with self.database.read() as session:
            found = await SERVICE.resolve(session, text)
        assert isinstance(found, EventState)
        return found

    async def _tell(self, session: AsyncSession, event_id: int, revision_id: int) -> None:
        if self.fail_to_tell:
            self.fail_to_tell -= 1
            raise RuntimeError("nobody could be told")
        self.landed.append((event_id, revision_id))


@pytest.fixture
def night(database: Database, clock: ManualClock) -> Night:
    return Night(database, clock)


def shaped(cone: Cone, **more: object) -> Notice:
    return burst(skymap=SkyMapRef(MapSource.SHAPE, shape=cone), **more)


async def test_the_numbers_of_a_cone_land_with_its_revision(night: Night) -> None:
    (revision_id,) = await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    analyst = night.analyst(InlineCompute())
    assert await analyst.analyse_next()
    assert not await analyst.analyse_next()
    state = await night.state("745811685")
    assert night.landed == [(state.id, revision_id)]
    statistics = state.newest.statistics
    assert statistics is not None
    # A Gaussian cone on the sphere: its 90 % area is the disc of its 90 % radius.
    assert statistics.area_90 == pytest.approx(
        2 * math.pi * (1 - math.cos(math.radians(5))) * (180 / math.pi) ** 2, rel=0.01
    )
    assert state.newest.observability is not None
    assert [row.name for row in state.newest.observability] == ["ZTF"]
    assert state.newest.observability_at == night.clock.now()
    assert "< 200 deg²" in state.tags
    assert await night.bell.wait(ANALYSIS_LANDED, 1.0)


async def test_an_embedded_map_gives_the_numbers_of_its_file(night: Night) -> None:
    content = write_skymap(Cone(ra=10.0, dec=-10.0, radius=3.0).to_skymap())
    await night.attach(superevent(skymap=SkyMapRef(MapSource.EMBEDDED, content=content)))
    await night.analyst(InlineCompute()).analyse_next()
    newest = (await night.state("S261120a")).newest
    assert newest.statistics is not None
    assert newest.statistics.peak.ra == pytest.approx(10.0, abs=0.5)
    assert newest.skymap_blob is not None


async def test_until_a_promised_map_is_there_its_position_stands_for_it(night: Night) -> None:
    await night.attach(
        burst(
            position=Position(ra=10.0, dec=20.0, radius=4.0, containment=0.68),
            skymap=SkyMapRef(MapSource.URL, url="https://example.org/map.fits"),
        )
    )
    await night.analyst(InlineCompute()).analyse_next()
    statistics = (await night.state("745811685")).newest.statistics
    assert statistics is not None
    # R_68 = 1.510 sigma, R_90 = 2.146 sigma: the 90 % disc is (2.146 / 1.510)² as large.
    assert statistics.area_90 == pytest.approx(math.pi * 16 * (2.146 / 1.510) ** 2, rel=0.02)


@pytest.mark.parametrize(
    "position", [None, Position(ra=10.0, dec=20.0), Position(ra=10.0, dec=20.0, radius=0.0)]
)
async def test_an_event_without_a_map_lands_all_the_same(night: Night, position: Position | None) -> None:
    await night.attach(burst(position=position))
    compute = InlineCompute()
    await night.analyst(compute).analyse_next()
    newest = (await night.state("745811685")).newest
    assert (newest.statistics, newest.analysis_error) == (None, None)
    assert len(night.landed) == 1
    assert compute.asked == []


async def test_a_map_that_is_none_lands_with_the_reason_in_words(night: Night) -> None:
    await night.attach(superevent(skymap=SkyMapRef(MapSource.EMBEDDED, content=b"SIMPLE  = no")))
    await night.analyst(InlineCompute()).analyse_next()
    newest = (await night.state("S261120a")).newest
    assert newest.statistics is None
    assert newest.analysis_error
    assert len(night.landed) == 1


async def test_the_newest_wanted_is_computed_first(night: Night) -> None:
    revisions = await night.attach(*(burst(str(n)) for n in range(3)))
    analyst = night.analyst(InlineCompute())
    while await analyst.analyse_next():
        pass
    assert [revision for _, revision in night.landed] == revisions[::-1]


async def test_numbers_of_an_older_revision_do_not_touch_the_newer_one(night: Night) -> None:
    first, second = await night.attach(
        shaped(Cone(ra=100.0, dec=30.0, radius=8.0), issued=30),
        shaped(Cone(ra=110.0, dec=30.0, radius=2.0), issued=60),
    )
    analyst = night.analyst(InlineCompute())
    await analyst.analyse_next()
    newest = (await night.state("745811685")).newest
    assert newest.id == second
    assert newest.statistics is not None
    await analyst.analyse_next()
    after = await night.state("745811685")
    assert after.newest.statistics == newest.statistics
    assert after.revisions[0].id == first
    assert after.revisions[0].statistics is not None
    assert after.newest_with_map is not None
    assert after.newest_with_map.id == second


async def test_a_computation_that_fails_is_begun_again_after_a_while(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    analyst = night.analyst(InlineCompute(failures=1))
    assert await analyst.analyse_next()
    assert not await analyst.analyse_next()
    assert night.landed == []
    await night.clock.advance(2.1)
    assert await analyst.analyse_next()
    newest = (await night.state("745811685")).newest
    assert newest.statistics is not None
    assert newest.analysis_error is None


async def test_a_computation_that_never_succeeds_lands_with_the_reason(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    analyst = night.analyst(InlineCompute(failures=99))
    for _ in range(ATTEMPTS):
        assert await analyst.analyse_next()
        await night.clock.advance(60)
    assert not await analyst.analyse_next()
    newest = (await night.state("745811685")).newest
    assert newest.statistics is None
    assert newest.analysis_error == "every worker died"
    assert len(night.landed) == 1


async def test_a_fault_of_ours_costs_seconds_not_the_length_of_a_claim(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    night.fail_to_tell = 1
    began = night.clock.now()
    running = asyncio.create_task(night.analyst(InlineCompute()).run())
    async with asyncio.timeout(PATIENCE):
        while (await night.state("745811685")).newest.statistics is None:
            await night.clock.advance(0.1)
    running.cancel()
    assert (night.clock.now() - began).total_seconds() < 30
    assert len(night.landed) == 1


async def test_nothing_lands_when_what_hangs_on_it_cannot_be_written(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    night.fail_to_tell = 1
    analyst = night.analyst(InlineCompute())
    with pytest.raises(RuntimeError):
        await analyst.analyse_next()
    assert (await night.state("745811685")).newest.statistics is None
    await night.clock.advance(301)
    assert await analyst.analyse_next()
    assert (await night.state("745811685")).newest.statistics is not None
    assert len(night.landed) == 1


async def test_what_a_crashed_analyst_had_claimed_is_done_by_another(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))

    class Crash(InlineCompute):
        async def run(self, *args: object, **options: object) -> object:  # type: ignore[override]
            raise Killed

    with pytest.raises(Killed):
        await night.analyst(Crash(), owner="crashed").analyse_next()
    other = night.analyst(InlineCompute(), owner="other")
    assert not await other.analyse_next()
    await night.clock.advance(301)
    assert await other.analyse_next()
    assert len(night.landed) == 1


async def test_a_result_that_comes_after_the_claim_was_taken_over_is_dropped(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    other = night.analyst(InlineCompute(), owner="other")

    class Slow(InlineCompute):
        async def run(self, work: Callable[..., object], *args: object, **options: object) -> object:  # type: ignore[override]
            await night.clock.advance(400)
            assert await other.analyse_next()
            return work(*args)

    await night.analyst(Slow(), owner="slow").analyse_next()
    assert len(night.landed) == 1
    async with night.database.read() as session:
        (row,) = (await session.execute(select(AnalysisRow))).scalars()
    assert (row.state, row.attempts, row.claimed_by) == (AnalysisState.DONE, 2, None)


async def test_an_alert_alone_takes_all_workers(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    compute = InlineCompute(workers=2)
    await night.analyst(compute).analyse_next()
    assert len(compute.asked) == 2
    newest = (await night.state("745811685")).newest
    assert newest.observability is not None
    assert [row.name for row in newest.observability] == ["ZTF"]


async def test_a_retraction_lands_at_once_and_keeps_the_numbers_of_before(night: Night) -> None:
    await night.attach(
        superevent(skymap=SkyMapRef(MapSource.SHAPE, shape=Cone(ra=100.0, dec=30.0, radius=5.0))),
        superevent(alert=AlertType.RETRACTION, issued=90),
    )
    analyst = night.analyst(InlineCompute())
    while await analyst.analyse_next():
        pass
    state = await night.state("S261120a")
    assert state.retracted
    assert state.newest.statistics is None
    assert state.newest_with_map is state.revisions[0]
    assert len(night.landed) == 2


async def test_observability_can_be_asked_from_another_instant(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=5.0)))
    analyst = night.analyst(InlineCompute())
    await analyst.analyse_next()
    state = await night.state("745811685")
    later = night.clock.now().replace(hour=20)
    result = await analyst.observability_from(state.id, later)
    assert result.observability is not None
    assert result.statistics is None
    assert state == await night.state("745811685")
    with pytest.raises(LookupError, match="999"):
        await analyst.observability_from(999, later)


async def test_rule_tags_follow_the_numbers_and_leave_with_them(night: Night) -> None:
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=3.0), issued=30))
    analyst = night.analyst(InlineCompute())
    await analyst.analyse_next()
    assert "< 200 deg²" in (await night.state("745811685")).tags
    await night.attach(shaped(Cone(ra=100.0, dec=30.0, radius=30.0), issued=60))
    await analyst.analyse_next()
    assert "< 1000 deg²" not in (await night.state("745811685")).tags
    async with night.database.read() as session:
        origins = set((await session.execute(select(TagRow.origin))).scalars())
    assert origins == {TagOrigin.RULE.value}
