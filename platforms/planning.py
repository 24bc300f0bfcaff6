"""Who plans for which telescope, with what settings, and where a finished plan goes: as it is configured."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum


class Planner(StrEnum):
    """Who makes a plan. Each is the beginning of its kind of job: `gwemopt.plan`."""

    SKYPORTAL = "skyportal"
    GWEMOPT = "gwemopt"
    M4OPT = "m4opt"
    INSTANT = "instant"

    @property
    def kind(self) -> str:
        return f"{self.value}.plan"


PLAN_KINDS = frozenset(each.kind for each in Planner)
HERE = "nightdesk"
"""The platform of what this desk plans itself."""


@dataclass(frozen=True)
class FacilityPlanning:
    """One telescope's line of the configuration.

    `platform` is the SkyPortal that plans for it, where there are several; `allocation` its id or proposal
    there. `settings` are the planner's own by name; `classes` changes them for events with a tag (`bns`),
    later lines winning. `send_to` are channels of the configuration to which a plan made here is sent.
    `others`: what others cover by Treasure Map is left out unless whoever asks says otherwise.
    """

    facility: str
    planner: Planner
    platform: str | None = None
    allocation: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    send_to: tuple[str, ...] = ()
    others: bool = False

    def defaults(self, tags: AbstractSet[str]) -> dict[str, str]:
        """The settings for an event with these tags, whatever their case."""
        folded = {tag.casefold() for tag in tags}
        chosen = dict(self.settings)
        for tag, changes in self.classes.items():
            if tag.casefold() in folded:
                chosen.update(changes)
        return chosen


@dataclass(frozen=True)
class Planning:
    """All of it. `here` are the planners that are installed on this desk; `instant` always is."""

    facilities: Mapping[str, FacilityPlanning] = field(default_factory=dict)
    here: frozenset[Planner] = frozenset({Planner.INSTANT})

    def of(self, facility: str) -> FacilityPlanning:
        """What is configured for a telescope; else the best that is installed here."""
        found = self.facilities.get(facility)
        if found is not None:
            return found
        best = Planner.GWEMOPT if Planner.GWEMOPT in self.here else Planner.INSTANT
        return FacilityPlanning(facility, best)
