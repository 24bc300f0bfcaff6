"""The demo: a short night through the real broker, hub, workers and terminal, and the prompt after it."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import bot.demo
from bot.demo import Demo
from bot.demo_story import told
from simulation.gamma_ray_burst import simulate_burst
from simulation.night import Scene, simulate_night


class WrittenLines:
    """A person who types these lines and then leaves."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def next(self, prompt: str) -> str | None:
        assert prompt == "nightdesk> "
        return self._lines.pop(0) if self._lines else None


def _short_night(start: datetime, seed: int) -> Sequence[Scene]:
    burst = simulate_burst(start, np.random.default_rng(seed), ra=120.0, dec=20.0)
    return tuple(Scene("burst", message) for message in burst.messages[:2])


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.demo, "simulate_night", _short_night)


def _console() -> tuple[Console, io.StringIO]:
    screen = io.StringIO()
    return Console(file=screen, width=100, color_system=None), screen


async def test_a_night_shows_its_cards_names_its_pictures_and_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    console, screen = _console()
    with caplog.at_level(logging.WARNING):
        await Demo(console, tmp_path, seed=1).run(once=True)
    text = screen.getvalue()
    assert text.count("── #night-desk \n") == 1
    assert "TEST: Gamma-ray burst Fermi" in text
    assert text.index("Fermi GBM triggers") < text.index("TEST: Gamma-ray burst") < text.index("edited")
    named = [Path(line.strip()) for line in text.partition("pictures:")[2].splitlines() if line.strip()]
    assert len(named) == 2
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in named)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_the_prompt_answers_forgives_a_slip_and_ends_with_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = WrittenLines("", "LIST", "lsit", "show nobody", "show latest", "status", "help", "what is this")
    monkeypatch.setattr(bot.demo, "lines_of_stdin", lambda: lines)
    console, screen = _console()
    await Demo(console, tmp_path, seed=1).run(once=False)
    asked = screen.getvalue().partition("Ask: list")[2]
    assert "did you mean list?" in asked
    assert "no event is called 'nobody'" in asked
    assert re.search("TEST: .*gamma-ray burst Fermi", asked, re.IGNORECASE)
    assert "database: ready" in asked
    assert "show NAME: the card of an event" in asked
    assert "'what' is no command; try help" in asked


@pytest.mark.parametrize("seed", [1, 2])
def test_every_scene_of_a_night_has_words(seed: int) -> None:
    night = simulate_night(datetime(2026, 11, 20, 21, tzinfo=UTC), seed)
    assert all(words for _, words in told(night))
    assert {scene.act for scene in night} == {"merger", "burst", "far merger", "neutrino", "retracted"}
