"""The instances of platforms that a desk is configured for, side by side, by name."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from platforms.credentials import Credentials
from platforms.mmoda.dispatcher import Dispatcher
from platforms.nmma import NmmaService
from platforms.planning import Planning
from platforms.resolvers import GraceDb, Names
from platforms.skyportal.client import SkyPortal
from platforms.treasure_map import TreasureMap


class InstanceError(ValueError):
    """An instance that is not configured: which was wanted, and which there are."""


@dataclass(frozen=True)
class Instance:
    """One configured instance: where it is, the desk's token for it, and whose telescopes belong to it.

    `kind` is `skyportal`, `mmoda`, `treasuremap` or `nmma`; `name` is what people and jobs call it.
    """

    name: str
    kind: str
    url: str
    token: str | None = field(default=None, repr=False)
    facilities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Platforms:
    """What this desk can work with: each client where it is configured, empty or None where not.

    `instances` are all of them by name; `credentials` people's own tokens for them.
    """

    instances: Mapping[str, Instance] = field(default_factory=dict)
    credentials: Credentials | None = None
    skyportals: Mapping[str, SkyPortal] = field(default_factory=dict)
    closing: tuple[Callable[[], Awaitable[None]], ...] = ()  # what closes the clients' connections
    mmoda: Mapping[str, Dispatcher] = field(default_factory=dict)
    treasure_map: TreasureMap | None = None
    nmma: NmmaService | None = None
    names: Names = field(default_factory=Names)
    gracedb: GraceDb | None = None
    planning: Planning = field(default_factory=Planning)

    async def close(self) -> None:
        """Close what the clients opened."""
        for close in self.closing:
            await close()
        for dispatcher in self.mmoda.values():
            await dispatcher.close()
        if self.treasure_map is not None:
            await self.treasure_map.close()
        if self.nmma is not None:
            await self.nmma.close()

    async def token(self, person: str, instance: str) -> str | None:
        """What a call of an instance for a person is authorised by: their own token, else the desk's."""
        desks = self.instances[instance].token if instance in self.instances else None
        if self.credentials is None:
            return desks
        found = await self.credentials.token(person, instance, desks)
        return found.value if found is not None else None

    def instance(self, name: str) -> Instance:
        """The instance of this name, whatever its case. Raises InstanceError with the nearest names."""
        by_name = {each.casefold(): instance for each, instance in self.instances.items()}
        found = by_name.get(name.strip().casefold())
        if found is not None:
            return found
        near = difflib.get_close_matches(name.casefold(), by_name, n=3, cutoff=0.5)
        known = ", ".join(near or self.instances) or "none"
        raise InstanceError(f"no platform called {name[:80]!r} is configured; known: {known}")

    def of_kind(self, kind: str) -> tuple[Instance, ...]:
        """The instances of one kind, in the order of the configuration."""
        return tuple(each for each in self.instances.values() if each.kind == kind)

    def of_facility(self, facility: str, kind: str = "skyportal") -> Instance | None:
        """The instance that a telescope belongs to; the only one of its kind, where none says so."""
        of_kind = self.of_kind(kind)
        named = [each for each in of_kind if facility in each.facilities]
        if named:
            return named[0]
        open_to_all = [each for each in of_kind if not each.facilities]
        return open_to_all[0] if len(open_to_all) == 1 else None
