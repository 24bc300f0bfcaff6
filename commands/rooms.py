"""Everything a handler may work with, put together once by the hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from events.compute import Compute
from events.service import EventService
from facilities.facility import Facility
from facilities.registry import Registry
from notifiers.paging.service import PageService
from shifts.people import PeopleService
from shifts.service import RosterService
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
class Rooms:
    """The rooms' doors. `parts` tells of each part of the running hub whether it is well."""

    database: Database
    clock: Clock
    bell: Bell
    events: EventService
    people: PeopleService
    rosters: RosterService
    registry: Registry
    facilities: tuple[Facility, ...]
    compute: Compute | None = None
    facts: DeskFacts = field(default_factory=DeskFacts)
    parts: Callable[[], Awaitable[Mapping[str, tuple[bool, str]]]] | None = None
    pages: PageService | None = None
