"""What an SMS says: of an event, and of a page; what matters most stands first.

`NSBH S230518h 86% real. 276+-79Mpc 1002deg2. DECam 61% now. 1/98yr. 14:59 Paris. Reply 7 = mine, 0 = not me`
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from babel.dates import format_datetime, get_timezone_location

from cards import wording
from cards.cleaning import clean, shorten
from cards.facility_table import best_from_now
from cards.gsm import count, for_sms, in_gsm
from cards.measurements import number_of
from cards.reader import Reader
from cards.verdict import probably_noise, rehearsal
from cards.wording import known
from events.messenger import Messenger, messenger
from events.rules import likeliest_class
from events.state import EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import AlertType, Notice
from skymaps.statistics import SkyMapStatistics

READ_FIRST = 140
"""What matters stands within so many places: what a lock screen and a watch show."""

ONE_PART = 160
TAG = 6
"""What a message is found again by after a crash: a blank and `#k3fq`."""

UCS2_PLACES = 134
"""Two parts of 67; a script of its own says in them what 160 Latin letters say."""

LONGEST_NAME = 40
LONGEST_CITY = 20


def event_short(state: EventState, now: datetime, reader: Reader) -> str:
    """An event in one SMS: what, who else saw it, how far and wide, who can see it, how sure, when."""
    return fitted(event_sentences(state, now, reader), reader, limit=READ_FIRST)


def event_sentences(state: EventState, now: datetime, reader: Reader) -> tuple[str, ...]:
    """What `event_short` says, sentence by sentence in the order of importance, without their full stops."""
    if state.retracted:
        return _retracted(state, reader)
    described, revision = state.described, state.newest_with_map or state.described
    sentences = [
        _what(state, reader),
        _coincidence(state, reader),
        _extent(revision.statistics, reader),
        _position(described, reader),
        _facility(best_from_now(revision.observability, now), now, reader),
        _rate(described.notice, reader),
        _when(state.trigger_time or described.notice.issued, now, reader),
    ]
    return tuple(for_sms(clean(sentence), reader) for sentence in sentences if sentence)


def page_short(what: str | Sequence[str], reader: Reader, *, mine: str, not_me: str = "0") -> str:
    """A page in one SMS: `what` it is about (a card's `short`, or sentences), and what to reply.

    `mine` is what a reader sends to take it (`7`, say), `not_me` to pass it on. The reply always fits: what
    is said before it gives way, its last sentence first.
    """
    reply = reader.say("Reply {mine} = mine, {not_me} = not me", mine=mine, not_me=not_me)
    sentences = what.removesuffix(".").split(". ") if isinstance(what, str) else what
    return fitted(sentences, reader, tail=for_sms(reply, reader))


def fitted(sentences: Sequence[str], reader: Reader, *, tail: str = "", limit: int = ONE_PART - TAG) -> str:
    """As many of the sentences, the first ones, as one SMS holds with `tail` and its tag behind them.

    `limit` is in GSM-7 places; where the text has other signs it is as many UCS-2 places as say the same.
    """
    said = [for_sms(clean(sentence), reader) for sentence in sentences if sentence.strip()]
    for shown in range(len(said), 0, -1):
        text = _with_tail(". ".join(said[:shown]) + ".", tail)
        if _fits(text, limit):
            return text
    first = said[0] if said else ""
    while first and not _fits(_with_tail(first, tail), limit):
        first = first[:-1].rstrip()
    return _with_tail(first, tail)


def _with_tail(text: str, tail: str) -> str:
    return f"{text} {tail}".strip()


def _fits(text: str, limit: int) -> bool:
    return count(text).places <= (limit if in_gsm(text) else limit * UCS2_PLACES // ONE_PART)


def _what(state: EventState, reader: Reader) -> str:
    """`NSBH S230518h 86% real`, with MOCK, TEST or DRILL before it."""
    notice = state.described.notice
    rehearsed = rehearsal(state, reader)
    parts = [_kind_and_name(state, reader)]
    source = likeliest_class(notice.classification)
    if source is not None and not probably_noise(notice):
        parts[0] += f" {_percent(notice.classification[source], reader)}"
    if probably_noise(notice):
        parts.append(reader.say("probably noise"))
    elif rehearsed is None and notice.format != "circular":
        real = reader.say("real")
        parts[0] += f" {real}"
    if notice.significant is False:
        parts.append(reader.say("not significant"))
    if notice.alert_type is AlertType.EARLY_WARNING:
        parts.append(reader.say("early warning"))
    said = ", ".join(parts)
    return reader.say("{rehearsal}: {what}", rehearsal=rehearsed, what=said) if rehearsed else said


def _kind_and_name(state: EventState, reader: Reader) -> str:
    """The name under the shortest word for what it is."""
    notice, name = state.described.notice, shorten(clean(state.name).strip(), LONGEST_NAME) or "?"
    if notice.format == "circular":
        return reader.say("Circular on {name}", name=name)
    match messenger(notice):
        case Messenger.GW:
            source = likeliest_class(notice.classification)
            burst = str(notice.properties.get("group", "")).casefold() == "burst"
            noise = probably_noise(notice)
            return f"{'GW burst' if burst else 'GW' if source is None or noise else source} {name}"
        case Messenger.GRB:
            kind = next((tag for tag in ("short", "long") if tag in state.tags | notice.tags), None)
            if kind == "short":
                return reader.say("Short GRB {name}", name=name.removeprefix("GRB "))
            if kind == "long":
                return reader.say("Long GRB {name}", name=name.removeprefix("GRB "))
            return f"GRB {name.removeprefix('GRB ')}"
        case Messenger.NEUTRINO:
            return reader.say("Neutrino {name}", name=name)
        case Messenger.SUPERNOVA:
            return reader.say("SUPERNOVA neutrinos {name}", name=name)
        case Messenger.FRB:
            return f"FRB {name.removeprefix('FRB ')}"
        case Messenger.XRAY:
            return reader.say("X-ray transient {name}", name=name)
        case Messenger.OPTICAL:
            return reader.say("Optical transient {name}", name=name)
        case Messenger.OTHER:
            return reader.say("Alert {name}", name=name)


def _retracted(state: EventState, reader: Reader) -> tuple[str, ...]:
    """`RETRACTED: NSBH S230518h`, and when."""
    at = (state.newest.notice.issued or state.newest.arrived).astimezone(UTC)
    rehearsed = rehearsal(state, reader)
    said = reader.say("RETRACTED: {what}", what=_kind_and_name(state, reader))
    if rehearsed:
        said = reader.say("{rehearsal}: {what}", rehearsal=rehearsed, what=said)
    return for_sms(said, reader), f"{at:%H:%M} UTC"


def _coincidence(state: EventState, reader: Reader) -> str:
    """Another messenger at the same time and not elsewhere on the sky: `With GRB 170817A (+1.7s)`."""
    claim = state.described.notice.coincidence
    if claim is not None and claim.observatory:
        return _with(claim.observatory, claim.time_difference, reader)
    other = next((a for a in state.associations if a.overlap is None or a.overlap > 1.0), None)
    return _with(other.name, other.time_difference, reader) if other is not None else ""


def _with(name: str, seconds: float | None, reader: Reader) -> str:
    said = reader.say("With {name}", name=shorten(clean(name), LONGEST_NAME))
    return f"{said} ({seconds:+.3g}s)" if known(seconds) and abs(seconds) < 1e4 else said


def _extent(statistics: SkyMapStatistics | None, reader: Reader) -> str:
    """`276+-79Mpc 1002deg2`"""
    if statistics is None:
        return ""
    parts = []
    if known(statistics.distance_mean) and statistics.distance_mean > 0:
        parts.append(_tight(wording.distance(statistics.distance_mean, statistics.distance_std, reader)))
    if known(statistics.area_90):
        parts.append(_tight(wording.area(statistics.area_90, reader)))
    return " ".join(parts)


def _position(revision: RevisionState, reader: Reader) -> str:
    """Where a notice that states it says it is: `RA 214.57 Dec -12.44 +-6.8deg`."""
    stated = revision.notice.position
    if stated is None or not (known(stated.ra) and known(stated.dec)):
        return ""
    radius = f" +-{_tight(wording.angle(stated.radius, reader))}" if known(stated.radius) else ""
    digits = 1 if not known(stated.radius) or stated.radius >= 1 else 3
    return f"RA {stated.ra:.{digits}f} Dec {stated.dec:.{digits}f}{radius}"


def _facility(best: FacilityObservability | None, now: datetime, reader: Reader) -> str:
    """`DECam 61% now`, or from when, on the reader's clock."""
    if best is None or not known(best.probability_tonight):
        return ""
    start = best.first
    when = reader.say("now") if start is None or start <= now else f"{reader.local(start):%H:%M}"
    return f"{shorten(clean(best.name), 20)} {_percent(best.probability_tonight, reader)} {when}"


def _rate(notice: Notice, reader: Reader) -> str:
    """How often noise does this: `1/98yr`; for neutrinos how likely they are from the sky."""
    if messenger(notice) is Messenger.NEUTRINO:
        signal = number_of(notice, "signalness") or number_of(notice, "p_astro")
        if signal is not None:
            return reader.say("{percent} astrophysical", percent=_percent(signal, reader))
    if not known(notice.far) or notice.far < 0:
        return ""
    if notice.far == 0 or 1.0 / notice.far > 1e6 * wording.JULIAN_YEAR:
        return reader.say("under 1/Myr")
    seconds = 1.0 / notice.far
    if seconds >= wording.JULIAN_YEAR:
        years = seconds / wording.JULIAN_YEAR
        years = float(f"{years:.2g}") if years >= 1000 else years
        return reader.say_many("1/{count}yr", "1/{count}yr", round(years))
    if seconds >= 2 * wording.MONTH:
        return reader.say_many("1/{count}month", "1/{count}months", round(seconds / wording.MONTH))
    if seconds >= 2 * wording.DAY:
        return reader.say_many("1/{count}day", "1/{count}days", round(seconds / wording.DAY))
    return reader.say_many("1/{count}h", "1/{count}h", max(1, round(seconds / wording.HOUR)))


def _when(at: datetime | None, now: datetime, reader: Reader) -> str:
    """`14:59 Paris`: the reader's clock, and whose it is; with the day where it is not today."""
    if at is None:
        return ""
    local = reader.local(at)
    city = "UTC"
    if reader.timezone not in ("UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu"):
        city = get_timezone_location(reader.zone, locale=reader.babel, return_city=True)
    day = ""
    if now - at > timedelta(hours=20):
        # Translators: a CLDR date pattern of a day without its year
        pattern = reader.say("d MMM")
        day = f"{format_datetime(local, pattern, locale=reader.babel)} "
    return f"{day}{local:%H:%M} {shorten(city, LONGEST_CITY)}"


def _percent(probability: float, reader: Reader) -> str:
    return _tight(wording.percent(probability, reader))


def _tight(text: str) -> str:
    return "".join(text.split())
