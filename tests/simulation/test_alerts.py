"""The simulated messages: in the sender's own form, marked as mock, the same for the same seed."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gcn.notice import AlertType
from gcn.registry import parse_notice
from simulation import localisation
from simulation.message import Message
from simulation.night import DEFAULT_START, KINDS, simulate, simulate_night, write_series
from skymaps.reader import read_skymap

AT = datetime(2027, 2, 3, 4, 5, 6, 250_000, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def coarse_maps() -> Iterator[None]:
    """What is tested here is the same on maps of moderate resolution, at a tenth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(localisation, "FIRST_ORDER", 3)
        patch.setattr(localisation, "ROUNDS", 2)
        yield


@pytest.fixture(scope="module")
def series() -> dict[str, tuple[Message, ...]]:
    return {kind: simulate(kind, seed=2) for kind in KINDS}


def _alerts(messages: tuple[Message, ...]) -> list[dict[str, object]]:
    return [json.loads(message.content) for message in messages]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    kind: str, series: dict[str, tuple[Message, ...]]
) -> None:
    assert simulate(kind, seed=2) == series[kind]
    if kind in ("grb", "neutrino"):
        assert simulate(kind, seed=3)[-1].content != series[kind][-1].content


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_read_and_known_as_not_of_the_real_sky(
    kind: str, series: dict[str, tuple[Message, ...]]
) -> None:
    notices = [parse_notice(message.content, topic=message.topic) for message in series[kind]]
    assert {notice.role.value for notice in notices} <= {"mock", "test"}
    assert len({notice.event for notice in notices}) == 1
    assert [message.at for message in series[kind]] == sorted(message.at for message in series[kind])


@pytest.mark.parametrize("kind", ["bns", "nsbh", "bbh"])
def test_alerts_have_the_keys_of_a_real_one(
    kind: str, series: dict[str, tuple[Message, ...]], shared_data: Path
) -> None:
    packed = (shared_data / "lvk-json/S230518h/S230518h-Preliminary_alert.json.gz").read_bytes()
    real = json.loads(gzip.decompress(packed))
    for alert in _alerts(series[kind]):
        assert list(alert) == list(real)
        event = alert["event"]
        if event is None:
            assert alert["alert_type"] == "RETRACTION"
            continue
        assert isinstance(event, dict)
        assert set(event) == set(real["event"])
        for name in ("classification", "properties"):
            assert set(event[name]) == set(real["event"][name]), name
        assert sum(event["classification"].values()) == pytest.approx(1.0)
        assert set(alert["urls"]) == set(real["urls"])  # type: ignore[call-overload]


def test_the_map_in_an_alert_is_a_three_dimensional_one_of_this_event(
    series: dict[str, tuple[Message, ...]],
) -> None:
    alert = _alerts(series["bbh"])[0]
    event = alert["event"]
    assert isinstance(event, dict)
    skymap = read_skymap(base64.b64decode(event["skymap"]))
    assert skymap.has_distance
    assert skymap.meta.object == alert["superevent_id"]
    assert skymap.meta.instruments == tuple(event["instruments"])


def test_writing_maps_warns_of_nothing(recwarn: pytest.WarningsRecorder) -> None:
    simulate("bbh", seed=4)
    assert [str(warning.message) for warning in recwarn] == []


def test_an_early_warning_comes_before_the_merger_and_a_retraction_ends_a_series() -> None:
    night = simulate_night(AT, seed=1)
    acts: dict[str, list[Message]] = {}
    for scene in night:
        acts.setdefault(scene.act, []).append(scene.message)
    kinds = {
        act: [parse_notice(m.content, topic=m.topic).alert_type for m in messages]
        for act, messages in acts.items()
    }
    early = parse_notice(acts["merger"][0].content)
    assert kinds["merger"][0] is AlertType.EARLY_WARNING
    assert early.issued is not None
    assert early.trigger_time is not None
    assert early.issued < early.trigger_time
    assert kinds["merger"][1:] == [
        AlertType.PRELIMINARY, AlertType.PRELIMINARY, AlertType.INITIAL, AlertType.UPDATE
    ]  # fmt: skip
    assert kinds["retracted"][-1] is AlertType.RETRACTION
    assert AlertType.RETRACTION not in kinds["far merger"]


def test_a_series_happens_when_it_is_told_to() -> None:
    grb = parse_notice(simulate("grb", AT)[1].content)
    assert grb.trigger_time is not None
    assert abs((grb.trigger_time - AT).total_seconds()) < 0.01


def test_an_unknown_kind_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known kinds: bns, nsbh, bbh, grb, neutrino"):
        simulate("supernova")


def test_files_sort_in_the_order_of_sending(tmp_path: Path) -> None:
    messages = simulate("grb", DEFAULT_START)
    paths = write_series(messages, tmp_path / "series")
    assert sorted(paths) == paths
    assert [path.read_bytes() for path in paths] == [message.content for message in messages]
