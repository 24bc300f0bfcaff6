"""Reactions as this desk is configured: what they are, who starts what they want, where they are told."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bot.composition import Tools
from bot.planning import planning_of
from bot.platforms import instances_of
from bot.settings import Settings
from commands.fit_starter import fit_starter
from commands.plan_starter import plan_starter
from commands.product_starter import product_starter
from commands.starters import CannotStart, JobStarts, Starter
from events.state import EventState
from facilities.registry import load_registry
from gcn.notice import Role
from notifiers.reactions.parts import ReactionParts
from notifiers.reactions.reaction import Reaction
from notifiers.reactions.starting import Wish
from notifiers.reactions.telling import Places
from platforms.instances import Platforms
from platforms.jobs import JobService

log = logging.getLogger(__name__)


def reactions_of(settings: Settings, tools: Tools, jobs: JobService, platforms: Platforms) -> ReactionParts:
    """What deciding about reactions needs."""
    named = {each.name: each.channels for each in tools.reactions}
    places = Places(tools.configs, named, tools.warnings)
    for each in tools.reactions:
        for problem in cannot_start(settings, each):
            log.warning("reaction %s can start nothing: %s", each.name, problem)
    return ReactionParts(tools.reactions, JobStarts(jobs, starters_of(settings, platforms), places), places)


def cannot_start(settings: Settings, reaction: Reaction) -> tuple[str, ...]:
    """Why a reaction could start nothing as this desk is configured, whatever the event; one sentence for
    each telescope. Tried with an event of which nothing is known."""
    platforms = Platforms(instances_of(settings), planning=planning_of(settings))
    starter = starters_of(settings, platforms).get(reaction.start)
    if starter is None:
        needs = {"mmoda": "[mmoda] url", "fit": "the url of a [skyportal]"}.get(reaction.start, "")
        return (f"nothing here makes a {reaction.start}: the configuration has not {needs}",)
    event = EventState(0, "LVK:S000101a", "S000101a", "LVK", (), frozenset(), Role.TEST, False, None, ())
    found = []
    for facility in reaction.facilities or ("",):
        try:
            starter(event, Wish(reaction.start, reaction.parameters, facility, reaction.requester))
        except CannotStart as error:
            found.append(f"{facility}: {error}" if facility else str(error))
    return tuple(found)


def starters_of(settings: Settings, platforms: Platforms) -> Mapping[str, Starter]:
    """What reactions can start on this desk, by the name `start` gives it."""
    registry = load_registry(settings.facilities.files)
    starters: dict[str, Starter] = {"plan": plan_starter(platforms, registry)}
    if platforms.of_kind("mmoda"):
        starters["mmoda"] = product_starter
    if platforms.of_kind("skyportal"):  # also for NMMA: there the light is
        starters["fit"] = fit_starter(platforms)
    return starters
