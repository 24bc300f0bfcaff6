"""`python -m …` that starts in hundredths of a second: forked from a process that has imported everything.

    process = warm_program.start(["bot", "run"], cwd=folder, env=environment)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0

It is a process of its own in every way that a test can see: its pid, its environment, files and terminal, its
signals and its exit status are those of a program begun the long way; only the four seconds of imports are
not paid again. What is about the start itself begins the long way (`tests/bot/test_start_up.py`).
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "cards", "commands", "events", "facilities", "gcn", "notifiers", "platforms", "shifts")
ROOMS += ("simulation", "skymaps", "store")
NOT_IMPORTED = {"bot.__main__", "platforms.gwemopt.worker"}
"""The entry, and what another interpreter runs."""


class WarmProcess:
    """A running program: of `subprocess.Popen` what tests use."""

    def __init__(self, pid: int, status: io.FileIO) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        """Its exit status, negative where a signal ended it; None while it runs."""
        return self._ended_within(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """As soon as it has ended. Raises subprocess.TimeoutExpired where it has not by then."""
        if self._ended_within(timeout) is None:
            raise subprocess.TimeoutExpired(f"program {self.pid}", timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended_within(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            word = self._status.readline()
            assert word, "the process that programs are forked from has died"
            self.returncode = int(word)
            self._status.close()
        return self.returncode


def start(
    arguments: Sequence[object],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    start_new_session: bool = False,
) -> WarmProcess:
    """Begin `python -m arguments…`; `stdin`, `stdout` and `stderr` are open files, else inherited."""
    ours, theirs = os.pipe()
    order = {
        "arguments": [str(each) for each in arguments],
        "cwd": str(cwd),
        "env": dict(env),
        "new_session": start_new_session,
    }
    files = [0 if stdin is None else stdin, 1 if stdout is None else stdout, 2 if stderr is None else stderr]
    with _lock:
        _send(_forking(), order, [*files, theirs])
    os.close(theirs)
    status = io.FileIO(ours)
    return WarmProcess(int(status.readline()), status)


def run(
    arguments: Sequence[object],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = PATIENCE,
) -> subprocess.CompletedProcess[bytes]:
    """Run `python -m arguments…` to its end and collect what it says."""
    with TemporaryFile() as nothing, TemporaryFile() as out, TemporaryFile() as errors:
        process = start(
            arguments,
            cwd=cwd,
            env=os.environ if env is None else env,
            stdin=nothing.fileno(),
            stdout=out.fileno(),
            stderr=errors.fileno(),
        )
        try:
            process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(list(arguments), process.wait(), out.read(), errors.read())


_lock = threading.Lock()  # tests of a module may start programs in threads


@cache
def _forking() -> socket.socket:
    """The socket of the process that programs are forked from; it ends with this process."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm_program", str(theirs.fileno())],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **{f"{name}_NUM_THREADS": "1" for name in _THREADED}},
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    theirs.close()
    atexit.register(_end, process, ours)
    return ours


def _end(process: subprocess.Popen[bytes], orders: socket.socket) -> None:
    orders.close()
    process.wait(PATIENCE)


_THREADED = ("OMP", "OPENBLAS", "MKL")  # a process of several threads cannot be forked safely


def _send(connection: socket.socket, order: Mapping[str, Any], files: Sequence[int]) -> None:
    content = json.dumps(order).encode()
    socket.send_fds(connection, [len(content).to_bytes(4, "big")], list(files))
    connection.sendall(content)


# --- the process that is forked


class _Forking:
    """Forks a program for each order that comes, and writes down how each of them ends."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._running: dict[int, int] = {}  # pid -> where its exit status is written

    def first_of_a_program(self) -> dict[str, Any] | None:
        """In each forked process: what it was asked to be. In this one: None, when no more can come."""
        signal.signal(signal.SIGCHLD, self._reap)
        while (order := self._next()) is not None:
            *files, status = order.pop("files")
            # Whoever ends at once is not looked for before it is known.
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
            pid = os.fork()
            if pid == 0:
                self._orders.close()
                _become_its_own(files, new_session=order["new_session"])
                return order
            self._running[pid] = status
            os.write(status, f"{pid}\n".encode())
            for each in files:
                os.close(each)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        return None

    def _next(self) -> dict[str, Any] | None:
        length, files, _, _ = socket.recv_fds(self._orders, 4, 4)
        if not length:
            return None
        content = self._orders.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
        return {**json.loads(content), "files": files}

    def _reap(self, *_: object) -> None:
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            told = self._running.pop(pid)
            os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(told)


def _become_its_own(files: Sequence[int], *, new_session: bool) -> None:
    """In a forked process: what it has of the one it was forked from is let go."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    if new_session:
        os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1 + max(*files, 255))


def _run(order: Mapping[str, Any]) -> None:
    module, *arguments = order["arguments"]
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    sys.stdin, sys.stdout, sys.stderr = (_text(number, mode) for number, mode in enumerate("rww"))
    sys.path[0] = order["cwd"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _text(number: int, mode: str) -> io.TextIOWrapper:
    """A standard stream as the interpreter opens it."""
    raw = io.FileIO(number, mode, closefd=False)
    buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffered, encoding="utf-8", line_buffering=number == 2 or raw.isatty())


def _import_everything() -> None:
    for name in (*_modules(), "aiosqlite", "asyncpg"):
        importlib.import_module(name)
    import pytest
    from sqlalchemy.orm import configure_mappers

    from tests.coarse_mocks import make_mocks_coarse

    make_mocks_coarse(pytest.MonkeyPatch())
    configure_mappers()
    gc.collect()
    gc.freeze()


def _modules() -> Iterator[str]:
    for room in ROOMS:
        package = importlib.import_module(room)
        for each in pkgutil.walk_packages(package.__path__, f"{room}."):
            if each.name not in NOT_IMPORTED:
                yield each.name


if __name__ == "__main__":
    _import_everything()
    _order = _Forking(socket.socket(fileno=int(sys.argv[1]))).first_of_a_program()
    if _order is not None:
        _run(_order)
