"""Who asks for a change: by name, from where, and whether they may speak for others."""

from __future__ import annotations

from dataclasses import dataclass

from shifts.errors import RosterError


@dataclass(frozen=True)
class Actor:
    """A person who does something to a roster. `manages`: as roster manager, for others too."""

    name: str
    where: str = "terminal"
    manages: bool = False

    def must_manage(self, what: str) -> None:
        """Raises `RosterError` saying that `what` is a roster manager's."""
        if not self.manages:
            raise RosterError(f"{self.name} may not {what}: that is for roster managers")

    def must_be(self, person: str, what: str) -> None:
        """Raises `RosterError` unless this is `person`, or somebody who manages the roster."""
        if self.name != person and not self.manages:
            raise RosterError(f"{self.name} may not {what}: that is for {person} or a roster manager")
