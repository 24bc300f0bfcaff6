"""What a new notice changed, in one or two sentences for the thread of its card."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from cards import wording
from cards.card import Card, Line, Text, Tone, joined, strong
from cards.circular import circular_line
from cards.cleaning import clean, shorten
from cards.event_lines import alert_type_name
from cards.reader import Reader
from cards.short_text import fitted
from cards.text import line_text
from cards.wording import known
from events.changes import Difference, NamedChange, difference
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


def change_note(
    before: RevisionState, after: RevisionState, reader: Reader, found: Difference | None = None
) -> Card | None:
    """What `after` says differently from `before`; None where a notice repeats what was said.

    `found` is their difference, where the caller has it already. Changes too small to see in rounded words
    are not told, and what stayed is named ("Class and distance as before.").
    """
    if after.notice.retraction:
        return _card(_retraction(after, reader), after, reader)
    if after.notice.format == "circular":
        return _card(circular_line(after.notice, reader), after, reader)
    found = found or difference(before, after)
    told = list(_changes(found, before, after, reader))
    if not told and found.alert_type is None and before.notice.kind == after.notice.kind:
        return None
    line: Line = _lead(before, after, reader)
    if told:
        line = (*line, Text(" "), *_sentence(joined(told, ", ")), Text("."))
    stayed = _stayed(found, before, after, reader)
    if stayed:
        things = reader.listing(stayed)
        said = reader.say("{things} as before.", things=things[:1].upper() + things[1:])
        line = (*line, Text(f" {said}"))
    return _card(line, after, reader)


def _card(line: Line, after: RevisionState, reader: Reader) -> Card:
    tone = Tone.RETRACTED if after.notice.retraction else Tone.INFO
    if after.notice.role is not Role.OBSERVATION:
        tone = Tone.MOCK
    said = line_text(line, reader)
    name = (after.notice.event or "").partition(":")[2]
    alone = f"{shorten(clean(name), LONGEST_NAME)}: {said}" if name else said  # no thread says which event
    return Card(line, tone, (), said, short=fitted([alone], reader), spoken=alone, event=after.notice.event)


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


def _changes(
    found: Difference, before: RevisionState, after: RevisionState, reader: Reader
) -> Iterator[Line]:
    """One line a change, in the order a shifter decides in."""
    if found.reinstated:
        yield (strong(reader.say("no longer retracted")),)
    yield from _area(found, after, reader)
    if _moved_visibly(found):
        assert found.peak_moved is not None
        yield reader.line("peak moved {angle}", angle=wording.angle(found.peak_moved, reader))
    yield from _radius(before, after, reader)
    yield from _distance(found, reader)
    yield from _significance(found, reader)
    for change in (*_seen(found.classification), *_seen(found.facilities)[:FACILITIES_SHOWN]):
        yield _percent_change(change, reader)
    if found.coincidence is not None and found.coincidence.after is not None:
        name = shorten(clean(found.coincidence.after.observatory or "?"), LONGEST_NAME)
        yield reader.line("coincident with {name}", name=strong(name))


def _sentence(line: Line) -> Line:
    """A line with a capital at its start, except where that is a name with capitals of its own."""
    first = line[0]
    if not isinstance(first, Text) or not first.text.split(" ")[0].islower():
        return line
    return (Text(first.text[:1].upper() + first.text[1:], first.style), *line[1:])


def _area(found: Difference, after: RevisionState, reader: Reader) -> Iterator[Line]:
    """The 90 % area: its change, or its first value."""
    if found.former_radius is None and after.statistics is not None and known(after.statistics.area_90):
        yield reader.line("90 % area {area}", area=strong(wording.area(after.statistics.area_90, reader)))
    change = found.area_90
    if change is not None and _differ(change.before, change.after, LEAST_AREA_RATIO):
        old, new = _sharing_unit(wording.area(change.before, reader), wording.area(change.after, reader))
        yield reader.line("90 % area {before} → {after}", before=old, after=strong(new))


def _moved_visibly(found: Difference) -> bool:
    if not known(found.peak_moved) or not known(found.former_radius):
        return False
    return found.peak_moved > LEAST_MOVE * found.former_radius


def _radius(before: RevisionState, after: RevisionState, reader: Reader) -> Iterator[Line]:
    was, now = before.notice.position, after.notice.position
    if was is None or now is None or not known(was.radius) or not known(now.radius):
        return
    if _differ(was.radius, now.radius, LEAST_AREA_RATIO):
        old, new = wording.angle(was.radius, reader), wording.angle(now.radius, reader)
        yield reader.line("radius {before} → {after}", before=old, after=strong(new))


def _distance(found: Difference, reader: Reader) -> Iterator[Line]:
    change = found.distance
    if change is not None and _differ(change.before.mean, change.after.mean, LEAST_DISTANCE_RATIO):
        old = wording.distance(change.before.mean, change.before.std, reader)
        new = wording.distance(change.after.mean, change.after.std, reader)
        yield reader.line("distance {before} → {after}", before=old, after=strong(new))


def _significance(found: Difference, reader: Reader) -> Iterator[Line]:
    # A retraction says nothing of significance: after one, nothing is known to have changed in it.
    if found.significant is not None and found.significant.after is not None and not found.reinstated:
        now = (
            reader.say("now significant") if found.significant.after else reader.say("no longer significant")
        )
        yield (strong(now),)
    rate = found.far
    if rate is None or not known(rate.before) or not known(rate.after):
        return
    if _differ(rate.before, rate.after, LEAST_RATE_RATIO):
        old = wording.false_alarm_rate(rate.before, reader)
        new = wording.false_alarm_rate(rate.after, reader)
        yield reader.line("false alarms {before} → {after}", before=old, after=strong(new))


def _seen(changes: tuple[NamedChange, ...]) -> list[NamedChange]:
    """The changes of a probability that are large enough to tell, both ends known."""
    return [
        change
        for change in changes
        if known(change.before) and known(change.after) and abs(change.after - change.before) >= LEAST_CHANCE
    ]


def _stayed(found: Difference, before: RevisionState, after: RevisionState, reader: Reader) -> list[str]:
    """What both revisions say alike, of what a reader would wonder about."""
    stayed = []
    both_maps = before.statistics is not None and after.statistics is not None
    if both_maps and not any(_area(found, after, reader)) and not _moved_visibly(found):
        stayed.append(reader.say("sky map"))
    both_classes = bool(before.notice.classification) and bool(after.notice.classification)
    if both_classes and found.likeliest is None and not _seen(found.classification):
        stayed.append(reader.say("class"))
    if both_maps and _has_distance(before) and _has_distance(after) and not any(_distance(found, reader)):
        stayed.append(reader.say("distance"))
    return stayed


def _has_distance(revision: RevisionState) -> bool:
    return revision.statistics is not None and known(revision.statistics.distance_mean)


def _differ(old: float | None, new: float | None, ratio: float) -> bool:
    """Whether two positive numbers are further apart than a factor `ratio`."""
    if not (known(old) and known(new)) or old <= 0 or new <= 0:
        return False
    return max(old, new) / min(old, new) >= ratio


def _percent_change(change: NamedChange, reader: Reader) -> Line:
    """`DECam 61 → 74 %`"""
    assert change.before is not None and change.after is not None
    return reader.line(
        "{name} {before} → {after}",
        name=shorten(clean(change.name), LONGEST_NAME),
        before=wording.percent(change.before, reader).rstrip("%").rstrip(),
        after=strong(wording.percent(change.after, reader)),
    )


def _sharing_unit(old: str, new: str) -> tuple[str, str]:
    """The old area without its unit, where that is the unit of the new one."""
    number, _, unit = old.rpartition(" ")
    return (number if new.endswith(f" {unit}") else old), new
