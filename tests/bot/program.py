"""`nightdesk` as a person starts it: a process, its two outputs, its exit status."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import warm_program

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        """Standard output as strict JSON: NaN and Infinity are refused."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} in JSON")

        return json.loads(self.out, parse_constant=refuse)


def nightdesk(*arguments: object, folder: Path, **environment: str) -> Ended:
    """Run it to its end in `folder`, with a configuration of the environment only."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTDESK_")}
    ended = warm_program.run(
        ["bot", *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "COLUMNS": "200", **environment},
    )
    return Ended(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))
