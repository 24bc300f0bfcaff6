"""Commands that read and say: `notice`, `skymap`, `observability`, `facilities`."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, expand, parse_instant, print_json
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from facilities.registry import Registry
    from gcn.notice import Notice


def register(app: typer.Typer) -> None:
    app.command()(notice)
    app.command()(skymap)
    app.command()(observability)
    app.command()(facilities)


def notice(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Notice files or folders; none: what could not be read.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Read notices and say what they say; without a file, show the stored messages that could not be read."""
    if not paths:
        from bot.cli.failures import show_failed_messages
        from bot.settings import load_settings

        asyncio.run(show_failed_messages(load_settings(config), as_json))
        return
    from bot.cli.sources import read_notice
    from bot.cli.tables import print_notice
    from gcn.notice import NoticeError

    read: list[Notice] = []
    refused: list[str] = []
    for path in expand(paths):
        try:
            read.append(read_notice(path))
        except (NoticeError, InputError) as error:
            refused.append(str(error))
    several = len(paths) > 1 or paths[0].is_dir()
    if as_json and (several or read):
        print_json([n.to_dict() for n in read] if several else read[0].to_dict())
    elif not as_json:
        for each in read:
            print_notice(each)
    if several:
        _count(read, refused)
    if refused or not read:
        raise NoticeError("\n".join(refused) or f"no notice files in {', '.join(map(str, paths))}")


def _count(read: list[Notice], refused: list[str]) -> None:
    counts = Counter((n.mission, n.format) for n in read)
    lines = [f"{mission} {format_}: {number}" for (mission, format_), number in sorted(counts.items())]
    typer.echo("\n".join([*lines, f"read {len(read)}, refused {len(refused)}"]), err=True)


def skymap(
    path: Annotated[
        Path, typer.Argument(help="A FITS sky map of any kind, or a notice with a map or a cone in it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Statistics of a sky map: areas, distances, volumes, peak, modes."""
    from bot.cli.sources import read_map
    from bot.cli.tables import print_statistics
    from skymaps.statistics import statistics

    sky_map, from_notice = read_map(path)
    at = sky_map.meta.event_time or (from_notice.trigger_time if from_notice else None)
    result = statistics(sky_map, at=at)
    if as_json:
        print_json(result.to_dict())
    else:
        print_statistics(result)


def observability(
    path: Annotated[Path, typer.Argument(help="A FITS sky map, or a notice with a map or a cone in it.")],
    at: Annotated[str, typer.Option("--at", help="From when on, ISO 8601, UTC unless it says otherwise.")],
    facility: Annotated[
        list[str] | None, typer.Option("--facility", help="Only this one; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Who can see it, over the 24 h from an instant on."""
    from bot.cli.sources import read_map
    from bot.cli.tables import print_observability
    from facilities.observability import observability as observe
    from facilities.observability import report_to_dict

    instant = parse_instant(at)
    registry = _registry(config)
    chosen = [registry.get(name) for name in facility] if facility else registry.all()
    sky_map, _ = read_map(path)
    rows = observe(sky_map, chosen, instant)
    if as_json:
        print_json(report_to_dict(rows, instant))
    else:
        print_observability(rows, instant)


def facilities(as_json: AsJson = False, config: Config = None) -> None:
    """The registry of telescopes."""
    registry = _registry(config)
    if as_json:
        print_json([facility.to_dict() for facility in registry.all()])
    else:
        from bot.cli.tables import print_facilities

        print_facilities(registry)


def _registry(config: Path | None) -> Registry:
    from bot.settings import load_settings
    from facilities.registry import load_registry

    return load_registry(load_settings(config).facilities.files)
