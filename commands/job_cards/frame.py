"""The frame of every job's card: what was asked, how it stands, who asked, what can be done."""

from __future__ import annotations

from collections.abc import Iterator

from cards import wording
from cards.card import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Note,
    Picture,
    Text,
    Tone,
    strong,
)
from cards.cleaning import clean, shorten
from cards.reader import Reader
from cards.text import line_text
from commands.job_cards import TELLERS
from commands.job_cards.own_sentences import in_words_of
from commands.job_cards.plain import plainly
from commands.job_cards.told import Told
from platforms.job import Job, JobState

CANCEL = "job.cancel"
LONGEST_SENTENCE = 600

TONES = {
    JobState.DONE: Tone.GOOD,
    JobState.FAILED: Tone.WARNING,
    JobState.TIMED_OUT: Tone.WARNING,
}


def told(reader: Reader, job: Job) -> Told:
    """A job in the words of its kind, or plainly where its kind has none."""
    return TELLERS.get(job.kind, plainly)(reader, job)


def job_card(reader: Reader, job: Job) -> Card:
    """The card of a job as it stands."""
    words = told(reader, job)
    name = words.title or plainly(reader, job).title
    title = reader.line("{job}: {standing}", job=strong(name), standing=standing(reader, job))
    blocks: list[Block] = [*_happening(reader, job), *words.blocks]
    blocks += [
        Picture(key, words.captions[key], words.captions[key]) for key in shown_pictures(reader, job, words)
    ]
    blocks.append(Note(_from_whom(reader, job)))
    buttons = [*words.buttons]
    if not job.state.ended and job.state is not JobState.CANCELLING:
        buttons.append(Button(CANCEL, reader.say("Cancel it"), str(job.id), ButtonStyle.DANGER))
    if buttons:
        blocks.append(Buttons(tuple(buttons)))
    summary = " · ".join(part for part in (line_text(title, reader), words.short) if part)
    return Card(title, TONES.get(job.state, Tone.INFO), tuple(blocks), summary, event=job.event)


def shown_pictures(reader: Reader, job: Job, words: Told | None = None) -> tuple[str, ...]:
    """The names of the job's pictures that its card shows, in order."""
    if job.state.ended and job.state is not JobState.DONE:
        return ()
    captions = (words or told(reader, job)).captions
    return tuple(name for name in captions if name in job.pictures)


def standing(reader: Reader, job: Job) -> str:
    """How a job stands, in a word or two: `running, 40 %`."""
    match job.state:
        case JobState.STARTING:
            return reader.say("being asked for")
        case JobState.QUEUED:
            return reader.say("queued")
        case JobState.RUNNING if job.progress is not None:
            return reader.say("running, {percent}", percent=wording.percent(job.progress, reader))
        case JobState.RUNNING:
            return reader.say("running")
        case JobState.CANCELLING:
            return reader.say("being cancelled")
        case JobState.DONE:
            return reader.say_as("a job", "done")
        case JobState.FAILED:
            return reader.say("failed")
        case JobState.CANCELLED:
            return reader.say("cancelled")
        case JobState.TIMED_OUT:
            return reader.say("given up, it took too long")


def _happening(reader: Reader, job: Job) -> Iterator[Block]:
    """What happens now, or what went wrong and what to do."""
    if job.state is JobState.TIMED_OUT:
        yield Lines(tuple(_too_long(reader, job)))
    elif job.failure:
        lines: list[Line] = [(Text(_sentence(reader, job.failure)),)]
        if job.advice:
            lines.append(reader.line("What to do: {advice}", advice=_sentence(reader, job.advice)))
        yield Lines(tuple(lines))
        if job.said and job.said != job.failure and not job.state.ended:
            yield Lines(((Text(_sentence(reader, job.said)),),))
    elif job.said and (not job.state.ended or job.state is JobState.CANCELLED):
        yield Lines(((Text(_sentence(reader, job.said)),),))


def _too_long(reader: Reader, job: Job) -> Iterator[Line]:
    hours = wording.number(((job.ended or job.deadline) - job.created).total_seconds() / 3600.0, reader, 1)
    yield reader.line("{platform} had not finished it after {hours} h.", platform=job.platform, hours=hours)
    if job.said:
        yield reader.line("What was heard last: {said}", said=_sentence(reader, job.said))
    yield (Text(reader.say("What to do: look there whether it still runs, or ask for it again.")),)


def _from_whom(reader: Reader, job: Job) -> Line:
    when = Instant(job.ended or job.created, InstantForm.DATE_TIME)
    if job.ended is not None:
        return reader.line(
            "Job {number} at {platform}, asked for by {who}, ended {when}",
            number=str(job.id),
            platform=job.platform,
            who=clean(job.requester),
            when=when,
        )
    return reader.line(
        "Job {number} at {platform}, asked for by {who}, {when}",
        number=str(job.id),
        platform=job.platform,
        who=clean(job.requester),
        when=when,
    )


def _sentence(reader: Reader, text: str) -> str:
    return shorten(clean(in_words_of(reader, text)), LONGEST_SENTENCE)
