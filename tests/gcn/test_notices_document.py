"""`docs/notices.md` names every kind that the code knows, and says of its radius what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gcn.formats.schema_kinds import KINDS as SCHEMA_KINDS
from gcn.formats.voevent_kinds import KINDS as VOEVENT_KINDS
from gcn.localisation import GBM_SYSTEMATICS, RADIUS_MEANING
from gcn.notice import rayleigh_sigma

DOCUMENT = (Path(__file__).parents[2] / "docs/notices.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in DOCUMENT.splitlines() if line[:1] == "|"
]


def row_of(column: int, name: str) -> list[str]:
    found = [
        row
        for row in ROWS
        if len(row) > column and re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", row[column])
    ]
    assert len(found) == 1, f"{name} stands in {len(found)} rows of docs/notices.md"
    return found[0]


@pytest.mark.parametrize("path", SCHEMA_KINDS)
def test_every_schema_has_a_row_with_its_kind(path: str) -> None:
    row = next(row for row in ROWS if row[0].startswith(f"`{path}`"))
    kind = SCHEMA_KINDS[path]
    assert row[2].startswith(f"`{kind.mission}:") or row[2] == "none"
    if path not in ("fermi/gbm/trigger", "icecube/single_neutrino_alerts"):  # called by what is in the notice
        assert row[1] == kind.title


@pytest.mark.parametrize("number", VOEVENT_KINDS)
def test_every_voevent_type_has_a_row_that_tells_its_radius(number: int) -> None:
    kind = VOEVENT_KINDS[number]
    said = row_of(1, kind.name)[3]
    meaning = RADIUS_MEANING.get(kind.radius or "")
    if said == "none" or meaning is None:
        assert meaning is None or "none" in said
        return
    stated = re.match(r"(0\.\d+); (yes|no|unknown)[^;]*; (\d\.\d+)", said)
    assert stated is not None, said
    assert float(stated[1]) == meaning.containment
    assert {"yes": True, "no": False, "unknown": None}[stated[2]] is meaning.systematic_included
    assert float(stated[3]) == pytest.approx(1.0 / rayleigh_sigma(1.0, float(stated[1])), abs=6e-4)


def test_the_gbm_model_is_the_one_that_is_used() -> None:
    for stage, name in (("FLT", "flight"), ("GND", "ground"), ("FIN", "final")):
        row = next(row for row in ROWS if row[0] == name)
        numbers = [tuple(float(part) for part in cell.replace("°", "").split(", ")) for cell in row[1:]]
        assert tuple(numbers) == GBM_SYSTEMATICS[stage]


def test_the_table_of_divisors_is_right() -> None:
    shares = next(row for row in ROWS if row[0] == "containment")[1:]
    divisors = next(row for row in ROWS if row[0] == "divisor")[1:]
    for share, divisor in zip(shares, divisors, strict=True):
        containment = float(share.removesuffix(" %")) / 100.0
        assert float(divisor) == pytest.approx(1.0 / rayleigh_sigma(1.0, containment), abs=1e-3)
