"""A sky, a telescope and a job, for tests of planners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from events.analysis import MapSource
from facilities.facility import Facility
from facilities.planning import GalaxyTarget, Patch, PlanSettings
from facilities.registry import load_registry
from platforms.job import Job, JobState
from platforms.plan_making import PlanMaking, PlanSubject
from skymaps.writer import write_skymap
from tests.facilities.maps import cone

REGISTRY = load_registry()
AT = datetime(2023, 5, 18, 22, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
STANDIN = Path(__file__).resolve().parents[1] / "standins" / "gwemopt_worker.py"


def subject_of(
    facility: str | Facility = "DECam",
    *,
    sigma: float = 4.0,
    ra: float = 200.0,
    dec: float = -30.0,
    galaxies: tuple[GalaxyTarget, ...] = (),
    taken: tuple[Patch, ...] = (),
    at: datetime = AT,
    **settings: Any,
) -> PlanSubject:
    """A round map that stands high over Chile in the evening of `AT`."""
    found = REGISTRY.get(facility) if isinstance(facility, str) else facility
    return PlanSubject(
        "S230518h",
        MapSource(content=write_skymap(cone(ra, dec, sigma))),
        found,
        at,
        PlanSettings(**settings),
        galaxies,
        taken,
    )


class Remembering(PlanMaking):
    """Computes each plan once for all tests: they are pure."""

    async def run(self, work: Any, *arguments: Any) -> Any:
        subject, *others = arguments
        key = (
            work,
            subject.facility.name,
            subject.settings,
            subject.source.content,
            subject.taken,
            repr(others),
        )
        if key not in _KNOWN:
            _KNOWN[key] = await super().run(work, *arguments)
        return _KNOWN[key]


_KNOWN: dict[Any, Any] = {}


def making_of(subject: PlanSubject, *, drawn: list[str] | None = None) -> PlanMaking:
    """A desk that knows one subject; `drawn` collects the planners whose plans were drawn."""

    async def find(job: Job) -> PlanSubject:
        return subject

    async def draw(subject: PlanSubject, plan: Any) -> dict[str, bytes]:
        if drawn is not None:
            drawn.append(plan.planner)
        return {"tiles": PNG}

    return Remembering(find, draw=draw)


def job_of(number: int = 1, kind: str = "gwemopt.plan", **changes: Any) -> Job:
    now = AT
    return Job(
        number,
        f"nd-{number:04x}",
        kind,
        "here",
        "ana",
        JobState.STARTING,
        now,
        now + timedelta(hours=2),
        event="LVK:S230518h",
        **changes,
    )
