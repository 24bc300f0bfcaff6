"""Where an event most probably is, as one point: what a product or a search is centred on."""

from __future__ import annotations

from commands.request import Coordinates
from events.state import EventState


def best_position(state: EventState) -> Coordinates | None:
    """The position that a notice gives, newest first; else the peak of the newest map; None for neither."""
    for revision in reversed(state.revisions):
        position = revision.notice.position
        if position is not None:
            return Coordinates(position.ra, position.dec)
    mapped = state.newest_with_map
    if mapped is None or mapped.statistics is None:
        return None
    return Coordinates(mapped.statistics.peak.ra, mapped.statistics.peak.dec)
