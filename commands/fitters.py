"""Who fits light curves: every way there is, behind one interface, for `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from commands.fit_sources import FitSource, Model
from commands.nmma_fitter import NmmaFitter
from commands.portals import own_token, portal_of
from commands.request import Request
from commands.rooms import Rooms
from platforms.fit_results import data_of
from platforms.jobs import Wanted
from platforms.skyportal import analyses

CHOOSERS = ("source", "model")
"""Parameters of a service whose values are its models."""


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


FITTERS: list[Fitter] = [PortalFitter(), NmmaFitter()]
"""All ways to fit, in the order they are offered."""
