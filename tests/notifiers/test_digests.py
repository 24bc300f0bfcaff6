"""What was held goes out in one message: when, to whom, saying what, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from cards.card import Card, Lines
from cards.digest_card import Kept, Reason, digest_card
from cards.reader import Reader
from cards.text import line_text
from events.service import EventService
from events.state import EventState
from gcn.notice import Notice
from notifiers.channels.base import ChannelConfig
from notifiers.decide import decide
from notifiers.decide_people import decide_people
from notifiers.digests import Digester
from notifiers.limits import Group
from notifiers.mornings import awake_from, next_at, next_morning
from notifiers.routes import Route, Tell
from notifiers.rules import compile_rule
from notifiers.subscription_tables import HeldRow, HeldState
from notifiers.subscriptions import SubscriptionService
from notifiers.tables import OutboxRow, State, ThreadRow
from notifiers.targets import parse_targets
from shifts.people import PeopleService
from shifts.people_file import Person
from store.clock import ManualClock
from store.database import Database
from store.wakeup import Bell
from tests.notifiers.people import settle_people, somebody
from tests.notifiers.stories import NSBH_NOTICE, TRIGGER, initial, nsbh, retraction


def words_of(card: Card, reader: Reader) -> str:
    """The lines of a card as they are read."""
    lines = [line for block in card.blocks if isinstance(block, Lines) for line in block.lines]
    return "\n".join(line_text(line, reader) for line in lines)


PARIS = ZoneInfo("Europe/Paris")
PARIS_MORNING = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


class Night:
    """Real events in the store, told to Ana (Paris) and to a channel while the clock moves."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock = database, clock
        self.channels = {"gw": ChannelConfig("gw", "slack", "C1", Reader("fr", "Europe/Paris"))}
        self.routes: list[Route] = [to_ana()]
        self.digester = Digester(database, clock, self.channels, bell=Bell(clock))

    async def notice(self, notice: Notice) -> EventState:
        """A notice comes and is decided on."""
        events = EventService()
        async with self.database.write() as session:
            attached = await events.attach(
                session,
                notice,
                message_id=None,
                arrived=self.clock.now(),
                content_hash=sha256(repr(notice).encode()).hexdigest(),
            )
            state = await events.state(session, attached.event_id)
            await decide(session, state, None, self.routes, self.channels, self.clock.now())
            await decide_people(session, state, self.routes, self.clock.now())
            return state

    async def until(self, instant: datetime) -> None:
        await self.clock.advance((instant - self.clock.now()).total_seconds())

    async def messages(self) -> list[tuple[str, Card]]:
        async with self.database.read() as session:
            rows = await session.scalars(
                select(OutboxRow).where(OutboxRow.kind == "message").order_by(OutboxRow.id)
            )
            return [(row.channel, Card.from_dict(row.card or {})) for row in rows]

    async def kinds(self) -> list[tuple[str, str]]:
        async with self.database.read() as session:
            rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
            return [(row.channel, row.kind) for row in rows]

    async def held(self, state: HeldState = HeldState.WAITING) -> list[HeldRow]:
        async with self.database.read() as session:
            return list(await session.scalars(select(HeldRow).where(HeldRow.state == state.value)))


def to_ana(**more: Any) -> Route:
    return Route("news", compile_rule("true"), targets=parse_targets(["person:ana"], "test"), **more)


def notice(name: str = "S261120h", **changes: Any) -> Notice:
    return replace(NSBH_NOTICE, event=f"LVK:{name}", **changes)


def taken_back(name: str = "S261120h") -> Notice:
    return replace(retraction(nsbh()).newest.notice, event=f"LVK:{name}", issued=TRIGGER + timedelta(hours=5))


@pytest.fixture
async def night(database: Database, clock: ManualClock) -> Night:
    await settle_people(database, clock, somebody("ana"), somebody("bo", quiet=None))
    return Night(database, clock)


