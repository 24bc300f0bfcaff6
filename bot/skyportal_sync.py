"""SkyPortal's shifts of a group and one roster here, kept in agreement both ways."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from cards.group_card import sync_card
from cards.reader import Reader
from notifiers.messages import notify_desk
from platforms.skyportal_shifts import PortalUser, SkyPortalError, SkyPortalShifts
from shifts.actor import Actor
from shifts.ahead import shifts_ahead
from shifts.changes import RosterChanges, moment, override, taken_back
from shifts.duty_tables import SkyPortalShiftRow
from shifts.errors import RosterError
from shifts.people import PeopleService
from shifts.people_file import Person
from shifts.remote_shifts import (
    Action,
    Adopt,
    Conflict,
    Create,
    Delete,
    Link,
    LocalTurn,
    Release,
    RemoteShift,
    SetPeople,
    TakeIn,
    merge,
    named_here,
)
from shifts.roster_file import parse_roster
from shifts.service import RosterService
from shifts.swaps import SwapService
from store.clock import Clock
from store.database import Database
from store.leases import Lease

log = logging.getLogger(__name__)

EVERY = 600.0  # s
TERM = 1500.0  # s
PATIENCE = 3  # rounds in a row without an answer, until the desk is told
AHEAD = timedelta(weeks=4)
TRIED_AGAIN = "It is tried again every ten minutes; until then the roster here counts."
ACTOR = Actor("SkyPortal", "skyportal", manages=True)


@dataclass(frozen=True)
class Agreement:
    """Which group there and which role of which roster here stand for each other."""

    group: int
    roster: str
    role: str


class SkyPortalSync:
    """Brings both sides together, every ten minutes, in one process.

    Promises: what was made here is found again by its name if the answer was lost, so nothing is made
    twice; what changed there comes in as a swap or an override, audited as SkyPortal's; what both changed
    stays as it is here, and the desk is told of what a person has to decide, once.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        portal: SkyPortalShifts,
        agreement: Agreement,
        *,
        owner: str,
        warnings: Mapping[str, Reader],
    ) -> None:
        self._database = database
        self._clock = clock
        self._portal = portal
        self._with = agreement
        self._warnings = warnings
        self._failures = 0
        self._lease = Lease(database, clock, f"skyportal {agreement.roster}", owner, TERM)
        self._changes = RosterChanges(database, clock)
        self._swaps = SwapService(database, clock)

    async def run(self) -> None:
        """Agree for ever."""
        while True:
            await self.round()
            await self._clock.sleep(EVERY)

    async def round(self) -> None:
        """One step; the desk is told once a day where SkyPortal does not answer several in a row."""
        try:
            await self.step()
        except SkyPortalError as error:
            self._failures += 1
            log.warning("SkyPortal's shifts are not in agreement: %s", error)
            if self._failures == PATIENCE:
                await self._warn(
                    f"{_with_advice(error)}. {TRIED_AGAIN}", key=f"away {self._clock.now():%Y-%m-%d}"
                )
        else:
            self._failures = 0

    async def step(self) -> list[Action]:
        """One round: what was done. Raises `SkyPortalError` where SkyPortal does not answer.

        What it refuses keeps nothing else from being done: the desk is told of it, once.
        """
        if not await self._lease.acquire():
            return []
        now = self._clock.now()
        people = (await PeopleService(self._database, self._clock).everybody()).people
        users = users_here(people, await self._portal.users())
        shifts = await self._portal.shifts(self._with.group, now)
        remote = [
            RemoteShift(each.id, each.name, (each.start, each.end), named_here(users, each.users))
            for each in shifts
        ]
        local = await self._turns(now)
        links = await self._links(local, remote)
        actions = merge(local, remote, links, now)
        ids = {name: user for user, name in users.items()}
        refused: dict[str, list[SkyPortalError]] = {}
        for action in actions:
            try:
                await self._do(action, ids, remote)
            except RosterError as error:
                await self._warn(str(error))
            except SkyPortalError as error:
                if error.later or error.status == 401:
                    raise
                refused.setdefault(error.message, []).append(error)
        for alike in refused.values():
            more = f" ({len(alike) - 1} more alike)" if len(alike) > 1 else ""
            await self._warn(f"{_sentence(alike[0])}{more}. {TRIED_AGAIN}")
        return actions

    async def _turns(self, now: datetime) -> list[LocalTurn]:
        """The turns of the role's layers; what was adopted from there is not sent back."""
        name, role = self._with.roster, self._with.role
        async with self._database.read() as session:
            found = await shifts_ahead(session, now, now + AHEAD, roster=name)
        turns: dict[str, list[tuple[datetime, datetime, str]]] = {}
        for each in found:
            if each.role == role and not each.turn.startswith(f"{name}/override "):
                turns.setdefault(each.turn, []).append((each.start, each.end, each.person))
        return [
            LocalTurn(
                turn,
                role,
                (min(p[0] for p in pieces), max(p[1] for p in pieces)),
                frozenset(p[2] for p in pieces),
            )
            for turn, pieces in turns.items()
        ]

    async def _links(self, local: Sequence[LocalTurn], remote: Sequence[RemoteShift]) -> list[Link]:
        """What stands for what, with those of ours that were made when the answer was lost."""
        async with self._database.write() as session:
            rows = select(SkyPortalShiftRow).where(SkyPortalShiftRow.roster == self._with.roster)
            found = list(await session.scalars(rows))
            known = {row.remote for row in found}
            named = {export_name(each): each for each in local}
            have = {row.turn for row in found}
            for shift in remote:
                ours = named.get(shift.name)
                if (
                    shift.id not in known
                    and ours is not None
                    and ours.span == shift.span
                    and ours.turn not in have
                ):
                    found.append(self._row(ours.turn, shift.id, "here", shift.span, shift.people))
                    session.add(found[-1])
        return [
            Link(row.turn, row.remote, row.origin == "here", *_seen(row))
            for row in found
            if row.remote is not None
        ]

    async def _do(self, action: Action, ids: Mapping[str, int], remote: Sequence[RemoteShift]) -> None:
        match action:
            case Create(local, instead_of):
                if instead_of is not None:
                    await self._portal.delete(instead_of)
                await self._forget(local.turn)
                made = await self._portal.create(self._with.group, export_name(local), *local.span)
                await self._remember(local.turn, made, "here", local.span, frozenset())
                await self._set_people(local, made, local.people, frozenset(), ids)
            case SetPeople(local, shift, add, remove):
                await self._set_people(local, shift, add, remove, ids)
            case Delete(turn, shift):
                await self._portal.delete(shift)
                await self._forget(turn)
            case TakeIn(link, gives, takes):
                await self._swaps.impose(ACTOR, f"{link.turn}/{gives}", takes)
                await self._remember(
                    link.turn, link.remote, "here", link.span, link.people - {gives} | {takes}
                )
            case Adopt(shift):
                for person in sorted(shift.people):
                    span = (moment(shift.span[0]), moment(shift.span[1]))
                    edit = override(self._with.role, *span, person=person)
                    await self._changes.make(ACTOR, self._with.roster, edit)
                await self._remember(_theirs(shift.id), shift.id, "there", shift.span, shift.people)
            case Release(link):
                for person in sorted(link.people):
                    await self._take_back(link, person)
                await self._forget(link.turn)
            case Conflict(_, said):
                await self._warn(said)

    async def _set_people(
        self,
        local: LocalTurn,
        shift: int,
        add: frozenset[str],
        remove: frozenset[str],
        ids: Mapping[str, int],
    ) -> None:
        """First who comes, then who goes: a shift there is never without anybody."""
        strangers = sorted(add - ids.keys())
        if strangers:
            await self._warn(f"no SkyPortal account is known of {', '.join(strangers)}")
        for person in sorted(add & ids.keys()):
            await self._portal.put_on(shift, ids[person], f"put {person} on {local.turn}")
        for person in sorted(remove & ids.keys()):
            await self._portal.take_off(shift, ids[person], f"take {person} off {local.turn}")
        await self._remember(local.turn, shift, "here", local.span, local.people & ids.keys())

    async def _take_back(self, link: Link, person: str) -> None:
        text, _ = await RosterService(self._database, self._clock).text(self._with.roster)
        for number, each in enumerate(parse_roster(text).overrides, start=1):
            same = (each.begins, each.ends) == (link.span[0], link.span[1])
            if each.person == person and each.replaces is None and each.role == self._with.role and same:
                await self._changes.make(ACTOR, self._with.roster, taken_back("overrides", number))
                return

    async def _remember(
        self, turn: str, remote: int, origin: str, span: tuple[datetime, datetime], people: frozenset[str]
    ) -> None:
        async with self._database.write() as session:
            rows = select(SkyPortalShiftRow).where(
                SkyPortalShiftRow.roster == self._with.roster, SkyPortalShiftRow.turn == turn
            )
            row = await session.scalar(rows.with_for_update())
            if row is None:
                session.add(self._row(turn, remote, origin, span, people))
                return
            row.remote, row.origin, row.changed = remote, origin, self._clock.now()
            row.seen = _written(span, people)

    def _row(
        self, turn: str, remote: int, origin: str, span: tuple[datetime, datetime], people: frozenset[str]
    ) -> SkyPortalShiftRow:
        return SkyPortalShiftRow(
            roster=self._with.roster, turn=turn, remote=remote, origin=origin,
            seen=_written(span, people), changed=self._clock.now(),
        )  # fmt: skip

    async def _forget(self, turn: str) -> None:
        async with self._database.write() as session:
            own = (SkyPortalShiftRow.roster == self._with.roster, SkyPortalShiftRow.turn == turn)
            await session.execute(delete(SkyPortalShiftRow).where(*own))

    async def _warn(self, said: str, *, key: str | None = None) -> None:
        async with self._database.write() as session:
            for channel, reader in self._warnings.items():
                card = sync_card(self._with.roster, said, reader)
                await notify_desk(
                    session, card, [channel], key=f"skyportal {key or said}"[:200], now=self._clock.now()
                )


