"""Reactions as this desk is configured: what they are, who starts what they want, where they are told."""

from __future__ import annotations

from bot.composition import Tools
from notifiers.reactions.parts import ReactionParts
from notifiers.reactions.starting import Starts
from notifiers.reactions.telling import Places


def reactions_of(tools: Tools, starts: Starts) -> ReactionParts:
    """What deciding about reactions needs."""
    named = {each.name: each.channels for each in tools.reactions}
    return ReactionParts(tools.reactions, starts, Places(tools.configs, named, tools.warnings))
