"""`nightdesk notice --json` over all real notices: every file read, or refused with its reason."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli.inputs import expand, read_file
from gcn.formats import generic
from gcn.formats.schema import schema_path
from gcn.formats.schema_kinds import KINDS
from gcn.notice import NoticeError
from gcn.raw_message import RawMessage
from gcn.registry import family_of
from tests import warm_program

pytestmark = pytest.mark.shared

FOLDERS = ("gcn-schema", "voevent", "lvk-json", "replay", "snews-json", "circulars")

# Agrees with the ivorns of the VOEvents (grep) and the folders of the schema's examples.
READ = {
    ("AGILE", "voevent"): 1, ("ANTARES", "voevent"): 3, ("ASAS-SN", "voevent"): 2, ("BOOM", "gcn-json"): 1,
    ("BurstCube", "gcn-json"): 2, ("CHIME", "gcn-json"): 4, ("DSA-110", "gcn-json"): 4,
    ("Einstein Probe", "gcn-json"): 10, ("Fermi", "circular"): 3, ("Fermi", "gcn-json"): 8,
    ("Fermi", "voevent"): 244, ("GCN", "circular"): 9, ("Gaia", "voevent"): 2, ("Glowbug", "gcn-json"): 1,
    ("H.E.S.S.", "voevent"): 1, ("HEASARC", "gcn-json"): 1, ("INTEGRAL", "voevent"): 4,
    ("IceCube", "gcn-json"): 3, ("IceCube", "voevent"): 12, ("KM3NeT", "gcn-json"): 2,
    ("Konus", "voevent"): 1,
    ("LVK", "circular"): 4, ("LVK", "igwn-json"): 10, ("LVK", "voevent"): 78, ("MAXI", "gcn-json"): 7,
    ("MAXI", "voevent"): 2, ("MOA", "voevent"): 1, ("SNEWS", "snews-json"): 5, ("SNEWS", "voevent"): 2,
    ("SVOM", "gcn-json"): 5, ("SVOM", "voevent"): 49, ("Super-Kamiokande", "gcn-json"): 2,
    ("Swift", "gcn-json"): 3, ("Swift", "voevent"): 58, ("dc3.broker", "voevent"): 1,
    ("unknown", "gcn-json"): 4,  # the GENERIC ones below
}  # fmt: skip

GENERIC = [
    "detector_properties.json", "scenarios.json",  # of the SNEWS tools, beside their messages
    "gcn.nasa.gov_seed.json.gz",  # a collection of circulars, not one
    "test_message.json",  # of HERMES
]  # fmt: skip
"""What is no notice and yet JSON: kept and shown by the generic reading, which never fails."""

AVRO = ("MS181101ab-initial.avro.gz", "MS181101ab-retraction.avro")
"""Not looked for in folders: named on the command line."""

REFUSED = {
    r"core/\w+\.example\.json": ("describes a part of a notice", 5),
    r"\.schema\.json": ("a JSON Schema, which describes notices", 41),
    r"guano\.loc_map\.example\.json": ("not base64", 1),
    r"gwcelery/MS220722v\.xml": ("/alert_type", 1),
    r"pygcn/kill_socket\.xml": ("closes a socket", 1),
    r"skyportal/quakeml\.xml": ("expected VOEvent", 1),
    r"tracet/Swift_unknown_fail\.xml": ("unbound prefix", 1),
    r"_displayexample\.json": ("expected a whole FITS file in base64", 3),
    r"\.avro(\.gz)?:": ("igwn.gwalert in Avro", 2),
}
"""What is no whole notice: by its name, why, and how many."""


@dataclass(frozen=True)
class Run:
    """What the program said."""

    status: int
    notices: list[dict[str, Any]]
    errors: list[str]


@pytest.fixture(scope="module")
def run(shared_data: Path) -> Run:
    paths = [
        *(shared_data / name for name in FOLDERS),
        *(shared_data / "lvk-json/userguide" / n for n in AVRO),
    ]
    done = warm_program.run(["bot", "notice", "--json", *paths], cwd=warm_program.ROOT)
    return Run(done.returncode, json.loads(done.stdout), done.stderr.decode().splitlines())


def test_every_notice_is_counted_by_its_mission_and_format(run: Run) -> None:
    assert Counter((n["mission"], n["format"]) for n in run.notices) == READ
    assert f"read {sum(READ.values())}, refused {sum(n for _, n in REFUSED.values())}" in run.errors
    for (mission, form), number in READ.items():
        assert f"{mission} {form}: {number}" in run.errors


def test_every_refused_file_is_named_with_its_reason(run: Run) -> None:
    lines = [line for line in run.errors if line.startswith("nightdesk: ")]
    for name, (reason, number) in REFUSED.items():
        matching = [line for line in lines if re.search(name, line)]
        assert len(matching) == number, name
        assert all(reason in line for line in matching), name
    assert len(lines) == sum(number for _, number in REFUSED.values())
    assert run.status == 1
    assert not any("Traceback" in line for line in run.errors)


def test_only_what_is_no_notice_falls_to_the_generic_reading(shared_data: Path) -> None:
    untaught = []
    for path in expand(shared_data / name for name in FOLDERS):
        message = RawMessage(read_file(path))
        try:
            family = family_of(message)
        except NoticeError:
            continue
        if family is generic.FAMILY and not path.name.endswith(".schema.json"):
            untaught.append(path.name)
        if family.name == "gcn-json" and message.json is not None:
            schema = schema_path(message.json)
            assert schema in KINDS or str(schema).startswith("core/"), path
    assert sorted(untaught) == sorted(GENERIC)
