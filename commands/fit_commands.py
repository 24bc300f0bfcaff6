"""`fit` a source's light curve with a model, by whoever does; `fits` tells what was found and compares."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import AsyncIterator, Mapping

from cards.answer_card import answer_card
from cards.card import Block, Button, Line, Lines, Note, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.translation import marked
from commands import waiting
from commands.command import Command, Nature
from commands.errors import CommandError
from commands.fit_sources import FitSource, Model
from commands.fitters import FITTERS, Fitter
from commands.job_cards.fits import compared_lines, headline
from commands.job_cards.frame import standing, told
from commands.job_cards.own_sentences import in_words_of
from commands.jobs_asked import ask_job
from commands.options import Choice, Option, OptionKind
from commands.portals import AT, own_token, portal_of
from commands.request import Form, FormField, Reply, Request
from commands.rooms import Rooms
from commands.source_commands import SOURCE, source_named
from platforms.fit_results import FitResult, compare
from platforms.job import Job, JobState, PlatformError
from platforms.skyportal import sources
from shifts.permissions import Permission

KINDS = ("skyportal.analysis", "nmma.fit")
SETTINGS = "settings"
FEWEST = 2  # detections that anything can be fitted to
BUTTONS = 4
MOST_JOBS = 50


async def fitted(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Start a fit; without a model, tell which there are."""
    offered, silent = await _offered(request, rooms)
    name = request.text_or_none("model")
    if name is None:
        yield await _models(request, rooms, offered, silent)
        return
    fitter, model = _named(request, name, offered, silent)
    if request.flag("form"):
        yield _form_reply(request, model)
        return
    values = _values(request, model)
    what = await _what(request, rooms)
    async for reply in ask_job(request, rooms, await fitter.wanted(request, rooms, model, what, values)):
        yield reply


async def checked(request: Request, rooms: Rooms) -> None:
    """Whether the settings are the model's. Raises CommandError at the field that is wrong."""
    name = request.text_or_none("model")
    if name is not None and request.settings(SETTINGS):
        _, model = _named(request, name, *await _offered(request, rooms))
        _values(request, model)


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The fits of a source that this desk asked for, and how their models compare."""
    reader, name = request.reader, request.text("source").strip()
    found = [job for kind in KINDS for job in await rooms.jobs.jobs(kind=kind, source=name, limit=MOST_JOBS)]
    found.sort(key=lambda job: job.id, reverse=True)
    title = reader.say("Fits of {source}", source=clean(name))
    if not found:
        yield Reply(answer_card(reader, title, reader.say("None asked for from here yet.")))
        return
    rows = tuple(
        (
            (Text(str(job.id)),),
            (strong(shorten(clean(_model_of(job)), 40)),),
            (Text(standing(reader, job)),),
            (Text(shorten(_outcome(job, request), 60)),),
        )
        for job in found[:12]
    )
    columns = (reader.say("no."), reader.say("model"), reader.say("state"), reader.say("found"))
    blocks: list[Block] = [Table((), columns, rows)]
    lines, left = _comparison(found, request)
    if lines:
        blocks.append(Lines(tuple(lines)))
    if left:
        said = reader.say(
            "Fits of other measurements are not compared: {numbers}.", numbers=reader.listing(left)
        )
        blocks.append(Note((Text(said),)))
    yield Reply(answer_card(reader, title, *blocks))


async def _offered(request: Request, rooms: Rooms) -> tuple[list[tuple[Fitter, Model]], PlatformError | None]:
    """All models there are, and why a fitter offers none now; raised where nobody else offers any."""
    found: list[tuple[Fitter, Model]] = []
    silent: PlatformError | None = None
    for fitter in FITTERS:
        try:
            found += [(fitter, model) for model in await fitter.models(request, rooms)]
        except PlatformError as error:
            silent = error
    if found:
        return found, silent
    if silent is not None:
        raise silent
    raise CommandError(
        request.reader.say(
            "Nothing here fits light curves: a SkyPortal with analysis services, or an NMMA service, is "
            "configured under [skyportal] or [nmma]."
        )
    )


def _named(
    request: Request, name: str, offered: list[tuple[Fitter, Model]], silent: PlatformError | None
) -> tuple[Fitter, Model]:
    """The model of a name, `NMMA/Me2017` where several services have it. Raises CommandError.

    A name that nobody has may be one of a fitter that did not answer: then that is said.
    """
    reader, folded = request.reader, name.strip().casefold()
    fitting = [each for each in offered if folded in (each[1].name.casefold(), each[1].full.casefold())]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = tuple(Choice(each[1].full, each[1].full) for each in fitting[:5])
        raise CommandError(
            reader.say(
                "Several services fit {model}: {known}.",
                model=clean(name)[:40],
                known=reader.listing([each.label for each in names]),
            ),
            option="model",
            choices=names,
        )
    if silent is not None:
        raise silent
    known = {model.name.casefold(): model.name for _, model in offered}
    near = difflib.get_close_matches(folded, known, n=3, cutoff=0.5)
    shown = [known[each] for each in near] or list(known.values())[:8]
    raise CommandError(
        reader.say(
            "Nothing fits “{model}”; there is {known}.", model=clean(name)[:40], known=reader.listing(shown)
        ),
        option="model",
        choices=tuple(Choice(each, each) for each in shown[:5]),
    )


def _values(request: Request, model: Model) -> dict[str, str]:
    """The model's parameters: what was set, else their defaults. Raises CommandError at the field."""
    reader = request.reader
    known = {key.casefold(): key for key in model.parameters}
    values = {key: choices[0] for key, choices in model.parameters.items() if choices}
    for key, text in request.settings(SETTINGS).items():
        own = known.get(key.casefold())
        if own is None:
            listing = reader.listing(list(known.values())) if known else reader.say("none")
            raise CommandError(
                reader.say(
                    "{model} has no parameter “{key}”; it takes: {known}.",
                    model=model.name,
                    key=key[:40],
                    known=listing,
                ),
                option=f"{SETTINGS}.{key}",
                form=_form(request, model),
            )
        choices = {each.casefold(): each for each in model.parameters[own]}
        if choices and own not in model.free and text.casefold() not in choices:
            raise CommandError(
                reader.say(
                    "{label}: “{given}” is not what is expected: {expected}.",
                    label=own,
                    given=text[:60],
                    expected=", ".join(choices.values()),
                ),
                option=f"{SETTINGS}.{own}",
                form=_form(request, model),
            )
        values[own] = choices.get(text.casefold(), text)
    return values


