"""A job's card in each of its states, word for word; in every chat it is one that can be sent."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cards.discord import render_discord
from cards.reader import Reader
from cards.slack import render_slack
from cards.text import render_text
from commands.job_cards.frame import job_card
from commands.job_cards.own_sentences import MMODA, NMMA, OWN, TREASURE_MAP, WIRE, in_words_of
from platforms.job import Job, JobState
from platforms.steps import Step, end_of
from tests.cards.goldens import assert_golden

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
ASKED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
JOB = Job(
    id=12,
    mark="nd-0123456789abcdef",
    kind="portal.thing",
    platform="fritz",
    requester="ana",
    state=JobState.STARTING,
    created=ASKED,
    deadline=ASKED + timedelta(hours=6),
    event="LVK:S261120a",
    facility="ZTF",
)
ENDED = ASKED + timedelta(minutes=7)
STATES = {
    "asked": JOB,
    "queued": replace(JOB, state=JobState.QUEUED),
    "running": replace(JOB, state=JobState.RUNNING, progress=0.42, said="tile 17 of 40"),
    "waiting": replace(JOB, state=JobState.RUNNING, said="fritz does not answer (503)"),
    "cancelling": replace(JOB, state=JobState.CANCELLING),
    "done": replace(
        JOB,
        state=JobState.DONE,
        ended=ENDED,
        results={"probability": 0.42, "tiles": 17, "plan": {"hidden": True}},
        pictures={"tiles": "0" * 64},
    ),
    "failed": replace(
        JOB,
        state=JobState.FAILED,
        ended=ENDED,
        failure="fritz has no instrument *ZTF* <!channel>",
        advice="ask its administrator to add it",
    ),
    "cancelled": replace(JOB, state=JobState.CANCELLED, ended=ENDED, said="deleted on fritz"),
    "timed-out": replace(
        JOB,
        state=JobState.TIMED_OUT,
        ended=ASKED + timedelta(hours=6),
        said="tile 17 of 40",
        failure="fritz had not finished it after 6.0 h; the last that was heard: tile 17 of 40",
        advice="look there whether it still runs, or ask again",
    ),
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_job_reads_as_somebody_found_it_good_in_every_state(language: str) -> None:
    reader = Reader(language, "Europe/Paris")
    words = [f"--- {name}\n{render_text(job_card(reader, job), reader)}" for name, job in STATES.items()]
    assert_golden(f"job-cards.{language}.txt", "\n".join(words), GOLDEN)


@pytest.mark.parametrize("name", STATES)
def test_what_a_platform_says_is_no_markup_and_what_has_ended_cannot_be_cancelled(name: str) -> None:
    card, reader = job_card(Reader(), STATES[name]), Reader()
    slack, discord = render_slack(card, reader), render_discord(card, reader)
    assert "<!channel>" not in str(slack.blocks)
    open_still = not STATES[name].state.ended and name != "cancelling"
    assert ("Cancel it" in str(slack.blocks)) is open_still
    assert ("Cancel it" in str(discord)) is open_still


def test_what_the_desk_itself_says_is_translated_and_what_platforms_say_is_not() -> None:
    reader, job = Reader("fr"), replace(JOB, state=JobState.CANCELLING)
    given_up = end_of(Step.GIVE_UP, job).error
    assert given_up is not None and given_up.advice is not None
    words = in_words_of(reader, str(given_up))
    assert words == (
        "elle n’a pas pu être annulée : nightdesk n’est plus configuré pour portal.thing chez fritz"
    )
    assert job.mark in in_words_of(reader, given_up.advice) != given_up.advice
    waits = end_of(Step.UNKNOWN, replace(JOB, state=JobState.RUNNING)).error
    assert str(waits) != in_words_of(reader, str(waits))
    assert in_words_of(Reader(), str(waits)) == str(waits)
    assert in_words_of(reader, "it could not be cancelled: too late") == "annulation impossible : too late"
    assert in_words_of(reader, "fritz has no instrument ZTF") == "fritz has no instrument ZTF"
    source = "".join((ROOT / "platforms" / name).read_text() for name in ("tracker.py", "steps.py"))
    for own in OWN:
        beginning = own.partition("{")[0] or own.partition("}")[2].partition("{")[0]
        assert beginning.strip() in source, f"the tracker says no longer {own!r}"


@pytest.mark.parametrize(
    ("files", "own"),
    [
        (("nmma.py", "nmma_words.py", "rule_fits.py"), NMMA),
        (("treasure_map.py", "treasure_map_works.py", "treasure_map_words.py"), TREASURE_MAP),
        (("mmoda/dispatcher.py", "mmoda/work.py", "mmoda/plain_words.py"), MMODA),
        (("wire.py",), WIRE),
    ],
)
def test_what_a_platforms_work_says_itself_is_translated_as_it_says_it(
    files: tuple[str, ...], own: tuple[str, ...]
) -> None:
    source = "".join((ROOT / "platforms" / file).read_text() for file in files)
    source = re.sub(r'"\s*f?"', "", source).replace("{self.name}", "MMODA")  # sentences of several lines
    for sentence in own:
        for literal, _, _, _ in string.Formatter().parse(sentence):
            assert literal in source, f"{files} say no longer {sentence!r}"
