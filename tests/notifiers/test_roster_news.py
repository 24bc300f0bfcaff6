"""News about duty: told to whom it touches, once, at the right instant, also late where nobody was there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

import shifts.service as service_module
from notifiers.group_sync import GroupSync
from notifiers.tables import OutboxRow
from shifts.actor import Actor
from shifts.changes import absence, override
from shifts.errors import RosterError
from shifts.people_file import parse_people
from shifts.reminders import Reminder
from shifts.roster_file import parse_roster
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.duty_desk import PEOPLE, DutyDesk
from tests.shifts.rosters import at

ROSTER = """
roster: gw
timezone: Europe/Paris
horizon: {weeks: 6}
people: [ana, bo, chidi, dee, eli]
roles: {advocate: {fallback: eli}}
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-10-19, handoff: "09:00", turn: {days: 1}}
"""
START = at("2026-11-16T12:00")  # ana is on until 09:00 (08:00 UTC) tomorrow
ELI = Actor("eli", manages=True)


@pytest.fixture
async def desk(database: Database) -> DutyDesk:
    desk = DutyDesk(database, ManualClock(START))
    await desk.open(ROSTER)
    return desk


async def test_a_first_roster_is_told_to_everybody_in_it(database: Database) -> None:
    desk = DutyDesk(database, ManualClock(START))
    await desk.people.put(parse_people(PEOPLE), by="eli")
    await desk.rosters.publish(ROSTER, by="eli")
    await desk.work()
    (ana, words), (bo, _) = await desk.cards()
    assert (ana.channel, bo.channel) == ("@ana/slack", "@bo/slack")
    assert words.startswith(
        "Roster gw: your shifts\n\nNew: 16 Nov 2026 13:00 (12:00 UTC) to 17 Nov 2026 09:00"
    )
    assert "and 14 more shifts" in words and "Published by eli." in words


async def test_a_change_is_told_to_whom_it_touches_with_before_and_after(desk: DutyDesk) -> None:
    await desk.rosters.publish(ROSTER.replace("09:00", "10:00"), by="eli")
    await desk.work()
    told = {row.channel: words for row, words in await desk.cards()}
    assert set(told) == {"@ana/slack", "@bo/slack"}
    assert (
        "Moved (advocate): it was 17 Nov 2026 09:00 (08:00 UTC) to 18 Nov 2026 09:00 (08:00 UTC), now "
        in (told["@bo/slack"])
    )


async def test_a_change_of_the_time_zone_database_is_told_though_nobody_edited(
    desk: DutyDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = ROSTER.replace("Europe/Paris", "Europe/London")
    monkeypatch.setattr(service_module, "rules_of", lambda _: parse_roster(moved))
    await desk.rosters.materialise()
    await desk.work()
    told = await desk.cards()
    assert {row.channel for row, _ in told} == {"@ana/slack", "@bo/slack"}
    assert all(
        "Nobody edited the roster: the rules of a time zone have changed." in words for _, words in told
    )
    await desk.work()
    assert await desk.told() == []


async def test_what_can_wait_is_held_until_quiet_hours_are_over(desk: DutyDesk) -> None:
    await desk.until(at("2026-11-16T23:00"))  # midnight in Paris, where ana sleeps until 07:00
    await desk.told()
    await desk.changes.make(ELI, "gw", override("advocate", "2026-11-25", "2026-11-26", person="chidi"))
    away = absence("ana", "2026-11-24", "2026-11-26")
    await desk.changes.make(ELI, "gw", away)
    await desk.work()
    rows = {row.channel: row for row, _ in await desk.cards()}
    assert rows["@ana/slack"].held_until == at("2026-11-17T06:00")
    assert rows["@bo/slack"].held_until is None and rows["@chidi/email"].held_until is None


async def test_what_begins_before_the_morning_is_told_at_night(desk: DutyDesk) -> None:
    await desk.until(at("2026-11-17T23:00"))
    await desk.told()
    instead = override("advocate", "2026-11-18T05:00", "2026-11-18T09:00", person="ana", replaces="bo")
    await desk.changes.make(ELI, "gw", instead)
    await desk.work()
    rows = {row.channel: row for row, _ in await desk.cards()}
    assert rows["@ana/slack"].held_until is None


async def test_a_shift_is_announced_a_day_and_an_hour_before_and_when_it_begins(desk: DutyDesk) -> None:
    await desk.until(at("2026-11-17T08:30"))
    told = await desk.told()
    assert [each for each in told if each[0] == "@bo/slack"] == [
        ("@bo/slack", "You are on as advocate in 1 h"),
        ("@bo/slack", "You are on as advocate until 18 Nov 2026 09:00"),
    ]
    assert ("@ana/slack", "You are off duty as advocate") in told


async def test_the_day_before_is_told_when_the_shift_is_known_by_then(desk: DutyDesk) -> None:
    await desk.until(at("2026-11-18T08:30"))
    told = [title for channel, title in await desk.told() if channel == "@ana/slack"]
    # its day-ahead reminder falls at 09:00 in Paris, awake; the hour-ahead one as well
    assert "You are on as advocate in 1 day" in told or "You are on as advocate in 24 h" in told


async def test_everybody_has_the_reminders_they_asked_for_by_the_way_they_asked_for(desk: DutyDesk) -> None:
    with pytest.raises(RosterError, match="'telegram' is not a way to reach people"):
        await desk.reminders.set("bo", [Reminder(timedelta(hours=3), "telegram")])  # type: ignore[arg-type]
    with pytest.raises(RosterError, match="between a minute and 60 days before"):
        await desk.reminders.set("bo", [Reminder(timedelta(0))])
    await desk.reminders.set("ana", [])
    await desk.reminders.set("bo", [Reminder(timedelta(hours=3))])
    await desk.reminders.set("bo", [Reminder(timedelta(minutes=30), "slack")], roster="gw")
    await desk.until(at("2026-11-20T08:30"))
    told = [(channel, title) for channel, title in await desk.told() if " in " in title]
    assert told == [("@bo/slack", "You are on as advocate in 30 min")] * 2


async def test_a_reminder_of_a_shift_that_was_taken_away_does_not_come(desk: DutyDesk) -> None:
    await desk.changes.make(ELI, "gw", absence("bo", "2026-11-17", "2026-11-19"))
    await desk.until(at("2026-11-17T09:00"))
    assert not [
        title for channel, title in await desk.told() if channel == "@bo/slack" and "You are" in title
    ]


async def test_who_comes_on_is_told_late_when_nobody_was_there_to_tell(any_database: Database) -> None:
    clock = ManualClock(START)
    desk = DutyDesk(any_database, clock)
    await desk.open(ROSTER)
    await desk.cover.look()
    await GroupSync(any_database, clock, [], owner="here", warnings={}).step()
    await clock.advance(timedelta(hours=21).total_seconds())  # down over the handover at 08:00
    again = DutyDesk(any_database, clock)
    await again.told()
    await again.work()
    assert [each for each in await again.told() if " in " not in each[1]] == [
        ("@ana/slack", "You are off duty as advocate"),
        ("@bo/slack", "You are on as advocate until 18 Nov 2026 09:00"),
    ]
    await again.work()
    assert await again.told() == []


async def test_news_that_is_claimed_by_a_process_that_died_is_told_once_by_the_next(desk: DutyDesk) -> None:
    await desk.rosters.publish(ROSTER.replace("09:00", "10:00"), by="eli")
    failing = DutyDesk(desk.database, desk.clock)

    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    failing.news._tell = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        await failing.news.step()
    await desk.work()
    assert await desk.told() == []  # the claim still stands
    await desk.clock.advance(130)
    await desk.work()
    assert sorted(channel for channel, _ in await desk.told()) == ["@ana/slack", "@bo/slack"]


async def test_notes_and_what_is_open_come_with_the_handover(database: Database) -> None:
    async def nights(*_: object) -> list[object]:
        return []

    desk = DutyDesk(database, ManualClock(START))
    await desk.open(ROSTER)
    with pytest.raises(RosterError, match="“advocat” is not a role of gw; did you mean advocate"):
        await desk.notes.write(Actor("ana"), "gw", "advocat", "x")
    await desk.notes.write(Actor("ana"), "gw", "advocate", "S261116a: DECam plan runs until dawn.\nAsk Dee.")
    await desk.until(at("2026-11-17T08:00"))
    cards: list[tuple[OutboxRow, str]] = await desk.cards()
    (words,) = [
        words for row, words in cards if row.channel == "@bo/slack" and "until" in words.splitlines()[0]
    ]
    assert "You take over from ana." in words
    assert "Note from ana" in words and "DECam plan runs until dawn.\nAsk Dee." in words
    await desk.notes.write(Actor("ana"), "gw", "advocate", "And one thing more.")
    await desk.work()
    assert await desk.told() == [("@bo/slack", "A note from ana for advocate, roster gw")]
    await desk.until(at("2026-11-18T08:00"))
    assert all("Note from" not in words for _, words in await desk.cards())  # each note is for one handover


async def test_a_swap_is_told_to_both_sides_and_the_manager(desk: DutyDesk) -> None:
    (shift,) = await desk.rosters.shifts_at(at("2026-11-19T12:00"))
    offer = await desk.swaps.offer(Actor("bo"), shift.id, to=["chidi", "dee"], note="a wedding")
    await desk.work()
    cards = await desk.cards()
    assert [(row.channel, words.splitlines()[0]) for row, words in cards] == [
        ("@chidi/email", f"bo offers a shift (offer {offer.id})"),
        ("@dee/sms", f"bo propose une garde (offre {offer.id})"),
    ]
    assert "bo says: a wedding" in cards[0][1] and "I take it" in cards[0][1]
    await desk.swaps.accept(Actor("chidi"), offer.id)
    await desk.work()
    assert await desk.told() == [
        ("@bo/slack", "chidi has your shift"),
        ("@chidi/email", "You have bo's shift"),
        ("@eli/slack", "chidi has bo's shift"),
    ]


async def test_the_coordinator_who_is_on_is_told_instead_of_all_managers(database: Database) -> None:
    desk = DutyDesk(database, ManualClock(START))
    weekly = "  - {name: co, role: coordinator, members: [dee], starts: 2026-10-19, turn: {weeks: 1}}\n"
    await desk.open(
        ROSTER.replace("advocate: {fallback: eli}", "advocate: {fallback: eli}, coordinator: {}") + weekly
    )
    (shift,) = [s for s in await desk.rosters.shifts_at(at("2026-11-19T12:00")) if s.role == "advocate"]
    await desk.swaps.impose(ELI, shift.id, "chidi")
    await desk.work()
    assert [channel for channel, _ in await desk.told()] == ["@bo/slack", "@chidi/email", "@dee/sms"]


async def test_people_on_telescope_duty_are_reminded_two_hours_before_dusk(database: Database) -> None:
    def dusk(facility: str, after: datetime) -> datetime:
        assert facility == "DECam"
        tonight = after.replace(hour=23, minute=40, second=0, microsecond=0)
        return tonight if tonight > after else tonight + timedelta(days=1)

    desk = DutyDesk(database, ManualClock(START), dusk=dusk)
    await desk.open(ROSTER.replace("{fallback: eli}", "{fallback: eli, facility: DECam}"))
    await desk.reminders.set("ana", [])
    await desk.reminders.set("bo", [])
    await desk.until(at("2026-11-18T00:00"))
    told = [each for each in await desk.told() if "dusk" in each[1]]
    assert told == [("@ana/slack", "DECam: dusk in 2 h"), ("@bo/slack", "DECam: dusk in 2 h")]
