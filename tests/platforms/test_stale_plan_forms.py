"""Plan forms whose days are those on which their server was started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from platforms.skyportal.allocations import Allocation, AllocationInstrument
from platforms.skyportal.forms import read_form
from platforms.skyportal.plan_form import PlanForm
from tests.standins.skyportal.portal_plans import form

NOW = datetime(2026, 11, 20, 23, 0, tzinfo=UTC)


def _form(end: str) -> PlanForm:
    value = form(1)
    value["formSchema"]["properties"]["end_date"]["default"] = end
    allocation = Allocation(id=1, instrument=AllocationInstrument(id=1, name="ZTF"))
    return PlanForm("fritz", allocation, read_form(1, value))


@pytest.mark.parametrize(
    ("default", "end"),
    [
        ("2026-11-21 05:32:34.807", datetime(2026, 11, 21, 5, 32, 34, 807000, tzinfo=UTC)),  # as it is
        ("2026-11-14 05:32:34", datetime(2026, 11, 21, 5, 32, 34, tzinfo=UTC)),
        ("2026-11-20 22:59:59", datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)),
        ("2026-11-20 23:00:00", datetime(2026, 11, 21, 23, 0, tzinfo=UTC)),
        ("2024-02-29 05:00:00", datetime(2026, 11, 21, 5, 0, tzinfo=UTC)),
    ],
)
def test_the_end_of_the_night_is_still_to_come(default: str, end: datetime) -> None:
    start, found = _form(default).window(NOW)
    assert (start, found) == (NOW, end)
    assert timedelta() < found - NOW <= timedelta(days=1)
