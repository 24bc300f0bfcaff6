"""Who is told of an event, how often, and what happens to a card afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from cards.card import Card, Text, Tone
from cards.reader import Reader
from events.state import EventState
from gcn.notice import AlertType, Role
from notifiers.channels.base import ChannelConfig
from notifiers.decide import decide
from notifiers.deciding import fingerprint
from notifiers.outbox import attach_picture, depth, notify_desk, requeue_dead
from notifiers.routes import RouteError, Tell, check_routes, matching
from notifiers.tables import Kind, OutboxRow, State
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.desk import Desk, open_desk, route
from tests.notifiers.stories import (
    NSBH_NOTICE,
    TRIGGER,
    grb,
    grown,
    initial,
    nsbh,
    retraction,
    revision,
    statistics,
    story,
)

NOW = TRIGGER + timedelta(minutes=39)


async def test_an_event_that_meets_a_rule_is_posted_once(desk: Desk) -> None:
    assert [row.kind for row in await desk.told(nsbh())] == [Kind.POST]
    assert await desk.told(nsbh()) == ()
    assert await desk.states() == [("post", State.PENDING)]


async def test_an_event_that_meets_no_rule_is_told_nobody(desk: Desk) -> None:
    desk.routes = (route("near", "distance_mean < 100"),)
    assert await desk.told(nsbh()) == ()
    assert await desk.told(grb()) == ()


async def test_two_routes_to_one_channel_make_one_card(desk: Desk) -> None:
    desk.routes = (route("significant", "significant"), route("nearby", "distance_mean < 400"))
    rows = await desk.told(nsbh())
    assert len(rows) == 1
    assert rows[0].routes == ["significant", "nearby"]


async def test_each_channel_gets_its_own_card_in_its_own_language(
    database: Database, clock: ManualClock
) -> None:
    channels = {
        "gw": ChannelConfig("gw", "slack", "C1"),
        "gw-fr": ChannelConfig("gw-fr", "slack", "C2", Reader("fr", "Europe/Paris")),
    }
    async with database.write() as session:
        rows = await decide(session, nsbh(), None, [route("all", "true", "gw", "gw-fr")], channels, NOW)
    cards = {row.channel: str(row.card) for row in rows}
    assert set(cards) == {"gw", "gw-fr"}
    assert "S261120h" in cards["gw"]
    assert "S261120h" in cards["gw-fr"]


async def test_a_later_revision_edits_the_card_and_says_in_its_thread_what_changed(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    before = nsbh()
    rows = await desk.told(initial(before), before.newest)
    assert [row.kind for row in rows] == [Kind.EDIT, Kind.REPLY]


async def test_new_numbers_for_a_known_revision_edit_the_card_without_a_reply(desk: Desk) -> None:
    early = story(revision(1))
    await desk.told(early)
    await desk.deliver()
    analysed = replace(early, revisions=(replace(early.newest, statistics=statistics()),))
    assert [row.kind for row in await desk.told(analysed)] == [Kind.EDIT]


async def test_an_event_that_meets_the_rule_no_longer_keeps_its_card_true(desk: Desk) -> None:
    desk.routes = (route("small", "area_90 < 1100"),)
    await desk.told(nsbh(area=1000))
    await desk.deliver()
    rows = await desk.told(initial(nsbh(area=1000), area=5000))
    assert [row.kind for row in rows] == [Kind.EDIT, Kind.REPLY]


async def test_an_event_that_meets_the_rule_later_is_posted_then(desk: Desk) -> None:
    desk.routes = (route("small", "area_90 < 700"),)
    assert await desk.told(nsbh(area=1000)) == ()
    rows = await desk.told(initial(nsbh(area=1000), area=666))
    assert [row.kind for row in rows] == [Kind.POST]


async def test_a_retraction_goes_to_whoever_was_told_whatever_the_rule_says_now(desk: Desk) -> None:
    desk.routes = (route("standing", "significant && !retracted && revision < 2"),)
    await desk.told(nsbh())
    await desk.deliver()
    rows = await desk.told(retraction(nsbh()))
    assert [row.kind for row in rows] == [Kind.EDIT, Kind.REPLY]
    assert await desk.told(retraction(nsbh())) == ()


async def test_a_retraction_of_what_nobody_was_told_is_told_nobody(desk: Desk) -> None:
    assert await desk.told(retraction(nsbh())) == ()


async def test_a_route_may_ask_for_retractions_of_what_nobody_was_told(desk: Desk) -> None:
    desk.routes = (route("all the dead", "retracted"),)
    assert [row.kind for row in await desk.told(retraction(nsbh()))] == [Kind.POST]


@pytest.mark.parametrize("role", [Role.MOCK, Role.TEST, Role.UTILITY, Role.PREDICTION])
def test_what_is_not_of_the_real_sky_goes_only_where_a_rule_asks_for_it(role: Role) -> None:
    event = replace(nsbh(), role=role)
    routes = (route("all"), route("significant", "significant"), route("rehearsal", "mock && significant"))
    assert [found.name for found in matching(routes, event, NOW)] == ["rehearsal"]
    assert [found.name for found in matching(routes, nsbh(), NOW)] == ["all", "significant"]


def test_a_rule_that_asks_for_no_mocks_gets_none() -> None:
    assert matching((route("real", "!mock"),), replace(nsbh(), role=Role.MOCK), NOW) == ()


def test_a_notice_its_own_gates_hold_back_goes_only_where_a_rule_asks_for_it() -> None:
    gated = story(revision(1, replace(NSBH_NOTICE, gates=("the source is in the mission's catalogue",))))
    routes = (route("all"), route("known sources", "gates.exists(g, g.contains('catalogue'))"))
    assert [found.name for found in matching(routes, gated, NOW)] == ["known sources"]


def test_an_old_event_starts_no_card_where_the_route_sets_a_limit() -> None:
    fresh = route("fresh", max_age=timedelta(hours=1))
    assert matching((fresh,), nsbh(), TRIGGER + timedelta(minutes=59)) == (fresh,)
    assert matching((fresh,), nsbh(), TRIGGER + timedelta(minutes=61)) == ()


async def test_an_old_event_still_keeps_the_card_it_has(desk: Desk) -> None:
    desk.routes = (route("fresh", max_age=timedelta(hours=1)),)
    await desk.told(nsbh())
    await desk.deliver()
    await desk.clock.advance(3 * 3600.0)
    assert [row.kind for row in await desk.told(initial(nsbh()))] == [Kind.EDIT, Kind.REPLY]


async def test_a_notice_that_was_overtaken_changes_no_words(desk: Desk) -> None:
    """The update arrives before the initial: nothing goes back to what the initial said."""
    update = replace(NSBH_NOTICE, alert_type=AlertType.UPDATE, issued=TRIGGER + timedelta(hours=2))
    first = nsbh()
    overtaking = grown(first, update, statistics=statistics(300.0))
    await desk.told(first)
    await desk.told(overtaking)
    await desk.deliver()
    late = replace(first.newest, id=150, number=2, statistics=statistics(666.0))
    complete = replace(overtaking, revisions=(first.newest, late, replace(overtaking.newest, number=3)))
    rows = await desk.told(complete)
    assert [row.kind for row in rows] == [Kind.EDIT]
    await desk.deliver()
    card = desk.slack.channel("gw").messages[0]
    assert "300" in card.words
    assert "666" not in card.words


async def test_a_burst_of_revisions_before_the_first_post_becomes_one_card(desk: Desk) -> None:
    state = nsbh()
    await desk.told(state)
    for area in (900, 800, 700):
        before, state = state.newest, initial(state, area=area)
        assert await desk.told(state, before) == ()
    await desk.deliver()
    card = desk.slack.channel("gw").expect("S261120h")
    assert "700" in card.words
    assert desk.slack.unexpected == []


async def test_a_burst_of_revisions_after_the_post_becomes_one_edit(desk: Desk) -> None:
    state = nsbh()
    await desk.told(state)
    await desk.deliver()
    for area in (900, 800, 700):
        before, state = state.newest, initial(state, area=area)
        await desk.told(state, before)
    assert [s for kind, s in await desk.states() if kind == "edit"] == [
        State.SUPERSEDED,
        State.SUPERSEDED,
        State.PENDING,
    ]
    await desk.deliver()
    card = desk.slack.channel("gw").messages[0]
    assert card.edits == 1
    assert "700" in card.words
    assert len(desk.slack.channel("gw").thread(card.ts)) == 3


async def test_a_route_may_leave_the_thread_quiet_but_for_a_retraction(desk: Desk) -> None:
    desk.routes = (route("quiet", tell=Tell.FIRST),)
    await desk.told(nsbh())
    await desk.deliver()
    assert [row.kind for row in await desk.told(initial(nsbh()))] == [Kind.EDIT]
    await desk.deliver()
    assert [row.kind for row in await desk.told(retraction(initial(nsbh())))] == [Kind.EDIT, Kind.REPLY]


async def test_small_changes_are_told_once_they_add_up_where_a_route_wants_what_matters(desk: Desk) -> None:
    desk.routes = (route("material", tell=Tell.MATERIAL),)
    update = replace(NSBH_NOTICE, alert_type=AlertType.UPDATE, kind="UPDATE")
    state = nsbh(area=1000)
    await desk.told(state)
    await desk.deliver()
    for area, told in ((700.0, False), (550.0, False), (450.0, True), (400.0, False)):
        later = replace(update, issued=TRIGGER + timedelta(hours=len(state.revisions)))
        state = grown(state, later, statistics=statistics(area))
        rows = await desk.told(state)
        assert (Kind.REPLY in [row.kind for row in rows]) is told, area
        await desk.deliver()
    channel = desk.slack.channel("gw")
    (reply,) = channel.thread(channel.messages[0].ts)
    assert "1000" in reply.words
    assert "450" in reply.words
    assert "400" in channel.messages[0].words


async def test_a_decision_that_is_rolled_back_owes_nothing(desk: Desk) -> None:
    with pytest.raises(RuntimeError):
        async with desk.database.write() as session:
            await decide(session, nsbh(), None, desk.routes, desk.configs, NOW)
            raise RuntimeError("the disk is full")
    assert await desk.rows() == []


async def test_two_replicas_that_decide_at_once_write_one_card(any_desk: Desk) -> None:
    await asyncio.gather(*(any_desk.told(nsbh()) for _ in range(4)))
    assert await any_desk.states() == [("post", State.PENDING)]


async def test_a_replica_that_knows_less_takes_no_words_back(any_desk: Desk) -> None:
    await any_desk.told(initial(nsbh()))
    await any_desk.deliver()
    assert await any_desk.told(nsbh()) == ()
    assert "666" in str((await any_desk.thread()).card)


async def test_a_channel_that_is_no_longer_configured_is_left_alone(desk: Desk) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    async with desk.database.write() as session:
        assert await decide(session, initial(nsbh()), None, [], {}, NOW) == ()


async def test_a_message_about_the_desk_is_told_once_to_each_channel(
    database: Database, clock: ManualClock
) -> None:
    async with open_desk(database, clock, channels=("gw", "ops")) as desk:
        async with database.write() as session:
            card = desk_card()
            rows = await notify_desk(session, card, ["gw", "ops", "ops"], key="silent|03:00", now=NOW)
            assert len(rows) == 2
            assert await notify_desk(session, card, ["gw"], key="silent|03:00", now=NOW) == ()
        await desk.deliver()
        desk.slack.channel("gw").expect("gcn.heartbeat")
        desk.slack.channel("ops").expect("gcn.heartbeat")
        assert desk.slack.unexpected == []


async def test_a_picture_is_owed_to_the_channels_that_have_the_card(desk: Desk) -> None:
    async with desk.database.write() as session:
        assert await attach_picture(session, "LVK:S261120h", "gw", "sky_map", "0" * 64, NOW) is None
    await desk.told(nsbh())
    async with desk.database.write() as session:
        assert await attach_picture(session, "LVK:S261120h", "gw", "sky_map", "0" * 64, NOW) is not None
        assert await attach_picture(session, "LVK:S261120h", "gw", "sky_map", "0" * 64, NOW) is None
        assert await attach_picture(session, "LVK:S261120h", "gw", "sky_map", "1" * 64, NOW) is not None
    pictures = [state for kind, state in await desk.states() if kind == "picture"]
    assert pictures == [State.SUPERSEDED, State.PENDING]


async def test_the_depth_of_the_outbox_can_be_read(desk: Desk) -> None:
    await desk.told(nsbh())
    async with desk.database.read() as session:
        (found,) = await depth(session)
    assert (found.channel, found.state, found.rows, found.oldest) == (
        "gw",
        State.PENDING,
        1,
        desk.clock.now(),
    )


async def _archived_and_opened_again(desk: Desk) -> None:
    desk.slack.channel("gw").archived = True
    await desk.told(nsbh())
    await desk.deliver()
    assert await desk.states() == [("post", State.DEAD)]
    desk.slack.channel("gw").archived = False


async def test_what_was_given_up_goes_out_when_the_desk_starts_again(desk: Desk) -> None:
    await _archived_and_opened_again(desk)
    await desk.clock.advance(11 * 3600.0)
    desk.restart()
    async with desk.running():
        await desk.slack.wait_for(lambda: desk.slack.channel("gw").find("S261120h") is not None)
        while await desk.owed():
            await desk.clock.advance(0.1)
    assert await desk.states() == [("post", State.SENT)]
    desk.slack.channel("gw").expect("S261120h")
    assert desk.slack.unexpected == []


async def test_what_was_given_up_is_no_news_half_a_day_later(desk: Desk) -> None:
    await _archived_and_opened_again(desk)
    now = desk.clock.now()
    async with desk.database.write() as session:
        await notify_desk(session, desk_card(), ["gw"], key="silent", now=now)
        await session.execute(update(OutboxRow).values(state=State.DEAD.value))
        assert await requeue_dead(session, now, since=now + timedelta(seconds=1)) == 0
        assert await requeue_dead(session, now, since=now - timedelta(hours=1)) == 1
    assert await desk.states() == [("post", State.RETRY), ("note", State.DEAD)]


def test_a_route_to_a_channel_that_is_not_configured_is_refused() -> None:
    with pytest.raises(RouteError, match="'lost' leads to a channel 'nowhere'; configured are: gw"):
        check_routes([route("lost", "true", "nowhere")], {"gw": ChannelConfig("gw", "slack", "C1")})


@pytest.mark.parametrize(
    "other",
    [initial(nsbh()), retraction(nsbh()), nsbh(area=999), replace(nsbh(), tags=frozenset({"GW"})), grb()],
)
def test_a_fingerprint_tells_what_is_known(other: EventState) -> None:
    assert fingerprint(nsbh()) == fingerprint(nsbh())
    assert fingerprint(nsbh()) != fingerprint(other)


def desk_card() -> Card:
    return Card((Text("Nothing heard on gcn.heartbeat for 60 s"),), Tone.WARNING)
