"""A light-curve fit asked for by a reaction: at a SkyPortal's service, or at the NMMA of the desk."""

from __future__ import annotations

from collections.abc import Mapping

from commands.starters import CannotStart, Starter
from events.state import EventState
from notifiers.reactions.starting import Wish
from platforms import nmma
from platforms.instances import Platforms
from platforms.jobs import Wanted
from platforms.nmma import BadFit
from platforms.rule_fits import rule_fit
from platforms.skyportal.analyses import KIND

NMMA = "nmma"
_OWN = frozenset({"object", "service", "platform"})
_NMMAS = _OWN | {"model", "redshift"}


def fit_starter(platforms: Platforms) -> Starter:
    """`with` names the `service`: its number at the SkyPortal, or `nmma` for the desk's own.

    `object` is the source, the event's name unless given, `platform` the SkyPortal that has its light. NMMA
    wants a `model`, and takes a `redshift` where the SkyPortal may know none. Everything else are the
    service's parameters, as they stand.
    """

    def wanted(state: EventState, wish: Wish) -> Wanted:
        given = wish.parameters
        portals = {each.name for each in platforms.of_kind("skyportal")}
        named = str(given.get("platform") or (next(iter(portals)) if len(portals) == 1 else ""))
        if named not in portals:
            known = ", ".join(sorted(portals)) or "none"
            raise CannotStart(f"`with.platform` is {named!r}; expected one of: {known}")
        source = str(given.get("object") or state.name.replace(" ", ""))
        service = given.get("service")
        if service == NMMA:
            return _by_nmma(platforms, given, named, source)
        if isinstance(service, bool) or not isinstance(service, int):
            raise CannotStart(
                f"`with.service` is {service!r}; an analysis service's number was expected, or 'nmma'"
            )
        values = {str(name): str(value) for name, value in given.items() if name not in _OWN}
        model = values.get("source") or values.get("model") or f"service {service}"
        parameters = {"service": service, "name": model, "model": model, "values": values}
        return Wanted(KIND, named, parameters, source=source)

    return wanted


def _by_nmma(platforms: Platforms, given: Mapping[str, object], portal: str, source: str) -> Wanted:
    services = platforms.of_kind(NMMA)
    if not services:
        raise CannotStart("`with.service` is 'nmma', but no NMMA is configured: [nmma] has no url")
    values = {str(name): str(value) for name, value in given.items() if name not in _NMMAS}
    redshift = _redshift(given.get("redshift"))
    try:
        parameters = rule_fit(str(given.get("model", "")), portal, source, values, redshift)
    except BadFit as error:
        raise CannotStart(f"`with`: {error}") from None
    return Wanted(nmma.KIND, services[0].name, parameters, source=source)


def _redshift(given: object) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0.0 < given < 10.0:
        raise CannotStart(f"`with.redshift` is {given!r}; a number above 0 and below 10 was expected")
    return float(given)
