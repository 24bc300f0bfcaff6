"""Plans that a rule asked for: what a SkyPortal's form wants is read when the job begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from platforms.job import Job, Moved, PlatformError
from platforms.skyportal.forms import FormError
from platforms.skyportal.identity import EventIdentity
from platforms.skyportal.plan_form import plan_form, plan_parameters
from platforms.skyportal.plan_work import PlanWork
from store.clock import Clock

BY_RULE = "by_rule"
ASKED = "asked"


def rule_parameters(
    identity: EventIdentity, names: Sequence[str], settings: Mapping[str, str], allocation: str | None
) -> dict[str, Any]:
    """The parameters of a `skyportal.plan` whose form nobody has read yet. `names` are the telescope's."""
    return {
        BY_RULE: True,
        "event": identity.to_json(),
        "names": list(names),
        "settings": dict(settings),
        "allocation": allocation,
    }


@dataclass
class RulePlanWork:
    """`skyportal.plan`, also where a rule asked: it is decided in a transaction, in which nobody is called.

    Promises: what a form would refuse fails the job with the form's reason; what was asked of the SkyPortal
    stands in `remote`, so that every later call is about the same.
    """

    plans: PlanWork
    clock: Clock
    kind: str = "skyportal.plan"
    patience: float = 3600.0

    async def start(self, job: Job) -> Moved:
        if not job.parameters.get(BY_RULE):
            return await self.plans.start(job)
        full = await self._full(job)
        moved = await self.plans.start(full)
        return replace(moved, remote={**(moved.remote or {}), ASKED: dict(full.parameters)})

    async def look(self, job: Job) -> Moved:
        moved = await self.plans.look(_known(job))
        if moved.remote is None or ASKED not in job.remote:
            return moved
        return replace(moved, remote={**moved.remote, ASKED: job.remote[ASKED]})

    async def cancel(self, job: Job) -> Moved:
        if job.parameters.get(BY_RULE) and ASKED not in job.remote:
            return await self.plans.cancel(await self._full(job))  # a start was interrupted
        return await self.plans.cancel(_known(job))

    async def _full(self, job: Job) -> Job:
        portal, token = await self.plans.ways.of(job)
        asked = job.parameters
        form = await plan_form(portal, asked["names"], allocation=asked["allocation"], token=token)
        now = self.clock.now()
        identity = EventIdentity.from_json(asked["event"])
        try:
            full = plan_parameters(form, asked["settings"], identity, form.window(now), now)
        except FormError as error:
            raise PlatformError(
                f"the rule asks {portal.name} for a plan it does not take: {error}",
                advice="mend `with` of the reaction, or ask with `plan make`",
            ) from None
        return replace(job, parameters=full)


def _known(job: Job) -> Job:
    asked = job.remote.get(ASKED)
    return job if asked is None else replace(job, parameters=asked)
