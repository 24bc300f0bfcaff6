"""Fixed shifts of the day, written short: a layer with `slots` stands for one layer for each.

    - name: day
      role: advocate
      starts: 2026-10-05
      turn: {days: 1}
      slots: {"00:00": [emi, fay], "06:00": [hana, chidi], "12:00": [ana, bo], "18:00": [dana, gus]}

gives four layers, `day 00:00` and so on, each from its time to the next one's. With a list of times and
`members` the members take the slots one after another, whatever their number.
"""

from __future__ import annotations

from math import gcd
from typing import Any

from shifts.errors import RosterError
from shifts.local_times import read_clock

MOST_SLOTS = 48


def with_slots_written_out(document: Any) -> Any:
    """The document of a roster with each layer that has `slots` replaced by its plain layers.

    What is not a roster at all is given back as it is, for the model to refuse. Raises `RosterError`.
    """
    if not isinstance(document, dict) or not isinstance(document.get("layers"), list | tuple):
        return document
    layers: list[Any] = []
    for layer in document["layers"]:
        layers += _written_out(layer) if isinstance(layer, dict) and "slots" in layer else [layer]
    return {**document, "layers": layers}


def _written_out(layer: dict[str, Any]) -> list[dict[str, Any]]:
    where = f"layers {layer.get('name', '')}".strip()
    for key in ("hours", "handoff"):
        if key in layer:
            raise RosterError(f"{where}: slots say the hours and the handoff themselves; leave {key} out")
    slots = layer["slots"]
    times = _times(slots, where)
    members = _members(layer, slots, len(times), where)
    rest = {key: value for key, value in layer.items() if key not in ("slots", "members", "name")}
    rest.setdefault("turn", {"days": "1"})
    return [
        {
            "name": f"{layer.get('name', '')} {begins}".strip(),
            **rest,
            "members": own,
            "handoff": times[0],
            "hours": [{"from": begins, "to": times[(number + 1) % len(times)]}],
        }
        for number, (begins, own) in enumerate(zip(times, members, strict=True))
    ]


def _times(slots: Any, where: str) -> list[str]:
    if not isinstance(slots, dict | list | tuple) or not 2 <= len(slots) <= MOST_SLOTS:
        raise RosterError(
            f"{where} slots: expected two to {MOST_SLOTS} times of day, as "
            '{"08:00": [ana, bo], "20:00": [chidi]} or as a list beside members'
        )
    try:
        times = [read_clock(each) for each in slots]
    except ValueError as error:
        raise RosterError(f"{where} slots: {error}") from None
    if sorted(set(times)) != times:
        raise RosterError(f"{where} slots: {', '.join(map(str, slots))} are not in the order of the day")
    return [f"{each:%H:%M}" for each in times]


def _members(layer: dict[str, Any], slots: Any, count: int, where: str) -> list[list[Any]]:
    if isinstance(slots, dict):
        if "members" in layer:
            raise RosterError(f"{where}: the slots name their members; leave members out")
        return list(slots.values())
    everybody = layer.get("members")
    if not isinstance(everybody, list | tuple) or not everybody:
        raise RosterError(f"{where} members: is a rotation of nobody: name at least one person in each turn")
    # on day d the slot k is the turn d * count + k of all slots together
    length = len(everybody) // gcd(count, len(everybody))
    return [
        [everybody[(day * count + slot) % len(everybody)] for day in range(length)] for slot in range(count)
    ]
