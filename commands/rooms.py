"""Everything a handler may work with, put together once by the hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from commands.retraction.telling import RetractedJobs
from events.compute import Compute
from events.service import EventService
from facilities.facility import Facility
from facilities.registry import Registry
from notifiers.paging.plan import Escalation
from notifiers.paging.service import PageService
from notifiers.reactions.parts import ReactionParts
from notifiers.routes import Route
from notifiers.subscriptions import SubscriptionService
from platforms.instances import Platforms
from platforms.jobs import JobService
from shifts.changes import RosterChanges
from shifts.feeds import FeedService
from shifts.handoff_notes import HandoffNotes
from shifts.people import PeopleService
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import Clock
from store.database import Database
from store.wakeup import Bell


@dataclass(frozen=True)
class DeskFacts:
    """What the configuration says that commands repeat: the desk's name, its address, whom to ask."""

    name: str = "nightdesk"
    public_url: str | None = None
    administrators: tuple[str, ...] = ()
    locale: str = "en"
    timezone: str = "UTC"
    root: str = "nd"  # of all commands on Slack
    second_person: frozenset[str] = frozenset()  # commands that this desk wants confirmed by another


@dataclass(frozen=True)
class ConfiguredChannel:
    """A channel of the configuration as people may read it: it has no place for an address or a secret."""

    name: str
    kind: str
    locale: str
    timezone: str


@dataclass(frozen=True)
class Configured:
    """What the configuration says of whom the desk tells what; `fronts` are where people ask."""

    channels: tuple[ConfiguredChannel, ...] = ()
    routes: tuple[Route, ...] = ()
    fronts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rooms:
    """The rooms' doors. `parts` tells of each part of the running hub whether it is well."""

    database: Database
    clock: Clock
    bell: Bell
    events: EventService
    people: PeopleService
    rosters: RosterService
    swaps: SwapService
    changes: RosterChanges
    notes: HandoffNotes
    feeds: FeedService
    subscriptions: SubscriptionService
    pages: PageService
    registry: Registry
    facilities: tuple[Facility, ...]
    jobs: JobService
    platforms: Platforms = field(default_factory=Platforms)
    reactions: ReactionParts = field(default_factory=ReactionParts)
    retracted: RetractedJobs | None = None
    compute: Compute | None = None
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    facts: DeskFacts = field(default_factory=DeskFacts)
    configured: Configured = field(default_factory=Configured)
    parts: Callable[[], Awaitable[Mapping[str, tuple[bool, str]]]] | None = None
