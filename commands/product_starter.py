"""A product of MMODA around an event, asked for by a reaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from commands.starters import CannotStart
from events.state import EventState
from notifiers.reactions.starting import Wish
from platforms.jobs import Wanted

KIND = "mmoda.product"
BEFORE, AFTER = "before", "after"
USUAL = 500.0
"""Seconds looked at before and after an event unless the reaction says otherwise: what neutrinos
are looked for in around gravitational waves (Baret et al. 2011)."""

_OWN = frozenset({"instrument", "product", "platform", BEFORE, AFTER})


def product_starter(state: EventState, wish: Wish) -> Wanted:
    """`with` names `instrument` and `product`; `before` and `after` are seconds around the event's time.

    Time (T1, T2) and place (RA, DEC) are the event's, where it has them; whatever else is given is sent as it
    stands and holds over them. Raises CannotStart.
    """
    given = {str(name): value for name, value in wish.parameters.items()}
    instrument, product = given.get("instrument"), given.get("product")
    if not isinstance(instrument, str) or not isinstance(product, str):
        raise CannotStart("a reaction that starts mmoda says in `with` which instrument and which product")
    sent = _around(state, _seconds(given, BEFORE), _seconds(given, AFTER))
    sent |= {name: _text(value) for name, value in given.items() if name not in _OWN}
    asked = {"instrument": instrument, "product": product, "parameters": sent}
    return Wanted(KIND, str(given.get("platform", "mmoda")), asked)


def _around(state: EventState, before: float, after: float) -> dict[str, str]:
    sent: dict[str, str] = {}
    if state.trigger_time is not None:
        first, last = (
            state.trigger_time - timedelta(seconds=before),
            state.trigger_time + timedelta(seconds=after),
        )
        sent |= {"T1": _isot(first), "T2": _isot(last), "T_format": "isot"}
    position = state.described.notice.position
    mapped = state.newest_with_map
    if position is not None:
        sent |= {"RA": f"{position.ra:.6f}", "DEC": f"{position.dec:.6f}"}
    elif mapped is not None and mapped.statistics is not None:
        peak = mapped.statistics.peak
        sent |= {"RA": f"{peak.ra:.6f}", "DEC": f"{peak.dec:.6f}"}
    return sent


def _seconds(given: Mapping[str, object], name: str) -> float:
    value = given.get(name, USUAL)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise CannotStart(f"`with.{name}` is {value!r}; a number of seconds was expected")
    return float(value)


def _isot(at: datetime) -> str:
    """UTC with milliseconds and no zone, as a dispatcher takes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
