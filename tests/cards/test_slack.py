"""Cards as Slack messages: inside every limit, nothing from outside as markup, every reader's own time."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from cards.card import Button, Buttons, Card, Instant, Lines, Link, Links, Picture, Text, Tone, strong, struck
from cards.event_card import event_card
from cards.reader import Reader
from cards.slack import MESSAGE_BLOCKS, SlackMessage, escape, render_slack
from tests.cards import nights
from tests.cards.goldens import assert_golden
from tests.standins.block_kit import characters, complaints

PARIS = Reader("en", "Europe/Paris")
FILES = {"sky_map": "F0123456789", "observability": "F1123456789"}


def accepted(message: SlackMessage) -> SlackMessage:
    """The message, when Slack's models and its limits take every part of it."""
    assert 0 < len(message.text) <= 4000
    for blocks in (message.blocks, *message.overflow):
        assert list(complaints(blocks, lambda file: True)) == []
        assert characters(blocks) <= 13_200
        assert len(blocks) <= MESSAGE_BLOCKS
        for block in blocks:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.validate_json()
    return message


def words(message: SlackMessage) -> str:
    """Every mrkdwn text of the message, in order."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "mrkdwn":
                found.append(value["text"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look([message.blocks, *message.overflow])
    return "\n".join(found)


def said(text: Text) -> str:
    return words(render_slack(Card((Text("t"),), Tone.INFO, (Lines(((text,),)),)), PARIS)).split("\n")[1]


@pytest.mark.parametrize("name", ["S230518H", "S230518H_RETRACTED", "GRB", "UNKNOWN", "COINCIDENT"])
def test_cards_of_events_are_taken_by_slack_as_they_were_read(name: str) -> None:
    state = getattr(nights, name)
    now = state.newest.arrived + timedelta(seconds=20)
    card = event_card(state, now, PARIS, actions=(Button("acknowledge", "I have it", "1"),))
    message = accepted(render_slack(card, PARIS, FILES))
    shown = json.dumps([message.text, message.blocks, *message.overflow], ensure_ascii=False, indent=1)
    assert_golden(f"{name.lower()}.slack.json", shown + "\n")


def test_everyone_sees_their_own_time_with_a_fallback_in_the_channels_zone() -> None:
    card = Card((Text("t"),), Tone.INFO, (Lines(((Instant(nights.MERGER, utc=True),),)),))
    assert "<!date^1684414748^{time}|14:59> (12:59 UTC)" in words(render_slack(card, PARIS))


@pytest.mark.parametrize(
    "nasty",
    [
        "<!channel> & <@U123>",
        "<https://evil|GraceDB>",
        "&lt;!here&gt;",
        "*bold* _it_ ~gone~ `code`",
        ":wave: :100:",
    ],
)
def test_nothing_from_outside_becomes_markup(nasty: str) -> None:
    shown = escape(nasty)
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", shown)
    assert not re.search(r"(?<!\w)[*_~`]\S|\S[*_~`](?!\w)", shown)
    assert not re.search(r":[a-z0-9_]*[a-z][a-z0-9_]*:", shown)


def test_names_keep_their_underscores_and_times_their_colons() -> None:
    assert escape("FERMI_GBM_FLT_POS at 12:59:08") == "FERMI_GBM_FLT_POS at 12:59:08"


def test_a_line_cannot_become_a_quotation() -> None:
    assert not said(Text("> I never said that")).startswith("&gt;")


def test_strong_and_struck_text_has_its_delimiters_beside_words_only() -> None:
    assert said(strong(" now ")).strip() == "*now*"
    assert said(struck("gone")) == "~gone~"
    line = (strong("14:59"), strong(", 39 min ago"), Text(" later"))
    card = Card((Text("t"),), Tone.INFO, (Lines((line,)),))
    assert "*14:59, 39 min ago* later" in words(render_slack(card, PARIS))


def test_a_link_that_is_no_web_address_is_only_its_label() -> None:
    links = Links((Link("good", "https://a.b/?x=1&y=2"), Link("bad", "javascript:alert(1)")))
    shown = words(render_slack(Card((Text("t"),), Tone.INFO, (links,)), PARIS))
    assert "<https://a.b/?x=1&amp;y=2|good> · bad" in shown
    assert "javascript" not in shown


def test_a_picture_is_shown_once_it_is_uploaded() -> None:
    card = Card((Text("t"),), Tone.INFO, (Picture("sky_map", "the sky", "Sky map"),))
    assert len(render_slack(card, PARIS).blocks) == 1
    image = accepted(render_slack(card, PARIS, FILES)).blocks[1]
    assert image["slack_file"] == {"id": "F0123456789"}
    assert image["alt_text"] == "the sky"


def test_what_does_not_fit_moves_to_the_thread_in_order_and_nothing_is_lost() -> None:
    lines = tuple(((Text(f"line {k} " + "x" * 200),),) for k in range(300))
    card = Card((Text("t"),), Tone.REAL, (*(Lines(line) for line in lines), Buttons((Button("a", "A"),))))
    message = accepted(render_slack(card, PARIS))
    assert message.overflow
    assert re.findall(r"line (\d+) ", words(message)) == [str(k) for k in range(300)]
    assert message.blocks[-1]["type"] == "actions"


def test_a_very_long_line_is_cut_not_refused() -> None:
    card = Card((strong("&" * 10_000),), Tone.REAL, (Lines(((Text("<" * 10_000),),)),))
    shown = words(accepted(render_slack(card, PARIS)))
    assert "…" in shown
    assert not re.search(r"&(?!(amp|lt|gt);)", shown)


def test_more_buttons_than_a_row_takes_become_rows() -> None:
    buttons = tuple(Button(f"action_{k}", "label " * 30, "v" * 3000) for k in range(30))
    message = accepted(render_slack(Card((Text("t"),), Tone.REAL, (Buttons(buttons),)), PARIS))
    assert [len(block["elements"]) for block in message.blocks[1:]] == [25, 5]  # type: ignore[arg-type]


@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_text_is_escaped(text: str) -> None:
    shown = escape(text)
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", shown)
    assert "`" not in shown
