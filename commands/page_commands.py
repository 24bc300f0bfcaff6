"""`page …`, `event take`: what people answer to a page, by button or typed; what is open."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cards import page_answers
from cards.answer_card import answer_card
from cards.card import Line, Lines, Text, Tone, joined, strong
from cards.page_card import status_line
from cards.translation import marked
from commands.command import Command, Group, Handler, Nature
from commands.errors import CommandError
from commands.options import Option, OptionKind
from commands.request import Reply, Request
from commands.rooms import Rooms
from notifiers.paging.answers import Answer, PageError, read_value
from notifiers.paging.service import PageService
from shifts.permissions import Permission

GROUP = Group("page", marked("Pages: what asks for somebody, and who has it"))

PAGE = Option(
    "page", OptionKind.PAGE, marked("The page's number, as 12; the only one that is open if left out")
)
MINUTES = Option("minutes", OptionKind.NUMBER, marked("How many minutes"), minimum=1, maximum=1440)

_SUMMARIES = {
    Answer.ACKNOWLEDGE: marked("You have it: nobody else is asked"),
    Answer.TAKE_OVER: marked("You take a page from who has it"),
    Answer.DECLINE: marked("It is not for you: this page does not ask you again"),
    Answer.ESCALATE: marked("The next people are asked now"),
    Answer.SNOOZE: marked("Nobody else is asked for some minutes, then it goes on"),
    Answer.RESOLVE: marked("The page is done"),
}


def _pages(rooms: Rooms) -> PageService:
    return rooms.pages or PageService(rooms.database, rooms.clock, bell=rooms.bell)


def answering(answer: Answer) -> Handler:
    """The command that gives one answer to a page."""

    async def answered(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
        pages, reader = _pages(rooms), request.reader
        minutes = request.number_or_none("minutes") if answer is Answer.SNOOZE else None
        number, seen = await _meant(request, pages)
        try:
            settled = await pages.answer(
                number,
                answer,
                person=request.person.name,
                via=request.place.front.value,
                minutes=minutes,
                seen=seen,
            )
        except PageError:
            raise CommandError(page_answers.unknown_page(number, reader), option="page") from None
        said = await pages.said(settled, reader)
        tone = Tone.GOOD if settled.acted else Tone.INFO
        yield Reply(answer_card(reader, (Text(said),), tone=tone))

    return answered


async def _meant(request: Request, pages: PageService) -> tuple[int, int | None]:
    """The page an answer is for: as the button says, as typed, or the only one that waits for this person."""
    given = request.text_or_none("page")
    if given is not None:
        try:
            return read_value(given.removeprefix("#"))
        except PageError:
            raise CommandError(
                request.reader.say("“{text}” is no page; expected its number, as 12.", text=given[:40]),
                option="page",
            ) from None
    waiting = await pages.open_pages(request.person.name) or await pages.open_pages()
    if not waiting:
        raise CommandError(page_answers.none_open(request.reader))
    if len(waiting) > 1:
        listed = [(each.id, (each.event or each.subject).split(":", 1)[-1]) for each in waiting]
        raise CommandError(page_answers.which(listed, request.reader), option="page")
    return waiting[0].id, None


async def _list(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    reader = request.reader
    lines: list[Line] = []
    for facts, what in await _pages(rooms).summaries():
        head = (strong(str(facts.number)), Text(f" {what}"))
        lines.append(joined([head, status_line(facts, reader)]))
    if not lines:
        yield Reply(answer_card(reader, reader.say("No page is open.")))
        return
    yield Reply(answer_card(reader, reader.say("Open pages"), Lines(tuple(lines))))


async def _take(request: Request, rooms: Rooms) -> AsyncIterator[Reply]:
    state, reader = request.event(), request.reader
    await _pages(rooms).take_event(state, person=request.person.name, via=request.place.front.value)
    said = reader.say("You have {event} in hand; everybody who was asked sees it.", event=state.name)
    yield Reply(answer_card(reader, (Text(said),), tone=Tone.GOOD))


COMMANDS = (
    *(
        Command(
            answer.value,
            summary,
            answering(answer),
            group="page",
            options=(PAGE, MINUTES) if answer is Answer.SNOOZE else (PAGE,),
            nature=Nature.CHANGES,
            permission=Permission.SHIFTER,
            private=True,
            examples=(f"page {answer.value} 12",),
        )
        for answer, summary in _SUMMARIES.items()
    ),
    Command("list", marked("The pages that are open"), _list, group="page", examples=("page list",)),
    Command(
        "take",
        marked("You have an event in hand, and its open pages"),
        _take,
        group="event",
        options=(Option("event", OptionKind.EVENT, marked("The event"), required=True),),
        nature=Nature.CHANGES,
        permission=Permission.SHIFTER,
        private=True,
        examples=("event take S230518h",),
    ),
)
