"""Rosters in the store: published, materialised ahead, settled into history, asked who is on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from shifts.differences import differences
from shifts.effects import Resolved, full_preview
from shifts.errors import Nearest, RosterError, worded
from shifts.materialised import published_shifts, settle, up_to, write_ahead
from shifts.news import owe_changes
from shifts.people_store import everybody
from shifts.preview import Preview, preview
from shifts.resolver import resolve
from shifts.roster_file import Roster, parse_roster, rules_of
from shifts.rows import past_shift
from shifts.shift import Resolution, Shift
from shifts.tables import DutyRow, RosterRow, RosterVersionRow
from shifts.wall_clock import SECOND
from shifts.who_is_on import who_is_on, who_is_on_now
from store.clock import Clock
from store.database import Database


class StaleRosterError(RosterError):
    """Somebody else published a version in between: who, when, and what they changed."""


@dataclass(frozen=True)
class Published:
    """A roster's new version and what it changes ahead."""

    name: str
    version: int
    preview: Preview


@dataclass(frozen=True)
class OnDuty:
    """Who is on in one role of one roster at an instant; nobody: `fallback` would be paged."""

    roster: str
    role: str
    shifts: tuple[Shift, ...]
    minimum: int
    fallback: str | None


class RosterService:
    """The one way to rosters in the store.

    Promises: shifts ahead are what the newest version of the file gives, with the ids it gives them; what has
    passed is in the history and no edit changes it; of two people who edit one version, the second is told.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def publish(self, text: str, *, by: str, expected_version: int | None = None) -> Published:
        """Make `text` the roster's newest version and materialise it.

        `expected_version` is the version that was edited (0: none yet); None publishes whatever stands there.
        Everybody whose shifts ahead differ is owed the news. Raises `RosterError` for a file that is wrong,
        `StaleRosterError` when another version stands there.
        """
        async with self._database.write() as session:
            return await publish_in(
                session, text, by=by, now=self._clock.now(), expected_version=expected_version
            )

    async def preview(self, text: str) -> Preview:
        """What publishing `text` would change ahead. Nothing is written. Raises `RosterError`."""
        roster = parse_roster(text)
        ahead = _ahead(roster, self._clock.now())
        async with self._database.read() as session:
            row = await _row(session, roster.name)
            before = None if row is None else await _rules(session, row)
            people = await everybody(session)
        stood = None if before is None else Resolved(before, resolve(before, ahead.start, ahead.end))
        return full_preview(stood, Resolved(roster, ahead), people)

    async def version(self, name: str) -> int:
        """The number of a roster's newest version; 0 where there is no such roster yet."""
        async with self._database.read() as session:
            found = await session.scalar(select(RosterRow.version).where(RosterRow.name == name))
            return found or 0

    async def materialise(self) -> dict[str, Preview]:
        """Settle the past and bring the shifts ahead up to the horizon, for every roster.

        Gives the rosters whose published shifts came out different, although nobody edited them: a new tz
        database. A second call at the same instant changes nothing.
        """
        now = self._clock.now()
        changed = {}
        async with self._database.write() as session:
            rows = select(RosterRow).order_by(RosterRow.name).with_for_update()
            for row in (await session.scalars(rows)).all():
                roster = await _rules(session, row)
                await settle(session, row, now)
                published = await published_shifts(session, row, now)
                ahead = _ahead(roster, now)
                if published.end > now:
                    stands = up_to(ahead, published.end)
                    changes = preview(published, stands)
                    if changes.changes:
                        changed[row.name] = changes
                        key = f"moved {now.isoformat()}"
                        await owe_changes(session, row.name, published, stands, key=key, by=None, now=now)
                await write_ahead(session, row, ahead)
        return changed

    async def text(self, name: str) -> tuple[str, int]:
        """The file of a roster's newest version as it was written, and the version's number."""
        async with self._database.read() as session:
            return await text_in(session, name)

    async def names(self) -> list[str]:
        """The rosters there are."""
        async with self._database.read() as session:
            return list(await session.scalars(select(RosterRow.name).order_by(RosterRow.name)))

    async def shifts_at(self, instant: datetime) -> list[Shift]:
        """Everybody on at `instant`: by the history before a roster was settled, by its shifts after."""
        return await who_is_on_now(self._database, instant)

    async def on_duty(self, instant: datetime) -> list[OnDuty]:
        """Each role of each roster with who is on at `instant`, empty roles included."""
        async with self._database.read() as session:
            shifts = await who_is_on(session, instant)
            result = []
            for row, text in await session.execute(_NEWEST):
                roster = rules_of(text)
                own = [shift for shift in shifts if shift.id.startswith(f"{row.name}/")]
                if (
                    instant >= row.materialised_until
                ):  # further than the store looks: what the rules will give
                    own = list(resolve(roster, instant, instant + SECOND).on_at(instant))
                for role, rule in roster.role_rules.items():
                    on = tuple(shift for shift in own if shift.role == role)
                    result.append(OnDuty(row.name, role, on, rule.minimum, rule.fallback))
            return result

    async def history(self, name: str) -> list[Shift]:
        """Who really was on duty for a roster, oldest first, as far as it is settled."""
        async with self._database.read() as session:
            rows = await session.scalars(
                select(DutyRow)
                .join(RosterRow, RosterRow.id == DutyRow.roster_id)
                .where(RosterRow.name == name)
                .order_by(DutyRow.starts, DutyRow.id)
            )
            return [past_shift(row) for row in rows]


