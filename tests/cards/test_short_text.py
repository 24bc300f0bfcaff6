"""What an SMS and a voice say of an event: in one part, what matters first, in the reader's language."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cards.card import Card
from cards.event_card import event_card
from cards.gsm import count, for_sms, in_gsm, transliterated
from cards.reader import Reader
from cards.short_text import READ_FIRST, fitted, page_short
from cards.spoken_text import keys_spoken, spelled
from events.state import EventState
from gcn.notice import Notice
from tests.cards import nights
from tests.cards.goldens import assert_golden

PARIS = Reader("en", "Europe/Paris")
FRENCH = Reader("fr", "Europe/Paris")
EVENTS = (
    "S230518H", "S230518H_INITIAL", "S230518H_RETRACTED", "MOCK", "COINCIDENT", "GRB", "EINSTEIN_PROBE",
    "NEUTRINO", "UNKNOWN", "CIRCULAR_ALONE", "S230518H_WITH_CIRCULAR",
)  # fmt: skip


def card_of(state: EventState, reader: Reader = PARIS) -> Card:
    return event_card(state, state.newest.arrived + timedelta(seconds=20), reader)


@pytest.mark.parametrize("reader", [PARIS, FRENCH], ids=lambda reader: reader.locale)
def test_short_and_spoken_words_read_as_they_were_read_and_found_good(reader: Reader) -> None:
    written = []
    for name in EVENTS:
        made = card_of(getattr(nights, name), reader)
        page = page_short(made.short, reader, mine="7")
        for words in (made.short, page):
            length = count(words)
            written.append(f"{length.places:3d} {length.encoding} in {length.parts}: {words}")
        written += [f"voice: {made.spoken}", ""]
    assert_golden(f"short.{reader.locale}.txt", "\n".join(written))


def test_the_example_of_the_design_comes_out_word_for_word() -> None:
    page = page_short(card_of(nights.S230518H).short, PARIS, mine="7")
    assert page == (
        "NSBH S230518h 86% real. 276+-79Mpc 1002deg2. DECam 61% now. 1/98yr. 14:59 Paris. "
        "Reply 7 = mine, 0 = not me"
    )


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("reader", [PARIS, FRENCH, Reader("de"), Reader("pl"), Reader("vi")], ids=str)
def test_an_event_is_one_part_in_the_gsm_alphabet_that_is_read_at_a_glance(name: str, reader: Reader) -> None:
    words = card_of(getattr(nights, name), reader).short
    length = count(words)
    assert length.encoding == "GSM-7"
    assert 0 < length.places <= READ_FIRST


def test_an_event_with_a_name_as_long_as_a_novel_still_fits_with_its_answer() -> None:
    state = replace(nights.S230518H, name="S" + "230518h€" * 40)
    made = card_of(state)
    page = page_short(made.short, PARIS, mine="12")
    assert count(made.short).places <= READ_FIRST
    assert count(page).places <= 160
    assert page.endswith("Reply 12 = mine, 0 = not me")


def test_what_gives_way_is_what_stands_last() -> None:
    sentences = ("first " * 10, "second " * 10, "third " * 10)
    made = fitted(sentences, PARIS, tail="Reply 7")
    assert made.startswith("first first")
    assert "second" in made
    assert "third" not in made
    assert made.endswith("Reply 7")


def test_an_odd_letter_in_a_name_does_not_halve_what_fits() -> None:
    assert for_sms("GRB 日 near", PARIS) == "GRB ? near"
    assert count(for_sms("Zoë Ångström’s “M☉ ≥ 3 ± 1 deg²” – naïve", FRENCH)).encoding == "GSM-7"
    assert transliterated("ê ô î ç œ 1.4 M⊙ 5° −3") == "e o i c oe 1.4 Msun 5deg -3"


def test_a_script_of_its_own_keeps_its_letters_and_has_two_parts_of_them() -> None:
    japanese = Reader("ja", "Asia/Tokyo")
    made = fitted(["中性子星" * 8, "距離" * 20, "面積" * 40], japanese, tail="返信 7")
    assert "中性子星" in made
    assert made.endswith("返信 7")
    length = count(made)
    assert length.encoding == "UCS-2"
    assert length.parts <= 2


@pytest.mark.parametrize(
    ("text", "encoding", "places", "parts"),
    [
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 153 * 2 + "b", "GSM-7", 307, 3),
        ("[]", "GSM-7", 4, 1),
        ("é€", "GSM-7", 3, 1),
        ("ê", "UCS-2", 1, 1),
        ("漢" * 70, "UCS-2", 70, 1),
        ("漢" * 71, "UCS-2", 71, 2),
        ("🔭", "UCS-2", 2, 1),
    ],
)
def test_parts_are_counted_as_a_provider_bills_them(
    text: str, encoding: str, places: int, parts: int
) -> None:
    counted = count(text)
    assert (counted.encoding, counted.places, counted.parts) == (encoding, places, parts)


def test_every_sign_the_table_stands_for_is_in_the_alphabet() -> None:
    assert in_gsm(transliterated("±°′″’‘“”«»–—−·•…→×≥≤≈☉⊙µœŒçαβγδσ`№™\u00a0\u202f"))


def test_a_voice_spells_what_no_voice_can_read() -> None:
    assert spelled("S230518h") == "S 2 3 0 5 1 8 h"
    assert spelled("DECam") == "D-E-Cam"
    assert spelled("ZTF") == "Z-T-F"
    assert spelled("MeerLICHT") == "MeerL-I-C-H-T"
    assert spelled("Fermi 745811685") == "Fermi 745811685"


def test_the_keys_are_named_in_the_persons_language() -> None:
    assert keys_spoken(PARIS).startswith("Press 4")
    assert keys_spoken(FRENCH).startswith("Appuyez sur 4")


def test_words_survive_the_outbox_and_old_cards_have_none() -> None:
    made = card_of(nights.S230518H)
    assert Card.from_dict(made.to_dict()) == made
    stored = made.to_dict()
    del stored["short"], stored["spoken"]
    old = Card.from_dict(stored)
    assert (old.short, old.spoken) == ("", "")


def test_a_notice_with_nothing_in_it_still_says_what_it_is() -> None:
    empty = Notice(format="voevent", mission="X", kind="?", event="X:1")
    assert card_of(nights.event(nights.revision(1, empty), name="")).short == "Alert ? real."


def test_a_telescope_whose_chance_is_over_is_not_said_to_see_it_now() -> None:
    over = replace(nights.DECAM, last=nights.NOTICE - timedelta(minutes=1))
    rows = (over, nights.MEERLICHT)
    state = nights.event(replace(nights.PRELIMINARY, observability=rows))
    made = card_of(state)
    assert "DECam" not in made.short
    assert "MeerLICHT 33% 17:48" in made.short
    assert "D-E-Cam" not in made.spoken
