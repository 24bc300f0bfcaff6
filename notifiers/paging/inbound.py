"""Answers from outside chats: the sender is found by address, the page by number or as the only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from cards import page_answers
from cards.card import Card
from cards.page_card import page_card
from cards.reader import Reader
from notifiers.paging.answers import Answer, PageView, Settled
from notifiers.paging.links import read_token
from notifiers.paging.parts import Parts, event_of, page_row, reader_of
from notifiers.paging.service import PageService, open_pages_in
from notifiers.paging.tables import PageRow
from notifiers.paging.telling import facts_of
from notifiers.paging.text_answers import Said, read_answer
from notifiers.paging.words import named, outcome_text
from shifts import people_store
from shifts.contact import AddressKind
from shifts.people_file import Person
from store.clock import Clock
from store.database import Database


@dataclass(frozen=True)
class Answered:
    """What to say back, in the sender's language; `settled` is what was done, if anything was.

    `known`: the address is somebody's. `understood`: the text was an answer.
    """

    text: str
    settled: Settled | None = None
    known: bool = True
    understood: bool = True


@dataclass(frozen=True)
class LinkView:
    """What a link's page shows: the page's card for its person, and what can be answered."""

    page: PageView
    person: str
    reader: Reader
    card: Card


class Inbound:
    """Answers by SMS, e-mail, telephone key and link.

    Promises: an answer counts for the person whose confirmed address it came from, and for nobody else; a
    text that could mean several pages asks back and does nothing; looking at a link changes nothing.
    """

    def __init__(self, database: Database, clock: Clock, parts: Parts, pages: PageService) -> None:
        self._database = database
        self._clock = clock
        self._parts = parts
        self._pages = pages

    async def answer_text(
        self,
        kind: AddressKind,
        address: str,
        text: str,
        via: str,
        *,
        page: int | None = None,
        once: str | None = None,
    ) -> Answered:
        """What somebody at an address answered by `via` (sms, whatsapp, voice, email).

        `page` is the page a call is about, `once` the provider's id of the message (delivered twice it counts
        once).
        """
        async with self._database.write() as session:
            person = await people_store.find(session, kind, address)
            if person is None:
                return Answered(page_answers.unknown_sender(Reader()), known=False)
            reader = reader_of(person)
            asked = await open_pages_in(session, person.name)
            said = read_answer(text, via, frozenset(each.id for each in asked))
            if said is None:
                return Answered(page_answers.how_to(reader), understood=False)
            meant = await self._meant(session, said, page, asked, reader)
            if isinstance(meant, str):
                return Answered(meant)
            settled = await self._pages.answer_in(
                session, meant, said.answer, person=person.name, via=via, minutes=said.minutes, once=once
            )
            answered = Answered(await outcome_text(session, settled, reader), settled)
        self._pages.settled(settled)
        return answered

    async def look(self, token: str) -> LinkView | None:
        """What the page of a link shows; None for a link that is not valid. Changes nothing."""
        async with self._database.write() as session:
            link = await read_token(session, token, self._clock.now())
            if link is None:
                return None
            found = await self._link_of(session, link.page, link.person)
            if found is None:
                return None
            row, person = found
            reader = reader_of(person)
            now = self._clock.now()
            card = page_card(
                await facts_of(session, row), await event_of(session, row, self._parts), now, reader
            )
            view = await self._pages.page(row.id)
        return LinkView(view, person.name, reader, card)

    async def answer_link(self, token: str, answer: Answer) -> Answered | None:
        """What the person of a link answers on its page; None for a link that is not valid."""
        async with self._database.write() as session:
            link = await read_token(session, token, self._clock.now())
            found = await self._link_of(session, link.page, link.person) if link is not None else None
            if found is None:
                return None
            row, person = found
            settled = await self._pages.answer_in(session, row.id, answer, person=person.name, via="email")
            answered = Answered(await outcome_text(session, settled, reader_of(person)), settled)
        self._pages.settled(settled)
        return answered

    async def _link_of(self, session: AsyncSession, page: int, person: str) -> tuple[PageRow, Person] | None:
        row = await page_row(session, page)
        known = (await people_store.everybody(session)).by_name().get(person)
        return (row, known) if row is not None and known is not None else None

    async def _meant(
        self,
        session: AsyncSession,
        said: Said,
        page: int | None,
        asked: Sequence[PageView],
        reader: Reader,
    ) -> int | str:
        """The page an answer is for, or what to say where that is not clear."""
        if said.page is not None or page is not None:
            number = said.page if said.page is not None else page
            assert number is not None
            if await session.get(PageRow, number) is None:
                return page_answers.unknown_page(number, reader)
            return number
        fitting = [each for each in asked if each.state.value != "acknowledged"] or list(asked)
        if said.answer in (Answer.RESOLVE, Answer.SNOOZE):
            fitting = list(asked)
        if not fitting:
            return page_answers.none_open(reader)
        if len(fitting) > 1:
            rows = [await session.get_one(PageRow, each.id) for each in fitting]
            return page_answers.which([(row.id, named(row)) for row in rows], reader)
        return fitting[0].id
