"""Starting is quick because nothing heavy is imported before a command needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bot.program import ROOT

HEAVY = ["sqlalchemy", "alembic", "aiohttp", "confluent_kafka", "matplotlib", "astropy", "scipy", "dask"]
HEAVY += ["discord", "slack_sdk", "cel", "numpy"]
SEEN = "import {}, sys; print(*(name for name in {!r} if name in sys.modules))"


def _imported(module: str, heavy: list[str]) -> list[str]:
    code = SEEN.format(module, heavy)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    return done.stdout.split()


def test_help_imports_nothing_heavy() -> None:
    assert _imported("bot.cli.app", HEAVY) == []


@pytest.mark.parametrize("module", ["bot.cli.sources", "bot.cli.tables"])
def test_reading_a_notice_needs_no_database_and_no_chat(module: str) -> None:
    assert _imported(module, [name for name in HEAVY if name not in ("numpy", "scipy")]) == []
