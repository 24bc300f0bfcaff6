"""Executed observations: paged, read, and counted here and not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.skyportal.observations import PER_PAGE, executed, window
from tests.platforms.portal_jobs import Opener, opened
from tests.standins.skyportal.recorded import RecordedPortal
from tests.standins.skyportal.serving import Answer, Call, Served, success

__all__ = ["opened"]
FROM, TO = datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)


class Pages(Served):
    """So many observations, a page at a time."""

    count = 2345

    async def answer(self, call: Call) -> Answer:
        page, size = int(call.query["pageNumber"]), int(call.query["numPerPage"])
        first = (page - 1) * size
        rows = [_row(number) for number in range(first, min(first + size, self.count))]
        return success({"observations": rows, "totalMatches": self.count})


def _row(number: int) -> dict[str, Any]:
    return {
        "id": number, "obstime": "2026-11-20T05:00:00", "filt": "ztfr", "exposure_time": 30, "limmag": 20.5,
        "field": {"id": 9, "field_id": 700 + number % 3, "ra": 361.0, "dec": 2.0},
        "instrument": {"id": 1, "name": "ZTF", "telescope": {"name": "Palomar 1.2m", "nickname": "P48"}},
    }  # fmt: skip


async def test_all_pages_are_read(opened: Opener) -> None:
    async with Pages() as there:
        found = await executed(opened(there.url), FROM, TO)
    assert len(found.observations) == 2345 and found.complete and len(there.calls) == 3
    first = found.observations[0]
    assert (first.telescope, first.field, first.ra, first.limit) == ("P48", "700", 1.0, 20.5)
    assert first.at == datetime(2026, 11, 20, 5, tzinfo=UTC) and PER_PAGE == 1000


async def test_a_region_that_nobody_observed_is_empty(opened: Opener) -> None:
    async with RecordedPortal("0960") as there:
        found = await executed(opened(there.url), FROM, TO, dateobs="2026-11-19T03:04:05")
    assert found.observations == () and found.complete


def test_the_time_that_counts_runs_from_the_event_for_a_week_at_most() -> None:
    assert window(FROM, FROM + timedelta(days=2)) == (FROM, FROM + timedelta(days=2))
    assert window(FROM, FROM + timedelta(days=30)) == (FROM, FROM + timedelta(days=7))
