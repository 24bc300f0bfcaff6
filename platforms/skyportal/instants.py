"""SkyPortal's times: UTC without saying so."""

from __future__ import annotations

from datetime import UTC, datetime


def naive(at: datetime) -> str:
    """As most of its interface writes it: `2026-11-20T22:00:00`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def spaced(at: datetime) -> str:
    """As a plan's payload wants it: a T is accepted there, and fails an hour later without a reason."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
