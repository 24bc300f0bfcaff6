"""Reactions as this desk is configured: what they are, who starts what they want, where they are told."""

from __future__ import annotations

from collections.abc import Mapping

from bot.composition import Tools
from bot.settings import Settings
from commands.fit_starter import fit_starter
from commands.plan_starter import plan_starter
from commands.product_starter import product_starter
from commands.starters import JobStarts, Starter
from facilities.registry import load_registry
from notifiers.reactions.parts import ReactionParts
from notifiers.reactions.telling import Places
from platforms.instances import Platforms
from platforms.jobs import JobService


def reactions_of(settings: Settings, tools: Tools, jobs: JobService, platforms: Platforms) -> ReactionParts:
    """What deciding about reactions needs."""
    named = {each.name: each.channels for each in tools.reactions}
    places = Places(tools.configs, named, tools.warnings)
    return ReactionParts(tools.reactions, JobStarts(jobs, starters_of(settings, platforms), places), places)


def starters_of(settings: Settings, platforms: Platforms) -> Mapping[str, Starter]:
    """What reactions can start on this desk, by the name `start` gives it."""
    registry = load_registry(settings.facilities.files)
    starters: dict[str, Starter] = {"plan": plan_starter(platforms, registry)}
    if platforms.of_kind("mmoda"):
        starters["mmoda"] = product_starter
    if platforms.of_kind("skyportal"):
        starters["fit"] = fit_starter(platforms)
    return starters
