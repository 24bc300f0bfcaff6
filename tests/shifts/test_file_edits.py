"""Entries come into a roster's file and out of it, and what its authors wrote stays."""

from __future__ import annotations

import pytest

from shifts.errors import RosterError
from shifts.file_edits import with_entry, without_entry
from shifts.roster_file import parse_roster

HEAD = """# our roster
roster: desk   # the night desk
timezone: Europe/Paris
layers:
  - {name: main, role: advocate, members: [ana, bo], starts: 2026-10-19, handoff: "09:00", turn: {weeks: 1}}
"""
CHIDI = {"person": "chidi", "from": "2026-11-03", "to": "2026-11-05"}
BLOCK = """absences:
# holidays
- person: ana      # Crete
  from: 2026-10-20
  to: 2026-10-22

- {person: bo, from: 2026-11-01, to: 2026-11-02}  # short
# the end
holidays:
  - {date: 2026-12-24}
"""


@pytest.mark.parametrize(
    "rest",
    [
        "",
        BLOCK,
        "absences: [{person: ana, from: 2026-10-20, to: 2026-10-22}]\n",
        "absences: []\n",
        "absences:\n    - {person: ana, from: 2026-10-20, to: 2026-10-22}",
        "absences:\n  -\n    person: ana\n    from: 2026-10-20\n    to: 2026-10-22\n",
        "absences:\n",
    ],
)
def test_an_entry_is_added_and_every_comment_stays(rest: str) -> None:
    before = HEAD + rest
    after = with_entry(before, "absences", CHIDI)
    read = parse_roster(after)
    assert read.absences[-1].person == "chidi"
    assert read.absences[:-1] == parse_roster(before).absences if rest.strip() != "absences:" else True
    if rest.strip() != "absences:":  # an empty key is written anew
        assert [line for line in before.splitlines() if "#" in line] == [
            line for line in after.splitlines() if "#" in line
        ]


@pytest.mark.parametrize(("number", "left"), [(1, "bo"), (2, "ana")])
def test_an_entry_is_taken_away_and_the_others_stay(number: int, left: str) -> None:
    after = without_entry(HEAD + BLOCK, "absences", number)
    read = parse_roster(after)
    assert [each.person for each in read.absences] == [left] and read.holidays
    assert "# our roster" in after and "# the end" in after


def test_the_last_entry_can_be_taken_away() -> None:
    one = HEAD + "absences:\n  - {person: ana, from: 2026-10-20, to: 2026-10-22}\n"
    assert parse_roster(without_entry(one, "absences", 1)).absences == ()


def test_an_entry_that_is_not_there_is_said() -> None:
    with pytest.raises(RosterError, match="absences #3 is not in the file; there are 2"):
        without_entry(HEAD + BLOCK, "absences", 3)


def test_an_entry_that_is_no_entry_is_said_in_the_rosters_words() -> None:
    with pytest.raises(RosterError, match="absences #1: to 2026-11-05 is not after from 2026-11-06"):
        with_entry(HEAD, "absences", {"person": "ana", "from": "2026-11-06", "to": "2026-11-05"})
