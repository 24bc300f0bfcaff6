"""`gracedb`: what GraceDB shows everybody of a superevent, and its files."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards.answer_card import answer_card
from cards.card import Line, Lines, Link, Links, Text
from cards.cleaning import clean
from cards.translation import marked
from commands.command import Command
from commands.errors import CommandError
from commands.event_commands import EVENT
from commands.event_words import title_of
from commands.request import Reply, Request
from commands.rooms import Rooms

FILES = 12
KINDS = (".multiorder.fits", ".fits.gz", ".fits", ".png", ".json", ".xml", ".txt")
"""Endings of files that people want first."""


async def shown(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Labels, false-alarm rate, and links to the page and to the files."""
    reader, state = request.reader, request.event()
    service = rooms.platforms.gracedb
    if service is None:
        raise CommandError(
            reader.say(
                "No GraceDB is configured: an administrator puts {key} into the configuration.",
                key="[resolvers] gracedb_url",
            )
        )
    names = dict.fromkeys((state.event.partition(":")[2], state.name, *state.aliases))
    for name in names:
        found = await service.superevent(name.partition(":")[2] or name)
        if found is not None:
            break
    else:
        raise CommandError(reader.say("GraceDB shows nothing of {name} to everybody.", name=title_of(state)))
    lines: list[Line] = []
    if found.labels:
        lines.append(reader.line("Labels: {labels}", labels=clean(", ".join(found.labels))))
    if found.far is not None:
        lines.append(reader.line("False-alarm rate: {far} Hz", far=f"{found.far:.3g}"))
    files = sorted(found.files.items(), key=lambda item: (_rank(item[0]), item[0]))[:FILES]
    lines.append((Text(reader.say_many("{count} file", "{count} files", len(found.files))),))
    links = (Link(reader.say("Its page"), found.page), *(Link(name, address) for name, address in files))
    title = reader.say("{name} on GraceDB", name=title_of(state))
    yield Reply(answer_card(reader, title, Lines(tuple(lines)), Links(links)))


def _rank(name: str) -> int:
    return next((rank for rank, ending in enumerate(KINDS) if name.endswith(ending)), len(KINDS))


COMMANDS = (
    Command(
        "gracedb",
        marked("What GraceDB shows everybody of an event: labels, rate, files"),
        shown,
        options=(EVENT,),
        examples=("gracedb S230518h",),
    ),
)
