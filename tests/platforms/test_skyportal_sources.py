"""Sources as a real SkyPortal tells of them: positions, light, classes, marks, and what is not there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.lightcurve import changes, glance
from platforms.skyportal.reading import parsed
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.sources import (
    Status,
    _Source,
    events_of,
    in_region,
    mark,
    marks,
    measurements,
    names_like,
    source,
)
from tests.platforms.portal_jobs import Opener, opened
from tests.standins.skyportal.recorded import RecordedPortal, recorded

__all__ = ["opened"]
EVENT, MAP = "2026-11-19T03:04:05", "150.00000_2.00000_3.00000"
FROM, TO = datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)


async def test_a_source_is_read_with_its_redshift_and_the_distance_that_goes_with_it(opened: Opener) -> None:
    async with RecordedPortal("0610") as there:
        found = await source(opened(there.url), "AT2025vsw")
    assert (found.name, found.ra, found.dec, found.redshift) == ("AT2025vsw", 150.1, 2.2, 0.03)
    assert found.distance == pytest.approx(135.95, abs=0.01) and found.on_sky


async def test_an_unknown_source_is_missing_whichever_way_it_is_said(opened: Opener) -> None:
    """404 for the source; 403 with the caller's token inside for its photometry."""
    async with RecordedPortal("0612", "0629") as there:
        portal = opened(there.url)
        with pytest.raises(SkyPortalError) as first:
            await source(portal, "nonesuch")
        with pytest.raises(SkyPortalError) as second:
            await measurements(portal, "nonesuch")
    assert first.value.missing
    assert "TOKEN" not in f"{second.value} {second.value.message}"


async def test_photometry_without_magnitude_is_a_limit_and_not_a_detection(opened: Opener) -> None:
    async with RecordedPortal("0627") as there:
        points = await measurements(opened(there.url), "AT2025vsw")
    seen = glance(points)
    assert (seen.detections, seen.limits) == (3, 1)
    assert points[-1].magnitude is None and points[-1].limit == 20.3
    assert points[0].at == datetime(2025, 9, 10, 4, 48, tzinfo=UTC)
    assert changes(points)[0].rate == pytest.approx(0.4, abs=1e-6)  # 0.08 mag in 0.2 d


async def test_a_position_that_is_not_on_the_sky_is_told_as_one(opened: Opener) -> None:
    """SkyPortal takes right ascension 400 and declination 100 (0608)."""
    value = {**recorded("0610")["response"]["json"]["data"], "ra": 400.0, "dec": 100.0}
    async with RecordedPortal("0610") as there:
        read = parsed(opened(there.url), _Source, value, "a source")
    assert read.ra == 400.0


async def test_sources_of_a_region_are_asked_for_with_both_dates(opened: Opener) -> None:
    async with RecordedPortal("0906") as there:
        found = await in_region(opened(there.url), EVENT, MAP, level=0.95, start=FROM, end=TO, detections=2)
        query = there.seen[0].query
    assert [each.name for each in found] == ["AT2026cone"]
    assert query["startDate"] == "2026-11-19T00:00:00" and query["endDate"] == "2026-11-25T00:00:00"


async def test_marks_tell_who_is_confirmed_and_why(opened: Opener) -> None:
    async with RecordedPortal("0916") as there:
        said = await marks(opened(there.url), EVENT)
    assert said["AT2026cone"].status is Status.CONFIRMED and said["AT2026cone"].why == "fading"


async def test_a_source_that_was_marked_before_is_changed_and_not_posted_again(opened: Opener) -> None:
    async with RecordedPortal("0916", "0918", "0911") as there:
        await mark(
            opened(there.url), EVENT, MAP, "AT2026cone", Status.REJECTED, why="AGN", notes="", level=0.95,
            start=FROM, end=TO,
        )  # fmt: skip
    assert there.calls[-1] == f"PATCH /api/sources_in_gcn/{EVENT}/AT2026cone"


async def test_that_it_is_marked_so_already_is_no_error(opened: Opener) -> None:
    async with RecordedPortal("0911") as there:
        there.answers = {}
        portal = opened(there.url)
        empty = recorded("0916")
        empty["response"]["json"]["data"], empty["name"] = [], "0916"
        there._only[("GET", f"/api/sources_in_gcn/{EVENT}")] = [empty]
        await mark(
            portal, EVENT, MAP, "AT2026cone", Status.CONFIRMED, why="fading", notes="n", level=0.95,
            start=FROM, end=TO,
        )  # fmt: skip
    assert there.calls[-1].startswith("POST")


async def test_the_events_of_a_source_are_those_it_is_confirmed_for(opened: Opener) -> None:
    async with RecordedPortal("0924", "0920") as there:
        portal = opened(there.url)
        assert await events_of(portal, "x4") == (EVENT,)
        assert await events_of(portal, "AT2026cone") == ()


async def test_names_that_hold_the_letters_are_offered(opened: Opener) -> None:
    async with RecordedPortal("0614") as there:
        assert "AT2025wxy" in await names_like(opened(there.url), "wxy")
