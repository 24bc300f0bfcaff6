"""The words of jobs: every kind's numbers in a file of its own, in one frame for all."""

from __future__ import annotations

from collections.abc import Mapping

from commands.job_cards import (
    drills,
    efficiencies,
    fits,
    followups,
    plans,
    products,
    skyportal,
    treasure_maps,
)
from commands.job_cards.told import Teller, Told

__all__ = ["TELLERS", "Teller", "Told"]

TELLERS: Mapping[str, Teller] = {
    **plans.TELLERS,
    **products.TELLERS,
    **treasure_maps.TELLERS,
    **followups.TELLERS,
    **drills.TELLERS,
    **fits.TELLERS,
    **efficiencies.TELLERS,
    "skyportal.plan": plans.sendable(skyportal.plan),
    "skyportal.queue": skyportal.queue,
    "skyportal.event": skyportal.event,
}
"""How each kind of job is told, by its kind; the frame tells what none is here for."""
