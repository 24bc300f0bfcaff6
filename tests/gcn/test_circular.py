"""GCN Circulars: which event they are about, when they were said, and the older text form."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gcn.formats.circular_names import named
from gcn.notice import AlertType, Notice, NoticeError
from gcn.registry import parse_notice

GBM_BODY = """The Fermi GBM team reports the detection of a likely LONG GRB

At 18:58:12 UT on 12 August 2023, the Fermi Gamma-ray Burst Monitor (GBM)
triggered and located GRB 230812B (trigger 713559497/230812790).
"""


def circular(**changes: Any) -> dict[str, Any]:
    content = {
        "$schema": "https://gcn.nasa.gov/schema/main/gcn/circulars.schema.json",
        "circularId": 34387,
        "subject": "GRB 230812B: Fermi GBM detection of an extremely bright GRB",
        "eventId": "GRB 230812B",
        "eventType": ["GRB"],
        "submitter": "A. Einstein at IAS <einstein@example.org>",
        "email": "einstein@example.org",
        "body": "We report …",
        "createdOn": 1691869879410,
    }
    return {name: value for name, value in {**content, **changes}.items() if value is not None}


def read(content: dict[str, Any], topic: str | None = None) -> Notice:
    return parse_notice(json.dumps(content).encode(), topic=topic)


def test_a_circular_is_kept_whole_with_its_time_and_link() -> None:
    notice = read(circular())
    assert (notice.format, notice.kind, notice.alert_type) == ("circular", "circular", AlertType.OTHER)
    assert notice.issued == datetime(2023, 8, 12, 19, 51, 19, 410000, tzinfo=UTC)
    assert notice.properties["body"] == "We report …"
    assert notice.properties["circularId"] == 34387
    assert notice.properties["subject"].startswith("GRB 230812B: ")
    assert notice.links == {"circular": "https://gcn.nasa.gov/circulars/34387"}
    assert "email" not in notice.properties


def test_a_circular_pages_nobody() -> None:
    assert read(circular()).gates == ("a circular is a report to read, not an alert",)


def test_an_edited_circular_says_its_version_and_when() -> None:
    notice = read(circular(version=2, editedOn=1695013071121, editedBy="E. Ditor"))
    assert notice.properties["version"] == 2
    assert notice.properties["editedOn"] == "2023-09-18T04:57:51.121000Z"
    assert notice.issued == datetime(2023, 8, 12, 19, 51, 19, 410000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event_id", "subject", "mission", "event", "aliases"),
    [
        ("LIGO/Virgo/KAGRA S230731an", "LIGO/Virgo/KAGRA S230731an: x", "LVK", "LVK:S230731an", ()),
        ("LIGO/Virgo S230802aq", "LIGO/Virgo S230802aq: x", "LVK", "LVK:S230802aq", ()),
        (None, "LIGO/Virgo/KAGRA MS230731a: mock", "LVK", "LVK:MS230731a", ()),
        ("GRB 230812B", "GRB 230812B: x", "GCN", None, ("GRB 230812B",)),
        ("GRB 230825.75", "Swift GRB230825.75: x", "GCN", None, ("GRB 230825.75",)),
        ("IceCube-230914A", "x", "IceCube", None, ("IceCube-230914A",)),
        (None, "IceCube-230914A: x", "IceCube", None, ("IceCube-230914A",)),
        ("EP240408a", "EP240408a: x", "Einstein Probe", None, ("EP240408a",)),
        (None, "SN2023ixf: x", "GCN", None, ("SN 2023ixf", "AT 2023ixf")),
        (None, "AT2023sva: redshift", "GCN", None, ("AT 2023sva",)),
        (None, "Search NuEm-230927A", "AMON", None, ("NuEm-230927A",)),
        ("SGR 1935+2154", "x", "GCN", None, ("SGR 1935+2154",)),
        (None, "Fermi  trigger No 712143685: MASTER", "Fermi", "Fermi:712143685", ()),
        (None, "Swift Trigger 1186908 is not a GRB", "Swift", "Swift:1186908", ()),
        (
            None,
            "Fermi Gamma-ray Burst Monitor trigger 717299390/230925076 is not a GRB",
            "Fermi",
            "Fermi:717299390",
            ("Fermi:bn230925076",),
        ),
        (
            None,
            "Fermi Gamma-ray Burst Monitor trigger 230925241/717313591 is not a GRB",
            "Fermi",
            "Fermi:717313591",
            ("Fermi:bn230925241",),
        ),
        (None, "Swift Triggers 1192234, 1192235 and 1192236 are no events", "GCN", None, ()),
        (None, "Swift triggers 1186294-1186304 are not transients", "GCN", None, ()),
        (None, "Swift Trigger 1192480 and 1192481 are not GRBs", "GCN", None, ()),
        (None, "GRB 230812: Swift/UVOT Detection", "GCN", None, ()),  # which of that day's?
        (None, "GRB980329 VLA observations", "GCN", None, ("GRB 980329",)),  # the only one of its day
        (None, "Swift Attitude Control Affecting Some UVOT Images", "GCN", None, ()),
    ],
)
def test_a_circular_names_its_event_where_the_name_leaves_no_doubt(
    event_id: str | None, subject: str, mission: str, event: str | None, aliases: tuple[str, ...]
) -> None:
    about = named(event_id, subject, "")
    assert (about.mission, about.event, about.aliases) == (mission, event, aliases)


def test_a_superevent_is_matched_whole() -> None:
    assert named("LIGO/Virgo/KAGRA S240422ed", "", "").event == "LVK:S240422ed"
    assert named("LIGO/Virgo/KAGRA S240422e", "", "").event == "LVK:S240422e"


def test_the_circular_that_announces_a_trigger_ties_its_name_to_it() -> None:
    about = named("GRB 230812B", "GRB 230812B: Fermi GBM", GBM_BODY)
    assert (about.event, about.aliases) == (None, ("GRB 230812B", "Fermi:713559497"))
    swift = "the Swift Burst Alert Telescope (BAT) triggered and\nlocated GRB 230824A (trigger=1186959)."
    assert named("GRB 230824A", "", swift).aliases == ("GRB 230824A", "Swift:1186959")


def test_a_trigger_of_something_else_in_the_body_is_not_taken_for_the_burst() -> None:
    body = "(BAT) triggered and located Swift J1727.8-1613 (trigger number 1187142); the third"
    assert named("GRB 230824A", "", body).aliases == ("GRB 230824A",)
    assert named("GRB 230812A", "", GBM_BODY).aliases == ("GRB 230812A",)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"createdOn": None}, "/createdOn"),
        ({"createdOn": "2023"}, "/createdOn"),
        ({"createdOn": -1}, "/createdOn"),
        ({"createdOn": 1e18}, "/createdOn"),
        ({"circularId": None}, "/circularId"),
        ({"body": 5}, "/body"),
        ({"subject": None}, "/subject"),
    ],
)
def test_a_circular_without_what_makes_it_one_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(NoticeError, match=f"JSON {place}: expected"):
        read(circular(**changes))


def test_a_circular_is_known_by_its_topic_too() -> None:
    assert read(circular(**{"$schema": None}), topic="gcn.circulars").format == "circular"


TEXT = b"""TITLE:   GCN CIRCULAR
NUMBER:  26936
SUBJECT: LIGO/Virgo S200129m: Not observable by Fermi-GBM
DATE:    20/01/29 17:07:21 GMT
FROM:    A. Goldstein at Fermi-GBM, USRA  <a@example.org>

