"""What is said of groups and topics that follow who is on."""

from __future__ import annotations

from collections.abc import Sequence

from cards.card import Card, Lines, Text, Tone, strong
from cards.reader import Reader


def topic(roster: str, people: Sequence[str], reader: Reader) -> str:
    """The topic of a channel: who is on, in plain words."""
    if not people:
        return reader.say("{roster}: nobody is on", roster=roster)
    return reader.say("{roster}: {people} on duty", roster=roster, people=reader.listing(list(people)))


def group_card(name: str, problem: str, reader: Reader) -> Card:
    """A group, role or topic cannot be made to show who is on."""
    title = reader.say("{name} does not show who is on", name=name)
    return Card((strong(title),), Tone.WARNING, (Lines(((Text(problem),),)),), f"{title}: {problem}")


def sync_card(roster: str, problem: str, reader: Reader) -> Card:
    """SkyPortal's shifts and a roster here do not agree, and a person has to say which is meant."""
    title = reader.say("Roster {roster} and SkyPortal's shifts do not agree", roster=roster)
    return Card((strong(title),), Tone.WARNING, (Lines(((Text(problem),),)),), f"{title}: {problem}")
