"""The newest state of an event, readable by everything else: cards, routes, commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Notice, Role
from skymaps.statistics import SkyMapStatistics


@dataclass(frozen=True)
class RevisionState:
    """One notice of an event and what was computed from it.

    `number` counts the revisions of the event in the order of what was said (issue time), from 1.
    `statistics` and `observability` are None until their analysis has landed; `analysis_error` says
    in words why there is none. `skymap_blob` names the stored FITS map (sha-256), if there is one.
    `combined` and `combined_observability` are of the map that the alert itself combines with another
    messenger's (`external_coinc.combined_skymap`).
    """

    id: int
    number: int
    notice: Notice
    arrived: datetime
    statistics: SkyMapStatistics | None = None
    observability: tuple[FacilityObservability, ...] | None = None
    observability_at: datetime | None = None
    analysis_error: str | None = None
    skymap_blob: str | None = None
    combined: SkyMapStatistics | None = None
    combined_observability: tuple[FacilityObservability, ...] | None = None


@dataclass(frozen=True)
class AssociationState:
    """Another event that may be the same source; seen from this event."""

    event: str  # MISSION:ID of the other
    name: str
    time_difference: float | None  # s, other minus this
    overlap: float | None  # RAVEN I; 0 means no spatial overlap, None means not computable
    time_far: float | None  # Hz
    space_time_far: float | None  # Hz
    claimed_by_alert: bool = False
    search: str | None = None  # which search of events.searches found it; None where only an alert says so
    combined: SkyMapStatistics | None = None  # of both maps together, where both have one and they overlap
    combined_observability: tuple[FacilityObservability, ...] | None = None


@dataclass(frozen=True)
class Rank:
    """How many of the desk's `seen` events (this one among them) have a smaller 90 % area."""

    smaller: int
    seen: int


@dataclass(frozen=True)
class EventState:
    """Everything the desk knows about one event. `revisions` are in the order of what was said."""

    id: int
    event: str  # MISSION:ID
    name: str  # how people call it: S230518h, GRB 240112A, EP240508a
    mission: str
    aliases: tuple[str, ...]
    tags: frozenset[str]
    role: Role
    retracted: bool
    trigger_time: datetime | None
    revisions: tuple[RevisionState, ...]
    associations: tuple[AssociationState, ...] = ()
    rank: Rank | None = None  # where it was asked for (`events.context.rank`)
    links: tuple[tuple[str, str], ...] = ()  # name and address of its pages elsewhere

    @property
    def newest(self) -> RevisionState:
        """The revision said last, a retraction included."""
        return self.revisions[-1]

    @property
    def newest_with_map(self) -> RevisionState | None:
        """The last revision that has sky-map statistics: what numbers on a card come from."""
        return next((r for r in reversed(self.revisions) if r.statistics is not None), None)

    @property
    def described(self) -> RevisionState:
        """The last revision that describes the event.

        Not a retraction, whose event is empty, nor one that only adds to the story (`other`: circulars,
        light curves, slews) while there is any that tells it.
        """
        describing = [r for r in self.revisions if not r.notice.retraction] or list(self.revisions)
        telling = [r for r in describing if r.notice.alert_type is not AlertType.OTHER]
        return (telling or describing)[-1]

    @property
    def mock(self) -> bool:
        return self.role is not Role.OBSERVATION
