"""The card model: what it keeps, what it refuses, and what never gets into it."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.card import Age, Card, CardError, Instant, InstantForm, Lines, Link, Text, Tone, strong
from cards.cleaning import clean, shorten, web_address
from cards.event_card import event_card
from cards.reader import Reader, ReaderError
from tests.cards import nights

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["S230518H", "S230518H_RETRACTED", "COINCIDENT", "GRB", "NEUTRINO", "UNKNOWN"]
)
def test_a_card_survives_json(name: str) -> None:
    card = event_card(getattr(nights, name), NOW, Reader("fr", "Asia/Kolkata"))
    assert Card.from_dict(json.loads(json.dumps(card.to_dict()))) == card


def test_instants_are_kept_to_the_microsecond_and_in_utc() -> None:
    paris = datetime(2026, 11, 20, 5, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    card = Card((Instant(paris, InstantForm.DATE_TIME, utc=True), Age(paris, NOW)), Tone.INFO)
    back = Card.from_dict(card.to_dict()).title[0]
    assert isinstance(back, Instant)
    assert back.at == paris
    assert back.at.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(CardError, match="know their zone"):
        Instant(datetime(2026, 11, 20))  # noqa: DTZ001


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": [], "tone": "loud"},
        {"title": [{"kind": "html", "text": "x"}], "tone": "info"},
        {"title": 3},
    ],
)
def test_what_is_no_card_is_refused_in_words(values: dict[str, object]) -> None:
    with pytest.raises(CardError, match="not a card"):
        Card.from_dict(values)


def test_control_direction_and_invisible_characters_never_reach_a_card() -> None:
    nasty = "S1\u202e<x>\u2066\r\nforged line\x1b[31m\x00 \u200b\U000e0041\ud800end"
    assert strong(nasty).text == "S1<x>  forged line[31m \ufffdend"
    assert Link(nasty, "https://a.b/\u202e").url == "https://a.b/"


@given(st.text())
def test_clean_text_can_be_encoded_is_one_line_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned


@given(st.text(), st.integers(0, 50))
def test_shortened_text_is_short(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://gracedb.ligo.org/superevents/S1/view/", "https://gracedb.ligo.org/superevents/S1/view/"),
        ("https://a.b/x|y>z<w", "https://a.b/x%7Cy%3Ez%3Cw"),
        ("https://a.b/a b", "https://a.b/a%20b"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://[::1", None),
        ("slack://channel?id=1", None),
        ("https://a.b/" + "x" * 3000, None),
        ("", None),
    ],
)
def test_only_web_addresses_become_links(url: str, address: str | None) -> None:
    assert web_address(url) == address


def test_a_card_with_nothing_but_a_title_is_a_card() -> None:
    card = Card((Text("quiet"),), Tone.INFO, (Lines(()),))
    assert Card.from_dict(card.to_dict()) == card


@pytest.mark.parametrize(
    ("locale", "timezone"), [("xx", "UTC"), ("", "UTC"), ("en", "Mars/Olympus"), ("en", "../etc")]
)
def test_a_reader_of_no_language_or_zone_is_refused(locale: str, timezone: str) -> None:
    with pytest.raises(ReaderError, match="expected"):
        Reader(locale, timezone)


@pytest.mark.parametrize("locale", ["fr", "fr-FR", "fr_CA", "fr_FR.UTF-8"])
def test_every_french_reads_french(locale: str) -> None:
    assert Reader(locale).say("real") == "réel"


def test_a_language_without_a_catalogue_reads_english_with_its_own_numbers() -> None:
    reader = Reader("sv", "Europe/Stockholm")
    assert reader.say("real") == "real"
    assert reader.date(datetime(2023, 5, 18, tzinfo=UTC)) == "18 maj 2023"


def test_a_reader_can_be_sent_to_a_worker_after_it_has_read() -> None:
    reader = Reader("fr", "Asia/Tokyo")
    assert reader.say_many("{count} day", "{count} days", 2) == "2 jours"
    sent = pickle.loads(pickle.dumps(reader))
    assert sent == reader
    assert sent.say("real") == "réel"
