"""Cards as Discord messages: inside every limit, nothing from outside as markup, every reader's own time."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.card import (
    Age,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Instant,
    Lines,
    Link,
    Links,
    Note,
    Picture,
    Text,
    Tone,
    strong,
    struck,
)
from cards.discord import DiscordMessage, custom_id, render_discord
from cards.discord_markdown import at_line_start, escape
from cards.event_card import event_card
from cards.reader import Reader
from tests.cards import nights
from tests.cards.goldens import assert_golden
from tests.standins.discord_limits import complaints, markup

PARIS = Reader("en", "Europe/Paris")
FRENCH = Reader("fr", "Europe/Paris")
SKY, PLOT = "5a" * 32, "b7" * 32
PICTURES = {"sky_map": SKY, "observability": PLOT}


def accepted(message: DiscordMessage) -> DiscordMessage:
    """The message, when it and all that overflows from it are inside every limit."""
    whole = {"content": message.content, "embeds": message.embeds, "components": message.components}
    assert list(complaints(whole)) == []
    for embeds in message.overflow:
        assert list(complaints({"embeds": embeds})) == []
    return message


def words(message: DiscordMessage) -> str:
    """Every description of the message, in order."""
    embeds = [*message.embeds, *(embed for part in message.overflow for embed in part)]
    return "\n".join(str(embed.get("description", "")) for embed in embeds)


def said(*line: Text) -> str:
    return words(render_discord(Card((Text("t"),), Tone.INFO, (Lines((line,)),)), PARIS))


@pytest.mark.parametrize("reader", [PARIS, FRENCH], ids=["en", "fr"])
@pytest.mark.parametrize("name", ["S230518H", "S230518H_RETRACTED", "GRB"])
def test_cards_of_events_are_taken_by_discord_as_they_were_read(name: str, reader: Reader) -> None:
    state = getattr(nights, name)
    now = state.newest.arrived + timedelta(seconds=20)
    card = event_card(state, now, reader, actions=(Button("event.take", "I have it", state.event),))
    message = accepted(render_discord(card, reader, PICTURES))
    shown = json.dumps(
        [message.content, message.embeds, message.components, *message.overflow], ensure_ascii=False, indent=1
    )
    language = "" if reader is PARIS else ".fr"
    assert_golden(f"{name.lower()}{language}.discord.json", shown + "\n")


def test_everyone_sees_their_own_time_with_utc_beside() -> None:
    at = Instant(nights.MERGER, utc=True)
    shown = words(render_discord(Card((Text("t"),), Tone.INFO, (Lines(((at,),)),)), PARIS))
    assert shown == "<t:1684414748:t> (12:59 UTC)"


def test_an_age_is_kept_up_to_date_by_discord_also_of_what_is_to_come() -> None:
    age = Age(nights.MERGER, nights.MERGER - timedelta(hours=2))
    shown = words(render_discord(Card((Text("t"),), Tone.INFO, (Lines(((age,),)),)), PARIS))
    assert shown == "<t:1684414748:R>"


@pytest.mark.parametrize(
    "nasty",
    [
        "@everyone and @here",
        "<@123> <@&123> <#5> </sky:9> <a:x:1> <:y:2> <t:0:F> <id:home>",
        "[GraceDB](https://evil)",
        "[GraceDB] (https://evil)",
        "https://evil.example/x and HTTP://EVIL",
        "join discord.gg/abc or discord.com/invite/abc",
        "**bold** *it* _it_ __under__ ~~gone~~ `code` ```block``` ||spoiler||",
        ":wave: :100: :+1:",
        "\\*not\\* \\\\",
        "# heading",
        "-# small",
        "- item",
        "> I never said that",
        ">>> nor that",
        "1. first",
    ],
)
def test_nothing_from_outside_becomes_markup(nasty: str) -> None:
    assert markup(nasty) or "\\" in nasty
    assert markup(said(Text(nasty))) == []
    assert markup(at_line_start(escape(nasty))) == []


def test_what_means_nothing_is_left_as_it_was() -> None:
    plain = "FERMI_GBM_FLT_POS at 12:59:08, 5 < 6, ~5 deg, a | b, ana@example.org, 50 %"
    assert escape(plain) == plain


def test_strong_and_struck_text_has_its_delimiters_beside_words_only() -> None:
    assert said(strong(" now ")) == " **now** "
    assert said(struck("gone")) == "~~gone~~"
    assert said(strong("14:59"), strong(", 39 min ago"), Text(" later")) == "**14:59, 39 min ago** later"


def test_a_link_that_is_no_web_address_is_only_its_label() -> None:
    links = Links(
        (
            Link("good", "https://a.b/?x=(1)&y=2"),
            Link("bad", "javascript:alert(1)"),
            Link("a](b", "https://c.d"),
        )
    )
    shown = words(render_discord(Card((Text("t"),), Tone.INFO, (links,)), PARIS))
    assert shown == "[good](https://a.b/?x=%281%29&y=2) · bad · [a\\](b](https://c.d)"


def test_the_title_is_what_a_lock_screen_shows() -> None:
    message = render_discord(Card((strong("S230518h"), Text(" · real")), Tone.REAL), PARIS)
    assert message.content == "🔴 **S230518h** · real"


def test_a_note_is_quiet() -> None:
    card = Card((Text("t"),), Tone.INFO, (Lines(((Text("a"),),)), Note((Text("map not there yet"),))))
    assert words(render_discord(card, PARIS)) == "a\n\n-# map not there yet"


def test_a_picture_is_shown_with_its_words_once_it_is_there() -> None:
    card = Card((Text("t"),), Tone.INFO, (Lines(((Text("a"),),)), Picture("sky_map", "the sky", "Sky map")))
    assert "image" not in render_discord(card, PARIS).embeds[0]
    message = accepted(render_discord(card, PARIS, {"sky_map": SKY}))
    assert message.embeds[0]["image"] == {"url": "attachment://sky_map-5a5a5a5a.png"}
    (attachment,) = message.attachments
    assert (attachment.reference, attachment.filename, attachment.alt) == (
        SKY,
        "sky_map-5a5a5a5a.png",
        "the sky",
    )
    assert words(message) == "a\n\n-# Sky map"


def test_each_picture_has_an_embed_and_words_after_it_stand_below_it() -> None:
    blocks = (Picture("a", "a"), Picture("b", "b"), Lines(((Text("below"),),)))
    message = accepted(render_discord(Card((Text("t"),), Tone.INFO, blocks), PARIS, {"a": SKY, "b": PLOT}))
    assert [("image" in embed, embed.get("description")) for embed in message.embeds] == [
        (True, None),
        (True, None),
        (False, "below"),
    ]


def test_what_does_not_fit_moves_to_the_thread_in_order_and_nothing_is_lost() -> None:
    lines = tuple(((Text(f"line {k} " + "x" * 200),),) for k in range(300))
    card = Card((Text("t"),), Tone.REAL, (*(Lines(line) for line in lines), Buttons((Button("a", "A"),))))
    message = accepted(render_discord(card, PARIS))
    assert message.overflow
    assert re.findall(r"line (\d+) ", words(message)) == [str(k) for k in range(300)]
    assert message.components


def test_a_very_long_line_is_cut_not_refused() -> None:
    card = Card((strong("*" * 10_000),), Tone.REAL, (Lines(((Text("`" * 10_000),),)),))
    message = accepted(render_discord(card, PARIS))
    assert message.content.endswith("…**")
    assert "…" in words(message)
    assert markup(words(message)) == []


def test_buttons_become_rows_of_five_and_each_is_there_once() -> None:
    buttons = tuple(Button(f"a{k}", "label " * 30, "7", ButtonStyle.DANGER) for k in range(7))
    card = Card((Text("t"),), Tone.REAL, (Buttons((*buttons, buttons[0])),))
    rows = accepted(render_discord(card, PARIS)).components
    assert [len(row["components"]) for row in rows] == [5, 2]  # type: ignore[arg-type]
    assert rows[0]["components"][0]["custom_id"] == "nd|a0|7"  # type: ignore[index,call-overload]


def test_a_button_whose_value_is_too_long_is_left_out_rather_than_cut() -> None:
    assert custom_id(Button("event.take", "I have it", "x" * 86)) == "nd|event.take|" + "x" * 86
    assert custom_id(Button("event.take", "I have it", "x" * 87)) is None
    card = Card((Text("t"),), Tone.REAL, (Buttons((Button("event.take", "I have it", "x" * 87),)),))
    assert render_discord(card, PARIS).components == []


@given(st.text(alphabet=st.characters(), max_size=400))
def test_any_text_is_escaped(text: str) -> None:
    shown = said(Text(text))
    assert markup(shown) == []


@given(st.lists(st.text(max_size=1800), max_size=40), st.text(max_size=3000))
def test_any_card_is_inside_the_limits(lines: list[str], title: str) -> None:
    card = Card((strong(title),), Tone.REAL, tuple(Lines(((Text(line),),)) for line in lines))
    accepted(render_discord(card, PARIS))
