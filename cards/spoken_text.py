"""What a voice says on the telephone: of an event, and what the keys do."""

from __future__ import annotations

import re
from datetime import datetime

from babel.dates import format_timedelta
from babel.numbers import format_decimal

from cards.cleaning import clean, shorten
from cards.facility_table import best_from_now
from cards.reader import Reader
from cards.verdict import probably_noise, rehearsal
from cards.wording import known
from events.messenger import Messenger, messenger
from events.rules import likeliest_class
from events.state import EventState
from gcn.notice import Notice
from skymaps.statistics import SkyMapStatistics

LONGEST_NAME = 40
_CAPITALS = re.compile(r"[A-Z]{2,}(?![a-z])")
_SIGNS = re.compile(r"[^\W\d_]+|\d+")


def event_spoken(state: EventState, now: datetime, reader: Reader) -> str:
    """An event as it is told on the telephone: what, its name, when, how far, how wide, who can see it."""
    rehearsed = rehearsal(state, reader)
    sentences = [f"{rehearsed}."] if rehearsed else []
    if state.retracted:
        sentences.append(reader.say("{what} was retracted.", what=_capital(_what(state, reader))))
        sentences.append(reader.say("Its name is {name}.", name=spelled(state.name)))
        return " ".join(sentences)
    said = _capital(_what(state, reader))
    if state.trigger_time is not None:
        said = f"{said}, {_age(state.trigger_time, now, reader)}"
    sentences += [f"{said}.", reader.say("Its name is {name}.", name=spelled(state.name))]
    if state.described.notice.significant is False:
        sentences.append(reader.say("It is not significant."))
    revision = state.newest_with_map
    if revision is not None and revision.statistics is not None:
        sentences += _extent(revision.statistics, reader)
        best = best_from_now(revision.observability, now)
        if best is not None and known(best.probability_tonight):
            sentences.append(
                _facility(best.name, best.probability_tonight, best.first, now, reader),
            )
    return " ".join(sentences)


def keys_spoken(reader: Reader) -> str:
    """What can be pressed while a page is read out."""
    return reader.say("Press 4 if you have it, 5 to pass it on, 9 to hear it again.")


def spelled(name: str) -> str:
    """A name as a voice should say it: `S230518h` sign by sign, `DECam` as `D-E-Cam`, words as words."""
    name = shorten(clean(name).strip(), LONGEST_NAME)
    return " ".join(_spelled_word(word) for word in name.split())


def _spelled_word(word: str) -> str:
    if any(c.isdigit() for c in word) and any(c.isalpha() for c in word):
        return " ".join(" ".join(run) for run in _SIGNS.findall(word))
    return _CAPITALS.sub(_letters, word)


def _letters(found: re.Match[str]) -> str:
    rest = found.string[found.end() : found.end() + 1]
    return "-".join(found.group()) + ("-" if rest.isalpha() else "")


def _what(state: EventState, reader: Reader) -> str:
    notice = state.described.notice
    if notice.format == "circular":
        return reader.say("a circular")
    match messenger(notice):
        case Messenger.GW:
            return _gravitational_wave(notice, reader)
        case Messenger.GRB if "short" in state.tags | notice.tags:
            return reader.say("a short gamma-ray burst")
        case Messenger.GRB:
            return reader.say("a gamma-ray burst")
        case Messenger.NEUTRINO:
            return reader.say("a cosmic neutrino candidate")
        case Messenger.SUPERNOVA:
            return reader.say("a burst of supernova neutrinos")
        case Messenger.FRB:
            return reader.say("a fast radio burst")
        case Messenger.XRAY:
            return reader.say("an X-ray transient")
        case Messenger.OPTICAL:
            return reader.say("an optical transient")
        case Messenger.OTHER:
            return reader.say("an alert")


def _gravitational_wave(notice: Notice, reader: Reader) -> str:
    if probably_noise(notice):
        return reader.say("a gravitational-wave candidate, probably noise")
    match likeliest_class(notice.classification):
        case "BNS":
            return reader.say("a possible merger of two neutron stars")
        case "NSBH":
            return reader.say("a possible merger of a neutron star and a black hole")
        case "BBH":
            return reader.say("a possible merger of two black holes")
        case _:
            return reader.say("a gravitational-wave candidate")


def _extent(statistics: SkyMapStatistics, reader: Reader) -> list[str]:
    said = []
    if known(statistics.distance_mean) and statistics.distance_mean > 0:
        number = _spoken_number(statistics.distance_mean, reader)
        said.append(reader.say("Distance: {number} megaparsecs.", number=number))
    if known(statistics.area_90):
        number = _spoken_number(statistics.area_90, reader)
        said.append(reader.say("Area: {number} square degrees.", number=number))
    return said


def _facility(name: str, chance: float, first: datetime | None, now: datetime, reader: Reader) -> str:
    percent = str(round(100 * min(max(chance, 0.0), 1.0)))
    if first is None or first <= now:
        return reader.say("{name} can see {percent} percent now.", name=spelled(name), percent=percent)
    return reader.say(
        "{name} can see {percent} percent from {time}, your time.",
        name=spelled(name),
        percent=percent,
        time=f"{reader.local(first):%H:%M}",
    )


def _age(at: datetime, now: datetime, reader: Reader) -> str:
    """`39 minutes ago`, in whole words, as the reader's language says it."""
    return str(
        format_timedelta(at - now, add_direction=True, format="long", threshold=1.5, locale=reader.babel)
    )


def _spoken_number(value: float, reader: Reader) -> str:
    """Two figures, for nobody keeps three in mind who was just woken up; no sign groups its digits."""
    rounded = float(f"{value:.2g}")
    return str(format_decimal(rounded, format="0.####" if rounded < 10 else "0", locale=reader.babel))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
