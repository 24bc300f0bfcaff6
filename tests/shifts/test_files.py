"""Roster and people files: what they say comes back, and what is wrong gets one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shifts.errors import RosterError
from shifts.people_file import parse_people, write_people
from shifts.roster_file import parse_roster, read_roster, write_roster

ROSTER = """
roster: gw-advocates
timezone: Europe/Paris
people: [ana, bo, chidi]
roles:
  advocate: {minimum: 1, fallback: chidi}
layers:
  - name: europe
    role: advocate
    members: [ana, [bo, chidi]]
    starts: 2026-10-19
    handoff: 20:00
    turn: {weeks: 1}
    hours:
      - {days: [mon, tue], from: 08:00, to: 24:00}
    until: 2027-01-01
overrides:
  - {role: advocate, person: chidi, replaces: ana, from: 2026-11-03T20:00, to: 2026-11-04T02:00}
absences:
  - {person: bo, from: 2026-12-24, to: 2026-12-27, timezone: Europe/Paris}
holidays: [{calendar: NO}, {date: 2026-12-24, name: Eve}]
"""

PEOPLE = """
people:
  - name: ana
    slack: U012AB3CD
    discord: 123456789012345678
    email: ana@example.org
    phone: "+33 6 12 34 56 78"
    timezone: Europe/Paris
    locale: fr
    quiet: {from: 22:00, to: 07:00}
    roles: [advocate]
    contact:
      - {after: 0, by: slack}
      - {after: 5, by: voice, when: quiet}
  - {name: bo, timezone: America/Santiago}
