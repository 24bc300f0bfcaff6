"""The program's entry: commands gathered, and what went wrong told in a line."""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import typer

from bot.cli import database, doctor, reading, rosters, running
from bot.cli.inputs import InputError
from bot.schema import SchemaError
from bot.settings import SettingsError
from facilities.facility import FacilityError
from gcn.notice import NoticeError
from shifts.errors import RosterError
from skymaps.skymap import SkyMapError

app = typer.Typer(
    name="nightdesk",
    help="The night desk of multi-messenger astronomy: from a GCN alert to a person who has it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (running, reading, database, rosters, doctor):
    module.register(app)

EXPECTED = (InputError, SettingsError, NoticeError, SkyMapError, FacilityError, SchemaError, RosterError)
"""What a person can mend: told in one line each, without a traceback."""


def main() -> NoReturn:
    """Entry point. Exit status 0 done; 1 bad input; 2 the command line is wrong; 130 interrupted."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        app()
    except EXPECTED as error:
        for line in str(error).splitlines() or [type(error).__name__]:
            typer.echo(f"nightdesk: {line}", err=True)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)
