"""Our shifts and those of another calendar of shifts, brought together: what to change on which side. Pure.

A three-way merge over what was there at the last look: what changed on one side goes to the other; what has
changed on both is ours, for ours is the roster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

Span: TypeAlias = tuple[datetime, datetime]


@dataclass(frozen=True)
class LocalTurn:
    """One turn of a role in a roster: its span and who shares it, by name."""

    turn: str
    role: str
    span: Span
    people: frozenset[str]


@dataclass(frozen=True)
class RemoteShift:
    """One shift over there: `people` by our names, as far as they are known here."""

    id: int
    name: str
    span: Span
    people: frozenset[str]


@dataclass(frozen=True)
class Link:
    """A turn and the shift that stands for it over there, as they agreed at the last look."""

    turn: str
    remote: int
    ours: bool
    span: Span
    people: frozenset[str]


@dataclass(frozen=True)
class Create:
    """Make the turn over there; `instead_of` stands at other times and goes, for times cannot be changed."""

    local: LocalTurn
    instead_of: int | None = None


@dataclass(frozen=True)
class SetPeople:
    """Over there, add and take off people."""

    local: LocalTurn
    remote: int
    add: frozenset[str]
    remove: frozenset[str]


@dataclass(frozen=True)
class Delete:
    """The turn is no more: take the shift away over there."""

    turn: str
    remote: int


@dataclass(frozen=True)
class TakeIn:
    """Over there somebody else stands our turn now: hand it over here (`gives` to `takes`)."""

    link: Link
    gives: str
    takes: str


@dataclass(frozen=True)
class Adopt:
    """A shift that was made over there: its people are added here."""

    remote: RemoteShift


@dataclass(frozen=True)
class Release:
    """A shift of theirs that was adopted is gone or has changed over there: take ours back."""

    link: Link


@dataclass(frozen=True)
class Conflict:
    """Something a person has to look at, in a sentence."""

    turn: str
    said: str


Action: TypeAlias = Create | SetPeople | Delete | TakeIn | Adopt | Release | Conflict


def merge(
    local: Sequence[LocalTurn], remote: Sequence[RemoteShift], links: Iterable[Link], now: datetime
) -> list[Action]:
    """What to do so that both sides agree on everything that is still to come."""
    turns = {each.turn: each for each in local}
    there = {each.id: each for each in remote}
    linked = list(links)
    actions: list[Action] = []
    for link in linked:
        if link.ours:
            actions += _of_ours(link, turns.get(link.turn), there.get(link.remote), now)
        else:
            actions += _of_theirs(link, there.get(link.remote), now)
    known = {link.turn for link in linked if link.ours}
    actions += [Create(each) for each in local if each.turn not in known and each.span[0] > now]
    taken = {link.remote for link in linked}
    for shift in remote:
        if shift.id in taken or shift.span[1] <= now:
            continue
        if shift.span[1] <= shift.span[0]:
            actions.append(
                Conflict(f"remote {shift.id}", f"shift {shift.id} ({shift.name}) ends before it starts")
            )
        elif shift.people:
            actions.append(Adopt(shift))
    return actions


def _of_ours(link: Link, ours: LocalTurn | None, theirs: RemoteShift | None, now: datetime) -> list[Action]:
    if link.span[1] <= now:
        return []
    if ours is None:
        return [] if theirs is None else [Delete(link.turn, link.remote)]
    if theirs is None:
        return [Create(ours)] if ours.span[0] > now else []
    if ours.span != link.span and link.span[0] > now:  # one that runs stays as it is
        return [Create(ours, instead_of=link.remote)]
    if theirs.people == ours.people:
        return []
    if ours.people == link.people and theirs.people != link.people:
        left, joined = link.people - theirs.people, theirs.people - link.people
        if len(left) == len(joined) == 1:
            return [TakeIn(link, next(iter(left)), next(iter(joined)))]
        who = ", ".join(sorted(theirs.people)) or "nobody"
        said = f"over there {link.turn} has {who}, here {', '.join(sorted(ours.people))}: say which is meant"
        return [Conflict(link.turn, said)]
    return [SetPeople(ours, link.remote, ours.people - theirs.people, theirs.people - ours.people)]


def _of_theirs(link: Link, theirs: RemoteShift | None, now: datetime) -> list[Action]:
    if link.span[1] <= now:
        return []
    if theirs is None:
        return [Release(link)]
    if theirs.span != link.span or theirs.people != link.people:
        return [Release(link), *([Adopt(theirs)] if theirs.people else [])]
    return []


def named_here(users: Mapping[int, str], ids: Iterable[int]) -> frozenset[str]:
    """The names here of users over there; strangers are left out."""
    return frozenset(users[each] for each in ids if each in users)