"""


def test_a_roster_comes_back_from_its_own_export() -> None:
    roster = parse_roster(ROSTER)
    assert parse_roster(write_roster(roster)) == roster


def test_yaml_does_not_read_times_as_numbers_nor_norway_as_false() -> None:
    roster = parse_roster(ROSTER)
    assert f"{roster.layers[0].handoff:%H:%M}" == "20:00"
    assert roster.holidays[0].calendar == "NO"


def test_people_come_back_from_their_own_export_with_phones_in_e164() -> None:
    people = parse_people(PEOPLE)
    assert parse_people(write_people(people)) == people
    ana = people.by_name()["ana"]
    assert ana.phone == "+33612345678"
    assert ana.reachable_by() == ("slack", "discord", "email", "sms", "voice", "whatsapp")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("Europe/Paris\npeople", "Europe/Pariss\npeople", "is called 'Europe/Pariss'; near are Europe/Paris"),
        ("members: [ana, [bo, chidi]]", "members: []", "layers europe members: is a rotation of nobody"),
        ("members: [ana, [bo, chidi]]", "members: [ana, []]", "is a rotation of nobody"),
        ("[bo, chidi]]", "[bo, bo]]", "one of them is named twice"),
        ("[bo, chidi]]", "[bo, chidy]]", "'chidy' is not among the people; did you mean chidi?"),
        ("{weeks: 1}", "{weeks: 0}", "layers europe turn: 0 weeks is no turn"),
        ("{weeks: 1}", "{weeks: -3}", "-3 weeks is no turn"),
        ("{weeks: 1}", "{weeks: 1.5}", "'1.5' weeks is not a whole number of weeks"),
        ("{weeks: 1}", "{week: 1}", "'week' is not a unit of turns; did you mean weeks?"),
        ("until: 2027-01-01", "until: 2026-01-01", "until 2026-01-01 is not after starts 2026-10-19"),
        ("until: 2027-01-01", "until: 2027-02-29", "'2027-02-29' is not a day of the calendar"),
        ("until: 2027-01-01", "until: 20270-01-01", "is not a date"),
        ("to: 2026-12-27", "to: 2026-12-24", "absences #1: to 2026-12-24 is not after from 2026-12-24"),
        ("to: 2026-11-04T02:00", "to: 2026-11-03T02:00", "overrides #1: to 2026-11-03T02:00 is not after"),
        ("to: 24:00", "to: 24:30", "'24:30' is not a time of day"),
        ("handoff:", "hand-off:", "'hand-off' is not a key of a layer; did you mean handoff?"),
        ("replaces: ana", "replaces: chidi", "chidi cannot replace chidi"),
        ("role: advocate\n", "role: advocat\n", "'advocat' is not among the roles; did you mean advocate?"),
        ("calendar: NO", "calendar: Norway", "no holiday calendar is called 'Norway'"),
        ("roster: gw-advocates", "roster: a/b", "'a/b' is not a name"),
        ("roster: gw-advocates", "", "roster is missing"),
        ("holidays:", "absences:", "the key 'absences' stands twice"),
        ("people: [ana, bo, chidi]", "people: [ana, bo, chidi, bo]", "people: 'bo' stands twice"),
        ("roster: gw", "\troster: gw", "is not YAML"),
        ("people: [ana", "people: *x [ana", "is not YAML"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_roster_gets_one_clear_sentence(written: str, instead: str, said: str) -> None:
    assert ROSTER.count(written) >= 1
    with pytest.raises(RosterError) as refused:
        parse_roster(ROSTER.replace(written, instead, 1))
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_overrides_that_contradict_each_other_are_refused_with_the_time_they_share() -> None:
    second = "  - {role: advocate, person: bo, replaces: ana, from: 2026-11-03T22:00, to: 2026-11-04T05:00}\n"
    with pytest.raises(RosterError) as refused:
        parse_roster(ROSTER.replace("absences:", second + "absences:"))
    assert "overrides #1 and #2 overlap: both replace ana as advocate" in str(refused.value)
    assert "from 2026-11-03T21:00Z to 2026-11-04T01:00Z" in str(refused.value)


def test_overrides_that_follow_each_other_are_fine() -> None:
    second = "  - {role: advocate, person: bo, replaces: ana, from: 2026-11-04T02:00, to: 2026-11-04T05:00}\n"
    assert len(parse_roster(ROSTER.replace("absences:", second + "absences:")).overrides) == 2


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('"+33 6 12 34 56 78"', "0612345678", "people ana phone: '0612345678' has no country"),
        ('"+33 6 12 34 56 78"', '"+33 6 12"', "cannot be a telephone number of +33"),
        ("slack: U012AB3CD", "slack: ana", "'ana' is not a Slack member ID"),
        ("ana@example.org", "ana", "is not an e-mail address"),
        ("timezone: Europe/Paris", "timezone: CEST", "no IANA time zone is called 'CEST'"),
        ("    email: ana@example.org\n", "    e-mail: ana@example.org\n", "did you mean email?"),
        ("by: voice", "by: pigeon", "people ana contact #2 by is 'pigeon'"),
        ("to: 07:00", "to: 22:00", "is no time, or always"),
        ("name: bo", "name: ana", "ana stands twice"),
        ("locale: fr", "locale: french", "'french' is not a locale"),
        ("locale: fr", "locale: xx", "no language is called 'xx'"),
        ('    phone: "+33 6 12 34 56 78"\n', "", "contact #2 goes by voice, but ana has no phone"),
    ],
)  # fmt: skip
def test_each_mistake_about_a_person_gets_one_clear_sentence(written: str, instead: str, said: str) -> None:
    assert PEOPLE.count(written) >= 1
    with pytest.raises(RosterError) as refused:
        parse_people(PEOPLE.replace(written, instead, 1))
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match=r"nowhere\.yaml: cannot be read: No such file"):
        read_roster(tmp_path / "nowhere.yaml")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_but_the_rooms_own_error_escapes_a_damaged_file(data: st.DataObject) -> None:
    lines = ROSTER.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        where = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["cut", "drop", "junk"]))
        if kind == "drop":
            del lines[where]
        elif kind == "cut":
            lines[where] = lines[where][: data.draw(st.integers(0, 30))]
        else:
            lines[where] += data.draw(st.text(max_size=12))
        lines = lines or [""]
    try:
        parse_roster("\n".join(lines))
    except RosterError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text", ["", "- a", "1", "roster: [", "[" * 5000, "a: &a [*a]", "!!python/object:os.system {}"]
)
def test_text_that_is_no_roster_at_all_is_refused(text: str) -> None:
    with pytest.raises(RosterError):
        parse_roster(text)
    with pytest.raises(RosterError):
        parse_people(text or "people: 3")
