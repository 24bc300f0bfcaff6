"""Treasure Map as recorded, and a small one of our own, through the client and the works."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facilities.plan import Exposure, Plan
from facilities.registry import load_registry
from facilities.treasure_map_bands import band_of
from platforms.job import Job, JobState, Moved, PlatformError
from platforms.treasure_map import (
    BATCH,
    MapInstrument,
    Pointing,
    TreasureMap,
    match_instrument,
    nearest_instruments,
)
from platforms.treasure_map_works import CancelWork, CompleteWork, Report, ReportWork, report_of_plan
from store.clock import ManualClock
from tests.standins.recordings import Exchange, recordings
from tests.standins.treasure_map import TreasureMapStandIn

EVENT = "S260901a"
AT = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
ANA = "tm-token-ana"


@pytest.fixture
def recorded(shared_data: Path) -> dict[str, Exchange]:
    return recordings(shared_data / "recordings" / "treasuremap")


@pytest.fixture
async def standin() -> AsyncIterator[TreasureMapStandIn]:
    async with TreasureMapStandIn() as standin:
        yield standin


@pytest.fixture
async def treasure_map(standin: TreasureMapStandIn) -> AsyncIterator[TreasureMap]:
    made = TreasureMap("treasuremap", standin.url)
    yield made
    await made.close()


async def _ana(job: Job) -> str | None:
    return ANA


@pytest.fixture
def work(treasure_map: TreasureMap) -> ReportWork:
    return ReportWork(treasure_map, _ana)


def _pointing(index: int = 0, **more: object) -> Pointing:
    base = Pointing(10.5 + 2 * index, -20.25, "planned", AT + timedelta(minutes=index), "r", 21.5, "ab_mag")
    return replace(base, **more)  # type: ignore[arg-type]


def _job(clock: ManualClock, pointings: list[Pointing], kind: str = "treasuremap.report") -> Job:
    now = clock.now()
    asked = json.loads(json.dumps(Report(EVENT, 1, tuple(pointings)).to_json()))
    return Job(7, "nd-7", kind, "treasuremap", "ana", JobState.STARTING, now, now, asked)


def _after(job: Job, moved: Moved) -> Job:
    remote = json.loads(json.dumps(moved.remote)) if moved.remote is not None else job.remote
    return replace(job, state=moved.state, remote=remote)


async def _to_the_end(work: ReportWork, job: Job) -> Moved:
    moved = await work.start(job)
    while not moved.state.ended:
        job = _after(job, moved)
        moved = await work.look(job)
    return moved


# Read


async def test_everybodys_pointings_are_read_once_each_with_their_place_and_utc(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["29"])
    listed = recorded["29"].response["json"]
    read = await treasure_map.pointings(EVENT, status="completed")
    assert len(read) == len({row["id"] for row in listed}) < len(listed)  # a marked one is listed twice
    first = next(each for each in read if each.id == 1)
    assert (first.ra, first.dec, first.time, first.band) == (10.5, -20.25, AT, "r")
    assert (first.instrument_name, first.by) == ("EWFC", "observer")
    assert [each.time for each in read] == sorted(each.time for each in read if each.time)


@pytest.mark.parametrize(("number", "ra", "dec"), [("36", 266.4, -29.0), ("37", 40.0, -60.0)])
async def test_right_ascensions_come_back_between_0_and_360(
    standin: TreasureMapStandIn,
    treasure_map: TreasureMap,
    recorded: dict[str, Exchange],
    number: str,
    ra: float,
    dec: float,
) -> None:
    standin.script.append(recorded[number])
    (read,) = await treasure_map.pointings(EVENT)
    assert (read.ra, read.dec) == (pytest.approx(ra), dec)


async def test_a_time_without_a_zone_is_utc(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["38"])
    (read,) = await treasure_map.pointings(EVENT)
    assert read.time is not None and read.time.tzinfo is UTC


async def test_an_unknown_event_has_no_pointings(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[n] for n in ("31", "59", "57"))
    assert await treasure_map.pointings("S000000a") == ()
    assert await treasure_map.event("S000000a") is None
    known = await treasure_map.event("GW190814")
    assert known is not None and known.graceid.startswith("S")


async def test_instruments_are_matched_by_name_nickname_or_configuration(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange]
) -> None:
    standin.script.append(recorded["48"])
    listed = await treasure_map.instruments()
    assert match_instrument(listed, ("ewfc",)) == MapInstrument(1, "Example Wide Field Camera", "EWFC")
    assert match_instrument(listed, ("Other", "Example wide-field camera")) == listed[0]
    assert match_instrument(listed, ("Example",)) is None
    assert match_instrument(listed, ("whatever",), configured=2) == listed[1]
    assert match_instrument(listed, ("EWFC",), configured=99) == listed[0], "no such number: by its name"
    assert match_instrument(listed, ("whatever",), configured=99) is None
    assert nearest_instruments(listed, "Wide Field") == ("Example Wide Field Camera",)


# Refusals as recorded


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("07", "does not accept the token"),
        ("08", "does not accept the token"),
        ("09", "does not accept the token"),
        ("10", "does not accept the token"),
        ("11", "does not exist in the database"),
        ("12", "GW190814"),
        ("13", "body.graceid"),
        ("14", "refuses"),
        ("15", "refuses"),
        ("17", "refuses"),
        ("19", "nothing of what was sent was stored"),
        ("20", "nothing of what was sent was stored"),
        ("21", "nothing of what was sent was stored"),
        ("22", "body.pointings.0.time"),
    ],
)
async def test_every_recorded_refusal_of_a_report_is_a_sentence(
    standin: TreasureMapStandIn,
    treasure_map: TreasureMap,
    recorded: dict[str, Exchange],
    number: str,
    words: str,
) -> None:
    standin.script.append(recorded[number])
    with pytest.raises(PlatformError, match=words) as raised:
        await treasure_map.report(EVENT, 1, [_pointing()], token=ANA)
    assert ANA not in str(raised.value) and not raised.value.later and len(str(raised.value)) < 350


@pytest.mark.parametrize("number", ["32", "33", "34"])
async def test_a_filter_that_is_refused_is_a_sentence_without_a_repr(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(recorded[number])
    with pytest.raises(PlatformError, match="refuses pointings") as raised:
        await treasure_map.pointings(EVENT)
    assert "{'" not in str(raised.value)


@pytest.mark.parametrize("number", ["42", "43", "44"])
async def test_a_cancelling_that_is_refused_is_a_sentence(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(recorded[number])
    with pytest.raises(PlatformError, match=r"refuses|token"):
        await treasure_map.cancel([3], token=ANA)


async def test_counts_of_what_was_cancelled_are_read_from_the_words(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange]
) -> None:
    standin.script.extend(recorded[n] for n in ("40", "41"))
    assert await treasure_map.cancel([3], token=ANA) == 1
    assert await treasure_map.cancel([3, 9999], token=ANA) == 0


@pytest.mark.parametrize("number", ["64", "65"])
async def test_an_old_address_is_told_apart(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, recorded: dict[str, Exchange], number: str
) -> None:
    standin.script.append(replace(recorded[number], request={"path": "/api/v1/pointings"}))
    with pytest.raises(PlatformError, match="has no pointings") as raised:
        await treasure_map.pointings(EVENT)
    assert "api/v0" in str(raised.value.advice)


@pytest.mark.parametrize(
    ("number", "ids", "refused"),
    [
        ("01", (1,), ()),
        ("04", (5,), ()),
        ("05", (6,), ("15.500 -20.250: Instrument with ID 99 not found",)),
        ("18", (), ("18.500 -20.250: instrumentid must be provided",)),
        ("27", (), ("no. 2: This pointing has already been completed",)),
        ("39", (), None),
    ],
)
async def test_errors_inside_a_200_are_read_one_by_one(
    standin: TreasureMapStandIn,
    treasure_map: TreasureMap,
    recorded: dict[str, Exchange],
    number: str,
    ids: tuple[int, ...],
    refused: tuple[str, ...] | None,
) -> None:
    standin.script.append(recorded[number])
    done = await treasure_map.report(EVENT, 1, [_pointing()], token=ANA)
    assert done.ids == ids
    assert done.refused == refused if refused is not None else done.refused


async def test_what_would_lose_a_batch_is_never_sent(
    standin: TreasureMapStandIn, treasure_map: TreasureMap
) -> None:
    bad = [
        _pointing(1, band="ztfr"), _pointing(2, status="done"), _pointing(3, depth_unit="mag"),
        _pointing(4, ra=400.0), _pointing(5, time=datetime(2026, 9, 1)),  # noqa: DTZ001
        _pointing(6, status="completed", depth=0.0),
    ]  # fmt: skip
    done = await treasure_map.report(EVENT, 1, [_pointing(0), *bad], token=ANA)
    assert (len(done.ids), len(done.refused), len(standin.rows)) == (1, 6, 1)
    assert "nearest: r" in done.refused[0]
    assert (await treasure_map.report(EVENT, 1, bad, token=ANA)).ids == ()


# Our own reports as jobs


async def test_a_plan_is_reported_in_small_batches(
    standin: TreasureMapStandIn, work: ReportWork, clock: ManualClock
) -> None:
    moved = await _to_the_end(work, _job(clock, [_pointing(i) for i in range(2 * BATCH + 5)]))
    assert moved.state is JobState.DONE
    assert moved.results is not None and moved.results["stored"] == 45 == len(standin.rows)
    sizes = [len(body["pointings"]) for method, _, body in standin.calls if method == "POST"]
    assert sizes == [20, 20, 5]
    sent = next(body for method, _, body in standin.calls if method == "POST")["pointings"][0]
    assert "position" not in sent and sent["time"] == "2026-09-01T01:00:00"


async def test_an_answer_that_was_lost_does_not_report_twice(
    standin: TreasureMapStandIn, work: ReportWork, clock: ManualClock
) -> None:
    job = _job(clock, [_pointing(i) for i in range(25)])
    standin.mute = True
    with pytest.raises(PlatformError) as raised:
        await work.start(job)
    assert raised.value.later and len(standin.rows) == 20
    moved = await _to_the_end(work, job)
    assert moved.results is not None and moved.results["stored"] == 25 == len(standin.rows)


async def test_a_restart_between_any_two_batches_reports_each_pointing_once(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, clock: ManualClock
) -> None:
    job = _job(clock, [_pointing(i, ra=(300.0 + i) % 360) for i in range(45)])
    for _ in range(6):  # every look in a new process that has forgotten what the one before found
        moved = await ReportWork(treasure_map, _ana).look(job)
    assert moved.state is JobState.DONE
    assert len(standin.rows) == 45


async def test_a_partly_refused_report_is_done_and_says_what_was_refused(
    standin: TreasureMapStandIn, work: ReportWork, clock: ManualClock
) -> None:
    moved = await _to_the_end(work, _job(clock, [_pointing(0), _pointing(1, band="nosuchband")]))
    assert moved.state is JobState.DONE and moved.results is not None
    assert moved.results["stored"] == 1
    assert "nosuchband" in moved.results["refused"][0]


async def test_a_wholly_refused_report_fails_with_the_reason(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, work: ReportWork, clock: ManualClock
) -> None:
    job = _job(clock, [_pointing(0)])
    moved = await _to_the_end(work, replace(job, parameters={**job.parameters, "instrument": 99}))
    assert moved.state is JobState.FAILED
    assert moved.failure is not None and "Instrument with ID 99 not found" in moved.failure


async def test_a_report_is_taken_back_by_cancelling_what_it_planned(
    standin: TreasureMapStandIn, work: ReportWork, clock: ManualClock
) -> None:
    standin.add(50.0, 5.0, "2026-09-01T02:00:00", status="planned")  # somebody else's stays
    job = _job(clock, [_pointing(i) for i in range(3)])
    await _to_the_end(work, job)
    moved = await work.cancel(job)
    assert moved.state is JobState.CANCELLED and "3 of 3" in moved.said
    assert [row["status"] for row in standin.rows] == ["planned", *["cancelled"] * 3]
    again = await work.cancel(job)  # a crash came before it was written down
    assert again.state is JobState.CANCELLED


async def test_what_was_observed_is_marked_once(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, work: ReportWork, clock: ManualClock
) -> None:
    report = _job(clock, [_pointing(i) for i in range(2)])
    await _to_the_end(work, report)
    marks = {"1": (AT + timedelta(hours=1)).isoformat(), "2": (AT + timedelta(hours=2)).isoformat()}
    job = replace(report, kind="treasuremap.complete", parameters={"event": EVENT, "marks": marks})
    for _ in range(2):  # the second as after a crash
        moved = await CompleteWork(treasure_map, _ana).start(job)
        assert moved.state is JobState.DONE and moved.results is not None
        assert moved.results["completed"] == 2
    assert len(await treasure_map.pointings(EVENT)) == 2
    with pytest.raises(PlatformError, match="does not take back"):
        await CompleteWork(treasure_map, _ana).cancel(job)


async def test_cancelling_says_what_belongs_to_others(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, work: ReportWork, clock: ManualClock
) -> None:
    report = _job(clock, [_pointing(0)])
    await _to_the_end(work, report)
    theirs = standin.add(50.0, 5.0, "2026-09-01T02:00:00", status="planned")
    job = replace(report, kind="treasuremap.cancel", parameters={"event": EVENT, "ids": [1]})
    for _ in range(2):
        assert (await CancelWork(treasure_map, _ana).start(job)).state is JobState.DONE
    both = replace(job, parameters={"event": EVENT, "ids": [1, theirs]})
    moved = await CancelWork(treasure_map, _ana).start(both)
    assert moved.state is JobState.FAILED and "1 of 2" in str(moved.failure)


async def test_without_a_token_nothing_is_sent(
    standin: TreasureMapStandIn, treasure_map: TreasureMap, clock: ManualClock
) -> None:
    async def nobody(job: Job) -> str | None:
        return None

    with pytest.raises(PlatformError, match="no token for Treasure Map"):
        await ReportWork(treasure_map, nobody).start(_job(clock, [_pointing()]))
    assert all(method == "GET" for method, _, _ in standin.calls)


async def test_the_token_goes_into_a_header_only(
    standin: TreasureMapStandIn, work: ReportWork, clock: ManualClock
) -> None:
    await _to_the_end(work, _job(clock, [_pointing()]))
    assert ANA not in repr(standin.calls)


def test_a_plan_becomes_planned_pointings_with_bands_known_there() -> None:
    ztf = load_registry().get("ZTF")
    exposures = tuple(
        Exposure(f"{i}", 350.0 + 20 * i, 10.0, AT, 30.0, name, 0.1)
        for i, name in enumerate(["g", None, "ztfr"])
    )
    plan = Plan("ZTF", "instant", "tiling", "LVK:S260901a", AT, (AT, AT), exposures, 0.3, 100.0)
    report = report_of_plan(plan, ztf, EVENT, MapInstrument(1, "ZTF"))
    assert [each.problem() for each in report.pointings] == [None, None, None]
    assert [(each.ra, each.band, each.status) for each in report.pointings] == [
        (350.0, "g", "planned"), (10.0, None, "planned"), (30.0, "r", "planned"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("r", "r"), ("ztfr", "r"), ("sdss-g", "g"), ("ps1::i", "i"), ("rp", "r"), ("R", "R"), ("Ks", "K"),
        ("uvw1", "UVW1"), ("white", "clear"), ("Clear", "clear"), ("L", "other"), ("w", "other"),
        ("y", "other"),
        ("F606W", "other"), ("bessellV", "V"), ("c", "other"), ("C", "clear"), ("Kshort", "K"), (None, None),
    ],
)  # fmt: skip
def test_filters_become_bands_of_the_map(name: str | None, band: str | None) -> None:
    assert band_of(name) == band
