"""Galaxy catalogues in the store: imported once, read by the parts of the sky that a map needs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from events.galaxies import Galaxies, shells
from events.galaxy_files import Catalogue
from events.tables import GalaxyCatalogueRow, GalaxyTileRow
from skymaps import healpix
from skymaps.skymap import SkyMap

ORDER = 3
"""Of the HEALPix pixels that catalogues are kept in: 768 of 54 deg²."""

_COLUMNS = 5


@dataclass(frozen=True)
class StoredCatalogue:
    """A catalogue of the store, without its galaxies."""

    id: int
    name: str
    imported: datetime
    galaxies: int
    refused: dict[str, int]
    shells: dict[str, list[float]]


async def store_catalogue(
    session: AsyncSession, name: str, catalogue: Catalogue, at: datetime
) -> StoredCatalogue:
    """Put a catalogue into the store; one of the same name is replaced."""
    old = await session.scalar(select(GalaxyCatalogueRow.id).where(GalaxyCatalogueRow.name == name))
    if old is not None:
        await session.execute(delete(GalaxyTileRow).where(GalaxyTileRow.catalogue_id == old))
        await session.execute(delete(GalaxyCatalogueRow).where(GalaxyCatalogueRow.id == old))
    galaxies = catalogue.galaxies
    row = GalaxyCatalogueRow(
        name=name,
        imported=at,
        galaxies=len(galaxies),
        refused=dict(catalogue.refused),
        shells=shells(galaxies),
    )
    session.add(row)
    await session.flush()
    tile = healpix.pixel_at(ORDER, healpix.vectors_from_degrees(galaxies.ra, galaxies.dec))
    order = np.argsort(tile, kind="stable")
    for number, members in _grouped(tile, order):
        session.add(_packed(row.id, number, galaxies.taken(members)))
    await session.flush()
    return _stored(row)


async def catalogues(session: AsyncSession) -> tuple[StoredCatalogue, ...]:
    """The catalogues of the store, the last imported first."""
    rows = await session.scalars(select(GalaxyCatalogueRow).order_by(GalaxyCatalogueRow.imported.desc()))
    return tuple(_stored(row) for row in rows)


async def load_galaxies(session: AsyncSession, catalogue_id: int, tiles: Sequence[int]) -> Galaxies:
    """The galaxies of a catalogue in these pixels."""
    rows = await session.execute(
        select(GalaxyTileRow.columns, GalaxyTileRow.names)
        .where(GalaxyTileRow.catalogue_id == catalogue_id, GalaxyTileRow.tile.in_(tiles))
        .order_by(GalaxyTileRow.tile)
    )
    names: list[str] = []
    parts = [np.zeros((_COLUMNS, 0))]
    for columns, packed in rows:
        parts.append(np.frombuffer(columns, dtype="<f8").reshape(_COLUMNS, -1))
        names += zlib.decompress(packed).decode().split("\n")
    return Galaxies(tuple(names), *np.concatenate(parts, axis=1))


def tiles_reaching(skymap: SkyMap, density: float) -> list[int]:
    """The pixels in which a line of sight of a 3-D map may reach this dP/dV (Mpc⁻³)."""
    assert skymap.distnorm is not None
    assert skymap.distsigma is not None
    known = np.flatnonzero(skymap.knows_distance)
    height = skymap.distnorm[known] / (skymap.distsigma[known] * np.sqrt(2.0 * np.pi))
    cells = known[skymap.density[known] * height >= density]
    order, ipix = skymap.order[cells], skymap.ipix[cells]
    fine = order >= ORDER
    tiles = [ipix[fine] >> (2 * (order[fine] - ORDER))]
    tiles += [healpix.children(np.array([i]), ORDER - int(o)).ravel() for i, o in _pairs(ipix, order, ~fine)]
    return [int(tile) for tile in np.unique(np.concatenate(tiles))]


def _pairs(ipix: healpix.Integers, order: healpix.Integers, chosen: healpix.Flags) -> list[tuple[int, int]]:
    return list(zip(ipix[chosen].tolist(), order[chosen].tolist(), strict=True))


def _grouped(tile: healpix.Integers, order: healpix.Integers) -> list[tuple[int, healpix.Integers]]:
    numbers, begins = np.unique(tile[order], return_index=True)
    return list(zip(numbers.tolist(), np.split(order, begins[1:]), strict=True))


def _packed(catalogue_id: int, tile: int, galaxies: Galaxies) -> GalaxyTileRow:
    columns = (galaxies.ra, galaxies.dec, galaxies.distance, galaxies.mass, galaxies.luminosity)
    return GalaxyTileRow(
        catalogue_id=catalogue_id,
        tile=tile,
        galaxies=len(galaxies),
        columns=np.stack(columns).astype("<f8").tobytes(),
        names=zlib.compress("\n".join(galaxies.names).encode(), 1),
    )


def _stored(row: GalaxyCatalogueRow) -> StoredCatalogue:
    return StoredCatalogue(row.id, row.name, row.imported, row.galaxies, row.refused, row.shells)
