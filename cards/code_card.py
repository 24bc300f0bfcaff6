"""The message that carries a code to an address, so that its owner can show it is theirs."""

from __future__ import annotations

from cards.card import Card, Lines, Note, Text, Tone, strong
from cards.reader import Reader


def code_card(code: str, desk: str, minutes: int, reader: Reader, *, by_phone: bool) -> Card:
    """`code` counts for `minutes`. Who gets it by mistake learns nothing of the desk: no more is said."""
    # Short text: the code that confirms an address
    said = reader.say("{code} is your code for {desk}.", code=code, desk=desk)
    counts = reader.say(
        "It counts for {minutes} minutes. Nobody of the desk asks you for it.", minutes=minutes
    )
    other = reader.say("If you did not ask for it, someone has mistyped an address: do nothing.")
    # Short text: carriers ask that a first SMS says how to stop
    stop = reader.say("Reply STOP for no more.")
    spoken = reader.say("Your code for {desk} is: {code}. Again: {code}.", desk=desk, code=", ".join(code))
    return Card(
        (strong(said),),
        Tone.INFO,
        (Lines(((Text(counts),),)), Note((Text(other),))),
        said,
        f"{said} {stop}" if by_phone else said,
        spoken,
    )
