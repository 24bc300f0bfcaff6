"""Follow-up requests as jobs tell of them."""

from __future__ import annotations

from cards.card import Block, Line, Lines, Link, Links, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.job_cards.told import Told
from platforms.job import Job

SETTINGS_SHOWN = 8


def followup_told(reader: Reader, job: Job) -> Told:
    """What was asked of which instrument, in which window, and what the observatory says."""
    instrument, source = clean(str(job.parameters.get("instrument", ""))), clean(job.source or "")
    title = reader.say("{instrument} for {source}", instrument=instrument, source=source)
    payload = job.results.get("payload") or job.parameters.get("payload")
    settings = payload if isinstance(payload, dict) else {}
    lines: list[Line] = []
    number = job.results.get("request") or job.parameters.get("change")
    if number and "change" in job.parameters:
        lines.append((Text(reader.say("Request {number} there, changed", number=number)),))
    elif number:
        lines.append((Text(reader.say("Request {number} there", number=number)),))
    start, end = settings.get("start_date"), settings.get("end_date")
    if start and end:
        window = reader.say("{start} to {end} UTC", start=str(start)[:16], end=str(end)[:16])
        lines.append((strong(window),))
    rest = [
        f"{clean(str(key))}: {_text(value, reader)}"
        for key, value in settings.items()
        if key not in ("start_date", "end_date")
    ]
    if rest:
        lines.append((Text(" · ".join(rest[:SETTINGS_SHOWN])),))
    status = job.results.get("status")
    if status and not job.failure:
        lines.append(
            reader.line("{portal} says: {status}", portal=job.platform, status=strong(clean(str(status))))
        )
    blocks: list[Block] = [Lines(tuple(lines))] if lines else []
    page = job.results.get("page")
    if page:
        blocks.append(
            Links((Link(reader.say("{name} at {portal}", name=source, portal=job.platform), str(page)),))
        )
    return Told(title, tuple(blocks), short=clean(str(status or "")))


def _text(value: object, reader: Reader) -> str:
    if isinstance(value, bool):
        return reader.say("yes") if value else reader.say("no")
    if isinstance(value, list):
        return shorten(clean(", ".join(str(each) for each in value)), 40)
    return shorten(clean(str(value)), 40)


TELLERS = {"skyportal.followup": followup_told}
