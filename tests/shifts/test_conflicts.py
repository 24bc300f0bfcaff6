"""What does not go together is named: leave, nights, holidays, and people whom no page would reach."""

from __future__ import annotations

import pytest

from shifts.conflicts import ConflictKind, conflicts, unpaged
from shifts.people_file import Person
from shifts.resolver import resolve
from tests.shifts.rosters import at, layer, roster


def person(name: str, **rest: object) -> Person:
    return Person.from_dict({"name": name, "timezone": "UTC", "slack": f"U0{name.upper()}", **rest})


def test_duty_on_leave_through_the_night_on_a_holiday_and_of_strangers_is_named() -> None:
    desk = roster(layer(["ana", "bo", "zoe"], {"hours": 8}, "2026-12-24", "00:00"))
    people = {
        "ana": person("ana", quiet={"from": "22:00", "to": "08:00"}),
        "bo": person("bo", country="FR"),
    }
    away = {"bo": [(at("2026-12-24T10:00"), at("2026-12-24T12:00"))]}
    shifts = resolve(desk, at("2026-12-24T00:00"), at("2026-12-26T00:00")).shifts
    found = conflicts(shifts, people, away)
    assert [each.kind for each in found] == sorted(
        (each.kind for each in found), key=list(ConflictKind).index
    )
    said = [(each.kind, each.text) for each in found]
    assert said == [
        (ConflictKind.UNKNOWN, "zoe is not among the people: nobody knows how to page them"),
        (
            ConflictKind.LEAVE,
            "bo is on as advocate from 2026-12-24T10:00Z to 2026-12-24T12:00Z, but away then",
        ),
        (ConflictKind.NIGHT, "ana is on as advocate from Thu 24 Dec 00:00 local, 100% of it in quiet hours"),
        (ConflictKind.NIGHT, "ana is on as advocate from Fri 25 Dec 00:00 local, 100% of it in quiet hours"),
        (ConflictKind.HOLIDAY, "bo is on as advocate on 2026-12-25, Christmas Day"),
    ]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, None),
        ({"contact": [{"after": 0, "by": "slack"}]}, None),
        ({"slack": None}, "has no verified way to be paged: no address at all"),
        (
            {
                "slack": None,
                "email": "a@b.org",
                "phone": "+33612345678",
                "verified": ["phone"],
                "stopped": ["phone"],
            },
            "email is not confirmed, phone was stopped by its owner",
        ),
        (
            {"contact": [{"after": 0, "by": "slack", "when": "awake"}]},
            "no contact rule that counts in quiet hours on shift",
        ),
        ({"contact": [{"after": 0, "by": "slack", "when": "on_shift"}]}, None),
        (
            {"phone": "+33612345678", "contact": [{"after": 0, "by": "voice"}]},
            "no contact rule that counts awake on shift or in quiet hours on shift over a way that",
        ),
    ],
)
def test_who_would_not_hear_a_page_is_named_with_the_reason(
    entry: dict[str, object], said: str | None
) -> None:
    values = {key: value for key, value in {"slack": "U0ANA", **entry}.items() if value is not None}
    who = Person.from_dict({"name": "ana", "timezone": "UTC", **values})
    found = [each.text for each in unpaged("ana", who)]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]
