"""Jobs for the tests of works, and clients that close themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from platforms.job import Job, JobState
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.ways import Ways
from tests.standins.skyportal.clocks import HurriedClock

RECORDED = datetime(2026, 11, 20, 10, 31, tzinfo=UTC)
"""When the follow-up requests of the recordings were made."""

Opener = Callable[[str], SkyPortal]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    clients: list[SkyPortal] = []

    def client(url: str) -> SkyPortal:
        clients.append(SkyPortal("fritz", url, "TOKEN", HurriedClock(RECORDED)))
        return clients[-1]

    yield client
    for each in clients:
        await each.close()


def ways(portal: SkyPortal) -> Ways:
    return Ways({"fritz": portal})


def job(kind: str, parameters: dict[str, Any], **more: Any) -> Job:
    values: dict[str, Any] = {
        "id": 12, "mark": "nd-0123456789abcdef", "kind": kind, "platform": "fritz", "requester": "ana",
        "state": JobState.STARTING, "created": RECORDED, "deadline": RECORDED + timedelta(days=1),
        "parameters": parameters, "source": "AT2025vsw",
    }  # fmt: skip
    return Job(**{**values, **more})
