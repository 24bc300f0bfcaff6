"""What people read of a reaction: the question whether to start something, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cards.answer_card import answer_card
from cards.card import (
    Block,
    Button,
    ButtonStyle,
    Card,
    Instant,
    InstantForm,
    Line,
    Lines,
    Note,
    Text,
    Tone,
    strong,
)
from cards.cleaning import clean, shorten
from cards.reader import Reader

SHOWN_PARAMETERS = 8


class Stands(StrEnum):
    """How a reaction stands."""

    ASKED = "asked"
    STARTED = "started"
    DECLINED = "declined"
    EXPIRED = "expired"
    OVERTAKEN = "overtaken"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Came:
    """What came of it for one telescope (or none): a job, or why there is none.

    `already`: the job was there before; `state` is how it stands now, in the reader's words.
    """

    facility: str
    job: int | None
    problem: str | None = None
    already: bool = False
    state: str = ""


@dataclass(frozen=True)
class ReactionFacts:
    """All that is said of a reaction. `start` is what is started (`plan`, `mmoda`, …), `event` its people's
    name and `key` its unique one; `by` who answered; `asked` whether anybody was."""

    number: int
    name: str
    start: str
    event: str
    key: str
    stands: Stands
    at: datetime
    facilities: Sequence[str] = ()
    parameters: Mapping[str, object] | None = None
    until: datetime | None = None
    by: str | None = None
    came: Sequence[Came] = ()

    @property
    def asked(self) -> bool:
        return self.by is None or not self.by.startswith("rule ")


def what_starts(start: str, facilities: Sequence[str], reader: Reader) -> str:
    """`an observing plan for ZTF and DECam`, `an MMODA product`."""
    names = {
        "plan": lambda: reader.say("an observing plan"),
        "mmoda": lambda: reader.say("an MMODA product"),
        "fit": lambda: reader.say("a light-curve fit"),
    }
    what = names[start]() if start in names else start
    if not facilities:
        return what
    return reader.say("{what} for {facilities}", what=what, facilities=reader.listing(list(facilities)))


def reaction_card(facts: ReactionFacts, reader: Reader) -> Card:
    """The question with its buttons while it waits; afterwards what was answered and what came of it."""
    what = what_starts(facts.start, facts.facilities, reader)
    buttons: tuple[Button, ...] = ()
    tone = Tone.INFO
    if facts.stands is Stands.ASKED:
        title = reader.say("{event}: start {what}?", event=facts.event, what=what)
        buttons = (
            # Short text: button that starts what the card asks about
            Button("reactions.go", reader.say("Go"), str(facts.number), ButtonStyle.PRIMARY),
            # Short text: button that declines
            Button("reactions.no", reader.say("No"), str(facts.number)),
        )
    elif facts.stands is Stands.STARTED:
        title = reader.say("{event}: {what}", event=facts.event, what=what)
        tone = Tone.GOOD if any(each.job is not None for each in facts.came) else Tone.WARNING
    else:
        title = reader.say("{event}: {what} was not started", event=facts.event, what=what)
    blocks: list[Block] = [Lines((_standing(facts, reader), *_came(facts.came, reader)))]
    if facts.parameters:
        blocks.append(Note((Text(parameters_text(facts.parameters)),)))
    if facts.stands is Stands.ASKED:
        blocks.append(Note((Text(reader.say("A go sends nothing to a telescope: that is asked again.")),)))
    card = answer_card(reader, title, *blocks, tone=tone, buttons=buttons)
    return Card(card.title, card.tone, card.blocks, card.summary, event=facts.key)


def parameters_text(parameters: Mapping[str, object]) -> str:
    """`strategy=tiling · filters=g,r`: what it is started with, as configured."""
    pairs = []
    for name, value in list(parameters.items())[:SHOWN_PARAMETERS]:
        text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        pairs.append(f"{clean(str(name))}={shorten(clean(text), 60)}")
    return " · ".join(pairs) + (" …" if len(parameters) > SHOWN_PARAMETERS else "")


def _standing(facts: ReactionFacts, reader: Reader) -> Line:
    at, rule = Instant(facts.at, InstantForm.TIME, utc=True), strong(facts.name)
    who = strong(facts.by or "")
    match facts.stands:
        case Stands.ASKED:
            until = Instant(facts.until or facts.at, InstantForm.DATE_TIME, utc=True)
            return reader.line(
                "The rule {rule} asks. It waits for an answer until {time}.", rule=rule, time=until
            )
        case Stands.STARTED if facts.asked:
            return reader.line("{person} said go at {time} (rule {rule}).", person=who, time=at, rule=rule)
        case Stands.STARTED:
            return reader.line(
                "Started by the rule {rule} at {time}; nobody had to be asked.", rule=rule, time=at
            )
        case Stands.DECLINED:
            return reader.line("{person} said no at {time} (rule {rule}).", person=who, time=at, rule=rule)
        case Stands.EXPIRED:
            return reader.line("Nobody answered the rule {rule} until {time}.", rule=rule, time=at)
        case Stands.OVERTAKEN:
            return reader.line(
                "A newer sky map came at {time}; the rule {rule} asks anew.", time=at, rule=rule
            )
        case Stands.STOPPED:
            return reader.line(
                "The event was retracted at {time} before anybody answered the rule {rule}.",
                time=at,
                rule=rule,
            )


def _came(came: Sequence[Came], reader: Reader) -> list[Line]:
    lines: list[Line] = []
    for each in came:
        lead: Line = (strong(each.facility), Text(": ")) if each.facility else ()
        if each.job is None:
            said = reader.line("could not be started: {why}", why=clean(each.problem or ""))
        elif each.already:
            said = reader.line("job {number}, which was there already", number=str(each.job))
        else:
            said = reader.line("job {number}", number=str(each.job))
        lines.append((*lead, *said, *((Text(f" · {each.state}"),) if each.state else ())))
    return lines
