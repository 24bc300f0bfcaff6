"""Runs a command with less than the desk has: `python -I confined.py MEMORY_MB SECONDS COMMAND…`.

A script of the standard library alone. The command gets no more private memory and processor time than it is
told, and dumps no core. Standard input is the desk's hold on it: when that closes, because the desk died or
let go, the whole process group is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def main(memory_mb: str, seconds: str, *command: str) -> int:
    os.nice(10)
    for limit, most in (
        (resource.RLIMIT_DATA, int(memory_mb) * 1024 * 1024),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)  # noqa: S603
    threading.Thread(target=_until_let_go, daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _until_let_go() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