@pytest.fixture
async def any_night(any_database: Database, clock: ManualClock) -> Night:
    """On SQLite once and on PostgreSQL once."""
    await settle_people(any_database, clock, somebody("ana"), somebody("bo", quiet=None))
    return Night(any_database, clock)


async def test_a_night_is_one_message_in_the_morning(night: Night) -> None:
    await night.notice(notice("S261120h"))
    await night.notice(notice("S261120i"))
    await night.notice(notice("S261120k"))
    await night.notice(taken_back("S261120k"))
    assert await night.digester.tell_due() == 0
    await night.until(PARIS_MORNING)
    assert await night.digester.tell_due() == 1
    [(channel, card)] = await night.messages()
    assert channel == "@ana/slack"
    assert card.summary.startswith("While you slept: 3 events")
    words = words_of(card, Reader("en", "Europe/Paris"))
    assert words.index("S261120i") < words.index("S261120k")
    assert "was announced and taken back" in words
    assert await night.digester.tell_due() == 0
    assert len(await night.held(HeldState.TOLD)) == 3


async def test_what_a_digest_told_is_known_and_only_what_matters_is_told_again(night: Night) -> None:
    first = await night.notice(notice())
    await night.until(PARIS_MORNING)
    await night.digester.tell_due()
    same = replace(NSBH_NOTICE, kind="UPDATE", issued=TRIGGER + timedelta(hours=4))
    await night.notice(same)
    assert await night.kinds() == [("@ana/slack", "message")]
    await night.notice(taken_back())
    assert (await night.kinds())[1:] == [("@ana/slack", "post")]
    assert first.newest.id == (await night.held(HeldState.TOLD))[0].revision_id


async def test_a_crash_before_the_commit_loses_nothing_and_doubles_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.notice(notice())
    await night.until(PARIS_MORNING)

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the power fails")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr("notifiers.digests.notify_many", crash)
        await night.digester.tell_due()
    assert len(await night.held()) == 1
    assert await night.messages() == []
    await night.digester.tell_due()
    await night.digester.tell_due()
    assert len(await night.messages()) == 1


async def test_two_replicas_tell_once(any_night: Night) -> None:
    night = any_night
    for number in range(4):
        await night.notice(notice(f"S26112{number}x"))
    await night.until(PARIS_MORNING)
    other = Digester(night.database, night.clock, night.channels, bell=Bell(night.clock))
    await asyncio.gather(night.digester.tell_due(), other.tell_due())
    [(_, card)] = await night.messages()
    assert "4 events" in card.summary


async def test_who_sleeps_again_when_it_is_due_gets_it_when_they_wake(night: Night) -> None:
    await night.notice(notice())
    await PeopleService(night.database, night.clock).change("ana", {"timezone": "America/Santiago"}, by="ana")
    await night.until(PARIS_MORNING)  # 03:00 in Santiago
    await night.digester.tell_due()
    assert await night.messages() == []
    [held] = await night.held()
    assert held.due == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    await night.until(held.due)
    await night.digester.tell_due()
    assert len(await night.messages()) == 1


async def test_what_was_muted_meanwhile_is_left_out(night: Night) -> None:
    await night.notice(notice("S261120h"))
    await night.notice(notice("S261120i"))
    service = SubscriptionService(night.database, night.clock)
    until = night.clock.now() + timedelta(days=2)
    await service.mute("ana", until, scope="event", subject="LVK:S261120i", by="ana")
    await night.until(PARIS_MORNING)
    await night.digester.tell_due()
    [(_, card)] = await night.messages()
    assert "S261120h" in card.summary
    assert "S261120i" not in card.summary
    assert len(await night.held(HeldState.DROPPED)) == 1


