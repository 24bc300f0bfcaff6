"""What a GCN circular says, in the few lines a card has for it."""

from __future__ import annotations

from cards.card import Line, Link, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from events.messenger import stated
from gcn.notice import Notice

LONGEST_SUBJECT = 300
LONGEST_BODY = 600


def circular_lines(notice: Notice) -> list[Line]:
    """Subject, who sent it, and how it begins."""
    lines: list[Line] = []
    subject, sender, body = (_text(notice, name) for name in ("subject", "submitter", "body"))
    if subject:
        lines.append((strong(shorten(subject, LONGEST_SUBJECT)),))
    if sender:
        lines.append((Text(shorten(sender, LONGEST_SUBJECT)),))
    if body:
        lines.append((Text(shorten(body, LONGEST_BODY)),))
    return lines


def circular_line(notice: Notice, reader: Reader) -> Line:
    """One circular as one line: that it is one, its subject, and where to read it."""
    subject = shorten(_text(notice, "subject"), LONGEST_SUBJECT) or reader.say("no subject")
    address = next(iter(notice.links.values()), "")
    return reader.line("Circular: {subject}", subject=Link(subject, address))


def _text(notice: Notice, name: str) -> str:
    value = stated(notice, name)
    return " ".join(clean(value).split()) if isinstance(value, str) else ""
