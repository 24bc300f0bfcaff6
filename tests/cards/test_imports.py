"""The hub imports cards; what only draws or computes stays out of it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["matplotlib", "astropy.coordinates", "healpy", "mocpy", "dask"])
def test_cards_are_light_to_import(heavy: str) -> None:
    rooms = "cards.card, cards.event_card, cards.change_note, cards.slack, cards.terminal, cards.text"
    code = f"import sys, {rooms}; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
