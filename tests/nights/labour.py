"""The hub's work as the nights need it: held up, hung and killed. Called in worker processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gcn.notice import Notice
from gcn.reading import read_message


@dataclass(frozen=True)
class Held:
    """`work`, begun only when there is a file `go` in the folder; leaves the worker's pid there."""

    work: Callable[[Any], Any]
    folder: str

    @property
    def __name__(self) -> str:
        return "held"

    def __call__(self, task: Any) -> Any:
        (Path(self.folder) / f"pid-{os.getpid()}").touch()
        while not (Path(self.folder) / "go").exists():
            time.sleep(0.005)
        return self.work(task)


@dataclass(frozen=True)
class Deadly:
    """`work` that kills whoever begins it, until there is a file `go` in the folder."""

    work: Callable[[Any], Any]
    folder: str

    @property
    def __name__(self) -> str:
        return "deadly"

    def __call__(self, task: Any) -> Any:
        if not (Path(self.folder) / "go").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return self.work(task)


def kill_the_painter(_work: object) -> dict[str, bytes]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def hang_over_riddles(content: bytes, topic: str) -> Notice | str:
    """Read a message as the hub does, but never come back from one with a riddle in it."""
    while b"riddle" in content:
        time.sleep(0.05)
    return read_message(content, topic)
