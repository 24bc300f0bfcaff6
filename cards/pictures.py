"""Which pictures an event's card has, and what they show in words."""

from __future__ import annotations

from cards import coordinates, wording
from cards.card import Picture
from cards.facility_table import best_facility
from cards.reader import Reader
from cards.verdict import short_name
from cards.wording import known
from events.state import EventState, RevisionState
from skymaps.statistics import SkyMapStatistics

SKY_MAP = "sky_map"
OBSERVABILITY = "observability"


def pictures(state: EventState, revision: RevisionState, reader: Reader) -> tuple[Picture, ...]:
    """The sky map, and the night of the best facilities where one of them can see something."""
    made: list[Picture] = []
    if revision.statistics is not None:
        alt = sky_map_alt(short_name(state), revision.statistics, reader)
        made.append(Picture(SKY_MAP, alt, reader.say("Sky map of {name}", name=short_name(state))))
    best = None if state.retracted else best_facility(revision.observability)
    if best is not None:
        chance = wording.percent(best.probability_tonight, reader)
        alt = reader.say(
            "Altitude of the peak and observable probability over tonight for the best facilities; "
            "{facility} has the best chance, {chance}.",
            facility=best.name,
            chance=chance,
        )
        made.append(Picture(OBSERVABILITY, alt, reader.say("Tonight for {name}", name=short_name(state))))
    return tuple(made)


def sky_map_alt(name: str, statistics: SkyMapStatistics, reader: Reader) -> str:
    """What the sky map shows, for who cannot see it."""
    peak, parts = statistics.peak, []
    if known(statistics.area_50) and known(statistics.area_90):
        parts.append(
            reader.say_many(
                "Sky map of {name}: 50 % of the probability in {inner}, 90 % in {outer}, in {count} region.",
                "Sky map of {name}: 50 % of the probability in {inner}, 90 % in {outer}, in {count} regions.",
                max(statistics.modes_90, 1),
                name=name,
                inner=wording.area(statistics.area_50, reader),
                outer=wording.area(statistics.area_90, reader),
            )
        )
    else:
        parts.append(reader.say("Sky map of {name}.", name=name))
    if known(peak.ra) and known(peak.dec) and abs(peak.dec) <= 90:
        where = coordinates.position(peak.ra, peak.dec, None)
        parts.append(
            reader.say(
                "Peak at {position} in {constellation}.",
                position=where,
                constellation=coordinates.constellation(peak.ra, peak.dec),
            )
        )
    return " ".join(parts)
