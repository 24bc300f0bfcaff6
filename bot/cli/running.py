"""Commands that run the hub: `run`, `demo`, `replay`, and `simulate`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.inputs import InputError, parse_instant
from bot.cli.options import Config


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(demo)
    app.command()(replay)
    app.command()(simulate)


def run(
    only: Annotated[
        str | None,
        typer.Option("--only", help="Only these, by comma: ingest, analyse, notify, chat, web, roster."),
    ] = None,
    config: Config = None,
) -> None:
    """The hub: read the stream, analyse, tell people, until it is stopped."""
    from bot.cli.address import check_address
    from bot.cli.opening import database_told
    from bot.hub import EVERYTHING, Hub, HubOptions, Role
    from bot.settings import load_settings
    from store.clock import SystemClock

    logging.getLogger().setLevel(logging.INFO)
    roles = EVERYTHING
    if only is not None:
        names = [name.strip() for name in only.split(",") if name.strip()]
        unknown = [name for name in names if name not in set(Role)]
        if unknown or not names:
            raise typer.BadParameter(
                f"{', '.join(unknown) or 'nothing'} is not a role; known: {', '.join(Role)}",
                param_hint="--only",
            )
        roles = frozenset(Role(name) for name in names)
    settings = load_settings(config)

    if Role.WEB in roles:
        check_address(settings.web)

    async def serve() -> None:
        await Hub(settings, SystemClock(), HubOptions(roles=roles)).run()

    with database_told(settings):
        asyncio.run(_until_stopped(serve()))


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the night, without a prompt.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another night.")] = 1,
    folder: Annotated[Path, typer.Option("--folder", help="Where its database and pictures go.")] = Path(
        "nightdesk-demo"
    ),
) -> None:
    """A simulated night with nothing configured: embedded broker, SQLite, terminal chat."""
    from rich.console import Console

    from bot.demo import Demo

    try:
        folder.mkdir(parents=True, exist_ok=True)
        _log_into(folder / "nightdesk.log")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from None
    asyncio.run(_until_stopped(Demo(Console(), folder, seed).run(once=once)))


def replay(
    paths: Annotated[list[Path], typer.Argument(help="Notice files, or folders of them.")],
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.001, help="Times as fast as it was; else without waiting."),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Shift the notices' times to the present.")] = False,
    config: Config = None,
) -> None:
    """Play notices, in time order, through the running configuration."""
    from rich.console import Console

    from bot.cli.opening import database_told
    from bot.player import play
    from bot.settings import load_settings

    settings = load_settings(config)
    with database_told(settings):
        asyncio.run(_until_stopped(play(settings, paths, speed, now, Console(stderr=True))))


def simulate(
    kind: Annotated[str, typer.Argument(help="bns, nsbh, bbh, grb or neutrino.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write the series into.")],
    at: Annotated[
        str | None,
        typer.Option("--at", help="When it happens, ISO 8601; the same moment for all if left out."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Make a realistic series of alerts, marked as mock everywhere."""
    from simulation.night import DEFAULT_START, KINDS, write_series
    from simulation.night import simulate as make

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r}; known kinds: {', '.join(KINDS)}", param_hint="KIND")
    try:
        paths = write_series(make(kind, parse_instant(at) if at else DEFAULT_START, seed), out)
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
    for path in paths:
        typer.echo(str(path))


def _log_into(path: Path) -> None:
    """Send the log into a file: on the screen there are cards."""
    logging.basicConfig(
        filename=path,
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; SIGTERM and Ctrl-C end it in good order."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
