"""The card of one event: what a shifter reads in ten seconds, in the order it decides in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from cards import wording
from cards.card import Block, Button, Buttons, Card, Line, Lines, Link, Links, Note, Text, joined
from cards.circular import circular_line, circular_lines
from cards.cleaning import clean, shorten
from cards.coincidence_lines import coincidence_lines
from cards.event_lines import (
    class_line,
    extent_line,
    missing_line,
    peak_line,
    position_line,
    rate_line,
    revision_name,
    when_line,
)
from cards.facility_table import best_facility, facility_table
from cards.measurements import measurement_line
from cards.pictures import pictures
from cards.reader import Reader
from cards.reasons import gate_reason
from cards.short_text import event_short
from cards.spoken_text import event_spoken
from cards.text import line_text
from cards.verdict import verdict
from cards.wording import known
from events.context import comparison
from events.state import EventState, RevisionState

LINKS_SHOWN = 8
_LINK_LABELS = {"gracedb": "GraceDB", "skyportal": "SkyPortal", "treasuremap": "Treasure Map", "gcn": "GCN"}


def event_card(
    state: EventState,
    now: datetime,
    reader: Reader,
    *,
    facilities_shown: int = 4,
    facilities: Collection[str] | None = None,
    on_shift: Line = (),
    actions: Sequence[Button] = (),
    links: Mapping[str, str] | None = None,
) -> Card:
    """The card of an event as it stands at `now`, for one reader.

    `facilities` limits the table to the reader's own (all of them are shown then); `links` are further
    addresses by label, beside the notice's own. A retracted event shows what was said as history, without
    facilities; `actions` and `on_shift` are shown as given.
    """
    judged = verdict(state, reader)
    described = state.described
    revision = state.newest_with_map or described
    blocks: list[Block] = []
    if state.retracted:
        blocks.append(Note((Text(reader.say("What was said before:")),)))
    lines = [
        *_facts(state, now, reader),
        *_place(state, revision, reader),
        *coincidence_lines(state, reader),
    ]
    blocks.append(Lines(tuple(line for line in lines if line)))
    if not state.retracted and revision.observability:
        table = facility_table(revision.observability, now, reader, shown=facilities_shown, only=facilities)
        blocks += [table] if table else []
    if on_shift:
        blocks.append(Lines((on_shift,)))
    if actions:
        blocks.append(Buttons(tuple(actions)))
    addresses = _links(state, links or {})
    if addresses:
        blocks.append(Links(addresses))
    blocks += pictures(state, revision, reader)
    blocks += _notes(state, revision, reader)
    return Card(
        judged.title,
        judged.tone,
        tuple(blocks),
        _summary(state, revision, judged.headline, reader),
        short=event_short(state, now, reader),
        spoken=event_spoken(state, now, reader),
        event=state.event,
    )


def _facts(state: EventState, now: datetime, reader: Reader) -> list[Line]:
    """When, what kind, how sure: the same for every messenger, each line only where there is something."""
    notice = state.described.notice
    if notice.retraction:
        return [when_line(state, now, reader)]
    if notice.format == "circular":
        return [when_line(state, now, reader), *circular_lines(notice)]
    return [
        when_line(state, now, reader),
        class_line(notice, reader),
        measurement_line(notice, reader),
        rate_line(notice, reader),
    ]


def _place(state: EventState, revision: RevisionState, reader: Reader) -> list[Line]:
    """Where it is: the stated position, the map's numbers, or why there are none."""
    described = state.described
    lines = [position_line(described.notice, described.statistics, reader)]
    if revision.statistics is not None:
        lines.append(extent_line(revision.statistics, reader, comparison(state), state.rank))
        if not lines[0]:
            lines.append(peak_line(revision.statistics, reader))
        if revision is described:
            return lines
        lines.append(
            (
                Text(
                    reader.say(
                        "These numbers are of {revision}.", revision=revision_name(state, revision, reader)
                    )
                ),
            )
        )
    if described.notice.format != "circular" and not described.notice.retraction:
        lines.append(missing_line(described, reader))
    return lines


def _links(state: EventState, further: Mapping[str, str]) -> tuple[Link, ...]:
    """The notice's own addresses and the desk's, each once."""
    found: dict[str, Link] = {}
    for name, url in {**state.described.notice.links, **dict(state.links), **further}.items():
        plain = clean(name).replace("_", " ").removesuffix(" URL")
        label = _LINK_LABELS.get(name.casefold(), shorten(plain, 60))
        if label.strip():
            found.setdefault(url, Link(label, url))
    return tuple(found.values())[:LINKS_SHOWN]


def _notes(state: EventState, revision: RevisionState, reader: Reader) -> list[Block]:
    """What else a reader should know: why this wakes nobody, when the table was computed."""
    notes: list[Block] = []
    gates = [gate_reason(reason, reader) for reason in state.described.notice.gates]
    if gates and not state.mock:
        notes.append(Note((Text(reader.say("Pages nobody: {reasons}", reasons="; ".join(gates[:4]))),)))
    circular = next((r.notice for r in reversed(state.revisions) if r.notice.format == "circular"), None)
    if circular is not None and circular is not state.described.notice:
        notes.append(Note(circular_line(circular, reader)))
    if state.aliases:
        names = ", ".join(shorten(clean(alias), 60) for alias in state.aliases[:4])
        notes.append(Note((Text(reader.say("Also called {names}", names=names)),)))
    return notes


def _summary(state: EventState, revision: RevisionState, headline: Line, reader: Reader) -> str:
    """The card in one line, the verdict first: what a lock screen shows."""
    parts: list[str] = []
    if not state.retracted and revision.statistics is not None:
        extent = line_text(extent_line(revision.statistics, reader), reader)
        parts.append(extent)
    best = None if state.retracted else best_facility(revision.observability)
    if best is not None and known(best.probability_tonight):
        parts.append(f"{shorten(clean(best.name), 40)} {wording.percent(best.probability_tonight, reader)}")
    line = joined([(Text(part),) for part in (line_text(headline, reader), *parts) if part])
    return line_text(line, reader)
