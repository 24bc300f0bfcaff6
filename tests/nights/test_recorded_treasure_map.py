"""Every recorded error of a real Treasure Map, met by what somebody types and presses in Slack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cards.goldens import assert_golden
from tests.nights.archives import EVENT, Archives, open_archives, scripted
from tests.nights.recorded_refusals import calls_of, dishonest, gaps, recorded_of, refusals
from tests.standins.recordings import Exchange

GOLDEN = Path(__file__).parent / "golden"
API = "/api/v1/"
REPORT, CANCEL = "plan treasuremap 1", f"treasuremap cancel {EVENT} ZTF"
OBSERVED = f"treasuremap observed {EVENT} ZTF until:tomorrow"
POINTINGS = f"pointings {EVENT}"


@dataclass(frozen=True)
class Row:
    """A recorded error, the line that meets it, and the words that tell of it."""

    number: str
    line: str
    words: tuple[str, ...]
    path: str | None = None  # asked for under another address than it was recorded of
    method: str | None = None

    def script(self, recorded: Mapping[str, Exchange]) -> list[Exchange]:
        found = recorded[self.number]
        changed = {"path": self.path or found.path, "method": self.method or found.request["method"]}
        return [replace(found, request={**found.request, **changed})]


NO_FAULT = "Nothing that you typed is wrong"
TOKEN = ("does not accept the token", "me token treasuremap")
NOT_STORED = ("nothing of what was sent was stored", "tell whoever runs this desk")
ROWS = (
    *(Row(number, REPORT, TOKEN) for number in ("07", "08", "09", "10")),
    Row("11", REPORT, ("S999999z' does not exist", "report again in a while")),
    Row("12", REPORT, ("GW190814' does not exist", "report again in a while")),
    Row("13", REPORT, ("Field required (body.graceid)", NO_FAULT)),
    Row("14", REPORT, ("Either pointing or pointings must be provided", NO_FAULT)),
    Row("15", REPORT, ("depth is required", NO_FAULT)),
    Row("17", REPORT, ("Position information required", NO_FAULT)),
    Row("22", REPORT, ("valid datetime", NO_FAULT)),
    *(Row(number, REPORT, NOT_STORED) for number in ("19", "20", "21")),
    Row("05", REPORT, ("took none of the pointings", "15.500 -20.250: Instrument with ID 99 not found")),
    Row("18", REPORT, ("took none of the pointings", "instrumentid must be provided")),
    Row("39", REPORT, ("took none of the pointings", "already submitted")),
    Row("32", POINTINGS, ("Invalid status: done",)),
    Row("33", POINTINGS, ("nosuchband",)),
    Row("34", POINTINGS, ("valid datetime",)),
    Row("60", POINTINGS, ("less than or equal to 100",)),
    Row("65", POINTINGS, ("has no pointings at /api/v1", "treasuremap.url"), API + "pointings"),
    Row("66", POINTINGS, ("Method Not Allowed",), API + "pointings", "GET"),
    Row("51", "treasuremap instruments", ("Must be a JSON array",)),
    Row("52", "treasuremap instruments ztf", ("should be 1 or 2",)),
    Row("64", "treasuremap instruments", ("has no instruments at /api/v1",), API + "instruments"),
)
OF_OURS = (
    Row("27", OBSERVED, ("marked no pointing as observed", "no. 2", "already been completed")),
    Row("28", OBSERVED, ("marked no pointing as observed", "no. 3")),
    Row("42", CANCEL, ("Only 'cancelled'", NO_FAULT)),
    Row("43", CANCEL, ("At least one pointing ID", NO_FAULT)),
    Row("44", CANCEL, TOKEN),
    Row("41", CANCEL, ("left 3 of 3 pointings planned", "another account")),
)
"""Of pointings that we have reported: these are played when there are some."""

EXEMPT = {
    "46": "the desk cancels the pointings that it reported, never all of an account",
}


async def play(night: Archives, row: Row, recorded: Mapping[str, Exchange]) -> None:
    title = recorded[row.number].name
    if row.line in (REPORT, CANCEL):
        question = await night.night.says(row.line, "?")
        scripted(night.treasure_map, row.script(recorded))
        asked = await night.night.presses("Yes", question, "is asked of")
        await night.ends(asked, f"{row.line} [Yes]", *row.words, title=title)
    elif row.line == OBSERVED:
        scripted(night.treasure_map, row.script(recorded))
        await night.follows(row.line, *row.words, title=title)
    else:
        scripted(night.treasure_map, row.script(recorded))
        await night.asks(row.line, *row.words, title=title)
    assert not night.treasure_map.script, f"{title}: not all of it was asked for"


async def test_every_recorded_error_is_a_sentence_in_slack_and_the_desk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = recorded_of("treasuremap")
    async with open_archives(tmp_path, monkeypatch) as night:
        await night.follows(f"plan make {EVENT} ZTF planner:instant max_tiles=3", "at once", title="a plan")
        night.read.clear()
        for row in ROWS:
            await play(night, row, recorded)
        assert night.treasure_map.rows == [], "nothing was stored"
        question = await night.asks(REPORT, "under Zwicky Transient Facility (no. 1)", title="it is asked")
        asked = await night.presses("Yes", question, "is asked of", title="and begun")
        await night.ends(asked, REPORT, "3 of 3 pointings are there", title="reported")
        for row in OF_OURS:
            await play(night, row, recorded)
        assert {each["status"] for each in night.treasure_map.rows} == {"planned"}
        await night.asks(POINTINGS, "With what is planned", title="everybody's", pictures=1)
        await night.follows(f"{OBSERVED} ", "3 of 3 are marked", title="observed")
        await night.asks(
            CANCEL, "Nothing that we reported is still planned", title="nothing is left to cancel"
        )
        await night.asks("treasuremap instruments spectro", "Example Spectrograph", title="instruments")
        await night.asks("plan treasuremap 99", "99", title="no such plan")
        assert_golden("recorded-treasuremap.txt", night.protocol(), GOLDEN)


def test_no_recorded_error_is_passed_over() -> None:
    refused = refusals("treasuremap", besides={"41"})
    assert gaps(refused, [row.number for row in (*ROWS, *OF_OURS)], EXEMPT) == []
    calls = calls_of("platforms/treasure_map.py", base=API)
    assert dishonest(refused, EXEMPT, calls) == []
