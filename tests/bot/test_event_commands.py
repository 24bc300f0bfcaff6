"""`nightdesk moc`, `galaxies` and `circulars`, as a person types them."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from mocpy import MOC, STMOC

from bot import schema
from bot.composition import tools_of
from bot.settings import Settings, SettingsError, load_settings
from events.service import EventService
from gcn.notice import AlertType, MapSource, SkyMapRef
from notifiers.routes import Tell
from skymaps.distance import distance_norm
from skymaps.shapes import Cone
from skymaps.skymap import SkyMap
from skymaps.writer import write_skymap
from store.database import Database
from tests import warm_program
from tests.events.story import at, attach, burst


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """A desk that knows one burst, with a map in space, and a circular about it."""
    flat = Cone(197.0, -23.0, 5.0).to_skymap()
    mu, sigma = np.full(len(flat), 40.0), np.full(len(flat), 8.0)
    event = SkyMap.from_cells(flat.uniq, flat.density, (mu, sigma, distance_norm(mu, sigma)))
    url = f"sqlite:///{tmp_path / 'desk.sqlite'}"
    database = Database(url.replace("sqlite:", "sqlite+aiosqlite:"))
    await schema.ensure(database)
    circular = burst(
        format="circular",
        kind="circular",
        issued=9000,
        alert_type=AlertType.OTHER,
        properties={"circularId": 21505, "subject": "261120A: Krühler sees nothing", "body": "100 % dark"},
    )
    embedded = SkyMapRef(MapSource.EMBEDDED, content=write_skymap(event))
    async with database.write() as session:
        await attach(session, burst(skymap=embedded, aliases=("GRB 261120A",)))
        await attach(session, circular)
        await EventService().tag(session, 1, "mine", by="ana", at=at(100))
    await database.dispose()
    path = tmp_path / "nightdesk.toml"
    path.write_text(f'[database]\nurl = "{url}"\n')
    return path


def nightdesk(config: Path, *words: object) -> subprocess.CompletedProcess[str]:
    done = warm_program.run(["bot", *words, "--config", config], cwd=config.parent)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_moc_of_an_event_has_the_area_of_its_region(config: Path, tmp_path: Path) -> None:
    for ending, form in (("fits", "fits"), ("json", "json")):
        out = tmp_path / f"region.{ending}"
        done = nightdesk(config, "moc", "GRB 261120A", "--level", "0.9", "--out", out)
        assert done.returncode == 0, done.stderr
        area = MOC.load(out, form).sky_fraction * 41252.96
        assert area == pytest.approx(np.pi * 25.0, rel=0.03)


def test_with_a_range_of_time_it_is_a_space_time_moc(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "night.fits"
    times = ("--from", "2026-11-20T03:00:00Z", "--to", "2026-11-20T09:00:00Z")
    assert nightdesk(config, "moc", "745811685", *times, "--out", out).returncode == 0
    stmoc = STMOC.load(out, "fits")
    # mocpy hands its times out in barycentric time (TCB).
    for instant, hour in ((stmoc.min_time, 3), (stmoc.max_time, 9)):
        assert abs(instant.utc.unix - datetime(2026, 11, 20, hour, tzinfo=UTC).timestamp()) < 1.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("moc", "S999999z", "--out", "a.fits"), "neither a file nor an event"),
        (("moc", "745811685", "--out", "a.png"), ".fits or .json"),
        (("moc", "745811685", "--out", "a.fits", "--from", "2026-11-20"), "--from and --to together"),
        (("moc", "745811685", "--out", "a.fits", "--level", "1.5"), "credible level"),
        (("galaxies", "745811685"), "galaxies import FILE"),
        (("galaxies", "import"), "expected the file"),
        (("circulars", "nothing of the kind"), "no circular holds"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(config: Path, words: tuple[str, ...], told: str) -> None:
    done = nightdesk(config, *words)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_galaxies_are_imported_and_ranked_with_the_completeness_beside_them(
    config: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(
        "name,ra,dec,distmpc,mstar\nNGC 4993,197.4487,-23.3839,40.7,3e10\nNGC 1,1.8,27.7,60,1e11\n"
        "no distance,197,-23,null,\nanother,198,-22,45,1e9\n"
    )
    imported = nightdesk(config, "galaxies", "import", mine)
    assert imported.returncode == 0, imported.stderr
    assert "3 galaxies, 1 rows left out" in imported.stdout
    assert "no distance (row 3)" in imported.stdout
    done = nightdesk(config, "galaxies", "GRB 261120A", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [each["name"] for each in said["galaxies"]] == ["NGC 4993", "another"]
    assert said["completeness"]["quantity"] == "stellar mass"
    assert 0.0 < said["completeness"]["fraction"] < 1.0
    table = nightdesk(config, "galaxies", "GRB 261120A").stdout
    assert "of the stellar mass at 4" in table


def test_circulars_are_found_by_their_words_and_by_their_event(config: Path) -> None:
    for text in ("krühler", "nothing SEES", "100 %", "GRB 261120A", "745811685"):
        done = nightdesk(config, "circulars", text, "--json")
        assert done.returncode == 0, done.stderr
        (found,) = json.loads(done.stdout)
        assert (found["number"], found["event"]) == (21505, "Fermi:745811685")


def test_a_route_may_ask_for_what_is_material_alone(tmp_path: Path) -> None:
    path = tmp_path / "nightdesk.toml"
    head = '[[channels]]\nname = "here"\nkind = "terminal"\n[[routes]]\nname = "r"\nwhen = "true"\n'
    path.write_text(head + 'channels = ["here"]\ntell = "material"\n')
    (route,) = tools_of(load_settings(path, {}), tmp_path).routes
    assert route.tell is Tell.MATERIAL
    (default,) = tools_of(
        Settings.model_validate({"channels": [{"name": "a", "kind": "terminal"}]}), tmp_path
    ).routes
    assert default.tell is Tell.EVERY
    path.write_text(head + 'tell = "loudly"\n')
    with pytest.raises(SettingsError, match="tell"):
        load_settings(path, {})
