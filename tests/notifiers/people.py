"""People and rosters in a few words, for the tests of who is told what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shifts.people import PeopleService
from shifts.people_file import People
from shifts.service import RosterService
from store.clock import Clock
from store.database import Database

NIGHT = {"from": "22:00", "to": "07:00"}

ROSTER = """
roster: gw-advocates
timezone: UTC
roles:
  advocate: {{minimum: 1}}
  telescope: {{minimum: 0, facility: ZTF}}
layers:
  - {{name: world, role: advocate, members: [{advocate}], starts: 2026-11-01, turn: {{weeks: 9}}}}
  - {{name: dome, role: telescope, members: [{observer}], starts: 2026-11-01, turn: {{weeks: 9}}}}
absences: {absences}
"""


def somebody(name: str, **more: Any) -> dict[str, Any]:
    """A person with Slack, in Paris, asleep from 22 to 7, unless said otherwise."""
    slack = "U" + "".join(c for c in name.upper() if c.isalnum()).ljust(8, "0")
    usual = {"name": name, "slack": slack, "timezone": "Europe/Paris", "quiet": NIGHT, "verified": "true"}
    return {key: value for key, value in (usual | more).items() if value is not None}


async def settle_people(database: Database, clock: Clock, *people: dict[str, Any]) -> None:
    """Put people into the store; an administrator vouches for their addresses."""
    await PeopleService(database, clock).put(People.from_dict({"people": list(people)}), by="admin")


async def settle_roster(
    database: Database,
    clock: Clock,
    *,
    advocate: str,
    observer: str = "otto",
    absences: Sequence[dict[str, str]] = (),
) -> None:
    """Publish a roster in which `advocate` is always on, and `observer` for ZTF."""
    written = (
        "["
        + ", ".join(
            "{" + ", ".join(f'{key}: "{value}"' for key, value in each.items()) + "}" for each in absences
        )
        + "]"
    )
    text = ROSTER.format(advocate=advocate, observer=observer, absences=written)
    await RosterService(database, clock).publish(text, by="admin")
