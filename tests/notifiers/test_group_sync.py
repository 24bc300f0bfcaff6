"""User groups, roles and topics that follow who is on: asked for until they show it, never emptied."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from cards.reader import Reader
from notifiers.channels.base import Never, TryAgain, TryLater
from notifiers.channels.discord_server import DiscordServer
from notifiers.channels.followers import DiscordRole, DiscordTopic, SlackGroup, SlackTopic
from notifiers.channels.slack_workspace import SlackWorkspace
from notifiers.group_sync import GroupSync, Target
from shifts.contact import AddressKind
from shifts.duty_tables import DutyGroupRow
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.duty_desk import PEOPLE, DutyDesk
from tests.notifiers.test_roster_news import ROSTER, START
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn


class Recorder:
    """A follower that remembers what it was made to show, and fails as often as it is told."""

    def __init__(self, members: AddressKind | None = "slack") -> None:
        self.members = members
        self.shown: list[list[str]] = []
        self.failures: list[Exception] = []

    async def show(self, wanted: Sequence[str], shown: Sequence[str] | None) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.shown.append(list(wanted))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def rosters(database: Database, clock: ManualClock) -> RosterService:
    return await _rosters(database, clock)


async def _rosters(database: Database, clock: ManualClock) -> RosterService:
    await PeopleService(database, clock).put(parse_people(PEOPLE), by="eli")
    service = RosterService(database, clock)
    await service.publish(ROSTER, by="eli")
    return service


def sync(database: Database, clock: ManualClock, follower: Recorder) -> GroupSync:
    target = Target("gw-oncall", "gw", frozenset({"advocate"}), follower, Reader())
    return GroupSync(database, clock, [target], owner="here", warnings={"desk": Reader()})


async def test_a_group_is_changed_when_who_is_on_changes_and_only_then(
    database: Database, clock: ManualClock, rosters: RosterService
) -> None:
    follower = Recorder()
    syncing = sync(database, clock, follower)
    for _ in range(3):
        await syncing.step()
        await clock.advance(60)
    assert follower.shown == [["U0ANA"]]
    await clock.advance(20 * 3600)
    await syncing.step()
    assert follower.shown == [["U0ANA"], ["U0BOB"]]


async def test_what_failed_is_asked_for_again_and_the_newest_counts(
    any_database: Database, clock: ManualClock
) -> None:
    database = any_database
    await _rosters(database, clock)
    follower = Recorder()
    follower.failures = [TryAgain("no answer"), TryLater("slowly", 120.0)]
    syncing = sync(database, clock, follower)
    await syncing.step()
    await clock.advance(16)
    await syncing.step()
    await clock.advance(60)
    await syncing.step()
    assert follower.shown == []
    await clock.advance(61)
    assert await sync(database, clock, follower).step() == 1  # also by another process
    assert follower.shown == [["U0ANA"]]


async def test_a_refusal_is_told_to_the_desk_once_and_the_next_change_tries_again(
    database: Database, clock: ManualClock, rosters: RosterService
) -> None:
    desk = DutyDesk(database, clock)
    follower = Recorder()
    follower.failures = [Never("user groups need a paid Slack plan")] * 2
    syncing = sync(database, clock, follower)
    for _ in range(3):
        await syncing.step()
        await clock.advance(1900)
    assert await desk.told() == [("desk", "gw-oncall does not show who is on")]
    await clock.advance(20 * 3600)
    await syncing.step()
    assert follower.shown == [["U0BOB"]]


async def test_where_nobody_is_on_the_fallback_is_shown(
    database: Database, clock: ManualClock, rosters: RosterService
) -> None:
    await rosters.publish(ROSTER.replace("2026-10-19", "2026-12-19"), by="eli")
    follower = Recorder()
    await sync(database, clock, follower).step()
    assert follower.shown == [["U0ELI"]]
    topic = Recorder(None)
    await sync(database, clock, topic).step()
    async with database.read() as session:
        row = await session.get(DutyGroupRow, "gw-oncall")
    assert row is not None and row.wanted == ["gw: eli on duty"]


async def test_slack_has_the_group_and_the_topic_and_no_empty_group() -> None:
    async with SlackStandIn() as slack:
        workspace = SlackWorkspace(slack.token, slack.url)
        slack.groups["S0ONCALL"] = ["U0OLD"]
        channel = slack.add_channel("#gw")
        group = SlackGroup(workspace, "S0ONCALL")
        await group.show(["U0ANA", "U0BOB"], None)
        assert slack.groups["S0ONCALL"] == ["U0ANA", "U0BOB"]
        with pytest.raises(Never, match="Slack keeps no empty user group"):
            await group.show([], ["U0ANA"])
        assert slack.groups["S0ONCALL"] == ["U0ANA", "U0BOB"]
        with pytest.raises(Never, match="Slack knows no such user group"):
            await SlackGroup(workspace, "S0NONE").show(["U0ANA"], None)
        await SlackTopic(workspace, channel.id).show(["gw: ana on duty" + "x" * 300], None)
        assert slack.topics[channel.id].startswith("gw: ana on duty")
        slack.scopes.discard("usergroups:write")
        with pytest.raises(Never, match="lacks the scope usergroups:write"):
            await group.show(["U0ANA"], None)
        await workspace.close()


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


async def test_discord_gives_the_role_to_who_comes_on_and_takes_it_from_who_goes(
    discord: DiscordStandIn,
) -> None:
    server = DiscordServer(discord.token, discord.url)
    world, rest = discord.world, discord.rest
    ana, bo, on_call = discord.add_user("ana").id, discord.add_user("bo").id, discord.add_role("on-call").id
    role = DiscordRole(server, world.guild, on_call)
    await role.show([ana], None)
    await role.show([bo], [ana, "100000000000000001"])  # the second has left the server
    assert rest.roles_of[on_call] == {bo}
    with pytest.raises(Never):
        await DiscordRole(server, world.guild, "123456789012345678").show([ana], None)
    place = discord.add_channel("gw")
    await DiscordTopic(server, place.id).show(["gw: ana on duty"], None)
    assert rest.topics[place.id] == "gw: ana on duty"
    await server.close()
