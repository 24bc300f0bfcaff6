"""A program of others at arm's length: its own process group, limits, a log, and a way to end it for sure."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CONFINED = Path(__file__).with_name("confined.py")
LONGEST_LINE = 64 * 1024
LOG_KEPT = 4000
"""Characters of the log's end that are kept for the desk's own log."""

WATCH = 0.5  # s between two looks at how much memory the group takes
CPU_PER_SECOND = 4  # of wall time: a backstop only, the wall clock is what is held
GRACE = 5.0  # s for a killed worker to be gone
BURIAL = 1.0  # s for what it had started


class Stopped(StrEnum):
    """Why the desk ended a worker itself."""

    TIME = "time"
    MEMORY = "memory"
    ASKED = "asked"


@dataclass(frozen=True)
class WorkerLimits:
    """Seconds from its start, and MB that the whole group may take."""

    seconds: float = 600.0
    memory_mb: int = 2500


@dataclass(frozen=True)
class Ended:
    """How a worker ended: its exit code (negative: the signal), why the desk stopped it, its last words."""

    code: int
    stopped: Stopped | None = None
    log: str = ""


async def run_worker(
    command: Sequence[str],
    folder: Path,
    limits: WorkerLimits,
    *,
    on_line: Callable[[bytes], None] = lambda line: None,
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """Run a command in `folder` to its end, or to its limits.

    Its HOME and temporary files are in `folder`; of the desk's environment it gets the path and the language
    only, so no secret. `on_line` gets each line of its standard output. When the call is cancelled, or ends
    for any reason, nothing of the process group is left. Raises OSError where the command cannot be started.
    """
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(CONFINED),
            str(limits.memory_mb),
            str(int(limits.seconds * CPU_PER_SECOND) + 1),
            *command,
            stdin=asyncio.subprocess.PIPE,  # kept open: its end tells the worker that the desk is gone
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env={**_environment(folder), **(environment or {})},
            start_new_session=True,
            limit=LONGEST_LINE,
        )
    stopped: Stopped | None = None
    reading = asyncio.create_task(_read(process, on_line))
    watching = asyncio.create_task(_until_too_large(process.pid, limits.memory_mb))
    ending = asyncio.create_task(process.wait())
    try:
        done, _ = await asyncio.wait(
            {ending, watching}, timeout=limits.seconds, return_when=asyncio.FIRST_COMPLETED
        )
        if ending not in done:
            stopped = Stopped.MEMORY if watching in done else Stopped.TIME
    finally:
        _kill_group(process.pid)
        watching.cancel()
        try:
            await asyncio.wait({ending, reading}, timeout=GRACE)
            await _until_gone(process.pid)
        finally:
            reading.cancel()
            if process.stdin is not None:
                process.stdin.close()
    return Ended(
        process.returncode if process.returncode is not None else -signal.SIGKILL, stopped, _tail(folder)
    )


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    return {**kept, **threads, "HOME": str(folder), "TMPDIR": str(folder), "MPLBACKEND": "agg"}


async def _read(process: asyncio.subprocess.Process, on_line: Callable[[bytes], None]) -> None:
    """Hand on line by line; what is longer than a line may be is dropped, not kept."""
    assert process.stdout is not None, "standard output was asked for as a pipe"
    while True:
        try:
            line = await process.stdout.readuntil(b"\n")
        except asyncio.LimitOverrunError as overrun:
            await process.stdout.read(max(1, overrun.consumed))
            continue
        except asyncio.IncompleteReadError:
            return
        on_line(line)


async def _until_too_large(group: int, memory_mb: int) -> None:
    """Returns when the processes of a group take more than this together; never where nobody can tell."""
    while True:
        await asyncio.sleep(WATCH)
        if await asyncio.to_thread(_memory_of, group) > memory_mb:
            return


def _memory_of(group: int) -> float:
    """Resident memory of a process group, MB; 0 where there is no /proc."""
    total, page = 0, os.sysconf("SC_PAGE_SIZE")
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = (
                (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            )
            if int(after_name[2]) == group:
                total += int(after_name[21]) * page
    return total / 1024 / 1024


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


async def _until_gone(group: int) -> None:
    """Until no process of a killed group is left: what a worker had started is another's to bury."""
    for _ in range(int(BURIAL / 0.02)):
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        await asyncio.sleep(0.02)


def _tail(folder: Path) -> str:
    with contextlib.suppress(OSError), (folder / "log").open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - LOG_KEPT))
        return log.read().decode("utf-8", "replace")
    return ""
