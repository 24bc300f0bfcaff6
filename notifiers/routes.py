"""Routes: which events are told to which channels and people, how soon, how often, and whether they wake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from events.changes import difference, is_material
from events.state import EventState, RevisionState
from notifiers.channels.base import ChannelConfig
from notifiers.limits import Group, Limit, limits_of
from notifiers.rule_names import event_time
from notifiers.rules import Rule
from notifiers.ruling import Urgency
from notifiers.targets import Target
from shifts.contact import Way


class RouteError(ValueError):
    """A route that cannot be used: which, and what was expected."""


class Tell(StrEnum):
    """What is said after the first notice. A card that is there is always kept up to date."""

    FIRST = "first"  # nothing but a retraction
    MATERIAL = "material"  # what changes a decision
    EVERY = "every"  # every change
    DIGEST = "digest"  # nothing at once: everything in the next daily digest


@dataclass(frozen=True)
class Route:
    """One `[[routes]]`, or one subscription: whoever reads in `channels` or is meant by `targets` is told of
    events that meet `rule`.

    `page` names the escalation the route opens. `max_age` is the oldest an event may be to start a card here;
    cards that are there are kept up to date all the same. `urgency` and `wakes` decide with the state of each
    person (docs/preferences.md). At most `at_most` events an hour are told at once to one reader, and of one
    `group` one in `group_for`; the others follow in one message. `by` is the way to people, where it is not
    their own choice. `owner` is whose subscription this is.
    """

    name: str
    rule: Rule
    channels: tuple[str, ...] = ()
    page: str | None = None
    tell: Tell = Tell.EVERY
    max_age: timedelta | None = None
    targets: tuple[Target, ...] = ()
    urgency: Urgency = Urgency.NORMAL
    wakes: bool = False
    at_most: int | None = None
    group: Group | None = None
    group_for: timedelta = timedelta(hours=1)
    by: Way | None = None
    owner: str | None = None

    def wants(self, state: EventState, now: datetime, told: RevisionState | None = None) -> bool:
        """Whether the event, as known at `now`, is to be told here, to whom `told` was told of it last.

        Three kinds of events are only told to a route whose rule asks for them by name: those that are not
        of the real sky (`mock` or `role`), those the notice's own gates hold back (`gates`), and those that
        were taken back before anybody here was told (`retracted`).
        """
        return self.admits(state, now, told) and self.rule.passes(state, now, told)

    def admits(self, state: EventState, now: datetime, told: RevisionState | None = None) -> bool:
        """Whether the event comes before the rule at all: young enough, and of a kind it asks for."""
        if self.max_age is not None and now - event_time(state) > self.max_age:
            return False
        return self._asks_for(state, told)

    def wants_more(self, state: EventState, now: datetime, told: RevisionState) -> bool:
        """Whether somebody who was told of `told` hears that the newest revision says something else.

        Of a retraction everybody does. A rule that asks what changed decides by itself, else `tell` does.
        """
        newest = state.newest
        if newest.id == told.id:
            return False
        if newest.notice.retraction:
            return True
        if self.rule.about_changes:
            return self.tell is not Tell.FIRST and self.rule.passes(state, now, told)
        if self.tell is Tell.EVERY:
            return True
        return self.tell in (Tell.MATERIAL, Tell.DIGEST) and is_material(difference(told, newest))

    def limits(self, state: EventState) -> tuple[Limit, ...]:
        """How many events like this one may be told at once."""
        return limits_of(self.name, self.at_most, self.group, self.group_for, state)

    def _asks_for(self, state: EventState, told: RevisionState | None) -> bool:
        if state.retracted and told is None and not self.rule.mentions("retracted"):
            return False
        if state.mock:
            return any(self.rule.mentions(name) for name in ("mock", "role", "gates"))
        return not state.described.notice.gates or self.rule.mentions("gates")


def matching(
    routes: Iterable[Route], state: EventState, now: datetime, told: RevisionState | None = None
) -> tuple[Route, ...]:
    """The routes that want to tell of this event, in their order."""
    return tuple(route for route in routes if route.wants(state, now, told))


def check_routes(routes: Iterable[Route], channels: Mapping[str, ChannelConfig]) -> None:
    """Raise RouteError where a route leads to a channel that is not configured, or contradicts itself."""
    for route in routes:
        for name in route.channels:
            if name not in channels:
                known = ", ".join(sorted(channels)) or "none"
                raise RouteError(f"route {route.name!r} leads to a channel {name!r}; configured are: {known}")
        check_route(route)


def check_route(route: Route) -> None:
    """Raise RouteError for a route that could never do what it says."""
    if route.wakes and route.urgency is Urgency.LOW:
        raise RouteError(f"route {route.name!r} wakes people with what is of low urgency: choose one of them")
    if route.wakes and route.tell is Tell.DIGEST:
        raise RouteError(f"route {route.name!r} tells in a digest, which wakes nobody: leave out wakes")
    if route.wakes and not route.targets and route.page is None and route.owner is None:
        raise RouteError(
            f"route {route.name!r} wakes nobody: it leads to no people; add roles, people or facilities"
        )
