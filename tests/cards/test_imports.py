"""The hub imports cards; what only draws or computes stays out of it."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"matplotlib", "astropy.coordinates", "healpy", "mocpy", "dask"}


def test_cards_are_light_to_import() -> None:
    rooms = "cards.card, cards.event_card, cards.change_note, cards.slack, cards.terminal, cards.text"
    code = f"import sys, {rooms}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
