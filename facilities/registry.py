"""The telescopes nightdesk knows: the file that ships with it, and what the user's own files change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from facilities.facility import Facility, FacilityError

BUILT_IN = Path(__file__).with_name("telescopes.yaml")


class Registry:
    """Facilities by name or alias, in the order of their files; letter case does not matter."""

    def __init__(self, facilities: Sequence[Facility]) -> None:
        self._facilities = tuple(facilities)
        self._by_name = {name.casefold(): each for each in self._facilities for name in each.names}

    def __iter__(self) -> Iterator[Facility]:
        return iter(self._facilities)

    def __len__(self) -> int:
        return len(self._facilities)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.casefold() in self._by_name

    def all(self) -> tuple[Facility, ...]:
        return self._facilities

    def get(self, name: str) -> Facility:
        """The facility called `name` (or so by an alias); `FacilityError` offers the nearest names."""
        found = self._by_name.get(name.strip().casefold())
        if found is None:
            raise FacilityError(f"no facility is called {name!r}{self._nearest(name)}")
        return found

    def to_dicts(self) -> list[dict[str, Any]]:
        """The array of `nightdesk facilities --json`."""
        return [facility.to_dict() for facility in self._facilities]

    def near(self, name: str) -> tuple[str, ...]:
        """The nearest names, the best first; none where none is near."""
        near = get_close_matches(name.strip().casefold(), list(self._by_name), n=3, cutoff=0.6)
        return tuple(dict.fromkeys(self._by_name[each].name for each in near))

    def _nearest(self, name: str) -> str:
        near = self.near(name)
        return f"; did you mean {' or '.join(near)}?" if near else "; `nightdesk facilities` lists them"


def load_registry(extra: Sequence[Path] = ()) -> Registry:
    """The built-in telescopes, extended and overridden by the user's files in order.

    An entry whose name (or alias) is known changes the keys it names and keeps the others; any other entry is
    a new facility and has to be complete. Raises FacilityError that says file, entry, key and expectation.
    """
    return _load(tuple(extra)) if extra else _built_in()


@cache
def _built_in() -> Registry:
    """The file that ships does not change while the program runs: it is read once."""
    return _load(())


def _load(extra: tuple[Path, ...]) -> Registry:
    entries: dict[str, tuple[dict[str, Any], Path]] = {}
    for path in (BUILT_IN, *extra):
        for entry in _read_entries(path):
            name = _known_as(entry["name"], entries)
            before = entries[name][0] if name in entries else {}
            entry = _with_grid(entry, path)
            entries[name] = ({**before, **entry, "name": before.get("name", entry["name"])}, path)
    facilities = []
    for values, path in entries.values():
        try:
            facilities.append(Facility.from_dict(values))
        except FacilityError as error:
            raise FacilityError(f"{path}: {values['name']}: {error}") from None
    _refuse_shared_names(facilities, {name: path for name, (_, path) in entries.items()})
    return Registry(facilities)


def _read_entries(path: Path) -> list[dict[str, Any]]:
    try:
        # libyaml where it was built: ten times as fast as the same loader in Python
        content = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except OSError as error:
        raise FacilityError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FacilityError(f"{path}: is not YAML: {' '.join(str(error).split())}") from None
    listed = content.get("facilities") if isinstance(content, dict) else content
    if not isinstance(listed, list):
        raise FacilityError(f"{path}: expected a list of facilities (or `facilities:` with one)")
    seen: set[str] = set()
    for number, entry in enumerate(listed, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise FacilityError(f"{path}: entry {number}: expected keys and values, `name` among them")
        if entry["name"].casefold() in seen:
            raise FacilityError(f"{path}: entry {number}: {entry['name']} stands twice in this file")
        seen.add(entry["name"].casefold())
    return listed


def _with_grid(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    """The entry with its survey grid's path, relative to the file, made absolute; the grid is read once."""
    grid = entry.get("survey_grid")
    if not isinstance(grid, str):
        return entry
    from facilities.grids import read_grid

    where = (path.parent / Path(grid).expanduser()).resolve()
    try:
        read_grid(where)
    except FacilityError as error:
        raise FacilityError(f"{path}: {entry['name']}: survey_grid: {error}") from None
    return {**entry, "survey_grid": str(where)}


def _known_as(name: str, entries: dict[str, tuple[dict[str, Any], Path]]) -> str:
    """The key under which `name` is filed already, by its name or one of its aliases; else itself."""
    wanted = name.casefold()
    if wanted in entries:
        return wanted
    for key, (values, _) in entries.items():
        aliases = values.get("aliases") or ()
        if isinstance(aliases, list) and wanted in {str(alias).casefold() for alias in aliases}:
            return key
    return wanted


def _refuse_shared_names(facilities: Sequence[Facility], paths: dict[str, Path]) -> None:
    owner: dict[str, Facility] = {}
    for facility in facilities:
        for name in facility.names:
            other = owner.setdefault(name.casefold(), facility)
            if other is not facility:
                path = paths.get(facility.name.casefold(), BUILT_IN)
                raise FacilityError(
                    f"{path}: {facility.name}: the name {name!r} belongs to {other.name} already; "
                    "every name and alias may be used once"
                )
