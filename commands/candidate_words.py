"""Why a candidate stands where it stands: the parts of its score in words."""

from __future__ import annotations

from cards import wording
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.source_words import agreement_words
from events.candidates import Against, Part, Scored
from events.hosts import Host
from events.lightcurve import Colour
from platforms.skyportal.sources import Mark, Status

PEAK = 0.01  # credible level below which a source lies where the map is highest


def reasons(each: Scored, reader: Reader) -> list[str]:
    """What speaks for it and against it, in order of weight; what is not known is said once."""
    facts = each.facts
    said: list[str] = []
    if facts.level is not None:
        level = wording.percent(facts.level, reader)
        said.append(
            reader.say("outside the map")
            if facts.level >= 1.0
            else reader.say("at the peak of the map")
            if facts.level < PEAK
            else reader.say("in the {level} region", level=level)
        )
    if facts.taken_for and facts.likely:
        sure = wording.percent(facts.likely, reader)
        name = shorten(clean(facts.taken_for), 30)
        said.append(reader.say("classified as {class_name} ({sure})", class_name=name, sure=sure))
    if facts.host is not None:
        said.append(_host(facts.host, reader))
    if facts.nearer is not None:
        word = agreement_words(facts.nearer, reader)
        said.append(
            reader.say("that galaxy's distance: {word}", word=word)
            if facts.host_distance
            else reader.say("distance: {word}", word=word)
        )
    if facts.first is not None:
        said.append(_first(facts.first, reader))
    if facts.quiet is not None:
        said.append(reader.say("not seen {days} d before that", days=wording.number(facts.quiet, reader, 1)))
    if facts.rate is not None:
        size = wording.number(abs(facts.rate), reader, 2)
        error = wording.number(facts.rate_error or 0.0, reader, 2)
        said.append(
            reader.say("fades {rate} ± {error} mag a day", rate=size, error=error)
            if facts.rate >= 0
            else reader.say("rises {rate} ± {error} mag a day", rate=size, error=error)
        )
    if facts.colour is not None:
        said.append(_colour(facts.colour, reader))
    if facts.magnitude is not None:
        said.append(_brightness(facts.magnitude, facts.depth, reader))
    said += [_against(one, each, reader) for one in each.against if one is not Against.OUTSIDE]
    unknown = [_name(part, reader) for part in Part if each.parts[part] is None and part is not Part.KIND]
    if unknown:
        said.append(reader.say("not known: {parts}", parts=reader.listing(unknown)))
    return said


def mark_words(mark: Mark | None, reader: Reader) -> str:
    """What people said of it already."""
    if mark is None or mark.status is None:
        return ""
    word = {
        Status.PENDING: reader.say("pending"),
        Status.CONFIRMED: reader.say("confirmed"),
        Status.AMBIGUOUS: reader.say("not clear"),
        Status.REJECTED: reader.say("rejected"),
    }[mark.status]
    return reader.say("{mark}: {why}", mark=word, why=clean(mark.why)[:80]) if mark.why else word


def _first(days: float, reader: Reader) -> str:
    if days < 0:
        return reader.say("seen {days} d before the event", days=wording.number(-days, reader, 1))
    return reader.say("first seen {days} d after", days=wording.number(days, reader, 1))


def _brightness(magnitude: float, depth: float | None, reader: Reader) -> str:
    shown = wording.number(magnitude, reader, 1)
    if depth is None:
        return reader.say("{magnitude} mag", magnitude=shown)
    room = depth - magnitude
    if room < 0:
        return reader.say("{magnitude} mag, too faint by {room}", magnitude=shown,
                          room=wording.number(-room, reader, 1))  # fmt: skip
    return reader.say("{magnitude} mag, {room} brighter than the depth", magnitude=shown,
                      room=wording.number(room, reader, 1))  # fmt: skip


def _host(host: Host, reader: Reader) -> str:
    """`0.2′ from NGC 4993 (2 kpc if there, 41 Mpc)`."""
    return reader.say(
        "{offset}′ from {galaxy} ({projected} kpc if there, {distance})",
        offset=wording.number(host.offset, reader, 1),
        galaxy=shorten(clean(host.name), 30),
        projected=wording.number(host.projected, reader, 0),
        distance=wording.distance(host.distance, None, reader),
    )


def _colour(found: Colour, reader: Reader) -> str:
    """`ztfg−ztfr −0.12 ± 0.07`."""
    value = wording.number(found.value, reader, 2).replace("-", "−")
    names = f"{shorten(clean(found.blue), 12)}−{shorten(clean(found.red), 12)}"
    return f"{names} {value} ± {wording.number(found.error, reader, 2)}"


def _against(one: Against, each: Scored, reader: Reader) -> str:
    match one:
        case Against.REJECTED:
            return reader.say("rejected by a person")
        case Against.BEFORE:
            return reader.say("was there before the event")
        case Against.OTHER_KIND:
            sure = wording.percent(each.facts.unlikely or 0.0, reader)
            name = shorten(clean(each.facts.other), 30)
            return reader.say("something else: {class_name} ({sure})", class_name=name, sure=sure)
        case Against.STAR:
            return reader.say("a known variable star")
        case Against.MOVING:
            return reader.say("a known asteroid")
        case Against.OUTSIDE:
            return reader.say("outside the map")


def _name(part: Part, reader: Reader) -> str:
    return {
        Part.PLACE: reader.say("place"),
        Part.DISTANCE: reader.say("distance"),
        Part.AGE: reader.say("age"),
        Part.NEW: reader.say("limit before"),
        Part.CHANGE: reader.say("change"),
        Part.BRIGHTNESS: reader.say("brightness"),
        Part.KIND: reader.say("class"),
    }[part]
