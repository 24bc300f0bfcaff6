"""What a new notice changed, in one or two sentences for the thread of its card."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC
from itertools import islice

from babel.lists import format_list

from cards import wording
from cards.card import Card, Line, Text, Tone, joined, strong
from cards.cleaning import clean, shorten
from cards.coordinates import separation
from cards.event_lines import alert_type_name
from cards.reader import Reader
from cards.text import line_text
from cards.wording import known
from events.rules import likeliest_class
from events.state import RevisionState
from gcn.notice import AlertType, Role

LEAST_AREA_RATIO = 1.02
LEAST_MOVE = 0.1  # of the radius of a disc as large as the 90 % area
LEAST_DISTANCE_RATIO = 1.05
LEAST_RATE_RATIO = 2.0
LEAST_CHANCE = 0.05
FACILITIES_SHOWN = 3
LONGEST_NAME = 40
_VETTED = (AlertType.INITIAL, AlertType.UPDATE, AlertType.FINAL)


def change_note(before: RevisionState, after: RevisionState, reader: Reader) -> Card | None:
    """What `after` says differently from `before`; None where a notice repeats what was said.

    Numbers are compared only where both revisions have them. Changes too small to see in the rounded
    words are not told, and what stayed is named ("Class and distance as before.").
    """
    if after.notice.alert_type is AlertType.RETRACTION:
        return _card((_retraction(after, reader),), after, reader)
    told = list(_changes(before, after, reader))
    stayed = _stayed(before, after, reader)
    same_kind = (before.notice.alert_type, before.notice.kind) == (after.notice.alert_type, after.notice.kind)
    if not told and same_kind:
        return None
    line: Line = _lead(before, after, reader)
    if told:
        line = (*line, Text(" "), *_sentence(joined(told, ", ")), Text("."))
    if stayed:
        things = format_list(stayed, locale=reader.babel)
        said = reader.say("{things} as before.", things=things[:1].upper() + things[1:])
        line = (*line, Text(f" {said}"))
    return _card((line,), after, reader)


def _card(lines: tuple[Line, ...], after: RevisionState, reader: Reader) -> Card:
    tone = Tone.RETRACTED if after.notice.alert_type is AlertType.RETRACTION else Tone.INFO
    if after.notice.role is not Role.OBSERVATION:
        tone = Tone.MOCK
    return Card(lines[0], tone, (), line_text(lines[0], reader))


def _retraction(after: RevisionState, reader: Reader) -> Line:
    at = (after.notice.issued or after.arrived).astimezone(UTC)
    sender = shorten(clean(after.notice.mission), LONGEST_NAME)
    said = reader.say("{mission} took it back at {time} UTC.", mission=sender, time=f"{at:%H:%M}")
    return (strong(reader.say("Retracted.")), Text(f" {said}"))


def _lead(before: RevisionState, after: RevisionState, reader: Reader) -> Line:
    kind = after.notice.alert_type
    name = (
        shorten(clean(after.notice.kind), LONGEST_NAME)
        if kind is AlertType.OTHER
        else alert_type_name(kind, reader)
    )
    name = name[:1].upper() + name[1:]
    first_look = after.notice.mission == "LVK" and kind in _VETTED and before.notice.alert_type not in _VETTED
    if first_look:
        return (strong(reader.say("{notice}: a human has looked.", notice=name)),)
    return (strong(f"{name}."),)


def _changes(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    yield from _area(before, after, reader)
    yield from _place(before, after, reader)
    yield from _distance(before, after, reader)
    yield from _verdict(before, after, reader)
    yield from _classes(before, after, reader)
    yield from islice(_facilities(before, after, reader), FACILITIES_SHOWN)
    coincidence = after.notice.coincidence
    if coincidence is not None and before.notice.coincidence is None:
        name = shorten(clean(coincidence.observatory or "?"), LONGEST_NAME)
        yield reader.line("coincident with {name}", name=strong(name))


def _sentence(line: Line) -> Line:
    """A line with a capital at its start, except where that is a name with capitals of its own."""
    first = line[0]
    if not isinstance(first, Text) or not first.text.split(" ")[0].islower():
        return line
    return (Text(first.text[:1].upper() + first.text[1:], first.style), *line[1:])


def _area(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    if before.statistics is None or after.statistics is None:
        if after.statistics is not None and known(after.statistics.area_90):
            area = strong(wording.area(after.statistics.area_90, reader))
            yield reader.line("90 % area {area}", area=area)
        return
    old, new = before.statistics.area_90, after.statistics.area_90
    if _differ(old, new, LEAST_AREA_RATIO):
        before_words, after_words = _without_unit(old, new, reader), strong(wording.area(new, reader))
        yield reader.line("90 % area {before} → {after}", before=before_words, after=after_words)


def _place(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    if before.statistics is not None and after.statistics is not None:
        old, new = before.statistics.peak, after.statistics.peak
        if all(map(known, (old.ra, old.dec, new.ra, new.dec, before.statistics.area_90))):
            moved = separation(old.ra, old.dec, new.ra, new.dec)
            if moved > LEAST_MOVE * (max(before.statistics.area_90, 0.0) / math.pi) ** 0.5:
                yield reader.line("peak moved {angle}", angle=wording.angle(moved, reader))
    was, now = before.notice.position, after.notice.position
    if was is None or now is None or not known(was.radius) or not known(now.radius):
        return
    if _differ(was.radius, now.radius, LEAST_AREA_RATIO):
        yield reader.line(
            "radius {before} → {after}",
            before=wording.angle(was.radius, reader),
            after=strong(wording.angle(now.radius, reader)),
        )


def _distance(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    if before.statistics is None or after.statistics is None:
        return
    old, new = before.statistics, after.statistics
    if _differ(old.distance_mean, new.distance_mean, LEAST_DISTANCE_RATIO):
        assert old.distance_mean is not None and new.distance_mean is not None
        yield reader.line(
            "distance {before} → {after}",
            before=wording.distance(old.distance_mean, old.distance_std, reader),
            after=strong(wording.distance(new.distance_mean, new.distance_std, reader)),
        )


def _verdict(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    if before.notice.significant is False and after.notice.significant is True:
        yield (strong(reader.say("now significant")),)
    if before.notice.significant is True and after.notice.significant is False:
        yield (strong(reader.say("no longer significant")),)
    old, new = before.notice.far, after.notice.far
    if _differ(old, new, LEAST_RATE_RATIO):
        assert old is not None and new is not None
        yield reader.line(
            "false alarms {before} → {after}",
            before=wording.false_alarm_rate(old, reader),
            after=strong(wording.false_alarm_rate(new, reader)),
        )


def _classes(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    old, new = before.notice.classification, after.notice.classification
    if not old or not new:
        return
    for name in sorted({*old, *new}, key=lambda name: -new.get(name, 0.0)):
        was, now = old.get(name, 0.0), new.get(name, 0.0)
        if known(was) and known(now) and abs(now - was) >= LEAST_CHANCE:
            yield _percent_change(shorten(clean(name), LONGEST_NAME), was, now, reader)


def _facilities(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    """The best facilities whose chance changed, the best first."""
    old = {row.name: row.probability_tonight for row in before.observability or ()}
    for row in after.observability or ():
        was, now = old.get(row.name), row.probability_tonight
        if known(was) and known(now) and abs(now - was) >= LEAST_CHANCE:
            yield _percent_change(shorten(clean(row.name), LONGEST_NAME), was, now, reader)


def _stayed(before: RevisionState, after: RevisionState, reader: Reader) -> list[str]:
    """What both revisions say alike, of what a reader would wonder about."""
    stayed = []
    old, new = before.statistics, after.statistics
    if old is not None and new is not None and not any(_area(before, after, reader)):
        stayed.append(reader.say("sky map"))
    if before.notice.classification and after.notice.classification:
        same = likeliest_class(before.notice.classification) == likeliest_class(after.notice.classification)
        if same and not any(_classes(before, after, reader)):
            stayed.append(reader.say("class"))
    both = old is not None and new is not None and known(old.distance_mean) and known(new.distance_mean)
    if both and not any(_distance(before, after, reader)):
        stayed.append(reader.say("distance"))
    return stayed


def _differ(old: float | None, new: float | None, ratio: float) -> bool:
    """Whether two positive numbers are further apart than a factor `ratio`."""
    if not (known(old) and known(new)) or old <= 0 or new <= 0:
        return False
    return max(old, new) / min(old, new) >= ratio


def _percent_change(name: str, was: float, now: float, reader: Reader) -> Line:
    """`DECam 61 → 74 %`"""
    old = wording.percent(was, reader).rstrip("%").rstrip()
    return reader.line(
        "{name} {before} → {after}", name=name, before=old, after=strong(wording.percent(now, reader))
    )


def _without_unit(old: float, new: float, reader: Reader) -> str:
    """The old area, with its unit only where that is not the unit of the new one."""
    words, now = wording.area(old, reader), wording.area(new, reader)
    number, _, unit = words.rpartition(" ")
    return number if now.endswith(f" {unit}") else words
