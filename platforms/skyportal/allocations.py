"""Allocations: the time a group has on an instrument there, and which of them stands for a facility here."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from platforms.skyportal.client import SkyPortal
from platforms.skyportal.reading import Incoming, rows
from platforms.skyportal.refusals import SkyPortalError

PLANS, FOLLOW_UP = "api_classname_obsplan", "api_classname"
"""What an instrument may be asked for there: plans, or single sources."""


class Telescope(Incoming):
    """Where an instrument is."""

    id: int
    name: str = ""
    nickname: str | None = None


class AllocationInstrument(Incoming):
    """The instrument of an allocation."""

    id: int
    name: str
    filters: tuple[str, ...] | None = None
    telescope: Telescope | None = None


class Allocation(Incoming):
    """Time on an instrument. `altdata`, where its credentials are, is never shown nor read."""

    id: int
    instrument: AllocationInstrument
    group_id: int | None = None
    proposal_id: str | None = None
    pi: str | None = None
    types: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its instrument's."""
        return self.instrument.name

    @property
    def telescope(self) -> str:
        """As people call it there: P60."""
        telescope = self.instrument.telescope
        return (telescope.nickname or telescope.name) if telescope is not None else ""

    @property
    def proposal(self) -> str:
        return self.proposal_id or ""

    @property
    def label(self) -> str:
        return f"{self.name} ({self.proposal})" if self.proposal else self.name

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that its instrument and telescope are called there."""
        telescope = self.instrument.telescope
        known = (self.name, *((telescope.nickname, telescope.name) if telescope else ()))
        return tuple(each for each in known if each)


async def allocations(
    portal: SkyPortal, kind: str = PLANS, *, token: str | None = None
) -> tuple[Allocation, ...]:
    """What the account may use: for plans, or for `FOLLOW_UP`."""
    found = await portal.call(
        "GET", "/api/allocation", query={"apiType": kind}, token=token, asked="list the allocations"
    )
    read: list[Allocation] = []
    for each in rows(found):
        try:
            read.append(Allocation.model_validate(each))
        except ValidationError:
            continue  # one without an instrument is of no use
    return tuple(sorted(read, key=lambda each: each.id))


def allocation_of(
    portal: SkyPortal,
    found: Sequence[Allocation],
    facility: Sequence[str],
    wanted: int | str | None = None,
) -> Allocation:
    """The one for a facility, by any of its names; `wanted` is a configured id or proposal.

    Raises SkyPortalError with what there is: the first by id is taken only where it is the only one of its
    instrument, or the configuration says which.
    """
    if wanted is not None:
        chosen = [each for each in found if str(each.id) == str(wanted) or each.proposal_id == str(wanted)]
        if chosen:
            return chosen[0]
        raise SkyPortalError(
            f"{portal.name} has no allocation {wanted} that this account may use; it has {_listed(found)}"
        )
    names = {each.casefold() for each in facility}
    fitting = [each for each in found if names & {name.casefold() for name in each.names}]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SkyPortalError(
            f"{portal.name} has several allocations for {facility[0]}: {_listed(fitting)}",
            advice="name one in the configuration (allocation = …)",
        )
    known = {name: each for each in found for name in each.names}
    near = difflib.get_close_matches(facility[0], known, n=3, cutoff=0.4)
    what = ", ".join(near) or _listed(found)
    raise SkyPortalError(
        f"{portal.name} has no allocation for {facility[0]} that this account may use; nearest: {what}",
        advice="name it in the configuration (allocation = …) if it is called otherwise there",
    )


def _listed(found: Sequence[Allocation]) -> str:
    shown: list[Any] = [f"{each.id} ({each.instrument.name}, {each.proposal_id})" for each in found[:8]]
    return ", ".join(shown) or "none"
