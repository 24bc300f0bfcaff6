"""Calendar feeds: the store's own instants, under a secret address, as RFC 5545 asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from shifts.calendar import Entry, night_entries, write_calendar
from shifts.errors import RosterError
from shifts.feeds import Feed, FeedKind, FeedService, NoSuchFeed
from shifts.people import PeopleService
from shifts.people_file import parse_people
from shifts.service import RosterService
from shifts.zones import known_zones
from store import audit
from store.clock import ManualClock
from store.database import Database
from tests.shifts.rosters import at
from tests.shifts.strict_ical import instant, read_strictly

ROSTER = """
roster: desk
timezone: Europe/Paris
horizon: {weeks: 24}
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-09-07, handoff: "02:30", turn: {days: 3}}
"""
PEOPLE = "- {name: ana, timezone: America/Santiago}\n- {name: bo, timezone: Europe/Paris}\n"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(at("2026-09-10T12:00"))


@pytest.fixture
async def feeds(database: Database, clock: ManualClock) -> FeedService:
    await PeopleService(database, clock).put(parse_people(PEOPLE), by="root")
    await RosterService(database, clock).publish(ROSTER, by="root")
    return FeedService(database, clock)


async def spans(feeds: FeedService, feed: Feed) -> list[tuple[datetime, datetime, str]]:
    """What the feed's bytes say, read strictly and by their own time zones."""
    text = await feeds.text(feed, await feeds.entries(feed))
    root = read_strictly(text.content)
    assert not [problem for part in Calendar.from_ical(text.content).walk() for problem in part.errors]
    return sorted(
        (
            instant(root, event.properties["DTSTART"]),
            instant(root, event.properties["DTEND"]),
            event.properties["SUMMARY"][1],
        )
        for event in root.all("VEVENT")
    )


async def test_a_rosters_feed_gives_the_instants_of_the_store_over_both_zones_changes(
    feeds: FeedService, database: Database, clock: ManualClock
) -> None:
    rosters = RosterService(database, clock)
    feed = (await feeds.create(FeedKind.ROSTER, "desk", by="ana")).feed
    read = await spans(feeds, feed)
    assert read[0][0] <= clock.now() and read[-1][1] > clock.now() + timedelta(weeks=23)
    hour = timedelta(hours=1)
    for start, end, summary in read:
        for at_instant in (max(start, clock.now()), start + hour, end - hour, end - timedelta(seconds=1)):
            if at_instant < clock.now() or at_instant > clock.now() + timedelta(weeks=24):
                continue
            on = [f"{s.person}: {s.role}" for s in await rosters.shifts_at(at_instant)]
            assert summary in on, at_instant


async def test_a_persons_feed_has_that_persons_shifts_and_keeps_what_has_passed(
    feeds: FeedService, database: Database, clock: ManualClock
) -> None:
    rosters = RosterService(database, clock)
    new = await feeds.create(FeedKind.PERSON, "ana", by="ana", reminders=[timedelta(minutes=30)])
    before = await spans(feeds, new.feed)
    assert {summary for *_, summary in before} == {"ana: advocate"}
    for _ in range(6):
        await clock.advance(86400)
        await rosters.materialise()
    after = await spans(feeds, new.feed)
    passed = [span for span in after if span[1] <= clock.now()]
    assert passed and passed == [
        (max(start, at("2026-09-10T12:00")), end, summary)
        for start, end, summary in before
        if end <= clock.now()
    ]


async def test_an_edit_in_the_middle_of_a_shift_leaves_no_uid_twice(
    feeds: FeedService, database: Database, clock: ManualClock
) -> None:
    rosters = RosterService(database, clock)
    feed = (await feeds.create(FeedKind.ROSTER, "desk", by="ana")).feed
    override = "  - {role: advocate, person: bo, replaces: ana, from: %s, to: %s}\n"
    times = ("2026-09-13T12:00", "2026-09-13T16:00"), ("2026-09-14T12:00", "2026-09-14T16:00")
    await clock.advance(3 * 86400)
    lines = "".join(override % each for each in times)
    await rosters.publish(f"{ROSTER}overrides:\n{lines}", by="root")
    for _ in range(8):
        await clock.advance(11 * 3600)
        await rosters.materialise()
        await spans(feeds, feed)


