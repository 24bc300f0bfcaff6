"""Whether the planners that the configuration names are there, and can be begun."""

from __future__ import annotations

import asyncio
import subprocess

from bot.finding import Finding
from bot.planning import gwemopt_of, planning_of
from bot.settings import Settings, SettingsError
from facilities.facility import FacilityError
from platforms.gwemopt.work import INSTALL as INSTALL_GWEMOPT
from platforms.m4opt import INSTALL as INSTALL_M4OPT
from platforms.planning import Planner

PATIENCE = 30.0  # s
_ASKED = "import importlib.metadata as m; print(m.version('gwemopt'))"


async def planner_findings(settings: Settings) -> list[Finding]:
    """One finding about `[[planning]]`, and one about gwemopt where it is named or there."""
    try:
        planning = planning_of(settings)
    except (SettingsError, FacilityError) as error:
        return [Finding("planning", "bad", str(error), "mend the entry it names")]
    findings = []
    missing = {line.planner for line in planning.facilities.values()} - planning.here - {Planner.SKYPORTAL}
    for planner in sorted(missing):
        remedy = INSTALL_GWEMOPT if planner is Planner.GWEMOPT else INSTALL_M4OPT
        who = ", ".join(name for name, line in planning.facilities.items() if line.planner is planner)
        findings.append(
            Finding("planning", "bad", f"{planner.value} plans for {who}, but is not here", remedy)
        )
    if not missing and planning.facilities:
        here = ", ".join(sorted(planning.here))
        count = len(planning.facilities)
        telescopes = "1 telescope" if count == 1 else f"{count} telescopes"
        findings.append(Finding("planning", "good", f"{telescopes}; here: {here}"))
    install = gwemopt_of(settings)
    if install is not None:
        findings.append(await asyncio.to_thread(_gwemopt, install.command[0]))
    elif settings.gwemopt.python is not None:
        detail = f"there is no interpreter {settings.gwemopt.python}"
        findings.append(Finding("gwemopt", "bad", detail, INSTALL_GWEMOPT))
    return findings


def _gwemopt(python: str) -> Finding:
    """Its version, without loading it: that takes long."""
    try:
        asked = subprocess.run(  # noqa: S603 - the interpreter that the configuration names
            [python, "-I", "-c", _ASKED], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("gwemopt", "bad", f"{python} cannot be run ({type(error).__name__})", INSTALL_GWEMOPT)
    if asked.returncode != 0:
        return Finding("gwemopt", "bad", f"{python} has no gwemopt", INSTALL_GWEMOPT)
    return Finding("gwemopt", "good", f"{asked.stdout.strip()} in {python}")
