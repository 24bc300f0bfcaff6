"""What people are answered who answered a page: plain sentences for SMS, e-mail, chat and voice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cards.page_card import PageFacts, status_line
from cards.reader import Reader
from cards.text import line_text


def taken(number: int, what: str, reader: Reader) -> str:
    # Short text: the reader has said that they deal with a page.
    return reader.say("You have it: page {number}, {what}.", number=number, what=what)


def counted(missing: int, reader: Reader) -> str:
    # Short text: the reader's answer is not enough, others have to answer too.
    return reader.say_many(
        "Noted. {count} more person is needed.", "Noted. {count} more people are needed.", missing
    )


def declined(number: int, reader: Reader) -> str:
    # Short text: the reader has said that a page is not for them.
    return reader.say("Noted: page {number} does not ask you again.", number=number)


def escalated(number: int, reader: Reader) -> str:
    # Short text: the next people of a page are asked.
    return reader.say("Page {number}: the next people are asked now.", number=number)


def snoozed(number: int, until: datetime, reader: Reader) -> str:
    at = f"{reader.local(until):%H:%M}"
    # Short text: a page waits until a time of day.
    return reader.say("Page {number} goes on at {time}.", number=number, time=at)


def resolved(number: int, reader: Reader) -> str:
    # Short text: a page is over because the reader said so.
    return reader.say("Page {number} is closed.", number=number)


def nothing_done(facts: PageFacts, reader: Reader) -> str:
    """An answer that came too late, or a second time: how the page stands."""
    status = line_text(status_line(facts, reader), reader)
    # Short text: before a sentence that says how a page stands.
    return reader.say("Page {number}: {status}", number=facts.number, status=status)


def moved_on(facts: PageFacts, reader: Reader) -> str:
    """A button of a card that shows the page as it was."""
    status = line_text(status_line(facts, reader), reader)
    return reader.say(
        "Nothing was done: page {number} has moved on. {status}", number=facts.number, status=status
    )


def none_open(reader: Reader) -> str:
    # Short text: somebody answers, and there is no page.
    return reader.say("No page is waiting for your answer.")


def which(pages: Sequence[tuple[int, str]], reader: Reader) -> str:
    """Several pages are open, and the answer names none."""
    listed = "; ".join(f"{number}: {what}" for number, what in pages)
    first = pages[0][0]
    # Short text: a question by SMS; {example} is what to reply, as "ack 12".
    return reader.say("Which page? {pages}. Reply {example}", pages=listed, example=f"ack {first}")


def unknown_page(number: int, reader: Reader) -> str:
    # Short text: an answer names a page that is not there.
    return reader.say("There is no page {number}.", number=number)


def how_to(reader: Reader) -> str:
    """What can be replied; the words are understood in English, whatever the language."""
    # Short text: words to reply by SMS; they stay English: ack, no, next, wait, done.
    return reader.say("Reply ack, no, next, wait or done, with the page's number: ack 12")


def unknown_sender(reader: Reader) -> str:
    return reader.say("This address is nobody's here, or was not confirmed; nothing was done.")


def link_over(reader: Reader) -> str:
    return reader.say("This link is not valid, or no longer. Answer in the chat, or reply to the page.")
