"""What a GCN circular says, in the few lines a card has for it."""

from __future__ import annotations

from cards.card import Line, Text, strong
from cards.cleaning import clean, shorten
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


def _text(notice: Notice, name: str) -> str:
    value = stated(notice, name)
    return " ".join(clean(value).split()) if isinstance(value, str) else ""
