"""Job `skyportal.event`: an event mirrored at a SkyPortal, commented on, tagged, given its advocate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from platforms.job import Job, JobState, Moved
from platforms.skyportal import events
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.identity import EventIdentity, PortalEvent, find_event
from platforms.skyportal.posting import Posting
from platforms.skyportal.refusals import SkyPortalError
from platforms.skyportal.ways import OwnTokens, Ways

NO_ACCOUNT = "no_account"
"""In the results of a job that failed because nobody there is the person it names."""

Postings = Callable[[str], Awaitable[Posting | None]]
"""The newest notice that tells an event, by the event's key; None where none can be posted."""


async def no_postings(event: str) -> Posting | None:
    """Nothing is ever posted."""
    return None


@dataclass(frozen=True)
class EventFinder:
    """Finds an event there; mirrors it first where it is not, at the instances that `post` names.

    `post` None: at all. Whoever asks for the mirror itself gets it everywhere. Notices are posted by the
    desk's account, since only who posted an event may add to it.
    """

    postings: Postings = no_postings
    post: frozenset[str] | None = None

    async def __call__(self, portal: SkyPortal, identity: EventIdentity, token: str | None) -> PortalEvent:
        return (await self.mirror(portal, identity, post=self.posts_at(portal))).event

    def posts_at(self, portal: SkyPortal) -> bool:
        """Whether events are mirrored there for whatever needs them."""
        return self.post is None or portal.name in self.post

    async def mirror(
        self, portal: SkyPortal, identity: EventIdentity, *, post: bool = True
    ) -> events.Mirrored:
        """Found or, if `post`, made. Raises SkyPortalError."""
        found = await find_event(portal, identity)
        if found is not None:
            return events.Mirrored(found)
        if not post:
            raise SkyPortalError(
                f"{portal.name} does not know {identity.name}, and the desk does not post its notices there",
                advice=f"mirror it with /skyportal mirror {identity.name}",
            )
        return await events.mirror(portal, identity, await self.postings(identity.event))


@dataclass
class EventWork:
    """What is done to events there: `do` is `mirror`, `post`, `comment`, `tag`, `untag` or `advocate`.

    Promises: done again, for instance after a crash, it changes nothing: every one of them looks first or is
    the same the second time. An event that is not there is mirrored before, where the desk does that.
    """

    ways: Ways
    finder: EventFinder
    tokens: OwnTokens | None = None
    kind: str = "skyportal.event"
    patience: float = 6 * 3600.0

    async def start(self, job: Job) -> Moved:
        portal, token = await self.ways.of(job)
        identity = EventIdentity.from_json(job.parameters["event"])
        asked = job.parameters["do"] in ("mirror", "post")
        mirrored = await self.finder.mirror(portal, identity, post=asked or self.finder.posts_at(portal))
        results: dict[str, Any] = {
            "do": job.parameters["do"],
            "page": mirrored.event.page(portal),
            "event_id": mirrored.event.id,
            "dateobs": mirrored.event.dateobs,
            "aliases": list(mirrored.event.aliases),
            "made": mirrored.made,
            "note": mirrored.note,
        }
        remote = {"event_id": mirrored.event.id}
        done = await self._do(job, portal, identity, mirrored.event, token)
        if done is None:
            return _nobody(job, portal, remote)
        return Moved(JobState.DONE, remote=remote, results=results | done)

    async def look(self, job: Job) -> Moved:
        return await self.start(job)

    async def cancel(self, job: Job) -> Moved:
        """What was done stays there; nothing more is done."""
        return Moved(JobState.CANCELLED)

    async def _do(
        self, job: Job, portal: SkyPortal, identity: EventIdentity, event: PortalEvent, token: str | None
    ) -> dict[str, Any] | None:
        given = job.parameters
        match given["do"]:
            case "mirror":
                return {}
            case "post":
                posting = await self.finder.postings(identity.event)
                if posting is None:
                    raise SkyPortalError(
                        f"there is no notice of {identity.name} that {portal.name} could read"
                    )
                return {"changed": await events.post_notice(portal, identity, event, posting)}
            case "comment":
                number = await events.comment(portal, event, given["text"], who=job.requester, token=token)
                return {"comment": number, "text": given["text"]}
            case "tag":
                return {
                    "tag": given["tag"],
                    "changed": await events.tag(portal, event, given["tag"], token=token),
                }
            case "untag":
                gone = await events.untag(portal, event, given["tag"], token=token)
                return {"tag": given["tag"], "changed": gone}
            case "advocate":
                return await self._advocate(job, portal, event)
        raise SkyPortalError(f"nightdesk does not know how to {given['do']!r} an event of {portal.name}")

    async def _advocate(self, job: Job, portal: SkyPortal, event: PortalEvent) -> dict[str, Any] | None:
        """None where nobody there is that person."""
        name, emails = job.parameters["person"], tuple(job.parameters.get("emails", ()))
        own = await self.tokens.own(name, job.platform) if self.tokens is not None else None
        account = await events.account_of(portal, name, emails, own=own)
        if account is None:
            return None
        changed = await events.set_advocate(portal, event, account)
        return {"person": name, "account": account.username, "changed": changed}


def _nobody(job: Job, portal: SkyPortal, remote: dict[str, Any]) -> Moved:
    name = job.parameters["person"]
    return Moved(
        JobState.FAILED,
        remote=remote,
        results={NO_ACCOUNT: True},
        failure=f"{portal.name} has no account of {name}: the event keeps its advocate there",
        advice=f"{name} can give their token of {portal.name} here (/me token)",
    )
