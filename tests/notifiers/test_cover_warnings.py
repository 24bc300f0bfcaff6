"""Holes in a roster's cover: told 4 weeks, a week, 48 h and 4 h ahead, each once, with the fallback."""

from __future__ import annotations

from datetime import timedelta

from shifts.changes import absence
from shifts.cover_watch import holes
from shifts.people_file import parse_people
from shifts.roster_file import parse_roster
from store.clock import ManualClock
from store.database import Database
from tests.notifiers.duty_desk import PEOPLE, DutyDesk
from tests.notifiers.test_roster_news import ELI, ROSTER, START
from tests.shifts.rosters import at

UNTIL = ROSTER.replace("turn: {days: 1}", "turn: {days: 1}, until: 2027-01-04").replace(
    "weeks: 6", "weeks: 20"
)


async def test_a_hole_is_told_four_times_and_when_it_comes_each_once(database: Database) -> None:
    desk = DutyDesk(database, ManualClock(START))
    await desk.open(UNTIL)
    told = []
    hole = at("2027-01-04T08:00")
    while desk.clock.now() < hole + timedelta(hours=12):
        await desk.cover.look()
        await desk.news.step()
        told += [
            (f"{(hole - desk.clock.now()) / timedelta(hours=1):.0f}", channel, words)
            for channel, words in [(row.channel, words) for row, words in await desk.cards()]
            if "hole in its cover" in words
        ]
        await desk.clock.advance(3600 * (24 if hole - desk.clock.now() > timedelta(days=3) else 1))
    channels = {(hours, channel) for hours, channel, _ in told}
    assert channels == {(h, c) for h in ("668", "164", "48", "4", "0") for c in ("@eli/slack", "desk")}
    assert len(told) == 10
    assert all("Nobody as advocate: 4 Jan 2027 09:00 (08:00 UTC) to " in words for _, _, words in told)
    assert all("eli would be paged." in words for _, _, words in told)


async def test_a_hole_that_turns_up_late_is_told_at_once_and_not_for_what_has_passed(
    database: Database,
) -> None:
    desk = DutyDesk(database, ManualClock(START))
    await desk.open(ROSTER)
    for person in ("ana", "bo"):
        await desk.changes.make(ELI, "gw", absence(person, "2026-11-18", "2026-11-19"))
    await desk.work()
    await desk.told()
    assert await desk.cover.look() == 1
    assert await desk.cover.look() == 0
    await desk.news.step()
    assert [channel for channel, _ in await desk.told()] == ["@eli/slack", "desk"]


async def test_where_nobody_would_be_paged_it_says_so(database: Database) -> None:
    desk = DutyDesk(database, ManualClock(START))
    await desk.open(UNTIL.replace("{fallback: eli}", "{}"))
    await desk.clock.advance(timedelta(weeks=4).total_seconds())
    await desk.cover.look()
    await desk.news.step()
    (_, words), _ = await desk.cards()
    assert "Nobody would be paged: name a fallback." in words


def test_a_role_with_too_few_people_is_a_hole_that_says_how_many() -> None:
    pair = parse_roster(ROSTER.replace("{fallback: eli}", "{minimum: 2}"))
    found = [hole for hole in holes(pair, parse_people(PEOPLE).by_name(), START) if hole.kind == "gap"]
    assert [(hole.on, hole.minimum) for hole in found] == [(1, 2)]


def test_somebody_on_whom_no_page_reaches_is_a_hole() -> None:
    unverified = PEOPLE.replace("slack: U0BOB", "email: bo@example.org")
    found = holes(parse_roster(ROSTER), parse_people(unverified).by_name(), START)
    assert {(hole.kind, hole.person) for hole in found} == {("unreachable", "bo")}
    strangers = holes(parse_roster(ROSTER), {}, START)
    assert {(hole.kind, hole.person) for hole in strangers} == {("unreachable", "bo"), ("unreachable", "ana")}


def test_one_person_who_stands_a_role_alone_for_days_is_a_hole() -> None:
    away = ROSTER + "absences:\n  - {person: bo, from: 2026-11-20, to: 2026-11-27}\n"
    found = holes(parse_roster(away), parse_people(PEOPLE).by_name(), START)
    (hole,) = found
    assert (hole.kind, hole.person, hole.to_dict()["days"]) == ("alone", "ana", 7)
    assert holes(parse_roster(ROSTER), parse_people(PEOPLE).by_name(), START) == []


def test_a_hole_has_the_same_key_at_every_look() -> None:
    people = parse_people(PEOPLE).by_name()
    rules = parse_roster(UNTIL)
    before = {hole.key for hole in holes(rules, people, at("2027-01-02T00:00"))}
    during = {hole.key for hole in holes(rules, people, at("2027-01-05T00:00"))}
    assert before == during and before


async def test_far_holes_are_told_together_not_each_for_itself(database: Database) -> None:
    nights = ROSTER.replace(
        "turn: {days: 1}", 'turn: {days: 1}, hours: [{from: "09:00", to: "21:00"}]'
    )  # every night is a hole
    desk = DutyDesk(database, ManualClock(START))
    await desk.open(nights)
    cards = 0
    for _ in range(24):
        await desk.cover.look()
        await desk.news.step()
        cards += len([channel for channel, _ in await desk.told() if channel == "desk"])
        await desk.clock.advance(2 * 3600)
    assert cards <= 8  # two days: two far cards, and each night 48 h, 4 h and when it comes
