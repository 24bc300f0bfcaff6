"""The card of a digest: several events in one message, a line or two each; the dead ones last and briefly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cards.card import Block, Card, Instant, InstantForm, Line, Lines, Link, Note, Text, Tone, joined, strong
from cards.change_note import change_note
from cards.cleaning import shorten
from cards.event_lines import extent_line
from cards.facility_table import best_facility
from cards.gsm import for_sms
from cards.reader import Reader
from cards.verdict import short_name, verdict, what
from cards.wording import known, percent
from events.state import EventState, RevisionState

LINES_SHOWN = 20
NAMES_SHOWN = 30
SHORT_LENGTH = 300  # places: two SMS


class Reason(StrEnum):
    """Why several events are told together."""

    QUIET = "quiet"
    LEAVE = "leave"
    DIGEST = "digest"
    MANY = "many"
    BACKLOG = "backlog"


@dataclass(frozen=True)
class Kept:
    """One event of a digest. `told` is the revision its reader was told last, None for nothing yet."""

    state: EventState
    told: RevisionState | None = None


def digest_card(kept: Sequence[Kept], reason: Reason, now: datetime, reader: Reader) -> Card:
    """What `reader` missed, the newest event first; what was taken back stands at the end."""
    standing = [each for each in kept if not each.state.retracted]
    gone = [each for each in kept if each.state.retracted]
    ordered = sorted(standing, key=_when, reverse=True) + sorted(gone, key=_when, reverse=True)
    title = _title(reason, len(ordered), reader)
    shown = [_lines(each, reader) for each in ordered[:LINES_SHOWN]]
    blocks: list[Block] = [Lines(lines) for lines in shown]
    rest = ordered[LINES_SHOWN:]
    if rest:
        names = reader.listing([short_name(each.state) for each in rest[:NAMES_SHOWN]])
        more = reader.say_many(
            "And {count} more: {names}", "And {count} more: {names}", len(rest), names=names
        )
        blocks.append(Note((Text(more),)))
    names = ", ".join(_short(each, reader) for each in ordered[:LINES_SHOWN])
    # Short text: a digest in one line, its title and the names of its events
    summary = reader.say("{title}: {events}", title=title, events=names)
    short = shorten(for_sms(summary, reader), SHORT_LENGTH)
    all_mock = bool(ordered) and all(each.state.mock for each in ordered)
    tone = Tone.MOCK if all_mock else Tone.INFO if standing else Tone.RETRACTED
    return Card((strong(title),), tone, tuple(blocks), summary, short, summary)


def _title(reason: Reason, count: int, reader: Reader) -> str:
    match reason:
        case Reason.QUIET:
            # Short text: title of a digest in the morning
            return reader.say_many("While you slept: {count} event", "While you slept: {count} events", count)
        case Reason.LEAVE:
            # Short text: title of a digest after a leave
            return reader.say_many(
                "While you were away: {count} event", "While you were away: {count} events", count
            )
        case Reason.DIGEST:
            # Short text: title of the daily digest
            return reader.say_many("Today's digest: {count} event", "Today's digest: {count} events", count)
        case Reason.MANY:
            # Short text: title of a message that gathers what came in a burst
            return reader.say_many("{count} more event", "{count} more events", count)
        case Reason.BACKLOG:
            # Short text: title of a message after the desk or the stream was away
            return reader.say_many(
                "From the backlog: {count} event", "From the backlog: {count} events", count
            )


def _lines(kept: Kept, reader: Reader) -> tuple[Line, ...]:
    state, told = kept.state, kept.told
    if state.retracted:
        return (_retracted(kept, reader),)
    judged = verdict(state, reader)
    head = joined([judged.headline, (Instant(_when(kept), InstantForm.DATE_TIME),), *_links(state)])
    if told is not None and told.number < state.newest.number:
        note = change_note(told, state.newest, reader)
        return (head, note.title) if note is not None else (head,)
    revision = state.newest_with_map
    parts: list[Line] = []
    if revision is not None and revision.statistics is not None:
        parts.append(extent_line(revision.statistics, reader))
        best = best_facility(revision.observability)
        if best is not None and known(best.probability_tonight):
            parts.append((Text(f"{shorten(best.name, 40)} {percent(best.probability_tonight, reader)}"),))
    facts = joined(parts)
    return (head, facts) if facts else (head,)


def _retracted(kept: Kept, reader: Reader) -> Line:
    at = Instant(kept.state.newest.notice.issued or kept.state.newest.arrived, InstantForm.TIME)
    name = what(kept.state, reader)
    if kept.told is None:
        return reader.line(
            "{event} was announced and taken back at {time}: nothing to do.", event=name, time=at
        )
    return reader.line("{event}, of which you were told, was taken back at {time}.", event=name, time=at)


def _short(kept: Kept, reader: Reader) -> str:
    if not kept.state.retracted:
        return what(kept.state, reader)
    # Short text: in a list of events, one that was taken back
    return reader.say("{event} (retracted)", event=short_name(kept.state))


def _links(state: EventState) -> list[Line]:
    found = next(iter(state.described.notice.links.items()), None)
    if found is None:
        return []
    label = {"gracedb": "GraceDB"}.get(found[0].casefold(), shorten(found[0].replace("_", " "), 30))
    return [(Link(label, found[1]),)]


def _when(kept: Kept) -> datetime:
    first = kept.state.revisions[0]
    return kept.state.trigger_time or first.notice.issued or first.arrived
