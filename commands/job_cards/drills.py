"""The card of a drill: how far it has come, after how long, who was asked and who answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from cards import wording
from cards.card import Line, Lines, Table, Text, strong
from cards.cleaning import clean
from cards.reader import Reader
from commands.job_cards.told import Teller, Told
from platforms.job import Job


def drill_told(reader: Reader, job: Job) -> Told:
    """A drill's figures as its job keeps them."""
    found, silent = job.results, bool(job.parameters.get("silent"))
    name = str(job.remote.get("event", "")).partition(":")[2]
    route = job.parameters.get("route")
    title = reader.say("Drill {name}", name=clean(name)).strip()
    if route:
        title = reader.say("Drill {name} of the route {route}", name=clean(name), route=clean(str(route)))
    stages = [(reader.say("decided"), "decided")]
    if not silent:
        stages.append((reader.say("card in the chat"), "card"))
    stages.append((reader.say("first step began") if silent else reader.say("somebody was paged"), "page"))
    if not silent:
        stages.append((reader.say("acknowledged"), "acknowledged"))
    rows = tuple(((Text(words),), (strong(_after(reader, found.get(key))),)) for words, key in stages)
    short = ""
    if found.get("answered"):
        short = reader.say(
            "{who} had it {after}",
            who=clean(str(found["answered"])),
            after=_after(reader, found.get("acknowledged")),
        )
    return Told(title, (Table((), (), rows), *_people(reader, found, silent)), short=short)


def _people(reader: Reader, found: Mapping[str, Any], silent: bool) -> Sequence[Lines]:
    lines: list[Line] = []
    if found.get("asked"):
        lines.append(reader.line("Asked: {people}", people=_listed(reader, found["asked"])))
    if found.get("answered"):
        lines.append(reader.line("Answered: {people}", people=clean(str(found["answered"]))))
    if found.get("did_not_answer") and not silent:
        lines.append(
            reader.line("Has not answered: {people}", people=_listed(reader, found["did_not_answer"]))
        )
    lines += [reader.line("Nobody is on: {target}", target=clean(str(gap))) for gap in found.get("gaps", ())]
    return [Lines(tuple(lines))] if lines else []


def _listed(reader: Reader, names: Sequence[object]) -> str:
    return reader.listing([clean(str(name)) for name in names])


def _after(reader: Reader, seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return reader.say("not yet")
    if seconds < 90:
        return reader.say("after {seconds} s", seconds=f"{seconds:.1f}")
    return reader.say("after {time}", time=wording.duration(timedelta(seconds=seconds), reader))


TELLERS: Mapping[str, Teller] = {"desk.drill": drill_told}
