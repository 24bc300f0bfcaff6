"""Who fits light curves: every way there is, behind one interface, for `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from commands.portals import own_token, portal_of
from commands.request import Request
from commands.rooms import Rooms
from events.lightcurve import Measurement
from platforms.jobs import Wanted
from platforms.skyportal import analyses
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.sources import Source

CHOOSERS = ("source", "model")
"""Parameters of a service whose values are its models."""


@dataclass(frozen=True)
class Model:
    """Something that can be fitted. `name` is what people type, `by` the service that does it.

    `parameters`: what may be set, with the values it may have (none: any), the first the default. `chosen`
    are settings that make it this model; `key` is the fitter's own.
    """

    name: str
    by: str
    description: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    @property
    def full(self) -> str:
        return f"{self.by}/{self.name}"


@dataclass(frozen=True)
class FitSource:
    """What is fitted, and the SkyPortal that has it."""

    portal: SkyPortal
    source: Source
    light: tuple[Measurement, ...]


class Fitter(Protocol):
    """One way to fit. Both may raise PlatformError and CommandError."""

    name: str

    async def models(self, request: Request, rooms: Rooms) -> tuple[Model, ...]:
        """What it can fit now; empty where it is not configured."""
        ...

    async def wanted(
        self, request: Request, rooms: Rooms, model: Model, what: FitSource, values: Mapping[str, str]
    ) -> Wanted:
        """The job that fits `what`; `values` are the model's parameters with what the caller set."""
        ...


class PortalFitter:
    """The analysis services of a SkyPortal."""

    name = "skyportal"

    async def models(self, request: Request, rooms: Rooms) -> tuple[Model, ...]:
        if not rooms.platforms.skyportals:
            return ()
        portal = portal_of(request, rooms)
        token = await own_token(request, rooms, portal)
        found: list[Model] = []
        for each in await analyses.services(portal, token=token):
            chooser = next((one for one in CHOOSERS if len(each.parameters.get(one, ())) > 1), None)
            rest = {key: values for key, values in each.parameters.items() if key != chooser}
            if chooser is None:
                found.append(Model(each.name, each.label, each.description, rest, {}, str(each.id)))
                continue
            found += [
                Model(one, each.label, each.description, rest, {chooser: one}, str(each.id))
                for one in each.parameters[chooser]
            ]
        return tuple(found)

    async def wanted(
        self, request: Request, rooms: Rooms, model: Model, what: FitSource, values: Mapping[str, str]
    ) -> Wanted:
        return Wanted(
            analyses.KIND,
            what.portal.name,
            {
                "service": int(model.key),
                "name": model.by,
                "model": model.name if model.name != model.by else model.by,
                "values": {**model.chosen, **values},
                "data": data_of(what.light),
            },
            source=what.source.name,
            event=request.place.event,
        )


def data_of(light: tuple[Measurement, ...]) -> str:
    """What was fitted: the same for the same measurements, so that only like is compared with like."""
    seen = [each for each in light if each.seen]
    newest = max((each.at for each in light), default=None)
    return f"{len(seen)}+{len(light) - len(seen)}@{newest:%Y-%m-%dT%H:%M}" if newest is not None else "0"


FITTERS: list[Fitter] = [PortalFitter()]
"""All ways to fit, in the order they are offered."""
