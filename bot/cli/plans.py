"""`plan`: what a telescope, or several, should expose of a sky map tonight; as tables, files and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.inputs import InputError, parse_instant, print_json
from bot.cli.options import AsJson, Config

if TYPE_CHECKING:
    from facilities.facility import Facility
    from facilities.plan import Plan
    from facilities.planning import GalaxyTarget
    from skymaps.skymap import SkyMap

Planned = tuple["Plan", "Facility"]
RANKED_GALAXIES = 1000


def register(app: typer.Typer) -> None:
    app.command()(plan)


def plan(
    path: Annotated[Path, typer.Argument(help="A FITS sky map, or a notice with a map or a cone in it.")],
    facility: Annotated[
        list[str], typer.Option("--facility", help="Whose plan; repeat it to compare several.")
    ],
    at: Annotated[str, typer.Option("--at", help="From when on, ISO 8601, UTC unless it says otherwise.")],
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting, like exposure_time=120 or filters=g,r; may be repeated."),
    ] = None,
    galaxies: Annotated[
        Path | None, typer.Option("--galaxies", help="A galaxy catalogue: small fields go to its galaxies.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="csv, ecsv, json, geojson or treasuremap, to standard output."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write every format and the pictures into this folder.")
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """An instant plan: which fields to expose tonight, when, and what that covers."""
    from bot.cli.plan_tables import print_comparison, print_plan
    from facilities.plan_json import plan_to_dict
    from facilities.planning.comparison import compare

    if form is not None and (as_json or len(facility) > 1):
        raise InputError("--format writes one telescope's plan; leave --json and other telescopes out")
    skymap, planned = _made(path, facility, parse_instant(at), setting or [], galaxies, config)
    if out is not None:
        _write_all(out, skymap, planned)
    if form is not None:
        _print_form(form, *planned[0])
    elif as_json:
        dicts = [plan_to_dict(each) for each, _ in planned]
        print_json(dicts if len(dicts) > 1 else dicts[0])
    else:
        for each, _ in planned:
            print_plan(each)
        if len(planned) > 1:
            facilities = {each.name: each for _, each in planned}
            print_comparison(compare([each for each, _ in planned], skymap, facilities))


def _made(
    path: Path,
    names: Sequence[str],
    at: datetime,
    words: Sequence[str],
    galaxies: Path | None,
    config: Path | None,
) -> tuple[SkyMap, list[Planned]]:
    """The map and a plan for each telescope."""
    from bot.cli.sources import read_map
    from bot.settings import load_settings
    from facilities.planning import instant_plan, settings_from_words
    from facilities.registry import load_registry

    registry = load_registry(load_settings(config).facilities.files)
    chosen = [registry.get(name) for name in dict.fromkeys(names)]
    asked = dict(_key_and_value(each) for each in words)
    settings = [settings_from_words(asked, each) for each in chosen]
    skymap, notice = read_map(path)
    event = notice.event.partition(":")[2] if notice is not None and notice.event is not None else None
    listed = _ranked(galaxies, skymap) if galaxies is not None else ()
    planned = []
    for each, wanted in zip(chosen, settings, strict=True):
        made = instant_plan(skymap, each, at, settings=wanted, galaxies=listed, event=event)
        planned.append((made, each))
    return skymap, planned


def _key_and_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {text}: expected key=value, like exposure_time=120")
    return key.strip(), value.strip()


def _ranked(path: Path, skymap: SkyMap) -> tuple[GalaxyTarget, ...]:
    """The likeliest galaxies of a catalogue in the volume of the map."""
    from events.galaxies import rank
    from events.galaxy_files import read_catalogue
    from facilities.planning import GalaxyTarget

    ranking = rank(read_catalogue(path).galaxies, skymap, limit=RANKED_GALAXIES)
    if not ranking.galaxies:
        raise InputError(f"{path}: none of its galaxies lies in the volume of the map")
    named: dict[str, GalaxyTarget] = {}
    for each in ranking.galaxies:
        named.setdefault(each.name, GalaxyTarget(each.name, each.ra, each.dec, each.share))
    return tuple(named.values())


def _print_form(form: str, made: Plan, facility: Facility) -> None:
    import sys

    from facilities.planning.exports import PlanFormat, export_plan

    if form not in list(PlanFormat):
        raise InputError(f"--format {form}: expected {', '.join(PlanFormat)}")
    sys.stdout.buffer.write(export_plan(made, facility, PlanFormat(form)))
    sys.stdout.buffer.flush()


def _write_all(folder: Path, skymap: SkyMap, planned: Sequence[Planned]) -> None:
    """Every format of every plan, its pictures, and the comparison of several."""
    from cards.plots.plan_comparison import comparison_plot
    from cards.plots.plan_night import night_plot
    from cards.plots.plan_tiles import tiles_plot
    from cards.reader import Reader
    from facilities.planning.exports import PlanFormat, export_plan

    files: dict[str, bytes] = {}
    for made, facility in planned:
        stem = _file_stem(made)
        for form in PlanFormat:
            if form is PlanFormat.TREASUREMAP and (facility.treasuremap_id is None or made.event is None):
                continue
            files[stem + form.ending] = export_plan(made, facility, form)
        title = _title(made)
        reader = Reader("en", facility.timezone)
        files[f"{stem}-tiles.png"] = tiles_plot(skymap, made, facility, title=title, reader=reader)
        if made.exposures:
            files[f"{stem}-night.png"] = night_plot(made, facility, title=title, reader=reader)
    if len(planned) > 1:
        title = f"{planned[0][0].event or 'Sky map'}: {len(planned)} plans"
        files["comparison.png"] = comparison_plot(skymap, planned, title=title, reader=Reader())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}") from None
    typer.echo(f"wrote {len(files)} files into {folder}", err=True)


def _title(made: Plan) -> str:
    return f"{made.event or 'Sky map'}: {made.planner} plan for {made.facility}"


def _file_stem(made: Plan) -> str:
    """A file's name of the event and the telescope, without what a path could not have."""
    text = f"{made.event or 'map'}-{made.facility}"
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in text).lstrip(".")
