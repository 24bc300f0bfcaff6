"""Which instance a job goes to, and by whose token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from platforms.job import Job, PlatformError
from platforms.skyportal.client import SkyPortal


class OwnTokens(Protocol):
    """People's own tokens (`platforms.credentials.Credentials`)."""

    async def own(self, person: str, instance: str) -> str | None: ...


class Ways:
    """The SkyPortals of this desk and people's own tokens for them."""

    def __init__(self, portals: Mapping[str, SkyPortal], tokens: OwnTokens | None = None) -> None:
        self._portals = portals
        self._tokens = tokens

    async def of(self, job: Job) -> tuple[SkyPortal, str | None]:
        """The instance of a job, and the requester's own token (None: the desk's is used).

        Raises PlatformError for an instance that is configured no more.
        """
        portal = self._portals.get(job.platform)
        if portal is None:
            raise PlatformError(
                f"no SkyPortal called {job.platform} is configured here any more",
                advice="configure it again under its name, or ask at another",
            )
        return portal, await self._tokens.own(job.requester, job.platform) if self._tokens else None
