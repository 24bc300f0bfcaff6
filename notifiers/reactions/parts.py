"""What deciding about reactions needs of the desk, put together once."""

from __future__ import annotations

from dataclasses import dataclass, field

from notifiers.reactions.reaction import Reaction
from notifiers.reactions.starting import NothingStarts, Starts
from notifiers.reactions.telling import Places


@dataclass(frozen=True)
class ReactionParts:
    """The configured reactions, who starts what they want, and where they are told."""

    reactions: tuple[Reaction, ...] = ()
    starts: Starts = field(default_factory=NothingStarts)
    places: Places = field(default_factory=Places)
