"""The card of a retracted event's jobs: what was started, how each stands, what can still be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from cards.answer_card import answer_card
from cards.card import Button, ButtonStyle, Card, Line, Lines, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.job_cards.frame import standing, told
from commands.job_cards.own_sentences import in_words_of
from commands.retraction.taking_back import Back, Way
from platforms.job import JobState

SHOWN = 15
LONGEST_REASON = 160


def retraction_card(event: str, name: str, backs: Sequence[Back], reader: Reader) -> Card:
    """What was started for `event` (`MISSION:ID`, called `name`), with one button while anything can be
    taken back."""
    title = reader.say_many(
        "{name} was retracted: {count} job was started for it",
        "{name} was retracted: {count} jobs were started for it",
        len(backs),
        name=name,
    )
    lines: list[Line] = [back_line(each, reader) for each in backs[:SHOWN]]
    if len(backs) > SHOWN:
        lines.append((Text(reader.say_many("and {count} more", "and {count} more", len(backs) - SHOWN)),))
    possible = sum(each.possible for each in backs)
    buttons: tuple[Button, ...] = ()
    if possible:
        # Short text: button that takes back what was started for a retracted event
        label = reader.say("Cancel all that can be")
        buttons = (Button("job.withdraw", label, event, ButtonStyle.DANGER),)
    tone = Tone.WARNING if possible else Tone.RETRACTED
    card = answer_card(reader, title, Lines(tuple(lines)), tone=tone, buttons=buttons)
    return Card(card.title, card.tone, card.blocks, title, event=event)


def back_line(back: Back, reader: Reader) -> Line:
    """One job: what it is, how it stands, whether it can be taken back, or why it could not be."""
    job = back.job
    what = told(reader, job).title or " ".join(filter(None, (job.kind, job.facility)))
    parts: list[Line] = [
        (strong(str(job.id)), Text(f" {shorten(clean(what), 60)}")),
        (Text(clean(job.requester)),),
        (Text(standing(reader, job)),),
    ]
    if job.event is None and job.source is not None:
        parts.append((Text(_of_source(back, reader)),))
    if back.undone is not None:
        parts.append((Text(_undone(back, reader)),))
    elif back.recalled:
        parts.append((Text(reader.say("taken back")),))
    elif back.way in (Way.UNDO, Way.RECALL):
        parts.append((Text(reader.say("can be taken back")),))
    elif not job.state.ended and job.said:
        parts.append((Text(_said(reader, job.said)),))
    elif job.failure:
        parts.append((Text(_said(reader, job.failure)),))
    return joined(parts)


def _of_source(back: Back, reader: Reader) -> str:
    """Why a job is listed that names no event, and who takes it back."""
    source = shorten(clean(back.job.source or ""), 40)
    if not back.beside:
        return reader.say("{source} lies in the region of this event", source=source)
    return reader.say(
        "{source} lies in the region of {others} too: “job cancel {number}” takes it back",
        source=source,
        others=reader.listing([clean(each) for each in back.beside]),
        number=back.job.id,
    )


def _undone(back: Back, reader: Reader) -> str:
    undone = back.undone
    assert undone is not None, "a job that nothing undid has no words for it"
    if undone.state is JobState.DONE:
        return reader.say("taken back")
    if not undone.state.ended:
        return reader.say("being taken back")
    why = _said(reader, undone.failure or undone.said or undone.state.value)
    return reader.say("could not be taken back: {why}", why=why)


def _said(reader: Reader, sentence: str) -> str:
    return shorten(clean(in_words_of(reader, sentence)), LONGEST_REASON)
