"""What a new notice changed, in the words of the design."""

from __future__ import annotations

from dataclasses import replace

from cards.card import Style, Text, Tone
from cards.change_note import change_note
from cards.reader import Reader
from cards.text import line_text
from events.state import RevisionState
from gcn.notice import AlertType, Coincidence, Position, Role
from tests.cards import nights

PARIS = Reader("en", "Europe/Paris")
FRENCH = Reader("fr", "Europe/Paris")


def told(before: RevisionState, after: RevisionState, reader: Reader = PARIS) -> str | None:
    card = change_note(before, after, reader)
    return None if card is None else line_text(card.title, reader)


def test_the_initial_alert_reads_as_in_the_design() -> None:
    assert told(nights.PRELIMINARY, nights.INITIAL) == (
        "Initial: a human has looked. 90 % area 1002 → 666 deg², peak moved 3.1°, DECam 61 → 74 %. "
        "Class and distance as before."
    )


def test_what_is_new_is_strong() -> None:
    card = change_note(nights.PRELIMINARY, nights.INITIAL, PARIS)
    assert card is not None
    assert [s.text for s in card.title if isinstance(s, Text) and s.style is Style.STRONG] == [
        "Initial: a human has looked.",
        "666 deg²",
        "74 %",
    ]


def test_french_reads_as_french() -> None:
    assert told(nights.PRELIMINARY, nights.INITIAL, FRENCH) == (
        "Initiale : vérifié par un humain. Région à 90 % : 1002 → 666 deg², maximum déplacé de 3,1°, "
        "DECam 61 → 74 %. Classe et distance : comme avant."
    )


def test_a_repeated_notice_tells_nothing() -> None:
    again = replace(nights.PRELIMINARY, number=2, id=2)
    assert told(nights.PRELIMINARY, again) is None


def test_an_update_that_changes_nothing_visible_says_so() -> None:
    update = replace(
        nights.INITIAL, notice=replace(nights.INITIAL.notice, alert_type=AlertType.UPDATE, kind="UPDATE")
    )
    assert told(nights.INITIAL, update) == "Update. Sky map, class and distance as before."


def test_a_class_that_changed_is_told_with_both_numbers() -> None:
    other = {"NSBH": 0.2, "BBH": 0.7, "Terrestrial": 0.1}
    after = replace(nights.INITIAL, notice=replace(nights.INITIAL.notice, classification=other))
    said = told(nights.PRELIMINARY, after) or ""
    assert "NSBH 86 → 20 %" in said
    assert "BBH 4 → 70 %" in said
    assert "lass" not in said


def test_distance_rate_and_significance_are_told() -> None:
    notice = replace(nights.INITIAL.notice, far=2e-6, significant=False)
    after = replace(
        nights.INITIAL,
        notice=notice,
        statistics=nights.statistics(area_90=666.0, distance_mean=140.0, distance_std=30.0),
    )
    said = told(nights.PRELIMINARY, after) or ""
    assert "distance 276 ± 79 Mpc → 140 ± 30 Mpc" in said
    assert "no longer significant" in said
    assert "false alarms 1 per 98 years → 1 per 6 days" in said


def test_a_coincidence_that_was_not_there_is_told() -> None:
    after = replace(nights.INITIAL, notice=replace(nights.INITIAL.notice, coincidence=Coincidence("Fermi")))
    assert "coincident with Fermi" in (told(nights.PRELIMINARY, after) or "")


def test_a_better_position_is_told_by_its_radius() -> None:
    before = nights.GRB.newest
    notice = replace(
        before.notice, kind="FERMI_GBM_FIN_POS", position=Position(214.6, -12.4, 2.1, 0.68, False, 1.4)
    )
    assert "Radius 6.8° → 2.1°" in (told(before, replace(before, notice=notice)) or "")


def test_a_first_map_is_told_by_its_area() -> None:
    without = replace(nights.PRELIMINARY, statistics=None, observability=None)
    assert "90 % area 666 deg²" in (told(without, nights.INITIAL) or "")


def test_a_retraction_says_who_and_when() -> None:
    card = change_note(nights.INITIAL, nights.RETRACTION, PARIS)
    assert card is not None
    assert card.summary == "Retracted. LVK took it back at 15:41 UTC."
    assert card.tone is Tone.RETRACTED


def test_a_mock_stays_a_mock_in_the_thread() -> None:
    notice = replace(nights.INITIAL.notice, role=Role.MOCK)
    card = change_note(nights.PRELIMINARY, replace(nights.INITIAL, notice=notice), PARIS)
    assert card is not None
    assert card.tone is Tone.MOCK


def test_a_circular_is_told_by_its_subject_with_its_address() -> None:
    said = told(nights.PRELIMINARY, nights.CIRCULAR) or ""
    assert said.startswith("Circular: LIGO/Virgo/KAGRA S230518h: Identification")
    assert "<https://gcn.nasa.gov/circulars/33813>" in said
