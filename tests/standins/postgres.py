"""A PostgreSQL server for one test session: the binaries of the `pgserver` wheel on a Unix socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534
_STARTS_WITHIN = 30.0


class PostgresUnavailable(RuntimeError):
    """Why no PostgreSQL server could be started here."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a server until the block ends; gives its URL without a database name, for asyncpg."""
    # In /tmp, not in pytest's folder: the path of a Unix socket may have 107 bytes at most.
    home = Path(tempfile.mkdtemp(prefix="nightdesk-pg-"))
    try:
        binaries, user = _binaries(home)
        _initialise(binaries, home / "data", user)
        server = _start(binaries, home, user)
        try:
            _wait_until_ready(binaries, home, server)
            yield f"postgresql+asyncpg://postgres@/{{}}?host={home}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.wait(10)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _binaries(home: Path) -> tuple[Path, int | None]:
    """The folder of the binaries, and whom to run them as: PostgreSQL refuses to run as root."""
    package = importlib.util.find_spec("pgserver")
    if package is None or package.origin is None:
        raise PostgresUnavailable("the development dependency pgserver is not installed")
    installed = Path(package.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin", None
    # Nobody may be kept out of the checkout (say, below /root): it gets a copy, not wider permissions.
    for folder in (installed, installed.with_name("pgserver.libs")):
        if folder.is_dir():
            shutil.copytree(folder, home / folder.name, ignore=shutil.ignore_patterns("include"))
    os.chown(home, _NOBODY, _NOBODY)
    return home / installed.name / "pginstall" / "bin", _NOBODY


def _initialise(binaries: Path, data: Path, user: int | None) -> None:
    command = [
        binaries / "initdb",
        "--pgdata",
        data,
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
    ]
    done = subprocess.run(
        [*command, "--locale=C", "--no-sync"], user=user, group=user, cwd="/", capture_output=True, text=True
    )
    if done.returncode:
        raise PostgresUnavailable(f"initdb failed: {done.stderr.strip()}")


def _start(binaries: Path, home: Path, user: int | None) -> subprocess.Popen[bytes]:
    options = ("listen_addresses=", f"unix_socket_directories={home}", "fsync=off", "max_connections=100")
    command = [str(binaries / "postgres"), "-D", str(home / "data")]
    for option in options:
        command += ["-c", option]
    with (home / "log").open("wb") as log:
        # Its own session, so that Ctrl-C at the tests stops them first and the server by their hand.
        return subprocess.Popen(
            command, user=user, group=user, cwd="/", stdout=log, stderr=log, start_new_session=True
        )


def _wait_until_ready(binaries: Path, home: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while subprocess.run([binaries / "pg_isready", "-q", "-h", home]).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise PostgresUnavailable(f"PostgreSQL did not start: {(home / 'log').read_text().strip()}")
        time.sleep(0.05)
