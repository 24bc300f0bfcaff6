"""Jobs at Treasure Map on their cards: what was reported, marked or cancelled, and what was refused."""

from __future__ import annotations

from cards.card import Block, Lines, Link, Links, Note, Text
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.job_cards.told import Told
from platforms.job import Job
from platforms.treasure_map_works import CANCEL, COMPLETE, REPORT

SHOWN = 5


def reported(reader: Reader, job: Job) -> Told:
    stored, asked = job.results.get("stored"), len(job.parameters.get("pointings") or ())
    title = reader.say("Pointings of {facility} at {event} for Treasure Map", **_about(job))
    said = (
        reader.say("{count} of {all} pointings are there.", count=stored, all=asked)
        if stored is not None
        else ""
    )
    return _told(reader, job, title, said)


def completed(reader: Reader, job: Job) -> Told:
    count, asked = job.results.get("completed"), len(job.parameters.get("marks") or ())
    title = reader.say("Pointings of {facility} at {event} marked as observed", **_about(job))
    said = reader.say("{count} of {all} are marked.", count=count, all=asked) if count is not None else ""
    return _told(reader, job, title, said)


def cancelled(reader: Reader, job: Job) -> Told:
    count, asked = job.results.get("cancelled"), len(job.parameters.get("ids") or ())
    title = reader.say("Pointings of {facility} at {event} cancelled at Treasure Map", **_about(job))
    said = reader.say("{count} of {all} are cancelled.", count=count, all=asked) if count is not None else ""
    return _told(reader, job, title, said)


def _about(job: Job) -> dict[str, str]:
    event = (job.event or str(job.parameters.get("event") or "")).rpartition(":")[2]
    return {"facility": clean(job.facility or "–"), "event": clean(event)}


def _told(reader: Reader, job: Job, title: str, said: str) -> Told:
    blocks: list[Block] = [Lines(((Text(said),),))] if said else []
    refused = [str(each) for each in job.results.get("refused") or ()]
    refused = [each for each in refused if each not in (job.failure or "")]
    for each in refused[:SHOWN]:
        blocks.append(Note((Text(reader.say("Refused: {why}", why=shorten(clean(each), 150))),)))
    link = job.results.get("link")
    if isinstance(link, str):
        blocks.append(Links((Link("Treasure Map", link),)))
    return Told(title, tuple(blocks), short=said)


TELLERS = {REPORT: reported, COMPLETE: completed, CANCEL: cancelled}
