"""What is said of a source: its light, its classes, where it lies in events' regions, what was asked for."""

from __future__ import annotations

from datetime import datetime

from cards import coordinates, wording
from cards.card import Age, Instant, InstantForm, Line, Table, Text, joined, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from events.at_position import Placed
from events.candidates import agreement
from events.lightcurve import Change, Glance, Measurement
from events.spectrum import Spectrum
from events.state import EventState
from platforms.skyportal.followup import FollowupRequest, status_words
from platforms.skyportal.sources import Classification, Source

PLANE = 15.0  # degrees of galactic latitude
STEADY = 0.05  # magnitudes a day that nobody would call a change
CLASSES_SHOWN, RATES_SHOWN, REQUESTS_SHOWN = 4, 3, 5


def verdict(source: Source, light: Glance, rates: tuple[Change, ...], reader: Reader) -> str:
    """A source in a line: `AT2025vsw: Kilonova 80 %, r 18.5, fading 0.40 mag a day in g`."""
    parts = [classes_words(source.newest_classifications[:1], reader)] if source.classifications else []
    if light.last is not None:
        parts.append(brightness(light.last, reader))
    known = [each for each in rates if each.error <= max(abs(each.rate), 0.1)]
    if known:
        parts.append(rate_words(max(known, key=lambda each: abs(each.rate)), reader))
    if not parts:
        parts.append(reader.say("nothing measured yet"))
    return f"{clean(source.name)}: {', '.join(parts)}"


def classes_words(classes: tuple[Classification, ...], reader: Reader) -> str:
    """`Kilonova 80 %, SN Ia 10 % (machine)`."""
    words = []
    for each in classes[:CLASSES_SHOWN]:
        name = shorten(clean(each.name), 30)
        if each.probability is not None:
            name = f"{name} {wording.percent(each.probability, reader)}"
        words.append(reader.say("{class_name} (machine)", class_name=name) if each.ml else name)
    return ", ".join(words)


def brightness(point: Measurement, reader: Reader) -> str:
    """`ztfr 18.5 ± 0.05`, or `ztfr > 20.3`."""
    name = shorten(clean(point.filter), 12)
    if point.magnitude is None:
        return f"{name} > {wording.number(point.limit or 0.0, reader, 1)}"
    if point.error is None:
        return f"{name} {wording.number(point.magnitude, reader, 1)}"
    return f"{name} {wording.number(point.magnitude, reader, 2)} ± {wording.number(point.error, reader, 2)}"


def rate_words(change: Change, reader: Reader) -> str:
    """`fading 0.40 ± 0.05 mag a day in ztfr`."""
    size = wording.number(abs(change.rate), reader, 2)
    error = wording.number(change.error, reader, 2)
    name = shorten(clean(change.filter), 12)
    if abs(change.rate) <= STEADY and change.error <= STEADY:
        return reader.say("steady in {filter}", filter=name)
    if change.rate > 0:
        return reader.say(
            "fading {rate} ± {error} mag a day in {filter}", rate=size, error=error, filter=name
        )
    return reader.say("rising {rate} ± {error} mag a day in {filter}", rate=size, error=error, filter=name)


def place_lines(source: Source, reader: Reader) -> list[Line]:
    """Where it is on the sky and in depth."""
    if not source.on_sky:
        wrong = reader.say(
            "The position there (RA {ra}, Dec {dec}) is not on the sky.", ra=source.ra, dec=source.dec
        )
        return [(strong(wrong),)]
    where = coordinates.position(source.ra, source.dec, 0.1 / 3600)
    degrees = f"{source.ra:.5f} {source.dec:+.5f}"
    lines: list[Line] = [
        (strong(where), Text(f" · {degrees} · {coordinates.constellation(source.ra, source.dec)}"))
    ]
    latitude = coordinates.galactic_latitude(source.ra, source.dec)
    if abs(latitude) < PLANE:
        lines.append((Text(reader.say("In the plane of the Galaxy: latitude {b}.", b=f"{latitude:+.0f}°")),))
    if source.redshift is not None:
        z = wording.number(source.redshift, reader, 4)
        if source.redshift_error is not None:
            z += f" ± {wording.number(source.redshift_error, reader, 4)}"
        far = wording.distance(source.distance, None, reader) if source.distance is not None else None
        said = (
            reader.say("Redshift {z}: {distance}", z=z, distance=far)
            if far
            else reader.say("Redshift {z}", z=z)
        )
        lines.append((Text(said),))
    return lines


