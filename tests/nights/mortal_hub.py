"""`nightdesk run`, lived many times: each life is a process that is killed (SIGKILL) where it is told.

    with Mortals(config, log) as mortals:
        life = mortals.live(dies_at="after calling POST /api/followup_request")
        …
        life.kill()

A step is `before NAME` or `after NAME` of a method in STEPS, or of a call: `calling METHOD PATH`. Nothing
gets to tidy up, and nothing but that one process is killed: what it had begun must end by itself. One process
imports everything once and forks for each life, so that a life costs some tenths of a second. The clock of
the lives runs faster than the machine's (`HurryingClock`), and so do those of the stand-ins beside them.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

from tests.nights.clocks import HurryingClock

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1
ROLES = "analyse,notify,chat,web"
Method: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass
class Life:
    """One process of `nightdesk run`."""

    pid: int

    @property
    def running(self) -> bool:
        return is_alive(self.pid)

    def kill(self) -> None:
        """SIGKILL to this process alone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def ask_to_stop(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)


class Mortals:
    """Begins lives on one configuration, one after the other."""

    def __init__(self, config: Path, log: Path, clock: HurryingClock) -> None:
        self._order = {"config": str(config), "log": str(log), "clock": clock.to_json()}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Mortals:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nights.mortal_hub"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def live(self, dies_at: str | None = None) -> Life:
        """Begin `nightdesk run`; it kills itself when it first comes by that step."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**self._order, "dies_at": dies_at}).encode() + b"\n")
        self._process.stdin.flush()
        return Life(int(self._process.stdout.readline()))


def is_alive(pid: int) -> bool:
    """Whether a process works: one that is dead and not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] not in ("Z", "X")


# --- inside the process


def _steps() -> Mapping[str, tuple[Any, str]]:
    from bot.intake import Intake
    from bot.slack_answers import SlackAnswers
    from commands.desk import Desk
    from events.analyst import Analyst
    from notifiers.channels.slack import SlackChannel
    from platforms.fit_answers import FitAnswers
    from platforms.jobs import JobService
    from platforms.tracker import Tracker

    return {
        "noting": (Desk, "_first"),  # that a command was heard
        "questioning": (Desk, "_question"),
        "settling": (Desk, "_tell_where_asked"),  # a yes is on disk, nothing else is
        "finishing": (Desk, "_finished"),
        "replying": (SlackAnswers, "_show"),
        "storing": (JobService, "ask"),
        "committing": (JobService, "ask_in"),  # the job is written, and its transaction not yet over
        "cancelling": (JobService, "cancel"),
        "taking": (Tracker, "_take"),
        "asking": (Tracker, "_asked"),
        "writing": (Tracker, "_write_down"),
        "telling": (Tracker, "_tell_due"),
        "posting": (SlackChannel, "post"),
        "editing": (SlackChannel, "edit"),
        "uploading": (SlackChannel, "picture"),
        "receiving": (FitAnswers, "receive"),
        "attaching": (Intake, "_settle"),
        "landing": (Analyst, "_land"),
    }


def _dying(method: Method, name: str, dies_at: str) -> Method:
    @wraps(method)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if dies_at == f"before {name}":
            _die()
        result = await method(*args, **kwargs)
        # Where nothing was due, or asked, there was no step.
        if dies_at == f"after {name}" and result not in ([], 0):
            _die()
        return result

    return wrapped


def _calling(method: Method, name: str, dies_at: str) -> Method:
    """Around the calls of a platform; the path is a regular expression of its beginning."""

    @wraps(method)
    async def wrapped(session: Any, verb: str, url: Any, **more: Any) -> Any:
        line = f"{verb.upper()} {getattr(url, 'raw_path', None) or _path(str(url))}"
        meant = re.match(name, line) is not None
        if meant and dies_at.startswith("before"):
            _die()
        answer = await method(session, verb, url, **more)
        if meant and dies_at.startswith("after"):
            _die()
        return answer

    return wrapped


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _prepare(order: Mapping[str, Any]) -> None:
    """The clock, heavy work in a thread (a pool of processes takes seconds to warm up), and the death."""
    import aiohttp

    import bot.archives
    import bot.hub
    import store.clock

    clock = HurryingClock(*order["clock"])
    store.clock.SystemClock = lambda: clock  # type: ignore[assignment,misc]
    bot.hub.compute_of = lambda settings: ThreadCompute()  # type: ignore[assignment,attr-defined]
    bot.hub.drawing_with = lambda compute: _draw  # type: ignore[attr-defined]
    bot.archives.draw_products = _draw  # type: ignore[assignment,attr-defined]
    dies_at = order["dies_at"]
    if dies_at is None:
        return
    when, _, name = dies_at.partition(" ")
    assert when in ("before", "after"), dies_at
    verb, _, call = name.partition(" ")
    if verb == "calling":
        request = aiohttp.ClientSession._request
        aiohttp.ClientSession._request = _calling(request, call, dies_at)  # type: ignore[method-assign]
        return
    owner, method = _steps()[name]
    setattr(owner, method, _dying(getattr(owner, method), name, dies_at))


class ThreadCompute:
    """Computes in a thread of this process."""

    workers = 1

    async def start(self) -> None:
        self._one = asyncio.Lock()

    async def run(self, work: Callable[..., Any], *args: Any, timeout: float, lane: Any = None) -> Any:  # noqa: ASYNC109
        from notifiers.illustrator import draw

        if work is draw:
            return {}  # the event's own pictures: each life would begin them anew
        async with self._one:
            return await asyncio.to_thread(work, *args)

    async def health(self) -> Any:
        from events.compute import ComputeHealth

        return ComputeHealth(True, 1, "here")

    async def close(self) -> None:
        pass


async def _draw(*_: object) -> Mapping[str, bytes]:
    """Pictures are drawn elsewhere in the tests; here they are uploaded."""
    from tests.standins.mmoda import TINY_PNG

    return {"tiles": TINY_PNG}


def _live(order: Mapping[str, Any]) -> None:
    with suppress(OSError, AttributeError):  # Linux only: no life outlasts the test
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    config = Path(order["config"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(config.parent)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prepare(order)
    from bot.cli.app import main

    sys.argv = ["nightdesk", "run", "--only", ROLES, "--config", str(config)]
    main()


def _bury(*_: object) -> None:
    """The dead are waited for: a process that nobody waits for is still one."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve() -> None:
    from sqlalchemy.orm import configure_mappers

    import tests.standins.mmoda  # noqa: F401 - with what it imports, once for all lives

    configure_mappers()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _bury)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _live(json.loads(line))
            except SystemExit:
                pass
            except BaseException:
                import traceback

                traceback.print_exc()
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
