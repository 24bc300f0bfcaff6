"""What could be meant while an option is being typed: at most 25 values, quickly."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from commands.job_cards.frame import standing, told
from commands.options import Choice, Option, OptionKind
from commands.request import Caller
from commands.rooms import Rooms
from commands.shift_commands import shift_label
from commands.told_commands import about
from events.identity import folded
from events.tables import EventNameRow, EventRow
from platforms.job import Job
from shifts.upcoming import upcoming
from store.database import Database

MOST = 25
TIMES = ("now", "tonight", "in 2h", "tomorrow", "tomorrow 09:00")


async def complete(
    rooms: Rooms, option: Option, typed: str, caller: Caller | None = None
) -> tuple[Choice, ...]:
    """Values of `option` that go on from `typed`: those that begin so first, then those that hold it."""
    typed = typed.strip()[:100]
    head, comma, last = typed.rpartition(",") if option.several else ("", "", typed)
    found = await _found(rooms, option, last.strip(), caller)
    lead = f"{head}{comma} " if comma else ""
    return tuple(Choice(f"{lead}{each.value}"[:100], f"{lead}{each.label}"[:100]) for each in found[:MOST])


async def _found(rooms: Rooms, option: Option, typed: str, caller: Caller | None) -> list[Choice]:
    # One session at a time: who holds one and waits for another can stop everybody who does the same.
    match option.kind:
        case OptionKind.EVENT:
            return await _events(rooms.database, typed)
        case OptionKind.FACILITY:
            desk = [each.name for each in rooms.facilities]
            aliases = {name: each.name for each in rooms.facilities for name in each.names}
            names = _matching(desk, typed) or [aliases[name] for name in _matching(list(aliases), typed)]
            return _plain(list(dict.fromkeys(names)))
        case OptionKind.PERSON:
            everybody = await rooms.people.everybody()
            return _plain(_matching([person.name for person in everybody.people], typed))
        case OptionKind.ROSTER:
            return _plain(_matching(await rooms.rosters.names(), typed))
        case OptionKind.SHIFT:
            async with rooms.database.read() as session:
                return await _shifts(session, rooms, caller, typed)
        case OptionKind.PAGE:
            pages = await rooms.pages.open_pages()
            return [Choice(str(page.id), f"{page.id}: {about(page)}") for page in pages]
        case OptionKind.JOB:
            reader = caller.reader if caller is not None else Reader()
            return [Choice(str(job.id), each) for job, each in await _jobs(rooms, reader, typed)]
        case OptionKind.CHOICE:
            return _plain(_matching(list(option.choices), typed))
        case OptionKind.TIME:
            return _plain(_matching(list(TIMES), typed) or ([typed] if typed else []))
        case _:
            return []


async def _jobs(rooms: Rooms, reader: Reader, typed: str) -> list[tuple[Job, str]]:
    """The newest jobs, open ones first, whose number or words hold it."""
    found = await rooms.jobs.jobs(open_only=True, limit=MOST)
    found += tuple(job for job in await rooms.jobs.jobs(limit=4 * MOST) if job.state.ended)
    said = [
        (job, f"{job.id}: {told(reader, job).title or job.kind} · {standing(reader, job)}") for job in found
    ]
    typed = typed.lstrip("#").casefold()
    return [(job, each) for job, each in said if each.startswith(typed) or typed in each.casefold()]


_NEWEST = select(EventRow.key, EventRow.name, EventRow.retracted).order_by(EventRow.id.desc()).limit(MOST)
_BEGUN = _NEWEST.where(
    EventRow.id.in_(
        select(EventNameRow.event_id)
        .where(EventNameRow.folded >= bindparam("first"), EventNameRow.folded < bindparam("last"))
        .order_by(EventNameRow.event_id.desc())
        .limit(4 * MOST)
    )
)


async def _events(database: Database, typed: str) -> list[Choice]:
    """The newest events whose name begins so; with nothing typed the newest of all, `latest` first.

    Asked past the pool of sessions: with fifty people typing, their check-outs and roll-backs cost twenty
    times what the question does.
    """
    fold = folded(typed)
    span = {"first": fold, "last": fold + "\U0010ffff"}
    rows = await (database.prompt.ask(_BEGUN, span) if fold else database.prompt.ask(_NEWEST, {}))
    found = [
        Choice(key, f"{name} (retracted)" if retracted else name)
        for key, name, retracted in rows
        if len(key) <= 100
    ]
    latest = [Choice("latest", "latest")] if "latest".startswith(typed.lower()) else []
    return [*latest, *found]


async def _shifts(session: AsyncSession, rooms: Rooms, caller: Caller | None, typed: str) -> list[Choice]:
    """The caller's own shifts ahead, as they are told apart in a list."""
    if caller is None or caller.person is None:
        return []
    mine = await upcoming(session, caller.person.name, rooms.clock.now(), limit=MOST)
    return _plain(_matching([shift_label(shift, caller.reader) for shift in mine], typed))


def _matching(names: list[str], typed: str) -> list[str]:
    low = typed.casefold()
    begins = [name for name in names if name.casefold().startswith(low)]
    return begins + [name for name in names if low in name.casefold() and name not in begins]


def _plain(names: list[str]) -> list[Choice]:
    return [Choice(name, name) for name in names]
