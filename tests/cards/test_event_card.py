"""What an event's card says, in which order and in which words (the design's own examples among them)."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cards.card import Button, Buttons, Card, Links, Picture, Table, Text, Tone
from cards.event_card import event_card
from cards.reader import Reader
from cards.text import line_text, render_text
from events.state import EventState, Rank
from gcn.notice import MapSource, Position, Role, SkyMapRef
from tests.cards import nights
from tests.cards.goldens import assert_golden

PARIS = Reader("en", "Europe/Paris")
FRENCH = Reader("fr", "Europe/Paris")
ACTIONS = (Button("acknowledge", "I have it", "1"), Button("not_for_us", "Not for us", "1"))
ALL = (
    "S230518H", "S230518H_INITIAL", "S230518H_RETRACTED", "MOCK", "COINCIDENT", "GRB", "EINSTEIN_PROBE",
    "NEUTRINO", "UNKNOWN", "CIRCULAR_ALONE", "S230518H_WITH_CIRCULAR",
)  # fmt: skip


def now_of(state: EventState) -> datetime:
    return state.newest.arrived + timedelta(seconds=20)


def card_of(state: EventState, reader: Reader = PARIS, **options: object) -> Card:
    return event_card(state, now_of(state), reader, **options)  # type: ignore[arg-type]


def text_of(state: EventState, reader: Reader = PARIS, **options: object) -> str:
    return render_text(card_of(state, reader, **options), reader)


def title_of(state: EventState, reader: Reader = PARIS) -> str:
    return line_text(card_of(state, reader).title, reader)


def changed(state: EventState, **changes: object) -> EventState:
    """The event with its newest revision's notice changed."""
    newest = replace(state.newest, notice=replace(state.newest.notice, **changes))  # type: ignore[arg-type]
    return replace(state, revisions=(*state.revisions[:-1], newest))


@pytest.mark.parametrize("name", ALL)
def test_cards_read_as_they_were_read_and_found_good(name: str) -> None:
    state = getattr(nights, name)
    assert_golden(f"{name.lower()}.txt", text_of(state, actions=ACTIONS))


@pytest.mark.parametrize("name", ["S230518H", "S230518H_RETRACTED", "GRB", "COINCIDENT"])
def test_french_reads_as_french(name: str) -> None:
    assert_golden(f"{name.lower()}.fr.txt", text_of(getattr(nights, name), FRENCH))


def test_the_first_line_is_the_verdict_of_the_design() -> None:
    assert title_of(nights.S230518H) == (
        "NSBH candidate S230518h · real · significant — no human has vetted it yet"
    )
    assert title_of(nights.S230518H, FRENCH) == (
        "Candidat NSBH S230518h · réel · significatif — encore vérifié par personne"
    )


@pytest.mark.parametrize(
    ("role", "tags", "word"),
    [
        (Role.MOCK, frozenset[str](), "MOCK"),
        (Role.TEST, frozenset[str](), "TEST"),
        (Role.OBSERVATION, frozenset({"drill"}), "DRILL"),
        (Role.PREDICTION, frozenset[str](), "PREDICTION"),
    ],
)
def test_what_is_not_real_says_so_first_and_in_its_colour(
    role: Role, tags: frozenset[str], word: str
) -> None:
    for state in (nights.S230518H, nights.S230518H_RETRACTED, nights.GRB):
        card = card_of(replace(state, role=role, tags=tags))
        assert word in line_text(card.title, PARIS).replace("~", "").split()[0]
        assert word in card.summary.replace("~", "").split()[0]
        assert card.tone is Tone.MOCK


def test_the_area_is_ranked_among_enough_of_the_events_seen_here() -> None:
    def said(rank: Rank | None, reader: Reader = PARIS) -> str:
        return text_of(replace(nights.S230518H, rank=rank), reader)

    assert "3 of 17 seen here are smaller" in said(Rank(smaller=3, seen=17))
    assert "the smallest of 17 seen here" in said(Rank(smaller=0, seen=17))
    assert "3 des 17 vues ici sont plus petites" in said(Rank(smaller=3, seen=17), FRENCH)
    assert "seen here" not in said(Rank(smaller=1, seen=2))
    assert "seen here" not in said(None)


