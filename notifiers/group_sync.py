"""User groups, roles and topics that follow who is on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cards.group_card import group_card, topic
from cards.reader import Reader
from notifiers.channels.base import DeliveryError, Never, TryLater
from notifiers.channels.followers import Follower
from notifiers.messages import notify_desk
from shifts.duty_tables import DutyGroupRow
from shifts.people_file import Person
from shifts.people_store import everybody
from shifts.roster_file import rules_of
from shifts.service import text_in
from shifts.shift import Shift
from shifts.who_is_on import who_is_on
from store.claims import claim, hold, release
from store.clock import Clock
from store.database import Database

log = logging.getLogger(__name__)

EVERY = 15.0  # s
CLAIM = timedelta(minutes=2)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)
AFTER_REFUSAL = timedelta(hours=1)
"""How long what was refused for good is left alone; a change of who is on tries again at once."""


@dataclass(frozen=True)
class Target:
    """Something that follows the people on in `roles` of a roster (none named: in all of its roles)."""

    name: str
    roster: str
    roles: frozenset[str]
    follower: Follower
    reader: Reader


class GroupSync:
    """Makes every target show who is on.

    Promises: what a target should show is written down before it is asked for, and is asked for until it
    shows; a change during an outage is not lost, one that came and went is not asked for. What cannot be is
    told to the desk once. Where nobody is on, the roles' fallbacks are shown.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        targets: Sequence[Target],
        *,
        owner: str,
        warnings: Mapping[str, Reader],
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._targets = {target.name: target for target in targets}
        self._owner = owner
        self._warnings = warnings
        self._ring = ring

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            await self.step()
            await self._clock.sleep(EVERY)

    async def step(self) -> int:
        """Write down what should be shown, and show what is not; how many targets were changed."""
        now = self._clock.now()
        async with self._database.write() as session:
            await self._write_down(session, now)
        async with self._database.write() as session:
            rows = await claim(
                session,
                DutyGroupRow,
                where=DutyGroupRow.name.in_(list(self._targets))
                & (DutyGroupRow.not_before <= now)
                & (DutyGroupRow.shown_at.is_(None) | (DutyGroupRow.shown_at < DutyGroupRow.changed)),
                order_by=[DutyGroupRow.not_before, DutyGroupRow.name],
                limit=20,
                owner=self._owner,
                now=now,
                until=now + CLAIM,
            )
            due = [(row.name, list(row.wanted), row.shown, row.changed) for row in rows]
        return sum([await self._show(name, wanted, shown, at) for name, wanted, shown, at in due])

    async def _write_down(self, session: AsyncSession, now: datetime) -> None:
        on = await who_is_on(session, now)
        people = (await everybody(session)).by_name()
        for target in self._targets.values():
            names = await _names(session, target, on)
            if names is None:
                continue
            wanted = _shown_of(target, names, people)
            row = await session.get(DutyGroupRow, target.name, with_for_update=True)
            if row is None:
                row = DutyGroupRow(name=target.name, wanted=wanted, changed=now, not_before=now)
                session.add(row)
            elif row.wanted != wanted:
                row.wanted, row.changed, row.not_before, row.attempts = wanted, now, now, 0
                row.problem, row.problem_told = None, False

    async def _show(self, name: str, wanted: list[str], shown: list[str] | None, changed: datetime) -> bool:
        failure: DeliveryError | None = None
        try:
            await self._targets[name].follower.show(wanted, shown)
        except DeliveryError as error:
            failure = error
        async with self._database.write() as session:
            row = await hold(session, DutyGroupRow, name, self._owner)
            if row is None:
                return False
            release(row)
            now = self._clock.now()
            if failure is None:
                row.shown, row.shown_at, row.attempts, row.problem = wanted, changed, 0, None
                return True
            if row.changed == changed:
                await self._put_off(session, row, failure, now)
        self._ring()
        return False

    async def _put_off(
        self, session: AsyncSession, row: DutyGroupRow, failure: DeliveryError, now: datetime
    ) -> None:
        row.attempts += 1
        row.problem = str(failure)
        if isinstance(failure, TryLater):
            pause = timedelta(seconds=failure.retry_after)
        elif isinstance(failure, Never):
            pause = AFTER_REFUSAL
        else:
            pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
        row.not_before = now + pause
        log.warning("%s cannot show who is on: %s", row.name, failure)
        if isinstance(failure, Never) and not row.problem_told:
            row.problem_told = True
            for channel, reader in self._warnings.items():
                card = group_card(row.name, row.problem, reader)
                key = f"group {row.name} {row.changed.isoformat()}"
                await notify_desk(session, card, [channel], key=key, now=now)


async def _names(session: AsyncSession, target: Target, on: Sequence[Shift]) -> list[str] | None:
    """Who is on for the target, else the fallbacks of its roles; None while there is no such roster."""
    own = [
        shift.person
        for shift in on
        if shift.id.startswith(f"{target.roster}/") and (not target.roles or shift.role in target.roles)
    ]
    if own:
        return sorted(set(own))
    try:
        rules = rules_of((await text_in(session, target.roster))[0])
    except ValueError:
        return None
    fallbacks = {
        rule.fallback
        for role, rule in rules.role_rules.items()
        if rule.fallback is not None and (not target.roles or role in target.roles)
    }
    return sorted(fallbacks)


def _shown_of(target: Target, names: Sequence[str], people: Mapping[str, Person]) -> list[str]:
    kind = target.follower.members
    if kind is None:
        return [topic(target.roster, names, target.reader)]
    found = [people[name].address(kind) for name in names if name in people]
    return sorted(address for address in found if address is not None)
