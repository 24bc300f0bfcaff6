"""Events and plans of a SkyPortal in Slack: every command, and each error that a real one was recorded with.

Recorded answers that the client understands alike, to the same call of the same line, are played once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from platforms.skyportal.refusals import refusal
from tests.cards.goldens import assert_golden
from tests.nights.plan_rows import EXEMPT, HAPPY, ROWS
from tests.nights.recorded_plans import RecordedPlans, Row, open_recorded_plans
from tests.nights.recorded_refusals import HOME, calls_of, dishonest, gaps, recorded_of, refusals

GOLDEN = Path(__file__).parent / "golden"
RANGES = ("01", "02", "03", "04", "05", "08", "095", "097", "098", "10", "11", "12")
INSIDES = re.compile(
    r"Traceback|psycopg|\[SQL|NoneType|greenlet|positional argument|/srv/|Errno|&lt;html|<html|<center"
    r"|nginx|formSchema|Handler\.|None\b"
)


async def test_every_command_and_each_recorded_error_read_as_somebody_found_it_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {number: each.name for number, each in recorded_of("skyportal").items()}
    async with open_recorded_plans(tmp_path, monkeypatch) as night:
        well, refused = [], []
        for lines in HAPPY:
            for line in lines:
                well.append((f"> {line}", await night.does(line)))
                _is_fit_to_be_read(night, well[-1][1])
            await night.clears()
        for rows in alike(ROWS).values():
            shown = await night.plays(rows[0])
            _is_fit_to_be_read(night, shown)
            heads = [names[each] for row in rows for each in (row.recording, *(also for also, _ in row.also))]
            refused.append((f"> {rows[0].typed}\n({', '.join(heads)})", shown))
        assert "Open at skyportal" in await night.does(HAPPY[0][0]), "and the desk goes on"
    assert_golden("recorded-plans-well.txt", _written(well), GOLDEN)
    assert_golden("recorded-plans-refused.txt", _written(refused), GOLDEN)


def alike(rows: Sequence[Row]) -> dict[object, list[Row]]:
    """Rows by all but their recording, where that is refused in one way as the client understands it."""
    found: dict[object, list[Row]] = {}
    for row in rows:
        found.setdefault((_understood(row.recording), replace(row, recording="")), []).append(row)
    return found


def _understood(number: str) -> object:
    """What the client makes of a recorded answer, whatever was asked; the number itself for a success."""
    response = recorded_of("skyportal")[number].response
    status, value = response["status"], response.get("json")
    if status == 200:
        return number
    kind = str(response.get("headers", {}).get("content-type", ""))
    error = refusal("there", "POST", "/api/x", status, kind, value, asked="do it", needs="x")
    verdict = (error.advice, error.later, error.unsent, error.missing, error.there_already, status == 401)
    return (str(error), *verdict)


def test_each_recorded_error_of_events_plans_and_shifts_is_played_or_cannot_be_met() -> None:
    refused = refusals("skyportal", *RANGES)
    played = [number for row in ROWS for number in (row.recording, *(each for each, _ in row.also))]
    assert gaps(refused, played, EXEMPT) == []
    clients = [
        f"{file.relative_to(HOME)}"
        for file in [*(HOME / "platforms" / "skyportal").glob("*.py"), HOME / "platforms/skyportal_shifts.py"]
    ]
    assert dishonest(refused, EXEMPT, calls_of(*clients)) == []


def _is_fit_to_be_read(night: RecordedPlans, shown: str) -> None:
    """Something is shown: nothing of a program's or a proxy's insides, and nothing secret."""
    assert not INSIDES.search(shown), shown
    assert not any(token in shown for token in night.portal.accounts), shown
    assert "TOKEN" not in shown, shown


def _written(parts: list[tuple[str, str]]) -> str:
    return "\n\n\n".join(f"{head}\n\n{shown}" for head, shown in parts) + "\n"
