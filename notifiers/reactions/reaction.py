"""Reactions as they are configured: for which events what is started, and who is asked before."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from events.state import EventState, RevisionState
from notifiers.routes import Route
from notifiers.rules import Rule

WAITS = timedelta(hours=12)
"""How long a question waits for an answer unless its reaction says otherwise: a night."""

MAX_AGE = timedelta(hours=24)
"""An event older than this starts nothing (after an outage, in a replay), unless its reaction says so."""


class ReactionError(ValueError):
    """A reaction that cannot be used: which, what was read, and what was expected."""


class Again(StrEnum):
    """Whether a reaction comes again for the same event."""

    NEVER = "never"  # once for each event
    MAP = "map"  # once for each sky map of the event for which the rule holds


@dataclass(frozen=True)
class Reaction:
    """One `[[reactions]]`: what `start` names is started `parameters` (written `with`) for events that meet
    `rule`, once for each of `facilities` where it is for a telescope.

    `ask_first`: a person says go before. `again` says whether a new map starts it anew.
    `cancel_on_retraction`: what it started is cancelled when the event is retracted. The question goes to
    where the event has a card, and to `channels`; it waits for `waits`. Events older than `max_age` start
    nothing. Nothing that a reaction can start sends anything to a telescope: that always takes a person.
    """

    name: str
    rule: Rule
    start: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    facilities: tuple[str, ...] = ()
    ask_first: bool = True
    again: Again = Again.NEVER
    cancel_on_retraction: bool = False
    channels: tuple[str, ...] = ()
    waits: timedelta = WAITS
    max_age: timedelta = MAX_AGE

    @property
    def requester(self) -> str:
        """In whose name it starts what nobody is asked about."""
        return f"rule {self.name}"

    def wants(self, state: EventState, now: datetime, told: RevisionState | None = None) -> bool:
        """Whether the rule holds for the event as known at `now`; `told` is the revision it came for last.

        As with routes, mock and test events, those held back by a notice's own gates, and retracted ones
        come only before a rule that asks for them by name.
        """
        if state.retracted and not self.rule.mentions("retracted"):
            return False
        return Route(self.name, self.rule, max_age=self.max_age).wants(state, now, told)


def check_reactions(
    reactions: Iterable[Reaction], channels: Collection[str], starts: Mapping[str, bool]
) -> None:
    """Raise ReactionError for a reaction that could never do what it says.

    `starts` are the names of what can be started, and whether each is for a telescope.
    """
    seen: set[str] = set()
    for each in reactions:
        where = f"reactions.{each.name}"
        if each.name in seen:
            raise ReactionError(f"{where}: two reactions have this name; it says what ran, so it is unique")
        seen.add(each.name)
        if each.start not in starts:
            raise ReactionError(
                f"{where}.start: {each.start!r} cannot be started; {_known(each.start, starts)}"
            )
        if starts[each.start] and not each.facilities:
            raise ReactionError(f"{where}.facilities: {each.start!r} is for telescopes; name at least one")
        if each.facilities and not starts[each.start]:
            raise ReactionError(
                f"{where}.facilities: {each.start!r} is for no telescope; leave facilities out"
            )
        for name in each.channels:
            if name not in channels:
                raise ReactionError(
                    f"{where}.channels: there is no channel {name!r}; {_known(name, channels)}"
                )


def _known(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(names)) or 'none'}"
