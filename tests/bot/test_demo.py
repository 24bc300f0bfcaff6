"""The demo: a short night through the real broker, hub, workers and terminal, and the prompt after it."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import bot.demo
from bot.demo import Demo
from simulation.gamma_ray_burst import simulate_burst
from simulation.night import Scene

pytestmark = pytest.mark.long


class WrittenLines:
    """A person who types these lines and then leaves."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    async def next(self, prompt: str) -> str | None:
        assert prompt.endswith(("> ", ": "))
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
    written = ["", "EVENT list", "evnt list", "event show nobody", "event latest mock", "status", "help"]
    asked_of_a_form = ["facility close ZTF", "snow", "", "1", "facility status ZTF"]
    lines = WrittenLines(*written, "what is this", *asked_of_a_form)
    monkeypatch.setattr(bot.demo, "lines_of_stdin", lambda complete: lines)
    console, screen = _console()
    await Demo(console, tmp_path, seed=1).run(once=False)
    asked = screen.getvalue().partition("Ask: event list")[2]
    assert "did you mean event list" in asked
    assert "No event is called “nobody”" in asked
    assert re.search("TEST: .*gamma-ray burst Fermi", asked, re.IGNORECASE)
    assert re.search(r"database +ready", asked)
    assert "sky · The sky map of an event" in asked
    assert "There is no command “what is”" in asked
    assert "Close ZTF?" in asked and "1) Yes, do it" in asked
    assert "closed until further notice: snow" in asked
