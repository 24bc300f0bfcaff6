"""`mmoda …`: what the dispatcher offers, a product around an event, how it goes, what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards import coordinates
from cards.answer_card import answer_card
from cards.card import Card, Line, Lines, Link, Links, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.translation import marked
from commands.command import Command, Group, Nature
from commands.errors import CommandError
from commands.event_place import best_position
from commands.event_words import title_of
from commands.job_cards.frame import job_card, standing, told
from commands.job_cards.own_sentences import in_words_of
from commands.jobs_asked import ask_job, pictures_of
from commands.options import Choice, Option, OptionKind
from commands.request import Form, FormField, Reply, Request
from commands.rooms import Rooms
from platforms.job import Job
from platforms.jobs import JobError, Wanted
from platforms.mmoda.dispatcher import Dispatcher
from platforms.mmoda.metadata import BadParameter, Instrument, Offer, Parameter
from platforms.mmoda.request import Around, isot, parameters_around
from platforms.mmoda.work import KIND
from shifts.permissions import Permission

GROUP = Group("mmoda", marked("MMODA: products of observatories' archives, around an event or anywhere"))
INSTRUMENT = Option("instrument", OptionKind.TEXT, marked("An instrument, as “mmoda list” names it"))
PRODUCT = Option("product", OptionKind.TEXT, marked("One of its products"))
JOB = Option("job", OptionKind.NUMBER, marked("A job, by its number"), minimum=1, whole=True)
CODE_LINES = 60
LISTED = 15
BUTTONS = 5


async def listed(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The instruments; of one its products; of a product its parameters."""
    reader = request.reader
    dispatcher = _dispatcher(request, rooms)[1]
    name, product = request.text_or_none("instrument"), request.text_or_none("product")
    if name is None:
        names = await dispatcher.instruments()
        title = reader.say("What {platform} offers", platform=dispatcher.name)
        lines: tuple[Line, ...] = tuple((Text(clean(each)),) for each in names)
        note = reader.say("“mmoda list INSTRUMENT” tells of one. What needs a role is not listed.")
        yield Reply(answer_card(reader, title, Lines(lines), note))
        return
    instrument = await dispatcher.instrument(name)
    if product is None:
        yield Reply(_products_card(reader, instrument))
        return
    yield Reply(_parameters_card(reader, _offer(reader, instrument, product)))


