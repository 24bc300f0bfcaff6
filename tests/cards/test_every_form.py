"""One event in the form of every channel, in English and French: the files in golden/forms were looked at.

The e-mails were also looked at in a browser, wide and narrow, in light and in dark.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import asdict
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cards.card import Button, ButtonStyle, Card
from cards.discord import render_discord
from cards.email import Footer, render_email
from cards.event_card import event_card
from cards.gsm import count
from cards.reader import Reader
from cards.short_text import page_short
from cards.slack import render_slack
from cards.text import render_text
from cards.whatsapp import render_whatsapp
from events.state import EventState
from gcn.registry import parse_notice
from skymaps.reader import read_skymap
from skymaps.statistics import statistics
from tests.cards import nights
from tests.cards.goldens import assert_golden

READERS = (Reader("en", "Europe/Paris"), Reader("fr", "Europe/Paris"))
PICTURES = {"sky_map": "sky-map@nightdesk", "observability": "night@nightdesk"}
STOP = "https://desk.example.org/unsubscribe/0123456789abcdef"
LABELS = {"en": ("I have it", "You read this because …"), "fr": ("Je m’en charge", "Vous lisez ceci car …")}


def real_event(shared_data: Path) -> EventState:
    """S230518h as GCN sent it: the preliminary and the initial alert with their own maps."""
    revisions = []
    for number, name in enumerate(("Preliminary_alert.json.gz", "Initial_alert.json"), start=1):
        raw = (shared_data / "lvk-json" / "S230518h" / f"S230518h-{name}").read_bytes()
        notice = parse_notice(gzip.decompress(raw) if name.endswith("gz") else raw, topic="igwn.gwalert")
        assert notice.skymap is not None
        assert notice.skymap.content is not None
        found = statistics(read_skymap(notice.skymap.content))
        revisions.append(nights.revision(number, notice, statistics=found))
    return nights.event(*revisions)


def card_of(state: EventState, reader: Reader) -> Card:
    label = LABELS[reader.locale][0]
    button = Button("page.acknowledge", label, "7", ButtonStyle.PRIMARY, "https://desk.example.org/ack/t0ken")
    return event_card(state, state.newest.arrived + timedelta(minutes=2), reader, actions=(button,))


def every_form(card: Card, reader: Reader) -> str:
    """The card as each channel says it, but for the e-mail's HTML."""
    footer = Footer(LABELS[reader.locale][1], STOP)
    mail = render_email(card, reader, PICTURES, footer)
    short, page = card.short, page_short(card.short, reader, mine="7")
    forms = {
        f"SMS ({_length(short)})": short,
        f"SMS of a page ({_length(page)})": page,
        "voice": card.spoken,
        "WhatsApp": render_whatsapp(card, reader),
        "e-mail, subject": mail.subject,
        "e-mail, text": mail.text,
        "plain text (Apprise)": render_text(card, reader),
        "Slack": _json(render_slack(card, reader, {"sky_map": "F1", "observability": "F2"}).blocks),
        "Discord": _json(render_discord(card, reader)),
    }
    return "\n".join(f"=== {name}\n{words.rstrip()}\n" for name, words in forms.items())


def _length(text: str) -> str:
    counted = count(text)
    return f"{counted.places} {counted.encoding}, {counted.parts} part"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=lambda made: asdict(made))


@pytest.mark.shared
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.locale)
def test_the_real_s230518h_reads_well_on_every_channel(shared_data: Path, reader: Reader) -> None:
    card = card_of(real_event(shared_data), reader)
    assert_golden(f"forms/s230518h.{reader.locale}.txt", every_form(card, reader))
    html = render_email(card, reader, PICTURES, Footer(LABELS[reader.locale][1], STOP)).html
    assert_golden(f"forms/s230518h.{reader.locale}.html", html)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.locale)
def test_an_event_of_our_own_reads_well_on_every_channel(reader: Reader) -> None:
    card = card_of(nights.S230518H, reader)
    assert_golden(f"forms/self_made.{reader.locale}.txt", every_form(card, reader))
    html = render_email(card, reader, PICTURES, Footer(LABELS[reader.locale][1], STOP)).html
    assert_golden(f"forms/self_made.{reader.locale}.html", html)


class _Tags(HTMLParser):
    """Checks that what is opened is closed, and that every picture says what it shows."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and not dict(attrs).get("alt"):
            self.wrong.append("a picture says nothing")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")


@pytest.mark.parametrize("name", ["S230518H", "S230518H_RETRACTED", "MOCK", "COINCIDENT", "GRB", "UNKNOWN"])
def test_the_html_is_well_formed_fetches_nothing_and_runs_nothing(name: str) -> None:
    card = card_of(getattr(nights, name), READERS[0])
    html = render_email(card, READERS[0], PICTURES, Footer("why", STOP)).html
    tags = _Tags()
    tags.feed(html)
    assert (tags.open, tags.wrong) == ([], [])
    assert not re.search(r"<script|<link|<iframe|<form|@import|url\(|\bon\w+=", html)
    assert all(source.startswith("cid:") for source in re.findall(r'src="([^"]*)"', html))


def test_what_comes_from_outside_never_becomes_html() -> None:
    html = render_email(card_of(nights.UNKNOWN, READERS[0]), READERS[0]).html
    assert "<http://evil" not in html
    assert "&lt;http://evil|GraceDB&gt;" in html


def test_mock_and_drill_are_in_the_subject_and_in_the_colour() -> None:
    words = render_email(card_of(nights.MOCK, READERS[0]), READERS[0])
    assert words.subject.startswith("MOCK: ")
    assert "#7b1fa2" in words.html
    assert "#c62828" not in words.html
