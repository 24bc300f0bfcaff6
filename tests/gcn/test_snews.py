"""SNEWS 2.0: tiers of detectors, heartbeats, retractions, and the server's coincidence alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gcn.notice import AlertType, Notice, NoticeError, Role
from gcn.registry import parse_notice


def read(topic: str | None = None, **content: Any) -> Notice:
    return parse_notice(json.dumps(content).encode(), topic=topic)


def coincidence(**changes: Any) -> dict[str, Any]:
    return {
        "_id": "XENONnT_CoincidenceTier_2030-01-01T12:34:50.000000000",
        "schema_version": "1.3.1",
        "detector_name": "XENONnT",
        "machine_time": "2030-01-01T12:34:50.000000000",
        "neutrino_time": "2030-01-01T12:34:45.678999123",
        "p_val": 0.07,
        "sent_time": "2030-01-01T12:34:51.250000000",
        **changes,
    }


def alert(**changes: Any) -> dict[str, Any]:
    """An alert as the coincidence server writes it."""
    return {
        "_id": "SNEWS_Coincidence-ALERT_30/01/01 12:35:00:123456",
        "detector_names": ["XENONnT", "DS-20K"],
        "sent_time": "30/01/01 12:35:00:123456",
        "p_values": [0.07, 0.05],
        "neutrino_times": ["2030-01-01T12:34:47.678999", "2030-01-01T12:34:45.678999"],
        "p_values average": 0.06,
        "sub list number": 0,
        **changes,
    }


def test_what_one_detector_saw_is_preliminary_and_keyed_by_its_first_neutrino() -> None:
    notice = read(**coincidence())
    assert (notice.mission, notice.instrument, notice.kind) == ("SNEWS", "XENONnT", "CoincidenceTier")
    assert notice.event == "SNEWS:XENONnT 2030-01-01T12:34:45.678999Z"
    assert notice.alert_type is AlertType.PRELIMINARY
    assert notice.role is Role.OBSERVATION
    assert notice.trigger_time == datetime(2030, 1, 1, 12, 34, 45, 678999, tzinfo=UTC)
    assert notice.issued == datetime(2030, 1, 1, 12, 34, 51, 250000, tzinfo=UTC)
    assert notice.properties["p_val"] == 0.07
    assert notice.position is None
    assert "supernova" in notice.tags
    assert notice.gates == ()


@pytest.mark.parametrize("flag", [True, "True", "true"])
def test_a_test_is_a_test_however_it_is_flagged(flag: Any) -> None:
    notice = read(**coincidence(is_test=flag))
    assert notice.role is Role.TEST
    assert notice.gates


def test_a_fire_drill_is_a_test() -> None:
    assert read(topic="snews.alert-firedrill", **alert()).role is Role.TEST


def test_an_alert_of_the_server_is_keyed_by_the_earliest_neutrino() -> None:
    notice = read(**alert())
    assert (notice.kind, notice.alert_type) == ("CoincidenceAlert", AlertType.INITIAL)
    assert notice.event == "SNEWS:2030-01-01T12:34:45.678999Z"
    assert notice.instrument == "XENONnT DS-20K"
    assert notice.issued == datetime(2030, 1, 1, 12, 35, 0, 123456, tzinfo=UTC)


def test_a_further_detector_updates_the_same_alert() -> None:
    more = alert(
        _id="SNEWS_Coincidence-ALERT-UPDATE_30/01/01 12:36:00:000000",
        detector_names=["XENONnT", "DS-20K", "JUNO"],
        neutrino_times=[*alert()["neutrino_times"], "2030-01-01T12:34:50.000000"],
    )
    assert read(**more).alert_type is AlertType.UPDATE
    assert read(**more).event == read(**alert()).event


def test_an_alert_that_keeps_one_detector_is_no_coincidence_any_more() -> None:
    left = alert(
        alert_type="RETRACTION", detector_names=["XENONnT"], neutrino_times=["2030-01-01T12:34:45.678999"]
    )
    assert read(**left).alert_type is AlertType.RETRACTION
    assert read(**left).event == read(**alert()).event
    assert read(**alert(alert_type="RETRACTION")).alert_type is AlertType.UPDATE


def test_a_detector_that_retracts_names_no_event() -> None:
    notice = read(
        detector_name="JUNO",
        retract_latest=1,
        retraction_reason="calibration",
        machine_time="2030-01-01T12:00:00",
    )
    assert (notice.kind, notice.event, notice.alert_type) == ("Retraction", None, AlertType.RETRACTION)


def test_a_heartbeat_is_a_service_notice_about_no_event() -> None:
    notice = read(detector_name="JUNO", detector_status="ON", machine_time="2030-01-01T12:00:00")
    assert (notice.kind, notice.event, notice.role) == ("Heartbeat", None, Role.UTILITY)
    assert notice.tags == frozenset()
    assert notice.gates


def test_a_timing_series_of_instants_gives_the_first_neutrino() -> None:
    series = ["2030-01-01T12:34:46", "2030-01-01T12:34:45.5"]
    notice = read(detector_name="IceCube", timing_series=series)
    assert notice.kind == "TimingTier"
    assert notice.trigger_time == datetime(2030, 1, 1, 12, 34, 45, 500000, tzinfo=UTC)


def test_a_timing_series_in_nanoseconds_counts_from_the_neutrino_time() -> None:
    notice = read(detector_name="IceCube", timing_series=[0, 120, 500], neutrino_time="2030-01-01T12:34:46")
    assert notice.trigger_time == datetime(2030, 1, 1, 12, 34, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"neutrino_time": "soon"}, "/neutrino_time"),
        ({"neutrino_time": 12}, "/neutrino_time"),
        ({"detector_name": {}}, "/detector_name"),
        ({"detector_name": ""}, "/detector_name"),
    ],
)
def test_a_detector_or_time_that_cannot_be_read_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(NoticeError, match=f"JSON {place}: expected"):
        read(**coincidence(**changes))


EXAMPLES = {
    "coincidence_tier": ("XENONnT", "CoincidenceTier", "2022-06-14T14:50:12.345275Z"),
    "combined": (
        "XENONnT",
        "CoincidenceTier SignificanceTier TimingTier Heartbeat",
        "2022-06-14T14:21:50.345275Z",
    ),
    "heartbeat": ("DS-20K", "Heartbeat", None),
    "significance_tier": ("KamLAND", "CoincidenceTier SignificanceTier", "2022-06-14T14:21:50.345275Z"),
    "timing_tier": ("IceCube", "CoincidenceTier TimingTier", "2022-06-14T14:21:50.345275Z"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_snews_are_read(name: str, shared_data: Path) -> None:
    said = parse_notice((shared_data / f"snews-json/example_{name}_message.json").read_bytes()).to_dict()
    assert (said["instrument"], said["kind"], said["trigger_time"]) == EXAMPLES[name]
    assert said["role"] == "test"


def test_the_messages_of_every_scenario_are_read(shared_data: Path) -> None:
    scenarios = json.loads((shared_data / "snews-json/scenarios.json").read_text())
    notices = [read(**message) for messages in scenarios.values() for message in messages]
    assert len(notices) == 22
    assert {notice.role for notice in notices} == {Role.TEST}
    assert all(notice.trigger_time and notice.event for notice in notices)
