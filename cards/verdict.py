"""The title of an event's card: what, name, real or mock or test, significant or not, vetted or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from cards.card import Line, Text, Tone, strong, struck
from cards.cleaning import clean, shorten
from cards.reader import Reader
from events.messenger import Messenger, messenger
from events.rules import likeliest_class
from events.state import EventState
from gcn.notice import AlertType, Notice, Role

LONGEST_NAME = 80
_VETTED = (AlertType.INITIAL, AlertType.UPDATE, AlertType.FINAL)


@dataclass(frozen=True)
class Verdict:
    """`headline` is the title without what is said about vetting."""

    title: Line
    tone: Tone
    headline: Line


def verdict(state: EventState, reader: Reader) -> Verdict:
    """The title line and the colour of an event's card."""
    if state.retracted:
        said = _retracted(state, reader)
        return Verdict(said, Tone.MOCK if rehearsal(state, reader) else Tone.RETRACTED, said)
    notice = state.described.notice
    if notice.format == "circular":
        report: Line = (strong(what(state, reader)),)
        return Verdict(report, _tone(state, reader), report)
    parts = [what(state, reader), reader.say("not real") if rehearsal(state, reader) else reader.say("real")]
    if notice.significant is not None:
        parts.append(reader.say("significant") if notice.significant else reader.say("not significant"))
    if notice.alert_type is AlertType.EARLY_WARNING:
        parts.append(reader.say("early warning"))
    headline: Line = (strong(" · ".join(parts)),)
    vetting = _vetting(state, reader)
    title = (*headline, Text(f" — {vetting}")) if vetting else headline
    return Verdict(title, _tone(state, reader), headline)


def what(state: EventState, reader: Reader) -> str:
    """What it is and its name, with MOCK, TEST or DRILL before everything else."""
    said = _kind_and_name(state, reader)
    rehearsed = rehearsal(state, reader)
    return reader.say("{rehearsal}: {what}", rehearsal=rehearsed, what=said) if rehearsed else said


def rehearsal(state: EventState, reader: Reader) -> str | None:
    """The word that says an event is not of the real sky; None for one that is."""
    if any(tag.casefold() == "drill" for tag in state.tags):
        return reader.say("DRILL")
    match state.role:
        case Role.OBSERVATION:
            return None
        case Role.MOCK:
            return reader.say("MOCK")
        case Role.TEST:
            return reader.say("TEST")
        case Role.PREDICTION:
            return reader.say("PREDICTION")
        case Role.UTILITY:
            return reader.say("SERVICE NOTICE")


def short_name(state: EventState) -> str:
    """The event's name as a card can show it."""
    return shorten(clean(state.name).strip(), LONGEST_NAME) or "?"


def probably_noise(notice: Notice) -> bool:
    """Whether noise is likelier than all astrophysical classes together."""
    return notice.classification.get("Terrestrial", 0.0) > 0.5


def _kind_and_name(state: EventState, reader: Reader) -> str:
    notice, name = state.described.notice, short_name(state)
    if notice.format == "circular":
        return reader.say("Circular on {name}", name=name)
    match messenger(notice):
        case Messenger.GW:
            return _gravitational_wave(notice, name, reader)
        case Messenger.GRB if _has(state, "short"):
            return reader.say("Short gamma-ray burst {name}", name=name)
        case Messenger.GRB if _has(state, "long"):
            return reader.say("Long gamma-ray burst {name}", name=name)
        case Messenger.GRB:
            return reader.say("Gamma-ray burst {name}", name=name)
        case Messenger.NEUTRINO:
            return reader.say("Neutrino candidate {name}", name=name)
        case Messenger.SUPERNOVA:
            return reader.say("Supernova neutrino burst {name}", name=name)
        case Messenger.FRB:
            return reader.say("Fast radio burst {name}", name=name)
        case Messenger.XRAY:
            return reader.say("X-ray transient {name}", name=name)
        case Messenger.OPTICAL:
            return reader.say("Optical transient {name}", name=name)
        case Messenger.OTHER:
            return reader.say("Alert {name}", name=name)


def _gravitational_wave(notice: Notice, name: str, reader: Reader) -> str:
    source = likeliest_class(notice.classification)
    if source is not None and not probably_noise(notice):
        return reader.say("{source} candidate {name}", source=source, name=name)
    if str(notice.properties.get("group", "")).casefold() == "burst":
        return reader.say("Gravitational-wave burst candidate {name}", name=name)
    return reader.say("Gravitational-wave candidate {name}", name=name)


def _vetting(state: EventState, reader: Reader) -> str | None:
    if state.mission != "LVK":
        return None
    notice = state.described.notice
    if probably_noise(notice):
        return reader.say("probably noise, not the sky")
    if any(r.notice.alert_type in _VETTED for r in state.revisions):
        return reader.say("a human has looked")
    return reader.say("no human has vetted it yet")


def _retracted(state: EventState, reader: Reader) -> Line:
    newest = state.newest
    at = (newest.notice.issued or newest.arrived).astimezone(UTC)
    rehearsed = rehearsal(state, reader)
    lead: Line = (strong(f"{rehearsed}: "),) if rehearsed else ()
    said = struck(_kind_and_name(state, reader))
    return (*lead, said, strong(" " + reader.say("retracted")), Text(f" {at:%H:%M} UTC"))


def _tone(state: EventState, reader: Reader) -> Tone:
    if rehearsal(state, reader):
        return Tone.MOCK
    notice = state.described.notice
    if notice.significant is False or probably_noise(notice) or notice.gates:
        return Tone.INFO
    if messenger(notice) is Messenger.OTHER or notice.format == "circular":
        return Tone.INFO
    return Tone.REAL


def _has(state: EventState, tag: str) -> bool:
    return tag in state.tags or tag in state.described.notice.tags
