"""Notices for the tests of events, in the words of a night."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from events.service import Attached, EventService
from gcn.notice import AlertType, Notice, Role

T0 = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant of the night, in seconds after its beginning."""
    return T0 + timedelta(seconds=seconds)


def superevent(
    identifier: str = "S261120a", alert: AlertType = AlertType.PRELIMINARY, issued: float = 60, **more: Any
) -> Notice:
    """A compact binary's notice as `igwn.gwalert` has it."""
    values: dict[str, Any] = {
        "format": "igwn-json",
        "mission": "LVK",
        "kind": alert.value.upper(),
        "instrument": "H1 L1",
        "event": f"LVK:{identifier}",
        "alert_type": alert,
        "trigger_time": None if alert is AlertType.RETRACTION else at(0),
        "issued": at(issued),
    }
    if alert is not AlertType.RETRACTION:
        values |= {
            "significant": True,
            "far": 1e-10,
            "classification": {"BNS": 0.9, "NSBH": 0.05, "BBH": 0.0, "Terrestrial": 0.05},
        }
    return Notice(**(values | more))


def burst(trigger: str = "745811685", issued: float = 30, **more: Any) -> Notice:
    """A gamma-ray burst's notice as Fermi GBM sends it."""
    values: dict[str, Any] = {
        "format": "voevent",
        "mission": "Fermi",
        "instrument": "GBM",
        "kind": "FLT_POS",
        "event": f"Fermi:{trigger}",
        "alert_type": AlertType.INITIAL,
        "role": Role.OBSERVATION,
        "trigger_time": at(1.7),
        "issued": at(issued),
    }
    return Notice(**(values | more))


def content_hash(notice: Notice) -> str:
    """A stand-in for the SHA-256 of the raw message: different notices, different hashes."""
    return hashlib.sha256(repr(notice).encode()).hexdigest()


async def attach(
    session: AsyncSession, notice: Notice, arrived: float = 100, content: str | None = None
) -> Attached:
    """Attach a notice as the stream's worker does."""
    return await EventService().attach(
        session,
        notice,
        message_id=None,
        arrived=at(arrived),
        content_hash=content or content_hash(notice),
    )
