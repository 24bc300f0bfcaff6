"""`run`, `replay`, `db`: configured, started and stopped as a person does it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from simulation.night import simulate, write_series
from tests import warm_program
from tests.bot.program import ROOT, nightdesk
from tests.warm_program import PATIENCE, WarmProcess

pytestmark = pytest.mark.long

TERMINAL = """
[database]
url = "sqlite:///desk.sqlite"
[facilities]
names = ["ZTF", "DECam"]
[compute]
workers = 1
[[channels]]
name = "desk"
kind = "terminal"
[[routes]]
name = "all"
when = "mock || !mock"
channels = ["desk"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration of one terminal channel and a burst of four notices."""
    (tmp_path / "nightdesk.toml").write_text(TERMINAL)
    write_series(simulate("grb"), tmp_path / "grb")
    return tmp_path


def test_a_replay_shows_one_card_and_what_changed_and_a_second_shows_nothing(folder: Path) -> None:
    (folder / "grb" / "00-broken.json").write_text('{"a": ')
    first = nightdesk("replay", "grb", folder=folder)
    assert first.status == 0, first.errors
    assert first.out.count("── desk \n") == 1
    assert "edited" in first.out
    assert "in its thread" in first.out
    assert "Traceback" not in first.errors
    assert "played 5 notices: 5 new" in first.errors
    assert "could not be read" in first.errors
    failed = nightdesk("notice", "--json", folder=folder)
    assert [message["topic"] for message in failed.json] == ["replay"]
    again = nightdesk("replay", "grb", folder=folder)
    assert (again.status, again.out) == (0, "")
    assert "0 new, 5 stored before" in again.errors


def test_replaying_nothing_is_told(folder: Path) -> None:
    (folder / "empty").mkdir()
    for path, words in (("empty", "there are no notice files in empty"), ("absent", "cannot be read")):
        ended = nightdesk("replay", path, folder=folder)
        assert (ended.status, words in ended.errors) == (1, True), ended.errors
        assert "Traceback" not in ended.errors


def test_a_port_in_use_is_told_before_anything_starts(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = nightdesk("run", folder=folder, NIGHTDESK_WEB__PORT=str(taken.getsockname()[1]))
    assert ended.status == 1
    assert "set another web.port" in ended.errors
    assert len(ended.errors.splitlines()) == 1


def begun_the_long_way(
    arguments: list[str], *, cwd: Path, env: dict[str, str], stderr: int
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=env, stderr=stderr, start_new_session=True)


@pytest.mark.parametrize(
    ("number", "begun"),
    [
        pytest.param(signal.SIGTERM, begun_the_long_way, id="SIGTERM"),
        pytest.param(signal.SIGINT, partial(warm_program.start, start_new_session=True), id="SIGINT"),
    ],
)
def test_a_hub_that_is_told_to_stop_stops_in_good_order(
    folder: Path, number: signal.Signals, begun: Callable[..., subprocess.Popen[bytes] | WarmProcess]
) -> None:
    log = folder / "log"
    with log.open("wb") as errors:
        process = begun(
            ["bot", "run", "--only", "analyse,notify"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=errors.fileno(),
        )
        deadline = time.monotonic() + PATIENCE
        while b" is up: " not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE) == 0
    assert "Traceback" not in log.read_text()


def test_migrations_go_up_and_down_and_say_so(tmp_path: Path) -> None:
    def db(*arguments: str) -> str:
        ended = nightdesk("db", *arguments, folder=tmp_path)
        assert ended.status == 0, ended.errors
        return ended.out

    assert "empty -> 0" in db("upgrade")
    assert "nothing to do" in db("check")
    assert "-> empty" in db("downgrade", "base")


@pytest.mark.parametrize(
    ("url", "arguments", "words"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", ["check"], "Connect call failed"),
        ("mysql://u:secret@127.0.0.1:1/x", ["check"], "expected sqlite:///FILE or postgresql://"),
        ("sqlite:///nightdesk.toml", ["check"], "file is not a database"),
        ("sqlite:///new.sqlite", ["upgrade", "nonsense"], "'nonsense'"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    folder: Path, url: str, arguments: list[str], words: str
) -> None:
    ended = nightdesk("db", *arguments, folder=folder, NIGHTDESK_DATABASE__URL=url)
    assert ended.status == 1
    assert words in ended.errors
    assert "secret" not in ended.errors
    assert len(ended.errors.splitlines()) == 1, ended.errors


def test_a_wrong_role_or_configuration_is_told(folder: Path) -> None:
    ended = nightdesk("run", "--config", "absent.toml", folder=folder)
    assert (ended.status, ended.errors.strip()) == (
        1,
        "nightdesk: absent.toml: cannot be read: No such file or directory",
    )
