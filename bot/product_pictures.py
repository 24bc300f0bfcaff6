"""What MMODA brought, drawn: pictures as they came, curves and images by our own plots."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from platforms.mmoda.epochs import SINCE_EVENT
from platforms.mmoda.products import ImageProduct, PictureProduct, Product, TableProduct

MOST_PICTURES = 4
SINCE = "T − T0 (s)"
"""Seconds after the event, as every observer writes it, whatever the language."""


async def draw_products(products: Sequence[Product], title: str) -> Mapping[str, bytes]:
    """PNG of the first few products that can be drawn, by a key of their own."""
    return await asyncio.to_thread(_draw, tuple(products), title)


def _draw(products: tuple[Product, ...], title: str) -> dict[str, bytes]:
    from cards.plots.product import Curve, Raster, curve_plot, labelled, raster_plot

    drawn: dict[str, bytes] = {}
    for product in products:
        if len(drawn) == MOST_PICTURES:
            break
        key, head = f"product {len(drawn) + 1}", f"{title} · {product.name}"
        if isinstance(product, PictureProduct):
            drawn[key] = product.png
        elif isinstance(product, ImageProduct):
            x_label, y_label = product.axes
            marked = SINCE_EVENT in product.header
            drawn[key] = raster_plot(
                Raster(
                    product.values, product.x, product.y, SINCE if marked else x_label, y_label,
                    mark=0.0 if marked else None,
                ),
                title=head, quiet=_since(product),
            )  # fmt: skip
        elif isinstance(product, TableProduct) and (names := product.curve()) is not None:
            x, y = (np.asarray(product.columns[name], dtype=np.float64) for name in names[:2])
            error = np.asarray(product.columns[names[2]], dtype=np.float64) if names[2] else None
            x_label, y_label = (labelled(name, product.units.get(name)) for name in names[:2])
            marked = SINCE_EVENT in product.header
            if x.size:
                curve = Curve(
                    x, y, error, SINCE if marked else x_label, y_label, mark=0.0 if marked else None
                )
                drawn[key] = curve_plot(curve, title=head, quiet=_since(product))
    return drawn


def _since(product: TableProduct | ImageProduct) -> str:
    """From when the times of a series count, where it says."""
    event = product.header.get(SINCE_EVENT)
    if isinstance(event, str):
        return f"T0: {datetime.fromisoformat(event):%Y-%m-%d %H:%M:%S.%f}"[:-4] + " UTC"
    start = product.header.get("GPS0")
    if isinstance(start, int | float):
        return f"GPS {start:.3f} s + …"
    zero, reference = product.header.get("TIMEZERO"), product.header.get("MJDREF")
    if isinstance(zero, int | float) and isinstance(reference, int | float):
        # Of SPI-ACS it is the middle of what was asked for, not the event.
        return (
            f"0 s: MJD {reference + zero / 86400.0:.6f} {str(product.header.get('TIMESYS', ''))[:8]}".strip()
        )
    return ""
