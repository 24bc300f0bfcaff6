"""The rooms and what they may import: read from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

MAY_IMPORT: dict[str, set[str]] = {
    "store": set(),
    "skymaps": set(),
    "facilities": {"skymaps"},
    "gcn": {"skymaps", "store"},
    "simulation": {"skymaps", "gcn"},
    "events": {"gcn", "skymaps", "facilities", "store"},
    "shifts": {"store"},
    "cards": {"events", "skymaps", "facilities", "gcn"},
    "notifiers": {"events", "shifts", "cards", "store"},
    "platforms": {"events", "facilities", "store"},
    "commands": {
        "store", "skymaps", "facilities", "gcn", "events", "shifts", "cards", "notifiers", "platforms",
    },
    "bot": {
        "store", "skymaps", "facilities", "gcn", "simulation", "events", "shifts", "cards", "notifiers",
        "platforms", "commands",
    },
}  # fmt: skip
"""The table of docs/architecture.md, plus what docs/decisions/ moved: `cards` reads the notice inside an
event's state (0003), `simulation` is a room of its own (0002)."""

SHAPES_ONLY = {"gcn": {"skymaps.shapes", "skymaps.skymap"}}
HEAVY = {"matplotlib", "mocpy", "healpy", "dask", "distributed", "astroplan"}
GPL = {"ligo", "gwemopt", "healpy"}
OTHER_INTERPRETERS = {Path("platforms/gwemopt/worker.py")}
"""Scripts that are run by an interpreter of their own and imported by nobody: the one place for GPL code."""


def _files(room: str) -> Iterator[Path]:
    yield from sorted((ROOT / room).rglob("*.py"))


def _imports(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _files(room)
        for name in _imports(path)
        if (top := name.split(".")[0]) in MAY_IMPORT and top not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize(("room", "modules"), sorted(SHAPES_ONLY.items()))
def test_a_room_that_may_see_only_shapes_sees_only_shapes(room: str, modules: set[str]) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _files(room)
        for name in _imports(path)
        if name.startswith("skymaps.") and not any(name == m or name.startswith(f"{m}.") for m in modules)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_no_product_code_imports_gpl_code(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _files(room)
        for name in _imports(path)
        if name.split(".")[0] in GPL and path.relative_to(ROOT) not in OTHER_INTERPRETERS
    ]
    assert wrong == []


def test_nothing_imports_what_another_interpreter_runs() -> None:
    scripts = {".".join(path.with_suffix("").parts) for path in OTHER_INTERPRETERS}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room in MAY_IMPORT
        for path in _files(room)
        for name in _imports(path)
        if name in scripts
    ]
    assert wrong == []
    for path in OTHER_INTERPRETERS:
        own = [name for name in _imports(ROOT / path) if name.split(".")[0] in MAY_IMPORT]
        assert own == [], f"{path} is run where nightdesk is not installed"


@pytest.mark.parametrize("room", sorted(set(MAY_IMPORT) - {"cards"}))
def test_heavy_libraries_are_imported_where_they_are_used(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name} when it is imported"
        for path in _files(room)
        for name in _imports(path, top_level_only=True)
        if name.split(".")[0] in HEAVY
    ]
    assert wrong == []


def test_only_the_clock_reads_the_time() -> None:
    wrong = []
    for room in MAY_IMPORT:
        for path in _files(room):
            if path == ROOT / "store" / "clock.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and (node.func.value.id, node.func.attr)
                    in {("datetime", "now"), ("datetime", "utcnow"), ("Time", "now"), ("time", "time")}
                ):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def test_no_room_has_a_file_whose_name_says_nothing() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py"}
    assert [str(p.relative_to(ROOT)) for room in MAY_IMPORT for p in _files(room) if p.name in vague] == []


def test_alembic_holds_no_package_that_would_hide_the_library() -> None:
    assert not list((ROOT / "alembic").rglob("__init__.py"))


def test_no_index_address_and_no_machine_path_stands_in_any_tracked_text() -> None:
    words = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "/work/" + "main"]
    suffixes = {".py", ".toml", ".txt", ".md", ".yaml", ".yml", ".cfg", ".ini", ".lock", ""}
    skipped = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__"}
    wrong = []
    for path in ROOT.rglob("*"):
        if skipped & set(path.relative_to(ROOT).parts) or not path.is_file() or path.suffix not in suffixes:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        wrong += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    assert wrong == []
