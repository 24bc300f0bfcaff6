"""What people ask for themselves: subscriptions in the language of routes, mutes, and whether to be woken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.dry_run import DryRun, dry_run
from notifiers.routes import Route, RouteError, Tell, check_route
from notifiers.rules import RuleError, compile_rule
from notifiers.ruling import Urgency
from notifiers.subscription_routes import subscription_name
from notifiers.subscription_tables import MuteRow, PreferenceRow, SubscriptionRow
from shifts import people_store
from shifts.contact import Way
from shifts.errors import did_you_mean
from store import audit
from store.clock import Clock
from store.database import Database
from store.upsert import insert

MOST = 50
"""Subscriptions a person may have."""

DRY_RUN_DAYS = 30
SCOPES = ("event", "mission", "all")
LONGEST_MUTE = timedelta(days=366)
_WAYS: tuple[Way, ...] = get_args(Way)


class SubscriptionError(ValueError):
    """A subscription or a mute that cannot be: one sentence that says what was read and what would do."""


@dataclass(frozen=True)
class Wish:
    """What a person wants to be told: a rule, and how."""

    rule: str
    tell: Tell = Tell.MATERIAL
    urgency: Urgency = Urgency.NORMAL
    wakes: bool = False
    way: Way | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class Subscription:
    """A wish that counts, by the number its owner calls it."""

    person: str
    number: int
    wish: Wish
    paused: bool
    made: datetime


@dataclass(frozen=True)
class Mute:
    """What a person does not hear of until an instant: an `event` (MISSION:ID), a `mission`, or `all`."""

    scope: str
    subject: str
    until: datetime


class SubscriptionService:
    """A person's subscriptions and mutes.

    Promises: what is stored compiles; numbers stay what they are when others are removed; every change is in
    the audit. Raises `SubscriptionError`, and `RosterError` for somebody the desk does not know.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, person: str, wish: Wish, *, by: str, where: str = "terminal") -> Subscription:
        """Subscribe `person`."""
        _checked(person, 0, wish)
        now = self._clock.now()
        async with self._database.write() as session:
            await people_store.person(session, person)
            mine = SubscriptionRow.person == person
            there, last = (
                await session.execute(select(func.count(), func.max(SubscriptionRow.number)).where(mine))
            ).one()
            if there >= MOST:
                raise SubscriptionError(f"{person} has {there} subscriptions already; remove one first")
            row = SubscriptionRow(
                person=person,
                number=(last or 0) + 1,
                rule=wish.rule,
                tell=wish.tell.value,
                urgency=wish.urgency.value,
                wakes=wish.wakes,
                way=wish.way,
                at_most=wish.at_most,
                paused=False,
                made=now,
                changed=now,
            )
            session.add(row)
            await _note(session, by, where, "subscription.add", row, "added", now)
            return _subscription(row)

    async def all_of(self, person: str) -> tuple[Subscription, ...]:
        """A person's subscriptions in the order of their numbers."""
        mine = select(SubscriptionRow).where(SubscriptionRow.person == person)
        async with self._database.read() as session:
            rows = await session.scalars(mine.order_by(SubscriptionRow.number))
            return tuple(_subscription(row) for row in rows)

    async def remove(self, person: str, number: int, *, by: str, where: str = "terminal") -> Subscription:
        """End a subscription."""
        async with self._database.write() as session:
            row = await _row(session, person, number)
            gone = _subscription(row)
            await session.delete(row)
            await _note(session, by, where, "subscription.remove", row, "removed", self._clock.now())
            return gone

    async def pause(
        self, person: str, number: int, *, paused: bool = True, by: str, where: str = "terminal"
    ) -> Subscription:
        """Let a subscription rest, or take it up again."""
        now = self._clock.now()
        async with self._database.write() as session:
            row = await _row(session, person, number)
            row.paused, row.changed = paused, now
            await _note(session, by, where, "subscription.pause", row, "paused" if paused else "resumed", now)
            return _subscription(row)

    async def dry_run(self, person: str, wish: Wish, *, days: float = DRY_RUN_DAYS) -> DryRun:
        """What a wish would have told `person` in the last days. Nothing is written."""
        route = _checked(person, 0, wish)
        if not 0 < days <= 3660:
            raise SubscriptionError(f"cannot look back {days:g} days; expected more than 0, at most 3660")
        now = self._clock.now()
        async with self._database.read() as session:
            found = await people_store.person(session, person)
            return await dry_run(session, route, found, now - timedelta(days=days), now)

    async def mute(
        self,
        person: str,
        until: datetime,
        *,
        scope: str = "all",
        subject: str = "",
        by: str,
        where: str = "terminal",
    ) -> Mute:
        """Leave a person alone with an event (MISSION:ID), a mission, or all, until an instant.

        What they were told of and is taken back they still hear; pages are not muted.
        """
        now = self._clock.now()
        if scope not in SCOPES:
            raise SubscriptionError(f"{scope!r} cannot be muted; {did_you_mean(scope, SCOPES)}")
        if (scope == "all") == bool(subject):
            raise SubscriptionError(f"muting {scope} {'names nothing' if subject else 'needs a name'}")
        if not now < until <= now + LONGEST_MUTE:
            raise SubscriptionError(
                f"muting until {until:%Y-%m-%d %H:%M} UTC does nothing; expected a time ahead, within a year"
            )
        named = subject.casefold() if scope == "mission" else subject
        values = {"person": person, "scope": scope, "subject": named, "until": until, "made": now}
        async with self._database.write() as session:
            await people_store.person(session, person)
            await session.execute(
                insert(session, MuteRow)
                .values(values)
                .on_conflict_do_update(
                    index_elements=[MuteRow.person, MuteRow.scope, MuteRow.subject],
                    set_={"until": until, "made": now},
                )
            )
            await audit.record(
                session, who=by, where=where, what="mute", subject=f"{scope} {named}".strip(),
                result=f"until {until:%Y-%m-%dT%H:%MZ}", details={"person": person}, at=now,
            )  # fmt: skip
        return Mute(scope, named, until)

    async def unmute(
        self, person: str, *, scope: str | None = None, subject: str = "", by: str, where: str = "terminal"
    ) -> int:
        """Take back mutes: all of them, or the one of a scope and subject; says how many."""
        named = subject.casefold() if scope == "mission" else subject
        of = [MuteRow.person == person]
        if scope is not None:
            of += [MuteRow.scope == scope, MuteRow.subject == named]
        now = self._clock.now()
        async with self._database.write() as session:
            gone = list(await session.scalars(delete(MuteRow).where(*of).returning(MuteRow.id)))
            await audit.record(
                session, who=by, where=where, what="unmute", subject=f"{scope or 'all'} {named}".strip(),
                result=f"{len(gone)} taken back", details={"person": person}, at=now,
            )  # fmt: skip
        return len(gone)

    async def mutes(self, person: str) -> tuple[Mute, ...]:
        """What a person has muted now, the longest first."""
        standing = select(MuteRow).where(MuteRow.person == person, MuteRow.until > self._clock.now())
        async with self._database.read() as session:
            rows = await session.scalars(standing.order_by(MuteRow.until.desc(), MuteRow.id))
            return tuple(Mute(row.scope, row.subject, row.until) for row in rows)

    async def wake(self, person: str, woken: bool, *, by: str, where: str = "terminal") -> None:
        """Let routes that may wake people wake this one, on shift or not; or not any more."""
        now = self._clock.now()
        async with self._database.write() as session:
            await people_store.person(session, person)
            await session.execute(
                insert(session, PreferenceRow)
                .values(person=person, woken=woken, changed=now)
                .on_conflict_do_update(
                    index_elements=[PreferenceRow.person], set_={"woken": woken, "changed": now}
                )
            )
            await audit.record(
                session, who=by, where=where, what="preference.wake", subject=person,
                result="woken" if woken else "left asleep", at=now,
            )  # fmt: skip

    async def is_woken(self, person: str) -> bool:
        """Whether routes that may wake people wake this one when not on shift."""
        async with self._database.read() as session:
            row = await session.get(PreferenceRow, person)
            return row is not None and row.woken


