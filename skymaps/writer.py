"""Writes a sky map as the multi-order FITS file that LVK alerts carry."""

from __future__ import annotations

import io
from datetime import UTC

import numpy as np

from skymaps.skymap import SkyMap


def write_skymap(skymap: SkyMap) -> bytes:
    """The map as a FITS file: UNIQ, PROBDENSITY (sr⁻¹), and the columns of distance where there are any.

    Columns and keywords as `igwn.gwalert` sends them (LIGO-T1800235; MOC: IVOA recommendation 2.0, section
    4.3). The same map always gives the same bytes: no date of writing is put in.
    """
    from astropy.io import fits

    columns = [
        fits.Column("UNIQ", "K", array=skymap.uniq.astype(np.int64)),
        fits.Column("PROBDENSITY", "D", unit="sr-1", array=skymap.density),
    ]
    if skymap.has_distance:
        columns += [
            fits.Column("DISTMU", "D", unit="Mpc", array=skymap.distmu),
            fits.Column("DISTSIGMA", "D", unit="Mpc", array=skymap.distsigma),
            fits.Column("DISTNORM", "D", unit="Mpc-2", array=skymap.distnorm),
        ]
    table = fits.BinTableHDU.from_columns(columns)
    for card in _cards(skymap):
        table.header.append(card)
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(content)
    return content.getvalue()


def _cards(skymap: SkyMap) -> list[tuple[str, str | bool | int | float, str]]:
    meta = skymap.meta
    cards: list[tuple[str, str | bool | int | float, str]] = [
        ("PIXTYPE", "HEALPIX", "HEALPIX pixelisation"),
        ("ORDERING", "NUNIQ", "Pixel ordering scheme: RING, NESTED, or NUNIQ"),
        ("COORDSYS", "C", "Ecliptic, Galactic or Celestial (equatorial)"),
        ("MOCORDER", skymap.max_order, "MOC resolution (best order)"),
        ("INDXSCHM", "EXPLICIT", "Indexing: IMPLICIT or EXPLICIT"),
    ]
    if meta.object:
        cards.append(("OBJECT", _ascii(meta.object), "Unique identifier for this event"))
    if meta.instruments:
        cards.append(
            ("INSTRUME", _ascii(",".join(meta.instruments)), "Instruments that triggered this event")
        )
    if meta.event_time is not None:
        instant = meta.event_time.astimezone(UTC).replace(tzinfo=None).isoformat()
        cards.append(("DATE-OBS", instant, "UTC date of the observation"))
    if meta.creator:
        cards.append(("CREATOR", _ascii(meta.creator), "Program that created this file"))
    if meta.distance_mean is not None:
        cards.append(("DISTMEAN", meta.distance_mean, "Posterior mean distance (Mpc)"))
    if meta.distance_std is not None:
        cards.append(("DISTSTD", meta.distance_std, "Posterior standard deviation of distance (Mpc)"))
    return cards


def _ascii(text: str) -> str:
    """FITS headers hold printable ASCII only."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)[:60]
