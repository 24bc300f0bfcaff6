"""The program's entry: commands gathered, and what went wrong told in a line.

Starting must be quick: the modules of commands import at their top only what every command needs; each
command imports the rooms it works with when it is called.
"""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import typer

from bot.cli import (
    chat,
    database,
    doctor,
    drills,
    duty,
    events,
    manifest,
    people,
    plan_export,
    plans,
    reading,
    rosters,
    running,
)

app = typer.Typer(
    name="nightdesk",
    help="The night desk of multi-messenger astronomy: from a GCN alert to a person who has it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (
    running,
    chat,
    manifest,
    reading,
    plans,
    plan_export,
    events,
    database,
    rosters,
    duty,
    doctor,
    people,
    drills,
):
    module.register(app)

MENDABLE = (
    ("bot.cli.inputs", "InputError"),
    ("bot.settings", "SettingsError"),
    ("bot.chat_socket", "ChatSocketError"),
    ("bot.schema", "SchemaError"),
    ("gcn.notice", "NoticeError"),
    ("skymaps.skymap", "SkyMapError"),
    ("facilities.facility", "FacilityError"),
    ("events.galaxy_files", "GalaxyFileError"),
    ("shifts.errors", "RosterError"),
    ("sqlalchemy.exc", "SQLAlchemyError"),
    ("alembic.util", "CommandError"),
)
"""What a person can mend: told in one line each, without a traceback."""


def main() -> NoReturn:
    """Entry point. Exit status 0 done; 1 bad input; 2 the command line is wrong; 130 interrupted."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        app()
    except _mendable() as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            typer.echo(f"nightdesk: {line}", err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)


def _mendable() -> tuple[type[Exception], ...]:
    """The classes of `MENDABLE` that can have been raised: those of modules that were imported."""
    return tuple(getattr(sys.modules[module], name) for module, name in MENDABLE if module in sys.modules)
