"""`nightdesk doctor`: what is wrong with this desk, and how to mend it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.inputs import InputError, print_json
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from bot.finding import Finding

_MARK = {"good": "✓ good", "warning": "! look", "bad": "✗ bad"}


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: AsJson = False, config: Config = None) -> None:
    """Check configuration, tokens, scopes, reachability, clock, roster coverage; say how to mend each."""
    from bot.checkup import examine
    from bot.finding import Finding
    from bot.settings import SettingsError, load_settings

    try:
        findings = asyncio.run(examine(load_settings(config)))
    except SettingsError as error:
        findings = (Finding("configuration", "bad", str(error), "see nightdesk.example.toml for every key"),)
    if as_json:
        print_json([finding.to_dict() for finding in findings])
    else:
        _print(findings)
    bad = [finding.name for finding in findings if finding.verdict == "bad"]
    if bad:
        raise InputError(f"{len(bad)} to mend: {', '.join(bad)}")


def _print(findings: tuple[Finding, ...]) -> None:
    table = Table(box=None, padding=(0, 1), show_header=False)
    for finding in findings:
        table.add_row(
            _MARK[finding.verdict], finding.name, Text(finding.detail), Text(finding.remedy, style="italic")
        )
    Console().print(table)
