"""A product of MMODA around an event, asked for by a reaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from commands.event_place import best_position
from commands.starters import CannotStart
from events.state import EventState
from notifiers.reactions.starting import Wish
from platforms.jobs import Wanted
from platforms.mmoda.request import Around, isot, time_and_place
from platforms.mmoda.work import KIND

BEFORE, AFTER = "before", "after"
_OWN = frozenset({"instrument", "product", "platform", BEFORE, AFTER})


def product_starter(state: EventState, wish: Wish) -> Wanted:
    """`with` names `instrument` and `product`; `before` and `after` are seconds around the event's time, the
    usual ones of the product unless given.

    Time (T1, T2) and place (RA, DEC) are the event's, where it has them; whatever else is given is sent as it
    stands and holds over them. Raises CannotStart.
    """
    given = {str(name): value for name, value in wish.parameters.items()}
    instrument, product = given.get("instrument"), given.get("product")
    if not isinstance(instrument, str) or not isinstance(product, str):
        raise CannotStart("a reaction that starts mmoda says in `with` which instrument and which product")
    before, after = _seconds(given, BEFORE), _seconds(given, AFTER)
    place = best_position(state)
    around = Around(
        at=state.trigger_time,
        ra=place.ra if place is not None else None,
        dec=place.dec if place is not None else None,
        before=before,
        after=after,
    )
    sent = time_and_place(product, around)
    sent |= {name: _text(value) for name, value in given.items() if name not in _OWN}
    asked: dict[str, object] = {"instrument": instrument, "product": product, "parameters": sent}
    if state.trigger_time is not None:
        asked["event_time"] = isot(state.trigger_time)
    return Wanted(KIND, str(given.get("platform", "mmoda")), asked)


def _seconds(given: Mapping[str, object], name: str) -> timedelta | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise CannotStart(f"`with.{name}` is {value!r}; a number of seconds was expected")
    return timedelta(seconds=value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "True" if value else "False"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
