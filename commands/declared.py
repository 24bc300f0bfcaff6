"""All commands there are: what every front end, the help and the reference page are made from."""

from __future__ import annotations

from commands import (
    desk_commands,
    event_commands,
    facility_commands,
    me_commands,
    page_commands,
    sky_commands,
)
from commands.book import Book

GROUPS = (event_commands.GROUP, facility_commands.GROUP, me_commands.GROUP, page_commands.GROUP)


def book() -> Book:
    """The book of this program."""
    made: list[Book] = []
    commands = (
        *event_commands.COMMANDS,
        *sky_commands.COMMANDS,
        *facility_commands.COMMANDS,
        *me_commands.COMMANDS,
        *page_commands.COMMANDS,
        *desk_commands.COMMANDS,
        desk_commands.help_command(made),
    )
    made.append(Book(GROUPS, commands))
    return made[0]