async def _what(request: Request, rooms: Rooms) -> FitSource:
    """The source with its light. Raises CommandError where there is too little of it."""
    portal = portal_of(request, rooms)
    token = await own_token(request, rooms, portal)
    source = await source_named(request, portal, token)
    light = await sources.measurements(portal, source.name, token=token)
    seen = sum(each.seen for each in light)
    if seen < FEWEST:
        raise CommandError(
            request.reader.say_many(
                "{name} has {count} detection: too few to fit anything.",
                "{name} has {count} detections: too few to fit anything.",
                seen,
                name=clean(source.name),
            ),
            option="source",
        )
    return FitSource(portal, source, light)


async def _models(
    request: Request, rooms: Rooms, offered: list[tuple[Fitter, Model]], silent: PlatformError | None
) -> Reply:
    """Which models there are, with what can be set; the first as buttons."""
    reader, source = request.reader, request.text("source")
    title = reader.say("What can be fitted to {source}", source=clean(source))
    rows = tuple(
        (
            (strong(clean(model.name)),),
            (Text(clean(model.by)),),
            (Text(shorten(_parameters(model.parameters), 90) or "–"),),
        )
        for _, model in offered[:20]
    )
    columns = (reader.say("model"), reader.say("by"), reader.say("settings, the first by itself"))
    names = Counter(model.name for _, model in offered)
    typed = [model.name if names[model.name] == 1 else model.full for _, model in offered]
    buttons = []
    async with rooms.database.write() as session:
        for wanted in typed[:BUTTONS]:
            token = await waiting.keep(session, request.path, {**request.given, "model": wanted}, request.now)
            buttons.append(Button("command.run", shorten(clean(wanted), 40), token))
    first = clean(typed[0])
    example = f"fit {clean(source)} " + (f'"{first}"' if " " in first else first)
    hint = reader.line("For example: {example}", example=strong(example))
    blocks: list[Block | Line | str] = [Table((), columns, rows), hint]
    if silent is not None:
        blocks.append(clean(in_words_of(reader, str(silent))))
    return Reply(answer_card(reader, title, *blocks, buttons=buttons))


def _form_reply(request: Request, model: Model) -> Reply:
    reader = request.reader
    title = reader.say("{model}: what to set", model=clean(model.name))
    return Reply(answer_card(reader, title, _parameters(model.parameters) or "–"), form=_form(request, model))


def _form(request: Request, model: Model) -> Form:
    given = request.settings(SETTINGS)
    fields = tuple(
        FormField(
            f"{SETTINGS}.{key}",
            given.get(key, choices[0] if choices else ""),
            label=key,
            choices=() if key in model.free else tuple(Choice(each, each) for each in choices),
        )
        for key, choices in model.parameters.items()
    )
    carried = {name: text for name, text in request.given.items() if name not in (SETTINGS, "form")}
    return Form(request.path, fields, carried)


def _comparison(found: list[Job], request: Request) -> tuple[list[Line], list[str]]:
    """The newest fit of each model, of the newest measurements; the numbers of those left out."""
    done = [job for job in found if job.state is JobState.DONE]
    if not done:
        return [], []
    data = _data(done[0])
    newest: dict[str, Job] = {}
    for job in done:
        if _data(job) == data:
            newest.setdefault(_model_of(job), job)
    left = [str(job.id) for job in done if _data(job) != data]
    compared = compare((name, FitResult.from_json(job.results)) for name, job in newest.items())
    return compared_lines(compared, request.reader), left


def _data(job: Job) -> object:
    """Of which measurements a fit is; one that a rule asked for knew that only when it began."""
    return job.results.get("data") or job.parameters.get("data")


def _outcome(job: Job, request: Request) -> str:
    if job.state is JobState.DONE:
        return headline(FitResult.from_json(job.results), request.reader) or told(request.reader, job).short
    return clean(in_words_of(request.reader, job.failure or job.said))


def _model_of(job: Job) -> str:
    return str(
        job.results.get("model") or job.parameters.get("model") or job.parameters.get("name") or job.kind
    )


def _parameters(parameters: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(
        f"{clean(key)}: {clean(', '.join(choices))}" if choices else clean(key)
        for key, choices in parameters.items()
    )


COMMANDS = (
    Command(
        "fit",
        marked("Fit the light curve of a source with a model; without one, tells which there are"),
        fitted,
        options=(
            SOURCE,
            Option("model", OptionKind.TEXT, marked("A model or service: Me2017, NMMA/Bu2022Ye")),
            Option("settings", OptionKind.SETTINGS, marked("Its parameters: fix_z=True")),
            Option("form", OptionKind.FLAG, marked("Ask for the parameters in a form")),
            AT,
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        check=checked,
        examples=("fit AT2025vsw", "fit AT2025vsw Me2017 fix_z=True"),
        short="fit",
    ),
    Command(
        "fits",
        marked("The fits of a source: what they found, and how their models compare"),
        listed,
        options=(SOURCE,),
        examples=("fits AT2025vsw",),
    ),
)