def test_noise_is_never_announced_as_its_likeliest_class() -> None:
    noisy = changed(nights.S230518H, classification={"BNS": 0.3, "Terrestrial": 0.7})
    card = card_of(noisy)
    assert line_text(card.title, PARIS).startswith("Gravitational-wave candidate S230518h")
    assert "probably noise" in line_text(card.title, PARIS)
    assert card.tone is Tone.INFO


def test_a_circular_adds_a_line_and_takes_no_word_away() -> None:
    alone, with_circular = text_of(nights.S230518H), text_of(nights.S230518H_WITH_CIRCULAR)
    assert "Circular: LIGO/Virgo/KAGRA S230518h: Identification" in with_circular
    assert alone.splitlines()[0] == with_circular.splitlines()[0]
    assert "86 % NSBH" in with_circular


def test_a_burst_without_classes_is_called_a_burst() -> None:
    burst = changed(
        nights.S230518H,
        classification={},
        properties={"group": "Burst", "pipeline": "cwb", "duration": 0.02, "central_frequency": 312.5},
    )
    text = text_of(burst)
    assert text.startswith("Gravitational-wave burst candidate S230518h · real")
    assert "duration 0.02 s · 312 Hz" in text


def test_a_retraction_strikes_the_name_says_when_and_offers_no_telescope() -> None:
    card = card_of(nights.S230518H_RETRACTED)
    assert line_text(card.title, PARIS) == "~NSBH candidate S230518h~ retracted 15:41 UTC"
    assert card.tone is Tone.RETRACTED
    assert not any(isinstance(block, Table) for block in card.blocks)
    assert "What was said before:" in render_text(card, PARIS)


def test_a_retraction_of_something_unknown_still_is_a_card() -> None:
    text = text_of(nights.event(nights.RETRACTION))
    assert text.startswith("~Gravitational-wave candidate S230518h~ retracted 15:41 UTC")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"skymap": None}, "No position in this notice."),
        ({"skymap": SkyMapRef(MapSource.URL, url="https://a.b/map.fits")}, "Sky map not published yet."),
        ({"skymap": SkyMapRef(MapSource.EMBEDDED, content=b"")}, "Sky-map numbers are being computed."),
    ],
)
def test_what_is_missing_is_explained(change: dict[str, object], why: str) -> None:
    state = changed(nights.event(nights.revision(1, nights.gw_notice())), **change)
    assert why in text_of(state)


def test_a_map_that_cannot_be_read_says_why() -> None:
    state = nights.event(nights.revision(1, nights.gw_notice(), analysis_error="not a FITS file"))
    assert "Sky map could not be read: not a FITS file" in text_of(state)


def test_numbers_of_an_earlier_map_say_whose_they_are() -> None:
    waiting = nights.revision(2, nights.INITIAL.notice)
    text = text_of(nights.event(nights.PRELIMINARY, waiting))
    assert "1002 deg²" in text
    assert "These numbers are of preliminary 1." in text
    assert "Sky-map numbers are being computed." in text


def test_every_time_stands_in_the_readers_zone_with_utc_beside() -> None:
    text = text_of(nights.S230518H, Reader("en", "America/Santiago"))
    assert "18 May 2023 12:59:08 UTC · 08:59 your time, 39 min ago (notice 13:38 UTC)" in text
    assert "in 2 h 10 (11:48)" in text


def test_a_time_of_another_local_day_comes_with_its_day() -> None:
    late = replace(nights.S230518H, trigger_time=datetime.fromisoformat("2023-05-18T23:30:00+00:00"))
    card = event_card(late, datetime.fromisoformat("2023-05-18T23:40:00+00:00"), PARIS)
    assert "19 May 2023 01:30 your time" in render_text(card, PARIS)


def test_the_table_lists_the_best_four_and_counts_the_rest() -> None:
    rows = tuple(nights.facility(f"T{k}", 0.9 - 0.1 * k) for k in range(7))
    state = nights.event(replace(nights.PRELIMINARY, observability=rows))
    text = text_of(state)
    assert "T3 · 60 %" in text
    assert "T4" not in text
    assert "and 3 more facilities" in text


def test_ones_own_facilities_are_all_listed_with_the_reason_of_those_that_cannot() -> None:
    text = text_of(nights.S230518H, facilities=("ZTF", "MeerLICHT"), facilities_shown=1)
    assert "DECam ·" not in text
    assert "MeerLICHT · 33 %" in text
    assert "ZTF · not from here: peak never above airmass 2.5" in text


