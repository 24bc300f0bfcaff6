"""Golden renderings: files that a person has read and found good.

`NIGHTDESK_WRITE_GOLDENS=1 pytest tests/cards tests/commands` writes them anew;
read the difference before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, rendered: str, folder: Path = GOLDEN) -> None:
    """`rendered` is, character for character, what the file says."""
    path = folder / name
    if os.environ.get("NIGHTDESK_WRITE_GOLDENS"):
        path.write_text(rendered, encoding="utf-8")
    assert path.is_file(), f"{path.name} is not there: write the goldens, and read them"
    assert rendered == path.read_text(encoding="utf-8")
