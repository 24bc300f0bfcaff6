"""One story per event, whatever the order and number of times its notices arrive."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from events.service import Ambiguous, EventFilter, EventService, NotFound
from events.state import EventState
from events.tables import AnalysisRow, AnalysisState, EventRow, RevisionRow
from gcn.notice import AlertType, Notice, Role
from store.database import Database
from tests.events.story import at, attach, burst, content_hash, superevent

SERVICE = EventService()


async def the_state(database: Database, text: str) -> EventState:
    async with database.read() as session:
        found = await SERVICE.resolve(session, text)
    assert isinstance(found, EventState), found
    return found


async def count(database: Database, table: type[EventRow] | type[RevisionRow]) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_first_notice_makes_an_event_whose_analysis_is_wanted(any_database: Database) -> None:
    async with any_database.write() as session:
        attached = await attach(session, superevent())
    assert attached.created_event
    assert not attached.duplicate
    state = await the_state(any_database, "S261120a")
    assert (state.event, state.name, state.mission) == ("LVK:S261120a", "S261120a", "LVK")
    assert state.trigger_time == at(0)
    assert [r.number for r in state.revisions] == [1]
    assert {"GW", "BNS", "H1", "L1", "significant", "1 per 100 years"} <= state.tags
    async with any_database.read() as session:
        (analysis,) = (await session.execute(select(AnalysisRow))).scalars()
    assert (analysis.revision_id, analysis.state) == (attached.revision_id, AnalysisState.WANTED)


async def test_the_same_content_twice_is_one_revision(any_database: Database) -> None:
    notice = superevent()
    async with any_database.write() as session:
        first = await attach(session, notice)
    async with any_database.write() as session:
        again = await attach(session, notice, arrived=500)
    assert again.duplicate
    assert (again.event_id, again.revision_id) == (first.event_id, first.revision_id)
    assert await count(any_database, RevisionRow) == 1


async def test_an_id_that_is_the_beginning_of_another_is_another_event(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, superevent("S240422e"))
        await attach(session, superevent("S240422ed"))
        await attach(session, superevent("S240422e", AlertType.RETRACTION, issued=90))
    assert (await the_state(any_database, "S240422e")).retracted
    assert not (await the_state(any_database, "S240422ed")).retracted


async def test_the_same_number_of_two_missions_is_two_events(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, burst("1125809"))
        await attach(session, burst("1125809", mission="Swift", event="Swift:1125809"))
        found = await SERVICE.resolve(session, "1125809")
    assert found == Ambiguous("1125809", ("Swift:1125809", "Fermi:1125809"))
    assert (await the_state(any_database, "swift:1125809")).mission == "Swift"


async def test_two_triggers_within_one_second_stay_two(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, burst("1", trigger_time=at(1.2)))
        await attach(session, burst("2", trigger_time=at(1.3)))
    assert await count(any_database, EventRow) == 2


async def test_a_revised_trigger_time_stays_with_its_event(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, burst(trigger_time=at(1.7), issued=30))
        await attach(session, burst(trigger_time=at(4.2), issued=60))
    state = await the_state(any_database, "745811685")
    assert len(state.revisions) == 2
    assert state.trigger_time == at(4.2)


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(4))))
async def test_any_order_of_arrival_tells_the_same_story(
    database: Database, arrival: tuple[int, ...]
) -> None:
    said = [
        superevent(issued=60),
        superevent(alert=AlertType.INITIAL, issued=60),  # the same second as the preliminary
        superevent(alert=AlertType.UPDATE, issued=4000),
        superevent(alert=AlertType.RETRACTION, issued=9000),
    ]
    async with database.write() as session:
        for turn, index in enumerate(arrival):
            await attach(session, said[index], arrived=10_000 + turn)
    state = await the_state(database, "S261120a")
    assert [(r.number, r.notice.alert_type) for r in state.revisions] == [
        (1, AlertType.PRELIMINARY),
        (2, AlertType.INITIAL),
        (3, AlertType.UPDATE),
        (4, AlertType.RETRACTION),
    ]
    assert state.retracted
    assert state.described.notice.alert_type is AlertType.UPDATE
    assert "retracted" in state.tags
    assert "BNS" in state.tags


async def test_a_retraction_of_something_unknown_is_recorded(any_database: Database) -> None:
    async with any_database.write() as session:
        attached = await attach(session, superevent(alert=AlertType.RETRACTION))
    assert attached.created_event
    assert attached.retracts
    state = await the_state(any_database, "S261120a")
    assert state.retracted
    assert state.trigger_time is None
    assert "retracted" in state.tags


async def test_only_the_notice_that_takes_an_event_back_says_that_it_retracts(database: Database) -> None:
    async with database.write() as session:
        assert not (await attach(session, superevent())).retracts
        assert (await attach(session, superevent(alert=AlertType.RETRACTION, issued=90))).retracts
        assert not (await attach(session, superevent(alert=AlertType.RETRACTION, issued=95))).retracts
        assert not (await attach(session, superevent(alert=AlertType.UPDATE, issued=80))).retracts


async def test_a_circular_after_a_retraction_does_not_revive_the_event(database: Database) -> None:
    circular = superevent(alert=AlertType.OTHER, issued=500, format="circular")
    async with database.write() as session:
        await attach(session, superevent())
        await attach(session, superevent(alert=AlertType.RETRACTION, issued=90))
        await attach(session, circular)
    assert (await the_state(database, "S261120a")).retracted


async def test_a_notice_that_names_no_event_is_an_event_of_its_own(any_database: Database) -> None:
    nameless = Notice(format="voevent", mission="HAWC", kind="HAWC Burst Monitor", issued=at(5))
    async with any_database.write() as session:
        first = await attach(session, nameless)
        again = await attach(session, nameless)
        other = await attach(session, replace(nameless, issued=at(6)))
    assert again.event_id == first.event_id
    assert other.event_id != first.event_id
    state = await the_state(any_database, f"HAWC:{content_hash(nameless)[:12]}")
    assert state.id == first.event_id


async def test_a_notice_that_names_no_event_joins_the_one_that_bears_its_alias(
    any_database: Database,
) -> None:
    circular = Notice(
        format="circular", mission="GCN", kind="circular", aliases=("grb240112a",), issued=at(9000)
    )
    async with any_database.write() as session:
        named = await attach(session, burst(aliases=("GRB 240112A",)))
        joined = await attach(session, circular)
    assert joined.event_id == named.event_id
    state = await the_state(any_database, "GRB 240112A")
    assert state.name == "GRB 240112A"
    assert state.mission == "Fermi"
    assert len(state.revisions) == 2


async def test_an_alias_never_merges_two_events_that_have_ids(any_database: Database) -> None:
    async with any_database.write() as session:
        fermi = await attach(session, burst(aliases=("GRB 240112A",)))
        swift = await attach(
            session, burst("99", mission="Swift", event="Swift:99", aliases=("GRB 240112A",))
        )
        found = await SERVICE.resolve(session, "GRB240112A")
    assert fermi.event_id != swift.event_id
    assert isinstance(found, Ambiguous)


CLASSIC = burst("4711", mission="Super-Kamiokande", event="Super-Kamiokande:4711", kind="SK_SN")
JSON = burst(
    "20261120",
    issued=90,
    mission="Super-Kamiokande",
    event="Super-Kamiokande:20261120",
    aliases=("Super-Kamiokande:4711",),
    kind="SN alert",
)
"""One burst as two transports name it: the JSON says under which number it is sent elsewhere."""


@pytest.mark.parametrize("order", [(CLASSIC, JSON), (JSON, CLASSIC)])
async def test_an_id_of_the_same_event_elsewhere_joins_in_either_order(
    any_database: Database, order: tuple[Notice, Notice]
) -> None:
    async with any_database.write() as session:
        first, second = [await attach(session, notice) for notice in order]
    assert second.event_id == first.event_id
    assert not second.created_event
    for name in ("Super-Kamiokande:4711", "Super-Kamiokande:20261120", "4711", "20261120"):
        state = await the_state(any_database, name)
        assert [r.notice.kind for r in state.revisions] == ["SK_SN", "SN alert"]
    assert await count(any_database, EventRow) == 1


async def test_two_triggers_with_one_further_id_in_common_stay_two(any_database: Database) -> None:
    async with any_database.write() as session:
        one = await attach(session, burst("745811685", aliases=("Fermi:bn240820123",)))
        other = await attach(session, burst("745811686", aliases=("Fermi:bn240820123",)))
    assert one.event_id != other.event_id


async def test_a_further_id_of_another_length_is_another_event(any_database: Database) -> None:
    async with any_database.write() as session:
        one = await attach(session, burst("74581168"))
        other = await attach(session, burst("99", aliases=("Fermi:745811685",)))
        folded = await attach(session, burst("98", aliases=("fermi:74581168",)))
    assert len({one.event_id, other.event_id, folded.event_id}) == 3


NAMING = Notice(
    format="circular",
    mission="Fermi",
    kind="circular",
    aliases=("GRB 261120A", "Fermi:745811685"),
    issued=at(9000),
)


@pytest.mark.parametrize("circular_first", [True, False])
async def test_a_circular_that_names_a_trigger_tells_its_story_in_either_order(
    any_database: Database, circular_first: bool
) -> None:
    notices = [NAMING, burst(), burst(issued=60, kind="GND_POS")]
    async with any_database.write() as session:
        ids = {(await attach(session, n)).event_id for n in (notices if circular_first else notices[::-1])}
    assert len(ids) == 1
    state = await the_state(any_database, "GRB 261120A")
    assert (state.event, state.mission, state.name) == ("Fermi:745811685", "Fermi", "GRB 261120A")
    assert state.trigger_time == at(1.7)
    assert [r.notice.kind for r in state.revisions] == ["FLT_POS", "GND_POS", "circular"]


@pytest.mark.parametrize("claimed", ["", "LVK", "LVK:", ":S1", "LVK:" + "S" * 300, "LVK:S1\x07"])
async def test_an_identity_that_cannot_be_one_is_none(database: Database, claimed: str) -> None:
    async with database.write() as session:
        attached = await attach(session, superevent(event=claimed))
        state = await SERVICE.state(session, attached.event_id)
    assert state.event == f"LVK:{content_hash(superevent(event=claimed))[:12]}"


async def test_a_broken_clock_of_the_sender_does_not_stand_as_the_newest_for_ever(
    database: Database,
) -> None:
    century = timedelta(days=36525).total_seconds()
    async with database.write() as session:
        await attach(session, superevent(issued=century), arrived=100)
        await attach(session, superevent(alert=AlertType.UPDATE, issued=4000), arrived=4010)
    state = await the_state(database, "S261120a")
    assert state.newest.notice.alert_type is AlertType.UPDATE


async def test_a_superevent_of_the_mock_stream_is_a_mock(database: Database) -> None:
    async with database.write() as session:
        await attach(session, superevent("MS261120a", role=Role.MOCK))
    state = await the_state(database, "MS261120a")
    assert state.mock
    assert "MDC" in state.tags


async def test_two_replicas_that_see_a_new_event_at_once_make_one_event(any_database: Database) -> None:
    notices = [superevent(issued=60 + n) for n in range(8)]

    async def one(notice: Notice) -> bool:
        async with any_database.write() as session:
            attached = await attach(session, notice)
            await asyncio.sleep(0)
            return attached.created_event

    created = await asyncio.gather(*(one(notice) for notice in notices), *(one(n) for n in notices))
    assert sum(created) == 1
    assert await count(any_database, EventRow) == 1
    assert await count(any_database, RevisionRow) == len(notices)
    assert len((await the_state(any_database, "S261120a")).revisions) == len(notices)


async def test_a_person_s_tags_outlive_the_rules(any_database: Database) -> None:
    async with any_database.write() as session:
        attached = await attach(session, superevent())
        await SERVICE.tag(session, attached.event_id, "interesting", by="ana", at=at(200))
        await SERVICE.tag(session, attached.event_id, "BNS", by="ana", at=at(201), removed=True)
        await attach(session, superevent(alert=AlertType.UPDATE, issued=4000))
    state = await the_state(any_database, "S261120a")
    assert "interesting" in state.tags
    assert "BNS" not in state.tags
    async with any_database.write() as session:
        assert await SERVICE.latest(session, EventFilter(tags=frozenset({"BNS"}))) is None
        await SERVICE.tag(session, state.id, "BNS", by="bo", at=at(300))
        latest = await SERVICE.latest(session, EventFilter(tags=frozenset({"BNS", "interesting"})))
    assert latest is not None
    assert latest.event == "LVK:S261120a"


async def test_a_mistyped_name_is_answered_with_what_looks_like_it(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, superevent("S240422ed"))
        found = await SERVICE.resolve(session, "S240422ef")
    assert found == NotFound("S240422ef", ("S240422ed",))


@pytest.mark.parametrize("text", ["2026-11-20T03:00:02", "2026-11-20T03:00:01Z", "2026-11-20 03:00:01.7"])
async def test_a_trigger_time_to_the_second_finds_its_event(any_database: Database, text: str) -> None:
    async with any_database.write() as session:
        await attach(session, burst())
        found = await SERVICE.resolve(session, text)
    assert isinstance(found, EventState)
    assert found.event == "Fermi:745811685"


async def test_events_are_listed_by_what_they_are_the_latest_first(any_database: Database) -> None:
    async with any_database.write() as session:
        await attach(session, superevent("S1", trigger_time=at(0)))
        await attach(session, superevent("S2", trigger_time=at(900)))
        await attach(session, superevent("MS3", role=Role.MOCK, trigger_time=at(950)))
        await attach(session, burst("4", trigger_time=at(500)))
        real = await SERVICE.list(session, EventFilter(roles=frozenset({Role.OBSERVATION})))
        early = await SERVICE.list(session, EventFilter(until=at(600)))
        gw = await SERVICE.latest(session, EventFilter(mission="lvk"))
    assert [s.event for s in real] == ["LVK:S2", "Fermi:4", "LVK:S1"]
    assert [s.event for s in early] == ["Fermi:4", "LVK:S1"]
    assert gw is not None
    assert gw.event == "LVK:MS3"
