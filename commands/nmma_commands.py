"""`nmma`: photometry that somebody typed or pasted, fitted at the desk's own NMMA service."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

from cards.translation import marked
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.job_cards.fits import TYPED
from commands.job_cards.own_sentences import in_words_of
from commands.jobs_asked import ask_job
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from platforms.jobs import Wanted
from platforms.nmma import KIND, MODELS, BadFit, fit_request
from shifts.permissions import Permission


async def fitted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Fit what was typed: a head and one line a measurement, a semicolon for a line's end."""
    reader = request.reader
    if rooms.platforms.nmma is None:
        raise CommandError(
            reader.say(
                "No NMMA is configured: an administrator puts {key} into the configuration.", key="[nmma] url"
            )
        )
    try:
        asked = fit_request(
            request.text("model"), request.text("photometry"), request.number("redshift"), request.settings()
        )
    except BadFit as error:
        raise CommandError(in_words_of(request.reader, str(error))) from None
    data = hashlib.sha256(asked.photometry.encode()).hexdigest()[:12]
    source = request.text_or_none("source") or TYPED
    parameters = {**asked.to_json(), "data": data}
    wanted = Wanted(
        KIND, rooms.platforms.nmma.name, parameters, source=source[:60], event=request.place.event
    )
    async for reply in ask_job(request, rooms, wanted):
        yield reply


COMMANDS = (
    Command(
        "nmma",
        marked("Fit photometry that you type or paste, at the desk's own NMMA service"),
        fitted,
        options=(
            Option("model", OptionKind.CHOICE, marked("The model"), required=True, choices=MODELS),
            Option(
                "redshift", OptionKind.NUMBER, marked("The redshift"), required=True, minimum=0, maximum=10
            ),
            Option(
                "photometry",
                OptionKind.TEXT,
                marked("CSV with a head: filter,mjd,mag,magerr; then a line each"),
                required=True,
            ),
            Option("source", OptionKind.TEXT, marked("What it is called")),
            Option("settings", OptionKind.SETTINGS, marked("Parameters of the fit: key=value")),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        examples=(
            'nmma Me2017 0.0098 "filter,mjd,mag,magerr; ztfg,57983.0,19.2,0.1; ztfr,57984.0,19.6,0.1"',
        ),
    ),
)
