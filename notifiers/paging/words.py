"""What somebody who answered is told: the outcome of an answer in their language."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from cards import page_answers
from cards.cleaning import clean, shorten
from cards.reader import Reader
from notifiers.paging.answers import Answer, Settled, Why
from notifiers.paging.parts import page_row
from notifiers.paging.tables import PageRow
from notifiers.paging.telling import facts_of

LONGEST_NAME = 40


async def outcome_text(session: AsyncSession, settled: Settled, reader: Reader) -> str:
    """What came of an answer, in one or two sentences."""
    row = await page_row(session, settled.page.id)
    assert row is not None, "a page that was answered is there"
    facts = await facts_of(session, row)
    if settled.why is Why.OUTDATED:
        return page_answers.moved_on(facts, reader)
    if settled.why is Why.WAITING:
        return page_answers.counted(facts.missing, reader)
    if settled.why is not Why.DONE:
        return page_answers.nothing_done(facts, reader)
    match settled.answer:
        case Answer.ACKNOWLEDGE | Answer.TAKE_OVER:
            return page_answers.taken(row.id, named(row), reader)
        case Answer.DECLINE:
            return page_answers.declined(row.id, reader)
        case Answer.ESCALATE:
            return page_answers.escalated(row.id, reader)
        case Answer.SNOOZE:
            assert settled.page.next_due is not None
            return page_answers.snoozed(row.id, settled.page.next_due, reader)
        case Answer.RESOLVE:
            return page_answers.resolved(row.id, reader)


def named(row: PageRow) -> str:
    """What a page is about, in a few letters."""
    name = row.event.split(":", 1)[-1] if row.event else row.subject
    return shorten(clean(name), LONGEST_NAME)
