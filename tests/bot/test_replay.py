"""Replaying: notices in the order of sending, their times moved and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.inputs import InputError
from bot.replay import Recorded, load_recorded, shifted, to_the_present
from gcn.registry import parse_notice
from simulation.night import simulate, write_series
from skymaps.shapes import Cone
from skymaps.writer import write_skymap

SENT = datetime(2023, 5, 18, 12, 59, 8, tzinfo=UTC)


def _moved(text: str, by: timedelta) -> str:
    (moved,) = shifted([Recorded(Path("x"), text.encode(), None, SENT)], by)
    return moved.content.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2023-05-18T12:59:08Z", "2023-05-19T13:59:09Z"),
        ("2023-05-18T12:59:08.167Z", "2023-05-19T13:59:09.167Z"),
        ("2023-05-18T12:59:08.123456", "2023-05-19T13:59:09.123456"),
        ("2023-05-18 12:59:08.5", "2023-05-19 13:59:09.5"),
        ("2023-12-31T23:59:59Z", "2024-01-02T01:00:00Z"),
    ],
)
def test_an_instant_keeps_its_form(before: str, after: str) -> None:
    assert _moved(f'"time": "{before}"', timedelta(days=1, hours=1, seconds=1)) == f'"time": "{after}"'


@pytest.mark.parametrize(
    "text", ["2023-13-45T99:99:99", "S230518h", "12023-05-18T12:59:08", "9999-12-31T23:59:59"]
)
def test_what_is_no_instant_is_left_alone(text: str) -> None:
    assert _moved(text, timedelta(days=400)) == text


def test_a_map_inside_a_notice_is_untouched() -> None:
    packed = base64.b64encode(write_skymap(Cone(10.0, 20.0, 3.0).to_skymap())).decode()
    alert = json.dumps({"time": "2023-05-18T12:59:08.167Z", "skymap": packed})
    moved = json.loads(_moved(alert, timedelta(days=1000)))
    assert moved["skymap"] == packed
    assert moved["time"] == "2026-02-11T12:59:08.167Z"


def test_a_moved_series_is_read_with_moved_times(tmp_path: Path) -> None:
    write_series(simulate("neutrino"), tmp_path)
    before = load_recorded([tmp_path])
    after = shifted(before, timedelta(days=-30, milliseconds=250))
    for one, other in zip(before, after, strict=True):
        notice = parse_notice(other.content)
        assert one.notice is not None
        assert one.notice.trigger_time is not None
        assert notice.event == one.notice.event
        assert notice.trigger_time == one.notice.trigger_time - timedelta(days=30) + timedelta(
            milliseconds=250
        )


def test_a_series_ends_now_or_begins_now_when_played_in_real_time(tmp_path: Path) -> None:
    write_series(simulate("grb"), tmp_path)
    recorded, now = load_recorded([tmp_path]), datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert to_the_present(recorded, now, in_real_time=False)[-1].sent == now
    assert to_the_present(recorded, now, in_real_time=True)[0].sent == now


def test_files_are_played_in_the_order_of_sending_whatever_their_names(tmp_path: Path) -> None:
    messages = simulate("grb")
    for number, message in enumerate(messages):
        (tmp_path / f"{9 - number}.xml").write_bytes(message.content)
    assert [each.content for each in load_recorded([tmp_path])] == [message.content for message in messages]


def test_what_cannot_be_read_keeps_its_place_and_is_played_all_the_same(tmp_path: Path) -> None:
    write_series(simulate("grb"), tmp_path)
    (tmp_path / "01-a-broken.json").write_bytes(b"{")
    recorded = load_recorded([tmp_path])
    assert [each.notice is None for each in recorded] == [False, True, False, False, False]
    assert to_the_present(recorded, SENT, in_real_time=False)[1].content == b"{"


def test_a_folder_without_notices_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no notice files in"):
        load_recorded([tmp_path])
