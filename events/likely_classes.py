"""What the sources of an event are classified as, by the messenger that told of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from events.messenger import Messenger

_FAST: Final = frozenset({"kilonova", "grb", "afterglow", "gamma-ray burst", "gw counterpart", "fbot"})
LIKELY: Final = {
    Messenger.GW: _FAST,
    Messenger.GRB: _FAST | {"supernova", "sn ic-bl", "ic-bl", "type ic-bl"},
    Messenger.NEUTRINO: frozenset(
        {
            "tde", "tidal disruption event", "blazar", "agn", "qso", "slsn", "iin", "sn iin", "type iin",
            "supernova", "ibn", "grb", "afterglow", "fbot",
        }
    ),
}  # fmt: skip
"""By messenger; for all others every class counts as likely."""

NEUTRAL: Final = frozenset(
    {
        "time-domain source", "transient", "explosive", "stellar variable", "unknown", "astrophysical",
        "extragalactic",
    }
)  # fmt: skip
"""Classes that say nothing for or against."""


def sureness(
    classes: Iterable[tuple[str, float | None]], messenger: Messenger
) -> tuple[float | None, float | None]:
    """How sure (0..1) a source is classified as what such an event makes, and as something else.

    None for a side that nobody has said anything of. A classification without a probability counts as sure.
    """
    likely: float | None = None
    unlikely: float | None = None
    known = LIKELY.get(messenger)
    for name, probability in classes:
        word, sure = name.strip().casefold(), 1.0 if probability is None else min(1.0, max(0.0, probability))
        if word in NEUTRAL:
            continue
        if known is None or word in known:
            likely = max(likely or 0.0, sure)
        else:
            unlikely = max(unlikely or 0.0, sure)
    return likely, unlikely
