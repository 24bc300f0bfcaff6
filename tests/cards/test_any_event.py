"""Any event at all, hostile ones too, becomes a card that every channel can show."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from cards.card import Button, Card
from cards.change_note import change_note
from cards.event_card import event_card
from cards.reader import Reader
from cards.slack import render_slack
from cards.terminal import render_terminal
from cards.text import render_text
from events.state import AssociationState, EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Coincidence, MapSource, Notice, Position, Role, SkyMapRef
from skymaps.statistics import Peak, SkyMapStatistics
from tests.cards.test_slack import accepted

NASTY = (
    "<!channel>", "*x* _y_ `z`", "\u202e\u2066evil\x00\x1b[31m", "{0} {name} {", "%s %(x)s", "\ud800",
    "[bold]x[/bold]", "> quote", "]]>", "https://a|b>c", "x" * 10_000, "&" * 10_000, "\n\n\n", " ", "",
)  # fmt: skip
texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=30))
numbers = st.one_of(
    st.floats(), st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, float("nan"), float("inf")])
)
maybe = st.one_of(st.none(), numbers)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
maybe_instants = st.one_of(st.none(), instants)
values = st.one_of(texts, numbers, st.none(), st.booleans(), st.integers(), st.lists(texts, max_size=2))
missions = st.one_of(
    st.sampled_from(["LVK", "Fermi", "IceCube", "CHIME", "SNEWS", "Einstein Probe", "BOOM"]), texts
)
statistics = st.builds(
    SkyMapStatistics,
    pixels=st.integers(0, 10**9),
    max_order=st.integers(0, 29),
    area_50=numbers,
    area_90=numbers,
    probability_in_100_deg2=numbers,
    probability_in_500_deg2=numbers,
    peak=st.builds(Peak, numbers, numbers),
    distance_mean=maybe,
    distance_std=maybe,
    distance_05=maybe,
    distance_50=maybe,
    distance_95=maybe,
    volume_50=maybe,
    volume_90=maybe,
    galactic_fraction=numbers,
    sun_separation=maybe,
    moon_separation=maybe,
    modes_90=st.integers(0, 10**6),
)
facilities = st.builds(
    FacilityObservability,
    name=texts,
    probability_now=numbers,
    probability_tonight=numbers,
    first=maybe_instants,
    last=maybe_instants,
    hours=numbers,
    best_airmass=maybe,
    peak_visible_now=st.booleans(),
    minutes_to_peak=maybe,
    night_starts=maybe_instants,
    night_ends=maybe_instants,
    moon_illumination=maybe,
    moon_separation=maybe,
    tiles_50=st.one_of(st.none(), st.integers(0, 10**9)),
    tiles_90=st.one_of(st.none(), st.integers(0, 10**9)),
    reason=st.one_of(st.none(), texts),
    reason_code=st.one_of(st.none(), st.just("airmass"), texts),
)
NAMES = (
    "HasNS",
    "HasRemnant",
    "t90",
    "snr",
    "signalness",
    "nu_energy",
    "dm",
    "group",
    "pipeline",
    "subject",
    "body",
)
notices = st.builds(
    Notice,
    format=st.sampled_from(["igwn-json", "voevent", "circular", "gcn-json"]),
    mission=missions,
    kind=texts,
    instrument=st.one_of(st.none(), texts),
    event=st.one_of(st.none(), texts),
    alert_type=st.sampled_from(AlertType),
    role=st.sampled_from(Role),
    trigger_time=maybe_instants,
    issued=maybe_instants,
    significant=st.one_of(st.none(), st.booleans()),
    far=maybe,
    classification=st.dictionaries(
        st.one_of(st.sampled_from(["BNS", "NSBH", "BBH", "Terrestrial", "MassGap"]), texts),
        numbers,
        max_size=12,
    ),
    properties=st.dictionaries(st.one_of(st.sampled_from(NAMES), texts), values, max_size=12),
    position=st.one_of(
        st.none(), st.builds(Position, numbers, numbers, maybe, maybe, st.none() | st.booleans(), maybe)
    ),
    skymap=st.one_of(st.none(), st.builds(SkyMapRef, st.sampled_from(MapSource))),
    coincidence=st.one_of(
        st.none(), st.builds(Coincidence, st.none() | texts, st.none() | texts, maybe, maybe, maybe)
    ),
    tags=st.frozensets(st.sampled_from(["GRB", "short", "transient", "drill"]), max_size=3),
    links=st.dictionaries(texts, texts, max_size=12),
    gates=st.lists(texts, max_size=3).map(tuple),
)
revisions = st.builds(
    RevisionState,
    id=st.integers(1, 9),
    number=st.integers(1, 9),
    notice=notices,
    arrived=instants,
    statistics=st.one_of(st.none(), statistics),
    observability=st.one_of(st.none(), st.lists(facilities, max_size=7).map(tuple)),
    observability_at=maybe_instants,
    analysis_error=st.one_of(st.none(), texts),
)
# What the difference compares are maps that were read: their areas and peaks are real ones.
areas = st.floats(0, 41253)
sound_statistics = st.builds(
    lambda made, inner, outer, ra, dec: replace(made, area_50=inner, area_90=outer, peak=Peak(ra, dec)),
    statistics,
    areas,
    areas,
    st.floats(0, 360),
    st.floats(-90, 90),
)
read_revisions = st.builds(
    lambda made, numbers: replace(made, statistics=numbers), revisions, st.one_of(st.none(), sound_statistics)
)
events = st.builds(
    EventState,
    id=st.integers(1, 9),
    event=texts,
    name=texts,
    mission=missions,
    aliases=st.lists(texts, max_size=6).map(tuple),
    tags=st.frozensets(texts, max_size=3),
    role=st.sampled_from(Role),
    retracted=st.booleans(),
    trigger_time=maybe_instants,
    revisions=st.lists(revisions, min_size=1, max_size=2).map(tuple),
    associations=st.lists(
        st.builds(AssociationState, texts, texts, maybe, maybe, maybe, maybe), max_size=6
    ).map(tuple),
)
readers = st.sampled_from(
    [
        Reader("en", "UTC"),
        Reader("fr", "Asia/Kolkata"),
        Reader("ja", "America/St_Johns"),
        Reader("ar", "Asia/Tokyo"),
    ]
)
# An event has hundreds of parts: shrinking one would take longer than reading the failing example.
quickly = settings(
    max_examples=30,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
FILES = {"sky_map": "F0123456789", "observability": "F1123456789"}


def shown_everywhere(card: Card, reader: Reader) -> None:
    """Every renderer takes the card, inside its limits; JSON gives it back."""
    assert Card.from_dict(json.loads(json.dumps(card.to_dict()))) == card
    accepted(render_slack(card, reader, FILES))
    for width in (24, 80):
        console = Console(file=StringIO(), width=width)
        console.print(render_terminal(card, reader, width=width))
    rendered = render_text(card, reader)
    rendered.encode("utf-8")
    visible: set[Any] = set(rendered) - {"\n"}
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in visible)


@quickly
@given(events, instants, readers)
def test_any_event_is_shown_in_every_channel(state: EventState, now: datetime, reader: Reader) -> None:
    actions = (Button("acknowledge", state.name, state.event), Button("no", "Not for us"))
    card = event_card(state, now, reader, actions=actions, links={"more": state.name})
    assert card.summary.strip()
    shown_everywhere(card, reader)


@quickly
@given(read_revisions, read_revisions, readers)
def test_any_change_is_told_in_every_channel(
    before: RevisionState, after: RevisionState, reader: Reader
) -> None:
    card = change_note(before, after, reader)
    if card is not None:
        shown_everywhere(card, reader)
