"""`plan-export`: the plan of a job as a file, whole: what a chat shows the beginning of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError
from bot.cli.on_database import on_database
from bot.cli.options import Config

if TYPE_CHECKING:
    from platforms.job import Job
    from store.clock import Clock
    from store.database import Database


def register(app: typer.Typer) -> None:
    app.command(name="plan-export")(plan_export)


def plan_export(
    job: Annotated[int, typer.Argument(help="The number of the plan's job.")],
    form: Annotated[str, typer.Option("--format", help="csv, ecsv, json, geojson or treasuremap.")] = "csv",
    planner: Annotated[
        str | None,
        typer.Option("--planner", help="Whose plan, where the job has two: instant, gwemopt, m4opt."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="The file; standard output without it.")] = None,
    config: Config = None,
) -> None:
    """The plan of a job of the desk, as a file that other programs read."""
    from bot.settings import load_settings
    from facilities.planning.exports import PlanFormat, export_plan
    from facilities.registry import load_registry
    from platforms.jobs import JobError, JobService
    from platforms.plan_making import made_of
    from store.wakeup import Bell

    try:
        kind = PlanFormat(form)
    except ValueError:
        known = ", ".join(each.value for each in PlanFormat)
        raise InputError(f"--format {form}: expected one of {known}") from None

    async def find(database: Database, clock: Clock) -> Job:
        try:
            return await JobService(database, clock, Bell(clock)).job(job)
        except JobError as error:
            raise InputError(str(error)) from None

    found = on_database(config, find)
    made = made_of(found.results)
    if made is None:
        raise InputError(f"job {job} ({found.kind}) has no plan")
    plans = {each.planner: each for each in (made.other, made.plan) if each is not None}
    if planner is not None and planner not in plans:
        raise InputError(f"--planner {planner}: job {job} has plans of {', '.join(plans)}")
    plan = plans[planner] if planner is not None else made.plan
    facility = load_registry(load_settings(config).facilities.files).get(plan.facility)
    content = export_plan(plan, facility, kind)
    if out is None:
        typer.echo(content.decode("utf-8"), nl=False)
    else:
        out.write_bytes(content)
