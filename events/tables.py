"""What the desk remembers of events: identity, names, revisions, analyses, tags and associations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import gcn.tables  # noqa: F401 - revisions point at its messages
import store.blobs  # noqa: F401 - and at their maps
from store.claims import Claimable
from store.database import Base, BigId


class AnalysisState(StrEnum):
    """How far the computation of a revision's numbers has come."""

    WANTED = "wanted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class AnalysisKind(StrEnum):
    """What is computed for a revision.

    The numbers of its map, those of the map that the alert combines with another messenger's, and those of
    the coincidences that the desk finds.
    """

    SKYMAP = "skymap"
    COMBINED = "combined"
    COINCIDENCES = "coincidences"


class TagOrigin(StrEnum):
    """Who put a tag: the rules of `events.rules`, or a person. What a person says wins."""

    RULE = "rule"
    PERSON = "person"


class EventRow(Base):
    """What the notices are about. `key` is `MISSION:ID`, exact: S240422e is not S240422ed."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    mission: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(20))
    retracted: Mapped[bool] = mapped_column(default=False)
    trigger_time: Mapped[datetime | None] = mapped_column(index=True)
    created: Mapped[datetime]
    changed: Mapped[datetime] = mapped_column(index=True)


class EventNameRow(Base):
    """A name under which an event is found: key, bare id, alias. Compared exactly, case folded.

    Several events may bear one name (a burst seen by two missions is one GRB name and two events):
    then the name alone does not say which is meant.
    """

    __tablename__ = "event_names"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200), index=True)
    is_alias: Mapped[bool]  # shown among the aliases; the key and the bare id are not


class RevisionRow(Base):
    """One notice of an event. `said` orders the revisions: the issue time, or the arrival without one."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("event_id", "content_hash"),
        Index("ix_revisions_event_id_said", "event_id", "said"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)  # raw
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    alert_type: Mapped[str] = mapped_column(String(20))
    issued: Mapped[datetime | None]
    arrived: Mapped[datetime]
    said: Mapped[datetime]
    notice: Mapped[dict[str, Any]]
    skymap_blob: Mapped[str | None] = mapped_column(ForeignKey("blobs.sha256"))
    combined_blob: Mapped[str | None] = mapped_column(ForeignKey("blobs.sha256"))


class AnalysisRow(Claimable, Base):
    """Numbers that a revision calls for. Those of its map are wanted from the moment it is attached."""

    __tablename__ = "analyses"
    __table_args__ = (
        UniqueConstraint("revision_id", "kind"),
        Index("ix_analyses_state_wanted", "state", "wanted"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    wanted: Mapped[datetime]
    statistics: Mapped[dict[str, Any] | None]
    observability: Mapped[list[Any] | None]
    at: Mapped[datetime | None]  # the instant the observability counts from
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)


class TagRow(Base):
    """A tag of an event. A person's row with `removed` hides the tag that a rule would give."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("event_id", "tag", "origin"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    tag: Mapped[str] = mapped_column(String(80), index=True)
    origin: Mapped[str] = mapped_column(String(10))
    removed: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str | None] = mapped_column(String(120))
    at: Mapped[datetime]


class NoteRow(Base):
    """What a person wrote on an event; never changed."""

    __tablename__ = "event_notes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]


class EventLinkRow(Base):
    """A page that an event has elsewhere, by the name of who has it."""

    __tablename__ = "event_links"

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]


class ClosureRow(Base):
    """A facility that does not observe, since when, until when (None: until further notice), why."""

    __tablename__ = "facility_closures"

    facility: Mapped[str] = mapped_column(String(80), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(120))


class AssociationRow(Base):
    """Two events that may be one source. `time_difference` is b minus a, in s; rates in Hz."""

    __tablename__ = "associations"
    __table_args__ = (UniqueConstraint("event_a", "event_b"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_a: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    event_b: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"), index=True)
    search: Mapped[str | None] = mapped_column(String(40))  # which search of events.searches found it
    time_difference: Mapped[float | None]
    overlap: Mapped[float | None]
    time_far: Mapped[float | None]
    space_time_far: Mapped[float | None]
    claimed: Mapped[bool] = mapped_column(default=False)  # an alert says so itself
    revision_a: Mapped[int | None] = mapped_column(BigId)  # what the numbers were computed from
    revision_b: Mapped[int | None] = mapped_column(BigId)
    combined: Mapped[dict[str, Any] | None]  # statistics and observability of the two maps' product
    computed: Mapped[datetime]


class FetchState(StrEnum):
    """How far the fetching of a published map has come."""

    WANTED = "wanted"
    DONE = "done"
    FAILED = "failed"


class MapFetchRow(Claimable, Base):
    """A map that a notice promises behind a link. Fetched once an event and link, for as long as it takes."""

    __tablename__ = "map_fetches"
    __table_args__ = (UniqueConstraint("event_id", "url"), Index("ix_map_fetches_state_due", "state", "due"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(20))
    wanted: Mapped[datetime]
    due: Mapped[datetime]  # when to look (again)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)


class GalaxyCatalogueRow(Base):
    """A galaxy catalogue that somebody imported. `shells` are its sums by distance, for its completeness."""

    __tablename__ = "galaxy_catalogues"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    imported: Mapped[datetime]
    galaxies: Mapped[int]
    refused: Mapped[dict[str, Any]]  # number of rows by reason
    shells: Mapped[dict[str, Any]]


class GalaxyTileRow(Base):
    """The galaxies of a catalogue in one HEALPix pixel: their numbers as packed columns, their names apart.

    A row for each of 22 million galaxies would take minutes to read for one event; a pixel's takes
    milliseconds, and most maps need few of them.
    """

    __tablename__ = "galaxy_tiles"

    catalogue_id: Mapped[int] = mapped_column(
        ForeignKey("galaxy_catalogues.id", ondelete="CASCADE"), primary_key=True
    )
    tile: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # NESTED, order 3
    galaxies: Mapped[int]
    columns: Mapped[bytes]  # float64, little-endian: RA, Dec, distance, stellar mass, B luminosity
    names: Mapped[bytes]  # UTF-8 lines, zlib
