"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration file; else NIGHTDESK_CONFIG, else nightdesk.toml here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, for scripts.")]
