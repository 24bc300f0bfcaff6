"""A job whose kind has no words of its own: its name and its results as they are."""

from __future__ import annotations

from collections.abc import Mapping

from cards.card import Line, Lines, Text
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.job_cards.told import Told
from platforms.job import Job

MOST = 12


def plainly(reader: Reader, job: Job) -> Told:
    """The kind's own name, what it is for, and the results that fit a line each."""
    about = [job.event.partition(":")[2] or job.event] if job.event else []
    about += [each for each in (job.source, job.facility) if each]
    name = f"{job.kind} · {' · '.join(about)}" if about else job.kind
    lines = tuple(_line(key, value) for key, value in job.results.items() if _is_plain(value))
    blocks = (Lines(lines[:MOST]),) if lines else ()
    return Told(clean(name), blocks, {key: clean(key) for key in job.pictures})


def _line(key: str, value: object) -> Line:
    return (Text(f"{clean(key)}: {shorten(clean(str(value)), 120)}"),)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | bool) and not isinstance(value, Mapping)