def light_lines(light: Glance, rates: tuple[Change, ...], now: datetime, reader: Reader) -> list[Line]:
    """First and last light, the last limit before, how fast it changes."""
    lines: list[Line] = []
    if light.first is not None and light.last is not None:
        lines.append(
            reader.line(
                "Last: {brightness}, {age}",
                brightness=strong(brightness(light.last, reader)),
                age=Age(light.last.at, now),
            )
        )
        parts: list[Line] = [
            reader.line(
                "First: {brightness}, {when}",
                brightness=brightness(light.first, reader),
                when=Instant(light.first.at, InstantForm.DATE_TIME, utc=True),
            )
        ]
        if light.before is not None:
            gap = wording.duration(light.first.at - light.before.at, reader)
            parts.append(
                reader.line(
                    "not seen {gap} before ({limit})", gap=gap, limit=brightness(light.before, reader)
                )
            )
        lines.append(joined(tuple(parts)))
    elif light.before is not None:
        lines.append(
            reader.line(
                "Never seen; last limit {limit}, {age}",
                limit=brightness(light.before, reader),
                age=Age(light.before.at, now),
            )
        )
    if rates:
        said = "; ".join(rate_words(each, reader) for each in rates[:RATES_SHOWN])
        lines.append((Text(said[:1].upper() + said[1:]),))
    counted = reader.say_many("{count} detection", "{count} detections", light.detections)
    limits = reader.say_many("{count} limit", "{count} limits", light.limits)
    lines.append((Text(f"{counted}, {limits}"),))
    return lines


def regions_table(
    found: list[tuple[EventState, Placed]], names: dict[str, Line], reader: Reader
) -> Table | None:
    """In which events' regions it lies, the innermost first."""
    if not found:
        return None
    rows = tuple(
        (
            names[state.event],
            (strong(wording.percent(place.level, reader)),),
            (Text(agreement_words(place.nearer, reader)),),
        )
        for state, place in found
    )
    columns = (reader.say("event"), reader.say("region"), reader.say("distance"))
    return Table((Text(reader.say("In the regions of")),), columns, rows)


def agreement_words(nearer: float | None, reader: Reader) -> str:
    """Whether a distance agrees with the event's in that direction."""
    tail = agreement(nearer)
    if nearer is None or tail is None:
        return "–"
    if tail >= 0.3:
        return reader.say("agrees")
    if tail >= 0.05:
        return reader.say("possible")
    return reader.say("too far away") if nearer > 0.5 else reader.say("too near")


def spectra_words(spectra: tuple[Spectrum, ...], reader: Reader) -> Line:
    """How many, the newest with its instrument."""
    if not spectra:
        return (Text(reader.say("No spectrum yet")),)
    counted = reader.say_many("{count} spectrum", "{count} spectra", len(spectra))
    newest = spectra[0]
    if newest.at is None:
        return (Text(f"{counted} ({clean(newest.instrument)})"),)
    return (
        Text(f"{counted}, "),
        *reader.line(
            "the newest by {instrument} of {when}",
            instrument=clean(newest.instrument),
            when=Instant(newest.at, InstantForm.DATE_TIME),
        ),
    )


def request_line(each: FollowupRequest, reader: Reader) -> Line:
    """One follow-up request: instrument, its number there, state, priority, window, who."""
    words = [shorten(clean(status_words(each.status)), 60)]
    if "priority" in each.payload:
        words.append(reader.say("priority {priority}", priority=each.payload["priority"]))
    start, end = each.payload.get("start_date"), each.payload.get("end_date")
    if start and end:
        words.append(reader.say("{start} to {end} UTC", start=str(start)[:16], end=str(end)[:16]))
    if each.requester:
        words.append(reader.say("by {who}", who=clean(each.requester)))
    number = reader.say("request {number}", number=each.id)
    return (
        strong(clean(each.instrument) or str(each.allocation)),
        Text(f" · {number}"),
        Text(f" · {' · '.join(words)}"),
    )
