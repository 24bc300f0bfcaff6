"""A shift, or a part of it, to another person: what has to stand in the roster's file. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shifts.changes import moment
from shifts.errors import RosterError, worded
from shifts.file_edits import with_entry, without_entry
from shifts.intervals import Interval, clip, outside, union
from shifts.preview import preview
from shifts.resolver import resolve
from shifts.roster_file import EVER, Roster, Swap, parse_roster
from shifts.shift import Shift


@dataclass(frozen=True)
class Handover:
    """`person` takes `span` of `shift` over."""

    shift: Shift
    person: str
    span: Interval

    @property
    def whole(self) -> bool:
        return self.span == (self.shift.start, self.shift.end)


def handed_over(text: str, handover: Handover) -> str:
    """The roster's file in which the handover has happened.

    A shift of a rotation is handed over by its id, so that it moves with an edited rule; one that stands
    there by an override or a fixed schedule is at that time and no other. Raises `RosterError` where the
    result would not be that the person is on.
    """
    rules = parse_roster(text)
    if _is_of_a_layer(rules, handover.shift):
        edited = _by_id(text, rules, handover)
    else:
        edited = _by_time(text, handover)
    _check(rules, parse_roster(edited), handover)
    return edited


def _is_of_a_layer(rules: Roster, shift: Shift) -> bool:
    """Whether layers and swaps alone, without overrides and fixed schedules, have the person on then."""
    plain = rules.model_copy(update={"overrides": (), "fixed": ()})
    found = resolve(plain, shift.start, shift.end).shifts
    own = [(s.start, s.end) for s in found if s.person == shift.person and s.turn == shift.turn]
    return outside((shift.start, shift.end), union(own)) == []


def _by_id(text: str, rules: Roster, handover: Handover) -> str:
    shift, span = handover.shift, handover.span
    taken = [
        (number, swap)
        for number, swap in enumerate(rules.swaps, start=1)
        if swap.person == shift.person
        and swap.shift.rpartition("/")[0] == shift.turn
        and clip([swap.part], shift.start, shift.end)
    ]
    if not taken:
        stem = shift.id.partition("~")[0]
        return with_entry(text, "swaps", _entry(stem, handover.person, _part_of_base(rules, stem, span)))
    for number, swap in reversed(taken):  # from the last, so that the numbers stay right
        (cut,) = clip([span], *swap.part)
        part = _part_of_base(rules, swap.shift, cut)
        text = without_entry(text, "swaps", number)
        for left in outside(swap.part, [part]):
            text = with_entry(text, "swaps", _entry(swap.shift, swap.person, left))
        if handover.person != swap.shift.rpartition("/")[2]:  # else it goes back to whose it was
            text = with_entry(text, "swaps", _entry(swap.shift, handover.person, part))
    return text


def _part_of_base(rules: Roster, stem: str, span: Interval) -> Interval:
    """`span`, or all time where it is the whole of the shift that the rotation gives under this id."""
    rotation = rules.model_copy(update={"swaps": (), "overrides": (), "fixed": ()})
    found = resolve(rotation, *span).shifts
    pieces = [(s.start, s.end) for s in found if s.id.partition("~")[0] == stem]
    return EVER if pieces == [span] else span


def _entry(shift: str, person: str, part: Interval) -> dict[str, Any]:
    entry = {"shift": shift, "person": person}
    if part[0] > EVER[0]:
        entry["from"] = moment(part[0])
    if part[1] < EVER[1]:
        entry["to"] = moment(part[1])
    return Swap.from_dict(entry).to_dict()


def _by_time(text: str, handover: Handover) -> str:
    entry = {
        "role": handover.shift.role,
        "person": handover.person,
        "replaces": handover.shift.person,
        "from": moment(handover.span[0]),
        "to": moment(handover.span[1]),
        "source": "swap",
    }
    return with_entry(text, "overrides", entry)


def _check(before: Roster, after: Roster, handover: Handover) -> None:
    span, role = handover.span, handover.shift.role
    was, now = resolve(before, *span), resolve(after, *span)
    theirs = [(s.start, s.end) for s in now.shifts if s.person == handover.person and s.role == role]
    when = f"{span[0]:%Y-%m-%dT%H:%MZ} to {span[1]:%Y-%m-%dT%H:%MZ}"
    if outside(span, union(theirs)):
        raise RosterError(
            f"{handover.person} would not be on as {role} from {when}: the roster says otherwise"
        )
    opened = [gap for gap in preview(was, now).gaps_opened if gap.role == role]
    if opened:
        raise RosterError(
            worded("{person} is on as {role} already from {when}, so it would lack a person"),
            person=handover.person,
            role=role,
            when=when,
        )
