"""Small cards that answer a person: what was done, what could not be done, a list, a question."""

from __future__ import annotations

from collections.abc import Sequence

from cards.card import Block, Button, Buttons, Card, Line, Lines, Text, Tone, strong
from cards.reader import Reader
from cards.text import line_text


def answer_card(
    reader: Reader,
    title: str | Line,
    *blocks: Block | str | Line,
    tone: Tone = Tone.INFO,
    buttons: Sequence[Button] = (),
) -> Card:
    """A title and what belongs to it; texts become lines. The summary is the title and the first line."""
    head: Line = (strong(title),) if isinstance(title, str) else title
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, str):
            made.append(Lines(((Text(block),),)))
        elif isinstance(block, tuple):
            made.append(Lines((block,)))
        else:
            made.append(block)
    if buttons:
        made.append(Buttons(tuple(buttons)))
    first = next((block.lines[0] for block in made if isinstance(block, Lines) and block.lines), ())
    words = " ".join(line_text(line, reader) for line in (head, first) if line)
    return Card(head, tone, tuple(made), words)


def refusal_card(reader: Reader, sentence: str, buttons: Sequence[Button] = ()) -> Card:
    """One clear sentence: what could not be done, and why."""
    return answer_card(reader, (Text(sentence),), tone=Tone.WARNING, buttons=buttons)
