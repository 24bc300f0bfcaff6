"""What broken messages do to a night: nothing is lost, nothing stops, someone can see it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.fits import BinTableHDU, Column, HDUList, PrimaryHDU
from typer.testing import CliRunner

from bot.cli.app import app
from gcn.notice import AlertType
from tests.gcn.voevent_samples import gbm, voevent
from tests.nights.alerts import retraction, skymap, superevent
from tests.nights.desk import TOPIC, Night, open_night

VOEVENTS = "gcn.classic.voevent.FERMI_GBM_FLT_POS"
WXT = "gcn.notices.einstein_probe.wxt.alert"

LARGE = 4 * 1024 * 1024 - 1024  # bytes; GCN's limit is 4 MiB with the headers

BOMB = gbm().replace(
    b"<voe:VOEvent",
    b'<!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><voe:VOEvent",
    1,
)


def wxt(**fields: Any) -> bytes:
    """A transient of Einstein Probe."""
    notice = {
        "$schema": "https://gcn.nasa.gov/schema/main/gcn/notices/einstein_probe/wxt/alert.schema.json",
        "instrument": "WXT",
        "id": ["01709300001"],
        "trigger_time": "2026-11-19T20:10:05.125Z",
        "ra": 201.5,
        "dec": -33.25,
        "ra_dec_error": 0.05,
        "image_energy_range": [0.5, 4],
        "net_count_rate": 0.09,
        "image_snr": 7.1,
        **fields,
    }
    return json.dumps(notice).encode()


UNREADABLE = {
    "malformed JSON": (TOPIC, superevent("S261101a")[:600], "JSON: "),
    "malformed XML": (VOEVENTS, gbm()[:-30], "XML: "),
    "an entity bomb": (VOEVENTS, BOMB, "document type declarations are refused"),
    "truncated base64": (TOPIC, superevent("S261101b", skymap=skymap()[:1001]), "/event/skymap"),
    "a FITS that is no FITS": (
        TOPIC,
        superevent("S261101c", skymap=base64.b64encode(b"<html>404 Not Found</html>").decode()),
        "no FITS file",
    ),
    "an alert that is a list": (TOPIC, b"[" + superevent("S261101d") + b"]", "expected an object"),
    "a bottomless nest": (TOPIC, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper"),
    "no text at all": (TOPIC, bytes(range(128, 256)) * 8, "no format of a notice"),
    "4 MB of noise": (TOPIC, b"\x9c" * LARGE, "no format of a notice"),
    "half of 4 MB": (TOPIC, superevent("S261101e", comment="x" * LARGE)[: LARGE // 2], "JSON: "),
    "absurd coordinates": (WXT, wxt(ra=9999.0, dec=-1234.0), "/ra: expected degrees between 0 and 360"),
    "a circle larger than the sky": (WXT, wxt(ra_dec_error=1e9), "/ra_dec_error: expected degrees"),
    "absurd coordinates in XML": (
        VOEVENTS,
        voevent(place=(163.8, 135.4, 10.0)),
        "//C2: expected degrees between -90 and 90",
    ),
    "an alert without a name": (TOPIC, superevent("an alert"), "/superevent_id"),
}


async def listed(night: Night) -> list[dict[str, Any]]:
    """What `nightdesk notice` shows to who looks for messages that could not be read."""
    settings = {"NIGHTDESK_DATABASE__URL": night.hub.settings.database.url}
    shown = await asyncio.to_thread(CliRunner().invoke, app, ["notice", "--json"], env=settings)
    assert shown.exit_code == 0, shown.output
    found: list[dict[str, Any]] = json.loads(shown.stdout)
    return found


async def follows_a_good_alert(night: Night, name: str = "S261119a") -> None:
    """The night goes on as if nothing had been."""
    await night.alert(superevent(name))
    await night.card(name, "90 % BNS", "deg²")
    await night.quiet()


@pytest.mark.parametrize("what", UNREADABLE)
async def test_what_cannot_be_read_is_kept_and_shown_and_holds_nobody_up(what: str, tmp_path: Path) -> None:
    topic, content, error = UNREADABLE[what]
    async with open_night(tmp_path, topics=(TOPIC, VOEVENTS, WXT)) as night:
        await night.alert(content, topic=topic)
        await follows_a_good_alert(night)
        [kept] = await night.hub.inbox.failed()
        assert error in kept.error
        assert (kept.topic, kept.size) == (topic, len(content))
        metrics = await night.metrics()
        assert metrics['nightdesk_messages{state="failed"}'] == 1
        assert metrics['nightdesk_messages{state="parsed"}'] == 1
        [row] = await listed(night)
        assert (row["topic"], row["bytes"], row["error"]) == (topic, len(content), kept.error)
        assert await night.ready()


async def test_an_empty_message_is_kept_and_ignored(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(b"")
        await follows_a_good_alert(night)
        metrics = await night.metrics()
        assert metrics['nightdesk_messages{state="ignored"}'] == 1
        assert metrics['nightdesk_messages{state="failed"}'] == 0


async def test_an_alert_of_four_megabytes_is_one_like_any_other(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        padded = superevent("S261119x", comment="x")
        await night.alert(padded.replace(b'"x"', b'"' + b"x" * (LARGE - len(padded)) + b'"'))
        await night.card("S261119x", "90 % BNS", "113 deg²")
        await follows_a_good_alert(night)


def fits(density: float) -> bytes:
    """A whole FITS sky map of twelve cells with this density in every one."""
    columns = [
        Column("UNIQ", "K", array=np.arange(4, 16)),
        Column("PROBDENSITY", "D", unit="sr-1", array=np.full(12, density)),
    ]
    table = BinTableHDU.from_columns(columns)
    table.header["PIXTYPE"], table.header["ORDERING"] = "HEALPIX", "NUNIQ"
    file = io.BytesIO()
    HDUList([PrimaryHDU(), table]).writeto(file)
    return file.getvalue()


MAPS = {
    "NaN everywhere": fits(math.nan),
    "nothing anywhere": fits(0.0),
    "less than nothing": fits(-1.0),
    "an empty header": (b"SIMPLE  =                    T".ljust(80) + b"END").ljust(2880),
    "its table cut off": fits(1.0)[:5760],
}


@pytest.mark.parametrize("damage", MAPS)
async def test_an_alert_whose_map_cannot_be_read_is_told_without_it(damage: str, tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119n", skymap=base64.b64encode(MAPS[damage]).decode()))
        await night.card("S261119n", "90 % BNS", "Sky map could not be read: ")
        await follows_a_good_alert(night)


async def test_an_alert_of_nothing_but_nan_is_told_with_what_is_left_of_it(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {
        "far": float("nan"),
        "classification": {"BNS": float("nan"), "Terrestrial": float("nan")},
        "properties": {"HasNS": float("inf"), "HasRemnant": float("nan")},
        "skymap": None,
    }
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119n", **nothing))
        card = await night.card(
            "S261119n", "no false-alarm rate in this notice", "No position in this notice"
        )
        assert "nan" not in card.words.casefold()
        assert "inf" not in card.words.casefold()
        await follows_a_good_alert(night)


async def test_a_position_whose_radius_is_negative_is_no_position(tmp_path: Path) -> None:
    async with open_night(tmp_path, topics=(TOPIC, WXT), routes={"true": ["gw"]}) as night:
        await night.alert(wxt(ra_dec_error=-1.0), topic=WXT)
        await night.card("Einstein Probe 01709300001", "No position in this notice")
        await follows_a_good_alert(night)


async def test_the_same_message_a_hundred_times_is_one_card(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(*[superevent("S261119r", skymap=None)] * 100)
        card = await night.card("S261119r", "90 % BNS")
        await follows_a_good_alert(night)
        assert card.edits == 0
        assert len((await night.state("S261119r")).revisions) == 1
        assert (await night.metrics())["nightdesk_stream_repeated"] == 99


async def test_a_preliminary_that_comes_after_its_update_takes_no_words_back(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(superevent("S261119u", "UPDATE", minute=600, skymap=skymap(2.0)))
        card = await night.card("S261119u", "update 1", "12.6 deg²")
        await night.alert(superevent("S261119u", "PRELIMINARY", minute=1))
        await night.quiet()
        assert "update 1" in card.words
        assert "12.6 deg²" in card.words
        kinds = [r.notice.alert_type for r in (await night.state("S261119u")).revisions]
        assert kinds == [AlertType.PRELIMINARY, AlertType.UPDATE]


async def test_the_retraction_of_something_unknown_is_recorded_and_told_to_nobody(tmp_path: Path) -> None:
    async with open_night(tmp_path, routes={"mission == 'LVK'": ["gw"]}) as night:
        await night.alert(retraction("S261119w"))
        await follows_a_good_alert(night)
        state = await night.state("S261119w")
        assert state.retracted
        assert len(state.revisions) == 1


async def test_a_preliminary_that_comes_after_its_retraction_is_told_to_nobody(tmp_path: Path) -> None:
    async with open_night(tmp_path) as night:
        await night.alert(retraction("S261119w", minute=40), superevent("S261119w", minute=1))
        await follows_a_good_alert(night)
        assert (await night.state("S261119w")).retracted
