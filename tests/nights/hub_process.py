"""The real hub as a process of its own: started on a configuration, killed, started again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests import warm_program
from tests.patience import PATIENCE
from tests.standins.slack import SlackStandIn

ROOT = Path(__file__).resolve().parents[2]


def configuration(folder: Path, broker: str, slack: SlackStandIn, *, when: str) -> Path:
    """A `nightdesk.toml` for one Slack channel, #gw, that is told of every alert `when` the rule passes."""
    path = folder / "nightdesk.toml"
    path.write_text(
        f"""
[database]
url = "sqlite:///{folder / "nightdesk.sqlite"}"
[gcn]
bootstrap_servers = "{broker}"
security_protocol = "plaintext"
topics = ["igwn.gwalert"]
[gcn.consumer]
"fetch.wait.max.ms" = 50
"topic.metadata.refresh.interval.ms" = 500
[slack]
bot_token = "{slack.token}"
api_url = "{slack.url}"
[web]
port = 0
[compute]
workers = 1
[facilities]
names = ["ZTF", "DECam", "GOTO-N"]
[[channels]]
name = "gw"
kind = "slack"
address = "gw"
[[routes]]
name = "all"
when = '''{when}'''
channels = ["gw"]
"""
    )
    return path


class HubProcess:
    """`nightdesk run`. With `dies_at` it kills itself when it first reaches that step (`hub_that_dies`)."""

    def __init__(self, config: Path, log: Path, *, dies_at: str | None = None) -> None:
        module = "bot" if dies_at is None else "tests.nights.hub_that_dies"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DIES_AT": dies_at or ""}
        self._log = log.open("ab")
        self.process = warm_program.start(
            [module, "run", "--config", config],
            cwd=config.parent,
            env=environment,
            stderr=self._log.fileno(),
            stdout=self._log.fileno(),
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, to the hub and the workers it began: nothing gets to tidy up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait for something that this process brings about."""
        wait_until(lambda: condition() or not self.running, what, seconds)
        assert condition(), f"the hub ended with status {self.process.returncode} before {what}"

    def stop(self) -> int:
        """SIGTERM, and its exit status once it has stopped in good order."""
        self.process.terminate()
        status = self.process.wait(timeout=PATIENCE)
        self._log.close()
        return status


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something that other processes bring about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
