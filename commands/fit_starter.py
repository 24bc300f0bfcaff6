"""A light-curve fit of a source at a SkyPortal, asked for by a reaction."""

from __future__ import annotations

from commands.starters import CannotStart, Starter
from events.state import EventState
from notifiers.reactions.starting import Wish
from platforms.instances import Platforms
from platforms.jobs import Wanted
from platforms.skyportal.analyses import KIND

_OWN = frozenset({"object", "service", "platform"})


def fit_starter(platforms: Platforms) -> Starter:
    """`with` names the `service` by its number there; `object` is the source, the event's name unless given,
    `platform` which SkyPortal. Everything else are the service's parameters, as they stand."""

    def wanted(state: EventState, wish: Wish) -> Wanted:
        given = wish.parameters
        service = given.get("service")
        if isinstance(service, bool) or not isinstance(service, int):
            raise CannotStart(f"`with.service` is {service!r}; an analysis service's number was expected")
        portals = {each.name for each in platforms.of_kind("skyportal")}
        named = str(given.get("platform") or (next(iter(portals)) if len(portals) == 1 else ""))
        if named not in portals:
            known = ", ".join(sorted(portals)) or "none"
            raise CannotStart(f"`with.platform` is {named!r}; expected one of: {known}")
        source = str(given.get("object") or state.name.replace(" ", ""))
        values = {str(name): str(value) for name, value in given.items() if name not in _OWN}
        model = values.get("source") or values.get("model") or f"service {service}"
        parameters = {"service": service, "name": model, "model": model, "values": values}
        return Wanted(KIND, named, parameters, source=source)

    return wanted
