"""How a generated roster is explained: the day's division, what stays open, each one's share."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from bot.cli.roster_tables import WIDE, fairness_table, plain_table
from shifts.follow_the_sun import Generated
from shifts.people_file import Person


def print_generated(generated: Generated, people: Sequence[Person], role: str) -> None:
    """Say how the day is divided, who stands which hours, and which hours nobody can stand awake."""
    console = Console(stderr=True)
    if not console.is_terminal:
        console = Console(stderr=True, width=WIDE)
    zones = {person.name: person.timezone for person in people}
    table = plain_table(f"{generated.roster.name}: the day divided", "layer", "days", "people")
    for layer in generated.roster.layers:
        if layer.role == role:
            names = dict.fromkeys(name for turn in layer.members for name in turn)
            who = ", ".join(f"{name} ({zones[name]})" if name in zones else name for name in names)
            table.add_row(Text(layer.name), f"{layer.starts} to {layer.until}", Text(who))
    console.print(table)
    for era in generated.eras:
        for begins, ends in era.asleep:
            console.print(
                Text(
                    f"! nobody is awake from {begins:%H:%M} to {ends:%H:%M} UTC, {era.first} to {era.last}: "
                    + ("shared by all" if _shared(generated) else "a gap; --by-night shares it among all")
                )
            )
    for name, times in generated.short_rests.items():
        console.print(
            Text(f"! {name} rests shorter than was agreed {times} times: nobody else can stand the hours")
        )
    for name in generated.without_turn:
        console.print(Text(f"! {name} ({zones[name]}) has no turn: others share the hours they are awake"))
    console.print(fairness_table(generated.burden))


def _shared(generated: Generated) -> bool:
    return any(layer.name.startswith("asleep ") for layer in generated.roster.layers)
