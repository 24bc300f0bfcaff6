"""A dry run in words: how often a rule would have told its owner, and when."""

from __future__ import annotations

from cards import wording
from cards.card import Block, Card, Instant, InstantForm, Line, Lines, Note, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from notifiers.dry_run import DryRun, Occasion, Would

SHOWN = 25


def dry_run_card(run: DryRun, reader: Reader) -> Card:
    """What a person reads before they subscribe, the latest occasion first."""
    length = wording.duration(run.until - run.since, reader)
    at_once = run.count(Would.TOLD, Would.WOKEN)
    said = [_times(at_once, length, reader), *_rest(run, reader)]
    title = "; ".join(said) + "."
    latest = sorted(run.occasions, key=lambda each: each.at, reverse=True)
    blocks: list[Block] = [Lines(tuple(_line(each, reader) for each in latest[:SHOWN]))] if latest else []
    if len(latest) > SHOWN:
        blocks.append(Note((Text(reader.say("The latest {count} are shown.", count=SHOWN)),)))
    looked = reader.say_many(
        "Looked at {count} event of this time.", "Looked at {count} events of this time.", run.events
    )
    blocks.append(Note((Text(looked),)))
    return Card((strong(title),), Tone.INFO, tuple(blocks), title)


def _times(count: int, length: str, reader: Reader) -> str:
    if count == 0:
        return reader.say("It would not have told you anything at once in the last {length}", length=length)
    return reader.say_many(
        "It would have told you once in the last {length}",
        "It would have told you {count} times in the last {length}",
        count,
        length=length,
    )


def _rest(run: DryRun, reader: Reader) -> list[str]:
    said = []
    if woken := run.count(Would.WOKEN):
        said.append(reader.say_many("woken you once", "woken you {count} times", woken))
    if held := run.count(Would.HELD):
        said.append(reader.say_many("kept one for a digest", "kept {count} for a digest", held))
    if dropped := run.count(Would.DROPPED):
        said.append(reader.say_many("left one out", "left {count} out", dropped))
    return said


def _line(occasion: Occasion, reader: Reader) -> Line:
    what = {
        Would.TOLD: reader.say("told"),
        Would.WOKEN: reader.say("woken"),
        Would.HELD: reader.say("for the digest"),
        Would.DROPPED: reader.say("left out"),
    }[occasion.would]
    about = reader.say("first notice") if occasion.first else reader.say("a change")
    name = shorten(clean(occasion.name), 60)
    return joined(
        [(Instant(occasion.at, InstantForm.DATE_TIME),), (strong(name),), (Text(about),), (Text(what),)]
    )