_NEWEST = (
    select(RosterRow, RosterVersionRow.text)
    .join(
        RosterVersionRow,
        and_(RosterVersionRow.roster_id == RosterRow.id, RosterVersionRow.version == RosterRow.version),
    )
    .order_by(RosterRow.name)
)


async def publish_in(
    session: AsyncSession,
    text: str,
    *,
    by: str,
    now: datetime,
    expected_version: int | None = None,
    told_otherwise: frozenset[str] = frozenset(),
) -> Published:
    """`RosterService.publish` in a transaction of the caller's.

    `told_otherwise` are people who hear of it in the caller's own words, such as both sides of a swap.
    """
    roster = parse_roster(text)
    row = await _row(session, roster.name)
    if expected_version is not None and (row.version if row else 0) != expected_version:
        raise StaleRosterError(await _what_happened(session, roster.name, row, expected_version))
    before = None if row is None else await _rules(session, row)
    if row is None:
        row = RosterRow(name=roster.name, version=0, settled=now, materialised_until=now)
        session.add(row)
        await session.flush()
    row.version += 1
    version = RosterVersionRow(roster_id=row.id, version=row.version, text=text, changed_by=by, changed=now)
    session.add(version)
    ahead = _ahead(roster, now)
    await settle(session, row, now)
    await write_ahead(session, row, ahead)
    stood = None if before is None else resolve(before, now, ahead.end)
    await owe_changes(
        session,
        row.name,
        stood,
        ahead,
        key=f"version {row.version}",
        by=by,
        now=now,
        but=told_otherwise,
    )
    changes = preview(stood, ahead, timedelta(hours=roster.rest.hours))
    return Published(roster.name, row.version, changes)


async def text_in(session: AsyncSession, name: str) -> tuple[str, int]:
    """`RosterService.text` in a transaction of the caller's; in a writing one the roster stays locked."""
    row = await _row(session, name)
    if row is None:
        names = await session.scalars(select(RosterRow.name))
        raise RosterError(
            worded("no roster is called “{name}”; {hint}"), name=name, hint=Nearest(name, tuple(names))
        )
    version = await _version(session, row.id, row.version)
    return version.text, row.version


def _ahead(roster: Roster, now: datetime) -> Resolution:
    return resolve(roster, now, now + timedelta(weeks=roster.horizon.weeks))


async def _row(session: AsyncSession, name: str) -> RosterRow | None:
    row: RosterRow | None = await session.scalar(
        select(RosterRow).where(RosterRow.name == name).with_for_update()
    )
    return row


async def _version(session: AsyncSession, roster_id: int, version: int) -> RosterVersionRow:
    found = await session.get(RosterVersionRow, (roster_id, version))
    if found is None:
        raise RosterError(worded("version {version} of the roster is not stored"), version=version)
    return found


async def _rules(session: AsyncSession, row: RosterRow) -> Roster:
    return rules_of((await _version(session, row.id, row.version)).text)


async def _what_happened(session: AsyncSession, name: str, row: RosterRow | None, expected: int) -> str:
    if row is None:
        return f"roster {name}: version {expected} was edited, but there is no such roster"
    newest = await _version(session, row.id, row.version)
    when = f"{newest.changed:%Y-%m-%dT%H:%MZ}"
    said = f"roster {name}: {newest.changed_by} published version {row.version} at {when}"
    if not 0 < expected < row.version:
        return f"{said}; version {expected} was edited"
    old = parse_roster((await _version(session, row.id, expected)).text).to_dict()
    changes = differences(old, parse_roster(newest.text).to_dict())
    return f"{said}; since version {expected} this changed: {'; '.join(changes) or 'only its wording'}"