def _checked(person: str, number: int, wish: Wish) -> Route:
    """The route of a wish. Raises SubscriptionError with one sentence."""
    if wish.way is not None and wish.way not in _WAYS:
        raise SubscriptionError(f"{wish.way!r} is no way to tell somebody; {did_you_mean(wish.way, _WAYS)}")
    if wish.at_most is not None and wish.at_most < 1:
        raise SubscriptionError(f"{wish.at_most} notices an hour are none; expected 1 or more")
    try:
        route = Route(
            subscription_name(person, number),
            compile_rule(wish.rule),
            tell=wish.tell,
            urgency=wish.urgency,
            wakes=wish.wakes,
            at_most=wish.at_most,
            by=wish.way,
            owner=person,
        )
        check_route(route)
    except RuleError as error:
        raise SubscriptionError(f"that rule cannot be used: {error}") from None
    except RouteError as error:
        raise SubscriptionError(str(error)) from None
    return route


async def _row(session: AsyncSession, person: str, number: int) -> SubscriptionRow:
    mine = select(SubscriptionRow).where(SubscriptionRow.person == person)
    row: SubscriptionRow | None = await session.scalar(
        mine.where(SubscriptionRow.number == number).with_for_update()
    )
    if row is None:
        numbers = await session.scalars(
            select(SubscriptionRow.number).where(SubscriptionRow.person == person).order_by("number")
        )
        known = ", ".join(map(str, numbers)) or "none"
        raise SubscriptionError(f"{person} has no subscription {number}; there are: {known}")
    return row


async def _note(
    session: AsyncSession, by: str, where: str, what: str, row: SubscriptionRow, result: str, now: datetime
) -> None:
    await audit.record(
        session, who=by, where=where, what=what, subject=subscription_name(row.person, row.number),
        result=result, details={"rule": row.rule, "tell": row.tell}, at=now,
    )  # fmt: skip


def _subscription(row: SubscriptionRow) -> Subscription:
    way = cast("Way | None", row.way)
    wish = Wish(row.rule, Tell(row.tell), Urgency(row.urgency), row.wakes, way, row.at_most)
    return Subscription(row.person, row.number, wish, row.paused, row.made)
