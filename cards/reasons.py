"""Reasons that other rooms give in English, in the reader's language where we have the words."""

from __future__ import annotations

from cards.cleaning import clean, shorten
from cards.reader import Reader
from facilities.observability import FacilityObservability

LONGEST_REASON = 160


def gate_reason(reason: str, reader: Reader) -> str:
    """Why a notice pages nobody (`gcn.gates`); a reason we have no words for stays as it is."""
    known = {
        "the source is in the mission's catalogue": reader.say("the source is in the mission's catalogue"),
        "the star tracker had lost its lock: the position cannot be trusted": reader.say(
            "the star tracker had lost its lock: the position cannot be trusted"
        ),
        "the mission says this is not a gamma-ray burst": reader.say(
            "the mission says this is not a gamma-ray burst"
        ),
        "mock data challenge": reader.say("mock data challenge"),
        "hardware injection": reader.say("hardware injection"),
        "test notice": reader.say("test notice"),
        "test topic": reader.say("test topic"),
        "mock event": reader.say("mock event"),
        "a circular is a report to read, not an alert": reader.say(
            "a circular is a report to read, not an alert"
        ),
    }
    return known.get(reason) or shorten(clean(reason), LONGEST_REASON)


def facility_reason(row: FacilityObservability, reader: Reader) -> str:
    """Why a facility sees nothing of it tonight (`facilities.reasons`); the exact limit only in English."""
    if row.reason and (reader.babel.language == "en" or row.reason_code is None):
        return shorten(clean(row.reason), LONGEST_REASON)
    known = {
        "declination": reader.say("declination outside its limits"),
        "airmass": reader.say("never high enough"),
        "closed": reader.say("closed"),
        "no_night": reader.say("not dark within 24 h"),
        "daylight": reader.say("high enough only in daylight"),
        "hour_angle": reader.say("beyond its hour-angle limit while it is dark"),
        "moon": reader.say("too close to the moon"),
        "sun": reader.say("too close to the sun, or too far from it"),
        "earth": reader.say("behind the Earth all around the orbit"),
        "limits": reader.say("never inside all of its limits at once"),
    }
    return known.get(row.reason_code or "") or reader.say("nothing of it rises in the dark")
