"""Sources, follow-up and fits in Slack, with every answer that a real SkyPortal was heard to give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cards.goldens import assert_golden
from tests.nights.recorded_refusals import calls_of, dishonest, gaps, refusals
from tests.nights.recorded_sources import NEXT, Row, open_recorded
from tests.nights.source_rows import EXEMPT, HAPPY, REFUSED
from tests.standins.skyportal.portal_sources import CAPABILITY, SECRET

GOLDEN = Path(__file__).parent / "golden"
RANGES = ("06", "07", "090", "091", "092", "093", "094", "096")
INSIDE = frozenset({"0652", "0676", "0692", "0733", "0734", "0735", "0755"})
"""Answers with HTTP 200 whose words tell of something not done."""
NEVER_SHOWN = ("<html", "Traceback", "psycopg", "[SQL", "sqlalche.me", "TOKEN", "/srv/", SECRET, CAPABILITY)


def test_each_recorded_error_of_sources_followup_and_fits_is_played_or_can_meet_no_command() -> None:
    recorded = refusals("skyportal", *RANGES, besides=INSIDE)
    played = [number for row in REFUSED for number in row.recordings]
    assert gaps(recorded, played, EXEMPT) == []
    assert dishonest(recorded, EXEMPT, calls_of("platforms/skyportal")) == []
    assert len(recorded) >= 70


async def test_whatever_a_skyportal_answers_a_shifter_reads_in_plain_words_and_the_desk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, wrong = [], []
    async with open_recorded(tmp_path, monkeypatch) as night:
        for row in (*HAPPY, *REFUSED):
            try:
                shown = await night.plays(row)
            except AssertionError as error:
                wrong.append(f"{row}: {error}")
                continue
            read = shown if row in HAPPY else shown.rpartition(NEXT)[2]
            told.append(f"=== {' '.join(row.recordings)}\n> {row.typed}\n{read}\n")
            never = (*NEVER_SHOWN, night.night.portal.desk)
            wrong += [f"{row}: no {each!r} in {shown}" for each in row.reads if each not in shown]
            wrong += [f"{row}: {each!r} in {shown}" for each in never if each in shown]
            wrong += [f"{row}: left standing {each!r}" for each in night.left_standing()]
            wrong += [] if _says_what_to_do(shown) else [f"{row}: does not say what to do: {shown}"]
        assert night.night.chats.slack.violations == []
        assert "AT2026kn" in await night.plays(Row((), "source AT2026kn"))
    assert wrong == [], "\n\n".join(wrong)
    assert_golden("recorded-sources.txt", "\n".join(told), GOLDEN)


def _says_what_to_do(shown: str) -> bool:
    """A refusal says it, or offers names to press; what went well need not."""
    last = shown.rpartition(NEXT)[2]
    if not last.startswith(":large_orange_circle:"):
        return True
    return any(
        words in last for words in ("What to do", "did you mean", "Change and ask again", "there is: ")
    )
