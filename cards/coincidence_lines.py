"""Who else may have seen it: what the alert itself claims, and what the desk found."""

from __future__ import annotations

from cards import wording
from cards.card import Line, Text, joined, strong
from cards.cleaning import clean, shorten
from cards.facility_table import best_facility
from cards.reader import Reader
from cards.wording import known
from events.state import AssociationState, EventState, RevisionState
from facilities.observability import FacilityObservability
from gcn.notice import Coincidence
from skymaps.statistics import SkyMapStatistics

ASSOCIATIONS_SHOWN = 4
LONGEST_NAME = 80


def coincidence_lines(state: EventState, reader: Reader) -> tuple[Line, ...]:
    """A line for each other messenger that may belong to the event, the claimed one first."""
    claimed = state.described.notice.coincidence
    lines = [_claimed(claimed, _with_the_claimed(state), reader)] if claimed is not None else []
    lines += [_found(other, reader) for other in state.associations[:ASSOCIATIONS_SHOWN]]
    left = len(state.associations) - ASSOCIATIONS_SHOWN
    if left > 0:
        lines.append(
            (Text(reader.say_many("and {count} more coincidence", "and {count} more coincidences", left)),)
        )
    return tuple(lines)


def _with_the_claimed(state: EventState) -> RevisionState | None:
    """The last revision whose alert brought a map combined with the other messenger's."""
    return next((r for r in reversed(state.revisions) if r.combined is not None), None)


def _claimed(claim: Coincidence, revision: RevisionState | None, reader: Reader) -> Line:
    observatory = _name(claim.observatory or "?")
    name = f"{observatory} ({_name(claim.search)})" if claim.search else observatory
    return joined(
        [
            reader.line("The alert names a coincidence: {name}", name=strong(name)),
            _when(claim.time_difference, reader),
            *_joint_rates(claim.time_far, claim.space_time_far, reader),
            _together(revision.combined, revision.combined_observability, reader) if revision else (),
        ]
    )


def _found(other: AssociationState, reader: Reader) -> Line:
    return joined(
        [
            reader.line("Perhaps the same source: {name}", name=strong(_name(other.name))),
            _when(other.time_difference, reader),
            _overlap(other.overlap, reader),
            *_joint_rates(other.time_far, other.space_time_far, reader),
            _together(other.combined, other.combined_observability, reader),
        ]
    )


def _when(seconds: float | None, reader: Reader) -> Line:
    if not known(seconds):
        return ()
    size = wording.three_figures(abs(seconds), reader) if abs(seconds) < 100 else f"{abs(seconds):.0f}"
    if seconds == 0:
        return (Text(reader.say("at the same time")),)
    said = (
        reader.say("{seconds} s later", seconds=size)
        if seconds > 0
        else reader.say("{seconds} s earlier", seconds=size)
    )
    return (Text(said),)


def _overlap(overlap: float | None, reader: Reader) -> Line:
    """The overlap I of RAVEN: above 1 the two maps favour one source, below they disfavour it."""
    if not known(overlap):
        return ()
    if overlap <= 0:
        return (Text(reader.say("no overlap on the sky")),)
    value = wording.three_figures(overlap, reader) if overlap >= 0.01 else "< 0.01"
    verdict = reader.say("for one source") if overlap > 1 else reader.say("against one source")
    return (Text(reader.say("overlap on the sky {value} ({verdict})", value=value, verdict=verdict)),)


def _together(
    statistics: SkyMapStatistics | None,
    observability: tuple[FacilityObservability, ...] | None,
    reader: Reader,
) -> Line:
    """What both maps leave of the sky, and the facility that could cover most of it tonight."""
    if statistics is None or not known(statistics.area_90):
        return ()
    area = strong(wording.area(statistics.area_90, reader))
    best = best_facility(observability)
    if best is None:
        return reader.line("both maps together {area} (90 %)", area=area)
    return reader.line(
        "both maps together {area} (90 %), {facility} {chance} tonight",
        area=area,
        facility=_name(best.name),
        chance=wording.percent(best.probability_tonight, reader),
    )


def _joint_rates(time: float | None, space_time: float | None, reader: Reader) -> list[Line]:
    parts: list[Line] = []
    if known(time) and time >= 0:
        rate = wording.false_alarm_rate(time, reader)
        parts.append(reader.line("by chance in time {rate}", rate=rate))
    if known(space_time) and space_time >= 0:
        rate = wording.false_alarm_rate(space_time, reader)
        parts.append(reader.line("by chance in time and place {rate}", rate=strong(rate)))
    return parts


def _name(text: str) -> str:
    return shorten(clean(text).strip(), LONGEST_NAME) or "?"