def export_name(local: LocalTurn) -> str:
    """What a turn is called there; by it a shift whose making was not answered is found again."""
    return f"{local.role} · {local.turn}"


def users_here(people: Sequence[Person], users: Sequence[PortalUser]) -> dict[int, str]:
    """Users there by the name of who they are here: by e-mail address, else by user name.

    SkyPortal makes user names of addresses: `ana@example.org` becomes `ana-example-org`.
    """
    found: dict[int, str] = {}
    for person in people:
        email = (person.email or "").casefold()
        slug = email.replace("@", "-").replace(".", "-")
        for user in users:
            names = {person.name.casefold(), *([slug] if slug else [])}
            if (email and (user.email or "").casefold() == email) or user.username.casefold() in names:
                found.setdefault(user.id, person.name)
    return found


def _sentence(error: SkyPortalError) -> str:
    return str(error).rstrip(". ")


def _with_advice(error: SkyPortalError) -> str:
    return f"{_sentence(error)}. What to do: {error.advice}" if error.advice else _sentence(error)


def _theirs(shift: int) -> str:
    return f"skyportal/{shift}"


def _written(span: tuple[datetime, datetime], people: frozenset[str]) -> dict[str, object]:
    return {"span": [at.astimezone(UTC).isoformat() for at in span], "people": sorted(people)}


def _seen(row: SkyPortalShiftRow) -> tuple[tuple[datetime, datetime], frozenset[str]]:
    start, end = (datetime.fromisoformat(at) for at in row.seen["span"])
    return (start, end), frozenset(row.seen["people"])
