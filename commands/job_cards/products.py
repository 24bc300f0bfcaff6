"""Products of MMODA on a job's card: what was looked at, the numbers of each product, where to open it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cards import wording
from cards.card import Block, Button, Line, Lines, Link, Links, Note, Table, Text, strong
from cards.cleaning import clean, shorten
from cards.reader import Reader
from commands.job_cards.told import Told
from platforms.job import Job, JobState
from platforms.mmoda.work import KIND

COLUMNS = 5
ROWS = 6
TABLES = 2
SHOWN = 8
CAPTION = 60


def product(reader: Reader, job: Job) -> Told:
    """`SPI-ACS light curve` and the like: one line a product, the first rows of tables that are no curves."""
    asked = job.parameters
    name = f"{clean(str(asked.get('instrument')))} {clean(str(asked.get('product')))}"
    about = f" · {clean(job.event.partition(':')[2] or job.event)}" if job.event else ""
    blocks: list[Block] = [Lines(lines)] if (lines := _asked(reader, asked)) else []
    found = [each for each in job.results.get("products") or () if isinstance(each, Mapping)]
    told = [line for each in found[:SHOWN] if (line := _line(reader, each))]
    if told:
        blocks.append(Lines(tuple(told)))
    elif job.state is JobState.DONE:
        blocks.append(Lines(((Text(reader.say("MMODA found nothing to show.")),),)))
    tables = [each for each in found if each.get("kind") == "table" and "curve" not in each]
    blocks += [table for each in tables[:TABLES] if (table := _table(each))]
    blocks += [Note((Text(shorten(clean(str(each)), 200)),)) for each in job.results.get("comments") or ()][
        :4
    ]
    link = job.results.get("link")
    if isinstance(link, str) and link:
        blocks.append(Links((Link(reader.say("Open in MMODA"), link),)))
    captions = dict.fromkeys(job.pictures, f"{name}{about}"[:CAPTION])
    buttons = (Button("mmoda.code", reader.say("Code"), str(job.id)),) if job.results.get("api_code") else ()
    short = "; ".join("".join(span.text for span in line if isinstance(span, Text)) for line in told[:1])
    return Told(f"{name}{about}", tuple(blocks), captions, short, buttons)


def _asked(reader: Reader, asked: Mapping[str, Any]) -> tuple[Line, ...]:
    """Time, place and the parameters as they were sent."""
    sent = {k: str(v) for k, v in (asked.get("parameters") or {}).items()}
    lines: list[Line] = []
    first, last = sent.pop("T1", None), sent.pop("T2", None)
    ra, dec = sent.pop("RA", None), sent.pop("DEC", None)
    for hidden in ("T_format", "src_name"):
        sent.pop(hidden, None)
    if first and last:
        lines.append(reader.line("From {first} to {last} UTC", first=clean(first), last=clean(last)))
    if ra and dec:
        lines.append(reader.line("At {ra}, {dec} (degrees)", ra=clean(ra), dec=clean(dec)))
    if sent:
        words = ", ".join(f"{key}={value}" for key, value in sent.items())
        lines.append((Text(shorten(clean(words), 200)),))
    return tuple(lines)


def _line(reader: Reader, found: Mapping[str, Any]) -> Line | None:
    name = strong(shorten(clean(str(found.get("name"))), 50))
    curve = found.get("curve")
    if isinstance(curve, Mapping):
        return (name, Text(": "), *_curve(reader, curve, found))
    match found.get("kind"):
        case "table":
            rows = int(found.get("rows") or 0)
            return (name, Text(": " + reader.say_many("{count} row", "{count} rows", rows)))
        case "image":
            size = f"{found.get('width')} × {found.get('height')}"
            return (name, Text(": " + reader.say("image, {size} pixels", size=size)))
        case "picture":
            return (name, Text(": " + reader.say("picture")))
        case "text":
            return (name, Text(f": {shorten(clean(str(found.get('text'))), 200)}"))
    return None


def _curve(reader: Reader, curve: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Text]:
    """How many points, where the highest is, and how far it stands above the rest."""
    units = {each["name"]: each.get("unit") for each in found.get("columns") or () if "name" in each}
    x_unit, y_unit = (units.get(curve.get(axis)) or "" for axis in ("x", "y"))
    highest = f"{wording.three_figures(float(curve['highest']), reader)} {y_unit}".strip()
    at = f"{float(curve['highest_at']):.4g} {x_unit}".strip()
    yield Text(reader.say_many("{count} point", "{count} points", int(curve["points"])))
    yield Text("; " + reader.say("highest {value} at {at}", value=highest, at=_when(curve, at, reader)))
    sigma = curve.get("sigma")
    if isinstance(sigma, int | float):
        yield Text(
            ", " + reader.say("{sigma} σ above the median", sigma=wording.number(float(sigma), reader, 1))
        )


def _when(curve: Mapping[str, Any], at: str, reader: Reader) -> str:
    """`12.3 s after the event`, where the times count from it."""
    if not curve.get("since_event"):
        return at
    seconds = wording.three_figures(abs(float(curve["highest_at"])), reader)
    if float(curve["highest_at"]) < 0:
        return reader.say("{seconds} s before the event", seconds=seconds)
    return reader.say("{seconds} s after the event", seconds=seconds)


def _table(found: Mapping[str, Any]) -> Table | None:
    columns = [each for each in found.get("columns") or () if isinstance(each, Mapping)][:COLUMNS]
    rows = found.get("first") or ()
    if not columns or not rows:
        return None
    heads = tuple(
        f"{each.get('name')} ({each['unit']})" if each.get("unit") else str(each.get("name"))
        for each in columns
    )
    cells = tuple(tuple((Text(_cell(value)),) for value in row[: len(columns)]) for row in rows[:ROWS])
    return Table((strong(shorten(clean(str(found.get("name"))), 50)),), heads, cells)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else shorten(clean(str(value)), 30)


TELLERS = {KIND: product}
