"""`spectra`: what was taken of a source, drawn one above the other, with lines at its redshift."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from cards.answer_card import answer_card
from cards.card import Block, Instant, InstantForm, Line, Lines, Note, Picture, Text, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.event_words import title_of
from commands.heavy import run_apart
from commands.options import Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Reply, Request
from commands.rooms import Rooms
from commands.source_commands import SOURCE, its_event, or_none, source_named
from commands.source_words import spectra_words, verdict
from events.lightcurve import changes, glance
from events.spectrum import Spectrum
from platforms.skyportal import sources
from platforms.skyportal.spectra import spectra

SPECTRA = "spectra"
LISTED = 8


@dataclass(frozen=True)
class SpectraDrawing:
    """What is drawn in a worker process; can be pickled."""

    spectra: tuple[Spectrum, ...]
    title: str
    reader: Reader
    redshift: float | None
    trigger: datetime | None


async def drawn(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The spectra of a source as one picture, and which they are."""
    reader, portal = request.reader, portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    found, points = await asyncio.gather(
        spectra(portal, source.name, token=token),
        or_none(sources.measurements(portal, source.name, token=token)),
    )
    name = clean(source.name)
    if not found:
        raise CommandError(reader.say("{name} has no spectrum yet.", name=name))
    state = (
        request.event() if request.has("event") else await its_event(request, rooms, portal, source, token)
    )
    title = verdict(source, glance(points or ()), changes(points or ()), reader)
    lines: list[Line] = [spectra_words(found, reader)]
    lines += [_line(each) for each in found[:LISTED]]
    blocks: list[Block] = [Lines(tuple(lines))]
    drawable = tuple(each for each in found if each.drawable)
    if len(drawable) < len(found):
        said = reader.say("Some have no numbers that can be drawn.")
        blocks.append(Note((Text(said),)))
    if not drawable:
        yield Reply(answer_card(reader, title, *blocks))
        return
    trigger = state.trigger_time if state is not None else None
    png = await run_apart(rooms, _draw, SpectraDrawing(drawable, title, reader, source.redshift, trigger))
    caption = reader.say("Spectra of {name}", name=name)
    if state is not None:
        caption = reader.say("Spectra of {name}, days after {event}", name=name, event=title_of(state))
    blocks.append(Picture(SPECTRA, caption, caption))
    yield Reply(answer_card(reader, title, *blocks), {SPECTRA: png})


def _line(each: Spectrum) -> Line:
    """Instrument, when, from where to where."""
    parts: list[Line] = [(strong(shorten(clean(each.instrument or each.label), 40) or "–"),)]
    if each.at is not None:
        parts.append((Instant(each.at, InstantForm.DATE_TIME, utc=True),))
    if each.drawable:
        parts.append((Text(f"{each.wavelengths[0]:.0f}–{each.wavelengths[-1]:.0f} Å"),))
    return joined(tuple(parts))


def _draw(work: SpectraDrawing) -> bytes:
    from cards.spectra_plot import spectra_plot

    return spectra_plot(
        work.spectra, title=work.title, reader=work.reader, redshift=work.redshift, trigger=work.trigger
    )


COMMANDS = (
    Command(
        "spectra",
        marked("The spectra of a source as a picture, with lines at its redshift"),
        drawn,
        options=(
            SOURCE,
            Option("event", OptionKind.EVENT, marked("The event whose trigger is day 0")),
            AT,
        ),
        nature=Nature.STARTS,
        examples=("spectra AT2025vsw", "spectra AT2025vsw S230518h"),
    ),
)
