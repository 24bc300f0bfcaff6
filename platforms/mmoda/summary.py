"""Products in numbers that fit on a card and in a row of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from platforms.mmoda.epochs import SINCE_EVENT
from platforms.mmoda.products import (
    ImageProduct,
    OtherProduct,
    PictureProduct,
    Product,
    TableProduct,
    TextProduct,
)

ROWS = 8
COLUMNS = 8
PRODUCTS = 20
TEXT = 600


def summaries(products: Sequence[Product]) -> list[dict[str, Any]]:
    """One JSON object a product: `name`, `kind`, and what there is to say of its kind."""
    return [_summary(each) for each in products if not isinstance(each, OtherProduct)][:PRODUCTS]


def _summary(product: Product) -> dict[str, Any]:
    made: dict[str, Any] = {"name": product.name}
    if isinstance(product, TableProduct):
        made |= {"kind": "table", "rows": product.rows, **_first(product)}
        curve = _curve(product)
        return made | ({"curve": curve} if curve else {})
    if isinstance(product, ImageProduct):
        finite = product.values[np.isfinite(product.values)]
        made |= {"kind": "image", "height": product.values.shape[0], "width": product.values.shape[1]}
        if finite.size:
            made |= {"minimum": float(finite.min()), "maximum": float(finite.max())}
        return made
    if isinstance(product, PictureProduct):
        return made | {"kind": "picture"}
    if isinstance(product, TextProduct):
        return made | {"kind": "text", "text": product.text[:TEXT]}
    return made | {"kind": "other"}


def _first(table: TableProduct) -> dict[str, Any]:
    shown = [name for name, column in table.columns.items() if column.ndim == 1][:COLUMNS]
    rows = [[_cell(table.columns[name][i]) for name in shown] for i in range(min(ROWS, table.rows))]
    return {"columns": [{"name": n, "unit": table.units.get(n)} for n in shown], "first": rows}


def _cell(value: Any) -> float | str | None:
    if isinstance(value, np.floating | np.integer | float | int):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    return str(value)


def _curve(table: TableProduct) -> dict[str, Any] | None:
    """A curve's extent and its highest point; how high above the median, in medians of the given errors."""
    names = table.curve()
    if names is None:
        return None
    since = {"since_event": True} if SINCE_EVENT in table.header else {}
    x, y = (np.asarray(table.columns[name], dtype=np.float64) for name in names[:2])
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return None
    x, y = x[good], y[good]
    at = int(np.argmax(y))
    median = float(np.median(y))
    curve: dict[str, Any] = {
        "x": names[0], "y": names[1], "points": len(x), "from": float(x.min()), "to": float(x.max()),
        "median": median, "highest": float(y[at]), "highest_at": float(x[at]),
        **since,
    }  # fmt: skip
    if names[2] is not None:
        errors = np.asarray(table.columns[names[2]], dtype=np.float64)[good]
        usual = float(np.nanmedian(errors)) if np.isfinite(errors).any() else 0.0
        if usual > 0:
            curve["sigma"] = (float(y[at]) - median) / usual
    return curve
