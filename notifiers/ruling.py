"""Whether a person is told now, in the morning, or not at all: urgency by how they stand. Pure."""

from __future__ import annotations

from enum import StrEnum

from shifts.standing import Standing


class Urgency(StrEnum):
    """How much it matters to hear of an event soon; each route and each subscription says."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Ruling(StrEnum):
    """What becomes of a message to a person."""

    NOW = "now"
    HOLD = "hold"  # for the digest at the end of the quiet hours, or of the leave
    DROP = "drop"


def ruling(urgency: Urgency, standing: Standing, wakes: bool, asked: bool) -> Ruling:
    """The rule of docs/preferences.md, in full.

    `wakes`: the route may wake people. `asked`: this person asked to be woken (by what may wake people).
    Who is on leave and on shift all the same is on shift: somebody has to be.
    """
    away = standing.on_leave and not standing.on_shift
    if urgency is Urgency.LOW:
        if away:
            return Ruling.DROP
        return Ruling.HOLD if standing.quiet else Ruling.NOW
    if standing.quiet:
        may_wake = wakes and (standing.on_shift or (asked and not away))
        return Ruling.NOW if may_wake else Ruling.HOLD
    if away:
        return Ruling.NOW if urgency is Urgency.HIGH and asked else Ruling.HOLD
    return Ruling.NOW


def strongest(rulings: list[Ruling]) -> Ruling:
    """What several routes to one person come to: the first of now, hold, drop."""
    return min(rulings, key=list(Ruling).index, default=Ruling.DROP)
