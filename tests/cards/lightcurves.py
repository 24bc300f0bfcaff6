"""A kilonova's light curve as a desk has it in the second night: three filters, limits before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from events.lightcurve import Measurement

TRIGGER = datetime(2026, 11, 19, 12, 41, 4, tzinfo=UTC)


def kilonova() -> tuple[Measurement, ...]:
    """Fades by 1.1 mag a day in g, 0.6 in r, 0.3 in i; not seen a day before; lost in g on the third day."""
    rows: list[Measurement] = []
    for days in (0.47, 0.55, 1.46, 2.45, 3.44):
        at = TRIGGER + timedelta(days=days)
        for name, start, rate, depth in (
            ("ztfg", 17.3, 1.1, 20.4), ("ztfr", 17.2, 0.6, 20.6), ("ztfi", 17.1, 0.3, 20.0),
        ):  # fmt: skip
            magnitude = start + rate * days
            seen = magnitude < depth - 0.3
            error = min(0.3, 0.03 + 10 ** (0.4 * (magnitude - depth)) / 5)
            rows.append(
                Measurement(at, name, magnitude if seen else None, error if seen else None, depth, "ZTF")
            )
    rows.append(Measurement(TRIGGER - timedelta(days=1.2), "ztfr", None, None, 20.7, "ZTF"))
    rows.append(Measurement(TRIGGER - timedelta(days=0.8), "ztfg", None, None, 20.1, "ZTF"))
    return tuple(rows)
