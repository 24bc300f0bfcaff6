"""Routes: which events are told to which channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from events.state import EventState
from notifiers.channels.base import ChannelConfig
from notifiers.rule_names import event_time
from notifiers.rules import Rule


class RouteError(ValueError):
    """A route that cannot be used: which, and what was expected."""


class Tell(StrEnum):
    """What is said in a card's thread after its first notice. The card itself is always kept up to date."""

    FIRST = "first"  # nothing but a retraction
    MATERIAL = "material"  # what changes a decision
    EVERY = "every"  # every change


@dataclass(frozen=True)
class Route:
    """One `[[routes]]`: whoever reads in `channels` is told of events that meet `rule`.

    `page` names the escalation the route opens. `max_age` is staleness: an event older than that starts no
    card here (after an outage, say); cards that are there are kept up to date all the same.
    """

    name: str
    rule: Rule
    channels: tuple[str, ...] = ()
    page: str | None = None
    tell: Tell = Tell.EVERY
    max_age: timedelta | None = None

    def wants(self, state: EventState, now: datetime) -> bool:
        """Whether the event, as known at `now`, is to be told here.

        Three kinds of events are only told to a route whose rule asks for them by name: those that are not
        of the real sky (`mock` or `role`), those the notice's own gates hold back (`gates`), and those that
        were taken back before anybody here was told (`retracted`).
        """
        if self.max_age is not None and now - event_time(state) > self.max_age:
            return False
        return self._asks_for(state) and self.rule.passes(state, now)

    def _asks_for(self, state: EventState) -> bool:
        if state.retracted and not self.rule.mentions("retracted"):
            return False
        if state.mock:
            return any(self.rule.mentions(name) for name in ("mock", "role", "gates"))
        return not state.described.notice.gates or self.rule.mentions("gates")


def matching(routes: Iterable[Route], state: EventState, now: datetime) -> tuple[Route, ...]:
    """The routes that want to tell of this event, in their order."""
    return tuple(route for route in routes if route.wants(state, now))


def check_routes(routes: Iterable[Route], channels: Mapping[str, ChannelConfig]) -> None:
    """Raise RouteError where a route leads to a channel that is not configured."""
    for route in routes:
        for name in route.channels:
            if name not in channels:
                known = ", ".join(sorted(channels)) or "none"
                raise RouteError(f"route {route.name!r} leads to a channel {name!r}; configured are: {known}")
