"""`nightdesk drill`: a marked mock event through the whole chain of the running hub, and what it measured."""

from __future__ import annotations

import asyncio
import getpass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError
from bot.cli.options import Config

if TYPE_CHECKING:
    from bot.drills import DrillReport

POLL = 1.0  # s


def register(app: typer.Typer) -> None:
    app.command()(drill)


def drill(
    route: Annotated[
        str | None, typer.Option("--route", help="The route to go; all that page unless named.")
    ] = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="Show no card and ring nowhere: measure only how far it comes.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", help="Minutes to wait for somebody to have it.", min=0.1, max=120.0)
    ] = 15.0,
    config: Config = None,
) -> None:
    """Send a mock event, marked as a drill, through the running hub; say how long it took to reach whom."""
    from bot.cli.opening import opened
    from bot.drills import begin_drill, report_of
    from bot.settings import load_settings
    from store.clock import SystemClock

    settings = load_settings(config)
    paging = {each.name for each in settings.routes if each.page}
    if route is not None and route not in {each.name for each in settings.routes}:
        known = ", ".join(each.name for each in settings.routes) or "none"
        raise InputError(f"--route: there is no route {route!r}; configured are: {known}")
    if not paging or (route is not None and route not in paging):
        raise InputError("no route pages anybody: set `page` of a route to the name of an escalation")

    async def play() -> DrillReport:
        clock = SystemClock()
        async with opened(settings) as database:
            made = await begin_drill(database, clock, route=route, silent=silent, by=getpass.getuser())
            typer.echo(f"drill {made.event.partition(':')[2]}: sent at {made.asked:%H:%M:%S} UTC", err=True)
            until = clock.monotonic() + wait * 60.0
            while True:
                async with database.read() as session:
                    report = await report_of(session, made)
                over = report.page if silent else report.acknowledged
                if over is not None or clock.monotonic() > until:
                    return report
                await clock.sleep(POLL)

    report = asyncio.run(play())
    for line in lines_of(report, silent=silent):
        typer.echo(line)
    if (report.page if silent else report.acknowledged) is None:
        raise typer.Exit(1)


def lines_of(report: DrillReport, *, silent: bool) -> list[str]:
    """The report, a line a figure."""
    if report.decided is None:
        return ["no hub has taken it up: is one running on this database, with the roles analyse and notify?"]
    lines = [f"decided             {_after(report.decided)}"]
    if not silent:
        lines.append(f"card in the chat    {_after(report.card)}")
    lines.append(f"{'first step began' if silent else 'somebody was paged'}  {_after(report.page)}")
    if not silent:
        by = f" by {report.answered}" if report.answered else ""
        lines.append(f"acknowledged        {_after(report.acknowledged)}{by}")
    if report.asked:
        lines.append(f"asked               {', '.join(report.asked)}")
    if report.silent_people and not silent:
        lines.append(f"did not answer      {', '.join(report.silent_people)}")
    lines += [f"nobody is on        {gap}" for gap in report.gaps]
    return lines


def _after(length: timedelta | None) -> str:
    return "not yet" if length is None else f"after {length.total_seconds():.1f} s"