def test_a_window_that_has_passed_is_over() -> None:
    card = event_card(nights.S230518H, nights.NOTICE + timedelta(hours=3), PARIS)
    assert "DECam · 61 % · over since 17:38" in render_text(card, PARIS)


def test_a_position_has_its_radius_containment_and_what_it_leaves_out() -> None:
    text = text_of(nights.GRB)
    assert "14ʰ 18ᵐ −12° ± 6.8° (68 % radius, statistical only)" in text


def test_a_position_of_nonsense_is_left_out() -> None:
    broken = changed(nights.EINSTEIN_PROBE, position=Position(float("nan"), 400.0, -1.0, 2.0))
    assert "±" not in text_of(broken)


def test_links_are_named_and_each_address_stands_once() -> None:
    card = card_of(nights.S230518H, links={"SkyPortal": "https://fritz.science/1", "again": nights.GRACEDB})
    links = next(block for block in card.blocks if isinstance(block, Links))
    assert [link.label for link in links.links] == ["GraceDB", "SkyPortal"]


def test_buttons_and_the_people_on_shift_are_there_only_where_given() -> None:
    assert not any(isinstance(block, Buttons) for block in card_of(nights.S230518H).blocks)
    card = card_of(nights.S230518H, actions=ACTIONS, on_shift=(Text("On shift: Ana (advocate)"),))
    assert "On shift: Ana (advocate)" in render_text(card, PARIS)
    assert any(isinstance(block, Buttons) for block in card.blocks)


def test_every_picture_says_what_it_shows() -> None:
    pictures = [block for block in card_of(nights.S230518H).blocks if isinstance(block, Picture)]
    assert [picture.key for picture in pictures] == ["sky_map", "observability"]
    assert "90 % in 1002 deg², in 2 regions. Peak at 06ʰ 27ᵐ −45° in Puppis." in pictures[0].alt
    assert "DECam has the best chance, 61 %" in pictures[1].alt


def test_the_summary_is_one_line_with_what_matters() -> None:
    assert card_of(nights.S230518H).summary == (
        "NSBH candidate S230518h · real · significant · 276 ± 79 Mpc · 1002 deg² (90 %), "
        "266 deg² (50 %) · DECam 61 %"
    )


@pytest.mark.shared
def test_every_real_notice_becomes_a_card(shared_data: Path) -> None:
    from gcn.notice import NoticeError
    from gcn.registry import parse_notice

    read = 0
    for folder in ("voevent", "gcn-schema", "lvk-json", "snews-json"):
        for path in sorted((shared_data / folder).rglob("*"))[::3]:
            if path.suffix not in (".xml", ".json"):
                continue
            try:
                notice = parse_notice(path.read_bytes())
            except NoticeError:
                continue
            state = nights.event(nights.revision(1, notice))
            card = card_of(state)
            assert card.summary.strip(), path
            assert render_text(card, PARIS)
            read += 1
    assert read > 100


@pytest.mark.shared
def test_the_real_s230518h_gives_the_published_numbers(shared_data: Path) -> None:
    from gcn.registry import parse_notice
    from skymaps.reader import read_skymap
    from skymaps.statistics import statistics

    revisions = []
    for number, name in enumerate(("Preliminary_alert.json.gz", "Initial_alert.json"), start=1):
        raw = (shared_data / "lvk-json" / "S230518h" / f"S230518h-{name}").read_bytes()
        notice = parse_notice(gzip.decompress(raw) if name.endswith("gz") else raw, topic="igwn.gwalert")
        assert notice.skymap is not None
        assert notice.skymap.content is not None
        revisions.append(
            nights.revision(number, notice, statistics=statistics(read_skymap(notice.skymap.content)))
        )
    text = text_of(nights.event(*revisions))
    assert "NSBH candidate S230518h · real · significant — a human has looked" in text
    assert "86 % NSBH · 4 % BBH · 10 % terrestrial | if astrophysical: HasNS 100 %, HasRemnant < 1 %" in text
    assert "False alarms: 1 per 98 years · H1 L1 · pycbc" in text
    assert "666 deg² (90 %), 180 deg² (50 %)" in text
    assert_golden("s230518h_real.txt", text)