A. Goldst\xe9in (USRA) reports:

SUBJECT: this line is body.
"""


def test_the_text_form_is_read_and_odd_bytes_are_tolerated() -> None:
    notice = parse_notice(TEXT)
    assert (notice.format, notice.event) == ("circular", "LVK:S200129m")
    assert notice.issued == datetime(2020, 1, 29, 17, 7, 21, tzinfo=UTC)
    assert notice.properties["circularId"] == 26936
    assert notice.properties["subject"] == "LIGO/Virgo S200129m: Not observable by Fermi-GBM"
    assert notice.properties["body"].startswith("A. Goldst\ufffdin (USRA) reports:")


@pytest.mark.parametrize("line", [b"NUMBER:  26936\n", b"DATE:    20/01/29 17:07:21 GMT\n"])
def test_the_text_form_needs_its_number_and_date(line: bytes) -> None:
    with pytest.raises(NoticeError, match="circular"):
        parse_notice(TEXT.replace(line, b""))


def test_the_archived_text_circulars_are_read(shared_data: Path) -> None:
    first = parse_notice((shared_data / "circulars/example.gcn3").read_bytes())
    old = parse_notice((shared_data / "circulars/example_gcn.gcn3").read_bytes())
    assert (first.event, first.issued) == ("LVK:S200129m", datetime(2020, 1, 29, 17, 7, 21, tzinfo=UTC))
    assert (old.aliases, old.issued) == (("GRB 980329",), datetime(1998, 4, 3, 7, 10, 15, tzinfo=UTC))


def test_all_508_circulars_of_the_archive_are_read(shared_data: Path) -> None:
    archive = json.loads(gzip.decompress((shared_data / "circulars/gcn.nasa.gov_seed.json.gz").read_bytes()))
    notices = [read(content) for content in archive["circulars"]]
    assert len(notices) == 508
    by_id = {notice.properties["circularId"]: notice for notice in notices}
    assert by_id[34306].event == "LVK:S230731an"
    assert by_id[34387].aliases == ("GRB 230812B", "Fermi:713559497")
    assert by_id[34277].event == "Fermi:712143685"
    assert by_id[34730].aliases == ("AT 2023sva",)
    assert "\ufffd" in by_id[32814].properties["body"]  # mojibake as it was sent
    gravitational = [content for content in archive["circulars"] if "LIGO" in content.get("eventId", "")]
    missions = Counter(notice.mission for notice in notices)
    assert missions["LVK"] == len(gravitational)
    unnamed = [notice for notice in notices if notice.event is None and not notice.aliases]
    assert all("eventId" not in notice.properties for notice in unnamed)


def test_the_example_of_the_schema_is_read(shared_data: Path) -> None:
    notice = parse_notice((shared_data / "gcn-schema/gcn/circulars.example.json").read_bytes())
    assert notice.aliases[0] == "GRB 230410A"
    assert notice.issued == datetime(2024, 6, 12, 17, 16, 29, 34000, tzinfo=UTC)
