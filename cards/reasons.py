"""Reasons that other rooms give in English, in the reader's language where we have the words."""

from __future__ import annotations

from cards.cleaning import clean, shorten
from cards.reader import Reader

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
    }
    return known.get(reason) or shorten(clean(reason), LONGEST_REASON)
