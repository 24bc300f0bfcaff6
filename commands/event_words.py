"""What several commands say about events: names, lines of a list, the map behind an event."""

from __future__ import annotations

from cards import wording
from cards.card import Instant, InstantForm, Line, Span, Text, struck
from cards.cleaning import clean, shorten
from cards.event_lines import extent_line
from cards.reader import Reader
from cards.text import line_text
from cards.verdict import short_name
from commands.errors import CommandError
from commands.request import Request
from commands.rooms import Rooms
from events.analysis import MapSource
from events.map_source import map_source
from events.state import EventState
from events.tables import RevisionRow


def name_span(state: EventState) -> Text:
    """How people call it, struck through where it was retracted."""
    name = short_name(state)
    return struck(name) if state.retracted else Text(name)


def title_of(state: EventState) -> str:
    return clean(short_name(state))


def when_cell(state: EventState) -> Line:
    if state.trigger_time is None:
        return (Text("–"),)
    return (Instant(state.trigger_time, InstantForm.DATE_TIME),)


def extent_words(state: EventState, reader: Reader) -> Line:
    """Distance and areas in one cell; a dash where there is no map."""
    revision = state.newest_with_map
    if revision is None or revision.statistics is None:
        return (Text("–"),)
    return (Text(line_text(extent_line(revision.statistics, reader), reader)),)


def likeliest(state: EventState, reader: Reader) -> str:
    """`86 % NSBH`, or the tags that say what it is."""
    classes = {name: p for name, p in state.described.notice.classification.items() if wording.known(p)}
    if classes:
        name = max(classes, key=lambda each: classes[each])
        return f"{wording.percent(classes[name], reader)} {shorten(clean(name), 20)}"
    return shorten(", ".join(sorted(clean(tag) for tag in state.tags)[:3]), 40) or state.mission


async def newest_map(request: Request, rooms: Rooms, state: EventState) -> MapSource:
    """The event's newest map or shape. Raises CommandError where it has neither."""
    async with rooms.database.read() as session:
        for revision in reversed(state.revisions):
            row = await session.get(RevisionRow, revision.id)
            source = await map_source(session, row) if row is not None else None
            if source is not None:
                return source
    raise CommandError(
        request.reader.say("{name} has neither a sky map nor a position with a radius.", name=title_of(state))
    )


def spans(*parts: str | Span) -> Line:
    """A line of words and spans."""
    return tuple(Text(part) if isinstance(part, str) else part for part in parts)