async def run(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Ask for a product, with the time and the place of an event where it takes them."""
    reader = request.reader
    platform, dispatcher = _dispatcher(request, rooms)
    instrument = await dispatcher.instrument(request.text("instrument"))
    offer = _offer(reader, instrument, request.text_or_none("product"))
    if request.flag("form"):
        title = reader.say("{product} of {instrument}", product=offer.product, instrument=offer.instrument)
        said = reader.say("Its parameters are asked for in a form.")
        yield Reply(answer_card(reader, title, said), form=_form(request, offer))
        return
    around = _around(request)
    try:
        parameters = parameters_around(offer, around, request.settings())
    except BadParameter as error:
        raise CommandError(in_words_of(reader, str(error)), option=f"settings.{error.name}") from None
    asked = {"instrument": offer.instrument, "product": offer.product, "parameters": parameters}
    state = request.event() if request.has("event") else None
    if state is not None and state.trigger_time is not None:
        asked["event_time"] = isot(state.trigger_time)
    event = state.event if state is not None else None
    async for reply in ask_job(request, rooms, Wanted(KIND, platform, asked, event=event)):
        yield reply


async def status(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """How the products stand that were asked for lately; or one."""
    reader = request.reader
    if request.has("job"):
        job = await _job(request, rooms)
        yield Reply(job_card(reader, job), await pictures_of(rooms, job))
        return
    found = await rooms.jobs.jobs(kind=KIND, limit=LISTED)
    title = reader.say("Products asked of MMODA")
    if not found:
        yield Reply(answer_card(reader, title, reader.say("None yet.")))
        return
    rows = tuple(
        (
            (Text(str(job.id)),),
            (Text(shorten(told(reader, job).title, 60)),),
            (Text(standing(reader, job)),),
            (Text(clean(job.requester)),),
        )
        for job in found
    )
    columns = (reader.say("no."), reader.say("product"), reader.say("state"), reader.say("who"))
    yield Reply(answer_card(reader, title, Table((), columns, rows)))


async def result(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """What came of a product: its card with pictures, and the code that makes it again."""
    reader = request.reader
    job = await _job(request, rooms)
    card = job_card(reader, job)
    yield Reply(card, await pictures_of(rooms, job))


async def code(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """The Python that makes a product again, without any token."""
    reader = request.reader
    job = await _job(request, rooms)
    text = job.results.get("api_code")
    title = reader.say("Code for job {number}", number=job.id)
    if not isinstance(text, str) or not text:
        yield Reply(answer_card(reader, title, reader.say("There is none yet: it comes with the product.")))
        return
    lines: tuple[Line, ...] = tuple((Text(each),) for each in text.splitlines()[:CODE_LINES] if each.strip())
    note = reader.say("It needs the package oda-api, and a token of your own where the product wants one.")
    link = job.results.get("link")
    blocks = [Lines(lines)]
    links = [Links((Link(reader.say("Open in MMODA"), link),))] if isinstance(link, str) else []
    yield Reply(answer_card(reader, title, *blocks, note, *links))


async def resolve(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    """Where something of a name is, by the catalogues behind MMODA."""
    reader, name = request.reader, request.text("name")
    dispatcher = _dispatcher(request, rooms)[1]
    found = await dispatcher.resolve(name)
    if found is None:
        raise CommandError(
            reader.say(
                "{platform} knows nothing called “{name}”.", platform=dispatcher.name, name=clean(name)[:80]
            ),
            option="name",
        )
    lines: list[Line] = [(strong(coordinates.position(found.ra, found.dec, None)),)]
    lines.append((Text(f"{found.ra:.5f} {found.dec:+.5f}"),))
    if found.kind:
        lines.append(reader.line("Kind: {kind}", kind=clean(found.kind)))
    links = [Links((Link(reader.say("Open in MMODA"), found.link),))] if found.link else []
    yield Reply(answer_card(reader, clean(found.name), Lines(tuple(lines)), *links))


def _dispatcher(request: Request, rooms: Rooms) -> tuple[str, Dispatcher]:
    """The dispatcher of this desk and what jobs call it."""
    for name, dispatcher in rooms.platforms.mmoda.items():
        return name, dispatcher
    raise CommandError(
        request.reader.say("No MMODA is configured: an administrator puts {key} into the configuration.",
                           key="[mmoda] url")
    )  # fmt: skip


def _offer(reader: Reader, instrument: Instrument, product: str | None) -> Offer:
    """A product of an instrument. Raises CommandError that offers those there are."""
    found = instrument.offer(product) if product is not None else None
    if found is None and product is None and len(instrument.offers) == 1:
        found = instrument.offers[0]
    if found is not None:
        return found
    names = [each.product for each in instrument.offers]
    known = reader.listing(names) if names else reader.say("none")
    choices = tuple(Choice(each, each) for each in names[:BUTTONS])
    if product is None:
        sentence = reader.say(
            "Which product of {instrument}? It has {known}.", instrument=clean(instrument.name), known=known
        )
    else:
        sentence = reader.say(
            "{instrument} has no product “{product}”; it has {known}.",
            instrument=clean(instrument.name),
            product=clean(product)[:80],
            known=known,
        )
    raise CommandError(sentence, option="product", choices=choices)


def _around(request: Request) -> Around:
    """Time and place: what was given, else the event's."""
    event = request.event() if request.has("event") else None
    given = request.coordinates_or_none("source")
    place = given or (best_position(event) if event is not None else None)
    at = request.time_or_none("at") or (event.trigger_time if event is not None else None)
    return Around(
        at=at,
        ra=place.ra if place is not None else None,
        dec=place.dec if place is not None else None,
        name=title_of(event) if event is not None and given is None else None,
        before=request.duration_or_none("before"),
        after=request.duration_or_none("after"),
    )


def _form(request: Request, offer: Offer) -> Form:
    """The parameters of a product as fields, filled with what would be sent now."""
    given = dict(request.settings())
    fields = tuple(_field(each, given.get(each.name)) for each in offer.shown[:20])
    known = {key: text for key, text in request.given.items() if key != "settings"}
    return Form(request.path, fields, {**known, "product": offer.product, "form": "no"})


def _field(parameter: Parameter, given: str | None) -> FormField:
    default = "" if parameter.default is None else str(parameter.default)
    label = f"{parameter.name} ({parameter.unit})" if parameter.unit else parameter.name
    return FormField(
        f"settings.{parameter.name}",
        given if given is not None else default,
        label=clean(label),
        choices=tuple(Choice(each, each) for each in parameter.allowed),
        hint=clean(parameter.bounds) or None,
    )


def _products_card(reader: Reader, instrument: Instrument) -> Card:
    title = reader.say("Products of {instrument}", instrument=clean(instrument.name))
    rows = tuple(
        ((strong(clean(each.product)),), (Text(clean(", ".join(p.name for p in each.shown)) or "–"),))
        for each in instrument.offers
    )
    columns = (reader.say("product"), reader.say("parameters"))
    example = f"mmoda run {instrument.name} {instrument.offers[0].product}" if instrument.offers else ""
    return answer_card(
        reader, title, Table((), columns, rows), reader.say("For example: {line}", line=example)
    )


def _parameters_card(reader: Reader, offer: Offer) -> Card:
    title = reader.say("{product} of {instrument}", product=offer.product, instrument=offer.instrument)
    rows = tuple(
        (
            (strong(clean(each.name)),),
            (Text(clean(each.unit or "–")),),
            (Text(shorten(clean(str(each.default)), 40) if each.default is not None else "–"),),
            (Text(clean(each.bounds) or "–"),),
        )
        for each in offer.shown
    )
    columns = (reader.say("parameter"), reader.say("unit"), reader.say("default"), reader.say("values"))
    note = reader.say("Time and place come from the event, or from {options}.", options="at, source")
    if not rows:
        return answer_card(reader, title, reader.say("It has no parameters of its own."), note)
    return answer_card(reader, title, Table((strong(reader.say("Parameters")),), columns, rows), note)


async def _job(request: Request, rooms: Rooms) -> Job:
    number = int(request.number("job"))
    try:
        job = await rooms.jobs.job(number)
    except JobError:
        job = None
    if job is None or job.kind != KIND:
        raise CommandError(
            request.reader.say(
                "Job {number} is no product of MMODA; “mmoda status” lists them.", number=number
            ),
            option="job",
        )
    return job


AROUND = (
    Option("event", OptionKind.EVENT, marked("The event whose time and place are looked at")),
    Option("source", OptionKind.COORDINATES, marked("Another place: right ascension and declination")),
    Option("at", OptionKind.TIME, marked("Another time than the event's")),
    Option("before", OptionKind.DURATION, marked("How long before it")),
    Option("after", OptionKind.DURATION, marked("How long after it")),
)
NEEDED_JOB = Option(
    "job", OptionKind.NUMBER, marked("A job, by its number"), required=True, minimum=1, whole=True
)

COMMANDS = (
    Command(
        "list",
        marked("Instruments of MMODA, their products, their parameters with bounds"),
        listed,
        group="mmoda",
        options=(INSTRUMENT, PRODUCT),
        examples=("mmoda list", "mmoda list gw", "mmoda list gw gw_strain"),
    ),
    Command(
        "run",
        marked("Ask MMODA for a product around an event or a place and time"),
        run,
        group="mmoda",
        options=(
            Option("instrument", OptionKind.TEXT, INSTRUMENT.summary, required=True),
            PRODUCT,
            *AROUND,
            Option("form", OptionKind.FLAG, marked("Ask for the parameters in a form")),
            Option("settings", OptionKind.SETTINGS, marked("Parameters of the product: key=value")),
        ),
        permission=Permission.SHIFTER,
        nature=Nature.STARTS,
        examples=(
            "mmoda run spi_acs spi_acs_lc S230518h",
            "mmoda run gw gw_strain S230518h detector=L1 fmin=40",
        ),
    ),
    Command(
        "status",
        marked("How the products stand that were asked of MMODA"),
        status,
        group="mmoda",
        options=(JOB,),
        examples=("mmoda status", "mmoda status 12"),
    ),
    Command(
        "result",
        marked("What came of a product: numbers and pictures"),
        result,
        group="mmoda",
        options=(NEEDED_JOB,),
        examples=("mmoda result 12",),
    ),
    Command(
        "code",
        marked("The Python that makes a product of MMODA again"),
        code,
        group="mmoda",
        options=(NEEDED_JOB,),
        examples=("mmoda code 12",),
    ),
    Command(
        "name",
        marked("Where something of this name is, by MMODA's catalogues"),
        resolve,
        group="mmoda",
        options=(Option("name", OptionKind.TEXT, marked("A name: Mrk 421"), required=True),),
        examples=("mmoda name Mrk 421",),
    ),
)
