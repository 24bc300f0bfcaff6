"""Which map stands for a revision: the one it carries, else the region it describes."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from events.analysis import MapSource
from events.tables import RevisionRow
from skymaps.shapes import Cone, shape_to_dict
from store import blobs

_CONTAINMENT = 0.9  # where a notice does not say it (GCN Schema, core/Localization)


async def map_source(session: AsyncSession, revision: RevisionRow) -> MapSource | None:
    """The map to analyse, or None where a notice has neither map nor position with a radius.

    In order: the embedded (or since fetched) FITS file, the shape its format describes, and, while a
    promised map is not published yet, a cone around the position.
    """
    if revision.skymap_blob is not None:
        return MapSource(content=await blobs.get(session, revision.skymap_blob))
    skymap = revision.notice["skymap"]
    if skymap is not None and skymap["shape"] is not None:
        return MapSource(shape=skymap["shape"])
    position = revision.notice["position"]
    if position is None or not position["radius"] or position["radius"] <= 0.0:
        return None
    cone = Cone(
        ra=position["ra"],
        dec=position["dec"],
        radius=position["radius"],
        containment=position["containment"] or _CONTAINMENT,
    )
    return MapSource(shape=shape_to_dict(cone))


async def combined_source(session: AsyncSession, revision: RevisionRow) -> MapSource | None:
    """The map that the alert itself combines with another messenger's, or None where it brought none."""
    if revision.combined_blob is None:
        return None
    return MapSource(content=await blobs.get(session, revision.combined_blob))
