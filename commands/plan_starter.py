"""A plan for a telescope, asked for by a reaction, by whoever plans for it."""

from __future__ import annotations

from commands.starters import CannotStart, Starter
from events.state import EventState
from facilities.facility import FacilityError
from facilities.planning import PlanSettingsError, settings_from_words
from facilities.registry import Registry
from notifiers.reactions.starting import Wish
from platforms.instances import Platforms
from platforms.jobs import Wanted
from platforms.planning import HERE, Planner
from platforms.skyportal.identity import identity_of
from platforms.skyportal.rule_plans import rule_parameters


def plan_starter(platforms: Platforms, registry: Registry) -> Starter:
    """Makes plan jobs: `[[planning]]` says who plans, and its settings for the event; `with` goes over them.

    A `planner` in `with` is another than the configured one; `others` says whether to leave out what others
    cover, whatever the configuration says.
    """

    def wanted(state: EventState, wish: Wish) -> Wanted:
        try:
            facility = registry.get(wish.facility)
        except FacilityError as error:
            raise CannotStart(str(error)) from None
        line = platforms.planning.of(facility.name)
        given = {str(name): _text(value) for name, value in wish.parameters.items()}
        named = given.pop("planner", line.planner.value)
        others = _flag("others", given.pop("others", "true" if line.others else "false"))
        try:
            planner = Planner(named)
        except ValueError:
            known = ", ".join(each.value for each in Planner)
            raise CannotStart(f"`with.planner` is {named!r}; expected one of {known}") from None
        settings = {**(line.defaults(state.tags) if planner is line.planner else {}), **given}
        if planner is Planner.SKYPORTAL:
            if others:
                raise CannotStart("a SkyPortal cannot be told what others cover: leave `with.others` out")
            own = platforms.of_facility(facility.name)
            name = line.platform or (own.name if own is not None else None)
            if name is None:
                raise CannotStart(f"no SkyPortal is configured for {facility.name}: name it in [[planning]]")
            names = [each for each in (facility.skyportal, *facility.names) if each]
            asked = rule_parameters(identity_of(state), names, settings, line.allocation)
            return Wanted(planner.kind, name, asked, event=state.event, facility=facility.name)
        if planner not in platforms.planning.here:
            raise CannotStart(f"{planner.value} is not installed on this desk")
        try:
            settings_from_words(settings, facility)
        except PlanSettingsError as error:
            raise CannotStart(str(error)) from None
        skymap = state.newest_with_map
        parameters = {"settings": settings, "revision": skymap.id if skymap is not None else None}
        if others:
            parameters["others"] = True
        return Wanted(planner.kind, HERE, parameters, event=state.event, facility=facility.name)

    return wanted


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise CannotStart(f"`with.{name}` is {text!r}; expected true or false")
    return text == "true"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
