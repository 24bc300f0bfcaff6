"""Every notice of the real data, whatever its format, keeps the contract of `nightdesk notice --json`."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gcn.notice import AlertType, Notice, NoticeError, Role
from gcn.registry import parse_notice

KEYS = [
    "format", "mission", "instrument", "kind", "event", "aliases", "alert_type", "role", "trigger_time",
    "issued", "significant", "far", "classification", "properties", "position", "skymap", "coincidence",
    "tags", "links", "gates",
]  # fmt: skip
POSITION_KEYS = {"ra", "dec", "radius", "containment", "systematic_included", "sigma"}
SKYMAP_KEYS = {"source", "url", "bytes"}
COINCIDENCE_KEYS = {
    "observatory", "search", "time_difference", "time_far", "space_time_far", "combined_skymap",
}  # fmt: skip
FORMATS = {"igwn-json", "gcn-json", "voevent", "classic-text", "circular", "snews-json"}

FOLDERS = ("gcn-schema", "lvk-json", "voevent", "replay", "snews-json", "circulars", "gcn-classic-binary")
SUFFIXES = {".json", ".xml", ".txt", ".gcn3", ".bin"}

Said = tuple[Path, Notice, dict[str, Any]]


def files(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and not path.name.endswith(".schema.json"):
                yield path


@pytest.fixture(scope="module")
def reading(shared_data: Path) -> tuple[list[Said], dict[Path, str]]:
    """Every file that is read, and the reason for every one that is not."""
    read: list[Said] = []
    refused: dict[Path, str] = {}
    for path in files(shared_data):
        try:
            notice = parse_notice(path.read_bytes())
        except NoticeError as error:
            refused[path] = str(error)
        else:
            read.append((path, notice, notice.to_dict()))
    archive = shared_data / "circulars/gcn.nasa.gov_seed.json.gz"
    for circular in json.loads(gzip.decompress(archive.read_bytes()))["circulars"]:
        notice = parse_notice(json.dumps(circular).encode())
        read.append((archive, notice, notice.to_dict()))
    return read, refused


@pytest.fixture(scope="module")
def said(reading: tuple[list[Said], dict[Path, str]]) -> list[Said]:
    return reading[0]


def test_the_json_is_strict_and_has_exactly_the_keys_of_the_contract(said: list[Said]) -> None:
    for path, _, row in said:
        json.dumps(row, allow_nan=False)
        assert list(row) == KEYS, path
        assert row["position"] is None or row["position"].keys() == POSITION_KEYS, path
        assert row["skymap"] is None or row["skymap"].keys() == SKYMAP_KEYS, path
        assert row["coincidence"] is None or row["coincidence"].keys() == COINCIDENCE_KEYS, path


def test_words_are_those_of_the_contract(said: list[Said]) -> None:
    for path, _, row in said:
        assert row["format"] in FORMATS, path
        assert row["alert_type"] in {word.value for word in AlertType}, path
        assert row["role"] in {word.value for word in Role}, path
        assert row["mission"] and row["kind"], path
        assert "\n" not in row["mission"] + row["kind"], path
        assert row["instrument"] != "", path
        assert row["tags"] == sorted(set(row["tags"])), path


def test_an_event_is_named_by_its_mission_and_its_id(said: list[Said]) -> None:
    for path, _, row in said:
        if row["event"] is not None:
            assert re.fullmatch(r"[A-Za-z0-9 .\-]+:.+", row["event"]), path
            assert row["event"].partition(":")[0] == row["mission"], path
        assert row["event"] not in row["aliases"], path
        assert all(isinstance(alias, str) and alias.strip() == alias != "" for alias in row["aliases"]), path


def test_instants_are_utc_and_end_in_z(said: list[Said]) -> None:
    for path, _, row in said:
        for name in ("trigger_time", "issued"):
            if row[name] is not None:
                assert row[name].endswith("Z"), path
                assert 1980 < datetime.fromisoformat(row[name]).year < 2100, path


def test_angles_probabilities_and_rates_are_possible(said: list[Said]) -> None:
    for path, _, row in said:
        assert row["far"] is None or row["far"] >= 0.0, path
        assert all(0.0 <= p <= 1.0 for p in row["classification"].values()), path
        position = row["position"]
        if position is None:
            continue
        assert 0.0 <= position["ra"] < 360.0, path
        assert -90.0 <= position["dec"] <= 90.0, path
        assert position["radius"] is None or 0.0 < position["radius"] <= 180.0, path
        assert position["containment"] is None or 0.0 < position["containment"] < 1.0, path
        assert (position["sigma"] is None) == (
            position["radius"] is None or position["containment"] is None
        ), path
        assert position["sigma"] is None or position["sigma"] > 0.0, path


def test_a_sky_map_has_what_its_source_promises(said: list[Said]) -> None:
    for path, notice, row in said:
        skymap = row["skymap"]
        if skymap is None:
            continue
        assert notice.skymap is not None
        promised = {
            "embedded": notice.skymap.content is not None,
            "url": (skymap["url"] or "").startswith(("https://", "http://")),
            "shape": notice.skymap.shape is not None,
        }
        assert promised[skymap["source"]], path
        assert (skymap["bytes"] or 0) > 0 or skymap["source"] != "embedded", path


def test_links_are_links_and_what_is_no_observation_is_gated(said: list[Said]) -> None:
    for path, _, row in said:
        assert all(link.startswith(("https://", "http://")) for link in row["links"].values()), path
        assert row["role"] == "observation" or row["gates"], path


NO_NOTICES = {"scenarios.json", "detector_properties.json", "test_message.json"}
"""JSON that is no notice: the generic reading keeps it, and it is about no mission we know."""


def test_every_file_is_read_or_refused_with_a_reason(
    reading: tuple[list[Said], dict[Path, str]], shared_data: Path
) -> None:
    read, refused = reading
    assert len(read) + len(refused) == sum(1 for _ in files(shared_data)) + 508
    assert all(len(reason) > 20 for reason in refused.values())
    gcn_schema = Counter(row["format"] for path, _, row in read if "gcn-schema" in path.parts)
    assert gcn_schema == {"gcn-json": 43, "circular": 1}
    unheard_of = {path.name for path, _, row in read if row["mission"] == "unknown"}
    assert unheard_of >= NO_NOTICES


@pytest.mark.parametrize(
    "topic", [None, "gcn.classic.voevent.FERMI_GBM_ALERT", "gcn.notices.x", "igwn.gwalert"]
)
@pytest.mark.parametrize(
    "raw", [b"", b" ", b"\x00" * 160, b"null", b"[]", b"{}", b"{", b"<a/>", b"TITLE: GCN/x", b"\xff\xfe"]
)
def test_what_says_nothing_is_read_as_nothing_or_refused(raw: bytes, topic: str | None) -> None:
    try:
        notice = parse_notice(raw, topic=topic)
    except NoticeError as error:
        assert len(str(error)) > 20
    else:
        assert (notice.event, notice.position, notice.trigger_time) == (None, None, None)