async def test_what_changed_at_night_is_told_as_a_change(night: Night) -> None:
    night.routes = [to_ana()]
    await night.until(PARIS_MORNING)
    await night.notice(notice())
    async with night.database.write() as session:
        await session.execute(update(OutboxRow).values(state=State.SENT.value, attempts=1))
    await night.until(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    later = replace(initial(nsbh()).newest.notice, issued=night.clock.now())
    state = await night.notice(later)
    assert [kind for _, kind in await night.kinds()] == ["post", "edit"]
    await night.until(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))
    await night.digester.tell_due()
    [(_, card)] = await night.messages()
    assert "a human has looked" in words_of(card, Reader())
    async with night.database.read() as session:
        [thread] = await session.scalars(select(ThreadRow))
    assert thread.revision_id == state.newest.id


async def test_a_channel_gathers_its_day_and_a_burst_in_its_own_language(night: Night) -> None:
    night.routes = [Route("day", compile_rule("true"), ("gw",), tell=Tell.DIGEST)]
    await night.notice(notice("S261120h"))
    [held] = await night.held()
    assert held.due == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)  # 08:00 in Paris
    night.routes = [Route("burst", compile_rule("true"), ("gw",), group=Group.KIND)]
    for name in ("S261120i", "S261120k", "S261120l"):
        await night.notice(notice(name))
    assert await night.kinds() == [("gw", "post")]
    await night.until(night.clock.now() + timedelta(hours=6))
    await night.digester.tell_due()
    [(channel, card)] = await night.messages()
    assert channel == "gw"
    assert card.summary.startswith("3 autres événements : ")  # with the day's, which is due by then


async def test_a_rule_about_changes_says_which_changes_a_channel_hears_of(night: Night) -> None:
    rule = compile_rule("first || 'vetted' in reasons")
    night.routes = [Route("vetted", rule, ("gw",))]
    await night.notice(notice())
    async with night.database.write() as session:
        await session.execute(update(OutboxRow).values(state=State.SENT.value, attempts=1))
    await night.notice(notice(kind="UPDATE", issued=TRIGGER + timedelta(minutes=20)))
    assert [kind for _, kind in await night.kinds()] == ["post", "edit"]
    await night.notice(initial(nsbh()).newest.notice)
    assert [kind for _, kind in await night.kinds()][-1] == "reply"


async def test_a_rule_about_changes_may_start_a_card(night: Night) -> None:
    night.routes = [Route("grown up", compile_rule("'vetted' in reasons"), ("gw",))]
    await night.notice(notice())
    assert await night.kinds() == []
    await night.notice(initial(nsbh()).newest.notice)
    assert await night.kinds() == [("gw", "post")]


@pytest.mark.parametrize(
    ("instant", "wakes"),
    [
        ("2026-10-24T23:30+00:00", "2026-10-25T06:00+00:00"),  # the night the clocks go back in Paris
        ("2026-03-28T23:30+00:00", "2026-03-29T05:00+00:00"),  # the night they go forward
        ("2026-11-20T12:00+00:00", "2026-11-20T12:00+00:00"),
    ],
)
def test_the_morning_is_right_when_the_clocks_change(instant: str, wakes: str) -> None:
    ana = Person.from_dict(somebody("ana"))
    assert awake_from(ana, datetime.fromisoformat(instant)) == datetime.fromisoformat(wakes)
    morning = next_morning(ana, datetime.fromisoformat(instant))
    assert morning.astimezone(PARIS).strftime("%H:%M") == "07:00"


def test_a_leave_ends_after_its_last_night() -> None:
    ana = Person.from_dict(somebody("ana"))
    leave = (datetime(2026, 11, 19, 23, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC))
    assert awake_from(ana, PARIS_MORNING, [leave]) == datetime(2026, 11, 25, 6, tzinfo=UTC)


def test_a_digest_hour_that_the_clocks_skip_comes_right_after() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_at(PARIS, time(2, 30), before) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_a_long_digest_stays_readable(reason: Reason, locale: str) -> None:
    kept = [Kept(replace(nsbh(), name=f"S{n}", event=f"LVK:S{n}")) for n in range(60)]
    card = digest_card(kept, reason, PARIS_MORNING, Reader(locale, "Europe/Paris"))
    assert len(card.blocks) == 21
    assert len(card.short) <= 300
    assert "60" in card.summary