async def test_the_address_opens_the_feed_until_it_is_taken_back_and_is_nowhere_in_the_store(
    feeds: FeedService, database: Database
) -> None:
    new = await feeds.create(FeedKind.PERSON, "ana", by="ana")
    assert (await feeds.opened(new.token)) == new.feed
    assert new.token not in repr(new) and len(new.token) >= 32
    async with database.read() as session:
        rows = [str(row) for table in (await _all(session)) for row in table]
        entries = await audit.entries(session, what="calendar")
    assert not [row for row in rows if new.token in row]
    await feeds.revoke(new.feed.id, by="ana")
    with pytest.raises(NoSuchFeed) as refused:
        await feeds.opened(new.token)
    assert refused.value.gone and [e.result for e in entries] == ["created"]
    with pytest.raises(NoSuchFeed) as refused:
        await feeds.opened("x" * 32)
    assert not refused.value.gone


async def _all(session):  # type: ignore[no-untyped-def]
    from sqlalchemy import text

    tables = ("calendar_feeds", "audit")
    return [(await session.execute(text(f"SELECT * FROM {name}"))).all() for name in tables]


async def test_etag_and_time_of_change_move_with_the_content_only(
    feeds: FeedService, database: Database, clock: ManualClock
) -> None:
    feed = (await feeds.create(FeedKind.ROSTER, "desk", by="ana")).feed
    first = await feeds.text(feed, await feeds.entries(feed))
    await clock.advance(600)
    other = FeedService(database, clock)
    second = await other.text(feed, await other.entries(feed))
    assert second == first
    await RosterService(database, clock).publish(ROSTER.replace("02:30", "04:30"), by="root")
    third = await feeds.text(feed, await feeds.entries(feed))
    assert third.etag != first.etag and third.modified == clock.now() > first.modified


@pytest.mark.parametrize(
    ("kind", "subject", "reminders", "said"),
    [
        (FeedKind.PERSON, "anna", [], "nobody is called “anna”; did you mean ana"),
        (FeedKind.ROSTER, "dsk", [], "no roster is called “dsk”; did you mean desk"),
        (FeedKind.PERSON, "ana", [timedelta(days=40)], "not from 0 to 28 days before"),
        (FeedKind.PERSON, "ana", [timedelta(hours=n) for n in range(9)], "9 alarms"),
    ],
)
async def test_a_feed_that_cannot_be_is_refused_in_a_sentence(
    feeds: FeedService, kind: FeedKind, subject: str, reminders: list[timedelta], said: str
) -> None:
    with pytest.raises(RosterError, match=said):
        await feeds.create(kind, subject, by="ana", reminders=reminders)


async def test_a_person_lists_their_own_feeds(feeds: FeedService) -> None:
    await feeds.create(FeedKind.PERSON, "ana", by="root")
    await feeds.create(FeedKind.ROSTER, "desk", by="bo")
    assert [feed.subject for feed in await feeds.feeds(owner="ana")] == ["ana"]
    assert [feed.subject for feed in await feeds.feeds()] == ["ana", "desk"]


def test_a_calendar_is_strictly_one_whatever_people_are_called_and_wherever_they_live() -> None:
    start = at("2026-03-01T00:00")
    names = ["ana, b; c\\d", "Søren Łukasz 王小明 " * 6, "x" * 300, "line\nbreak", "🔭" * 40]
    entries = [
        Entry(f"{number}", f"{names[number % len(names)]}: advocate", names[number % len(names)], begin,
              begin + timedelta(hours=9), zone)
        for number, zone in enumerate(sorted(known_zones())[::5])
        for begin in [start + timedelta(hours=60 * number)]
    ]  # fmt: skip
    content = write_calendar(
        entries, title="duty, all; of it", now=start, reminders=[timedelta(days=1), timedelta(minutes=15)]
    )
    root = read_strictly(content)
    events = {event.properties["UID"][1]: event for event in root.all("VEVENT")}
    assert len(events) == len(entries)
    read = [instant(root, event.properties["DTSTART"]) for event in root.all("VEVENT")]
    assert read == [entry.start for entry in entries]
    assert {alarm.properties["TRIGGER"][1] for alarm in root.all("VALARM")} == {"-P1D", "-PT15M"}


def test_nights_keep_their_uid_when_dusk_moves_by_seconds() -> None:
    evening = at("2026-11-20T23:41") + timedelta(seconds=12, microseconds=3)
    feeds = [
        write_calendar(
            night_entries("DECam", "America/Santiago", [(dusk, dusk + timedelta(hours=8))]),
            title="nights",
            now=evening,
        )
        for dusk in (evening, evening + timedelta(seconds=5))
    ]
    uids = {read_strictly(feed).all("VEVENT")[0].properties["UID"][1] for feed in feeds}
    assert len(uids) == 1
    assert write_calendar([], title="empty", now=evening).count(b"BEGIN:") == 1
    read_strictly(write_calendar([], title="empty", now=evening))
