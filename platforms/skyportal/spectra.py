"""Spectra at a SkyPortal: which there are of a source, and their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from events.spectrum import Spectrum, cleaned
from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.reading import Incoming, Utc, parsed, rows


class _Spectrum(Incoming):
    id: int
    obj_id: str
    observed_at: Utc | None = None
    instrument_name: str | None = None
    telescope_name: str | None = None
    type: str | None = None
    label: str | None = None
    wavelengths: Any = None
    fluxes: Any = None


async def spectra_listed(portal: SkyPortal, name: str, *, token: str | None = None) -> tuple[Spectrum, ...]:
    """The spectra of a source, without their numbers, newest first."""
    found = await portal.call(
        "GET", "/api/spectra", query={"objID": name, "minimalPayload": True}, token=token,
        asked=f"list the spectra of {name[:60]}",
    )  # fmt: skip
    return _newest_first(portal, name, rows(found))


async def spectra(portal: SkyPortal, name: str, *, token: str | None = None) -> tuple[Spectrum, ...]:
    """The spectra of a source with their numbers, newest first; points without a flux are left out.

    Where the wavelengths and fluxes of one do not belong together, it has no points.
    """
    found = await portal.call(
        "GET", f"/api/sources/{part(name)}/spectra", token=token,
        asked=f"read the spectra of {name[:60]}", within=120.0,
    )  # fmt: skip
    return _newest_first(portal, name, rows(found, "spectra"))


def _newest_first(portal: SkyPortal, name: str, found: Iterable[Any]) -> tuple[Spectrum, ...]:
    made = []
    for row in found:
        each = parsed(portal, _Spectrum, row, "a spectrum")
        if each.obj_id == name:  # the list matches parts of names
            instrument = each.instrument_name or each.telescope_name or ""
            points = cleaned(each.wavelengths, each.fluxes)
            made.append(Spectrum(instrument, each.observed_at, *points, label=each.label or ""))
    return tuple(sorted(made, key=lambda each: str(each.at or ""), reverse=True))
