"""Which routes want an event told: each rule is asked once for one event, however many routes share it."""

from __future__ import annotations

from datetime import datetime

from events.state import EventState, RevisionState
from notifiers.routes import Route
from notifiers.rule_names import RuleValue, rule_values


class Verdicts:
    """What routes say of one event as it is known now; the event's values are put together once."""

    def __init__(self, state: EventState, now: datetime) -> None:
        self._state = state
        self._now = now
        self._values: dict[int | None, dict[str, RuleValue]] = {}
        self._passed: dict[tuple[str, int | None], bool] = {}

    def wants(self, route: Route, told: RevisionState | None = None) -> bool:
        """`route.wants`, of somebody who was told of `told` last."""
        return route.admits(self._state, self._now, told) and self._passes(route, told)

    def _passes(self, route: Route, told: RevisionState | None) -> bool:
        if not route.rule.about_changes:
            told = None  # the rule would not notice
        key = None if told is None else told.id
        answer = self._passed.get((route.rule.text, key))
        if answer is None:
            if key not in self._values:
                self._values[key] = rule_values(self._state, self._now, told)
            answer = route.rule.verdict_on(self._values[key]) is True
            self._passed[route.rule.text, key] = answer
        return answer
