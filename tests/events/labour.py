"""Work for workers to do, die of, and hang in. Imported by worker processes."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def doubled(number: int) -> int:
    return 2 * number


def refused(number: int) -> int:
    raise ValueError(f"{number} is refused")


def niceness() -> int:
    return os.nice(0)


def report_and_wait(folder: str) -> int:
    """Leave this worker's pid in the folder and wait for the file `go` there; the pid."""
    (Path(folder) / f"pid-{os.getpid()}").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(0.005)
    return os.getpid()


def hang_the_first_time(folder: str) -> int:
    """Hang for ever in the first attempt, come back from the second; the number of attempts."""
    (Path(folder) / f"attempt-{time.monotonic_ns()}").touch()
    attempts = len(list(Path(folder).glob("attempt-*")))
    while attempts == 1:
        time.sleep(0.05)
    return attempts


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    while True:
        time.sleep(0.05)
