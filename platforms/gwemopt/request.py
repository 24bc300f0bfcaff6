"""From our facility, settings and fields to the worker's request: one JSON file beside one FITS file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from facilities.facility import Facility
from facilities.planning.given import Given
from facilities.tiles import brick

NO_FILTER = "none"
SCHEDULES = ("greedy", "greedy_slew", "sear")


class GwemoptOptions(BaseModel):
    """What gwemopt alone can be told: how it orders the night, and the least time between two of a field.

    `schedule` `best` tries each way and takes what covers most: loading gwemopt takes far longer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schedule: Literal["best", "greedy", "greedy_slew", "sear"] = "best"
    balanced: bool = False
    minimum_gap: float = Field(default=0.0, ge=0, le=86400, allow_inf_nan=False)


def write_request(folder: Path, given: Given, facility: Facility, options: GwemoptOptions) -> None:
    """Leave `request.json` and `map.fits` in the folder."""
    (folder / "map.fits").write_bytes(given.skymap)
    (folder / "request.json").write_text(json.dumps(request_of(given, facility, options)), encoding="utf-8")


def request_of(given: Given, facility: Facility, options: GwemoptOptions) -> dict[str, Any]:
    """Times in unix seconds, angles in degrees. A tile: number, ra, dec, weight, when it may be begun.

    gwemopt takes a tile for any slot of its clockwork that touches one of the tile's windows, so these are
    given narrower by an exposure at both ends: then every exposure lies in a stretch in which the field is in
    sight.
    """
    terms, seconds = given.terms, max(given.terms.seconds)
    width, height = brick_of(facility)
    shape = "circle" if facility.field_of_view.shape == "circle" else "rectangle"
    step = max(brick(facility.field_of_view))
    return {
        "event_time": given.window[0].timestamp(),
        "strategy": "galaxies" if given.strategy == "galaxies" else "tiling",
        "windows": [[each.timestamp() for each in given.window]],
        "tiles": [
            [
                number,
                each.ra,
                each.dec,
                each.weight,
                [[begin + seconds, end - seconds] for begin, end in each.spans if end - begin > 2 * seconds],
            ]
            for number, each in enumerate(given.fields, start=1)
        ],
        "field": {"shape": shape, "width": width, "height": height},
        "filters": [name or NO_FILTER for name in terms.filters],
        "exposure": seconds,
        "filter_strategy": "block" if terms.asked.sequence == "blocks" else "integrated",
        "most_fields": terms.asked.max_tiles,
        "schedules": [options.schedule] if options.schedule != "best" else list(SCHEDULES),
        "balanced": options.balanced,
        "minimum_gap": options.minimum_gap,
        "facility": {
            "latitude": facility.latitude,
            "longitude": facility.longitude,
            "elevation": facility.elevation,
            "airmass_limit": given.airmass_limit,
            "slew_rate": terms.slew_rate,
            "readout": terms.overhead,
            # its clock knows no slews: the way to a neighbour is a part of what every exposure costs
            "overhead": max(terms.overhead, step / terms.slew_rate),
            "filter_change": terms.filter_change if len(terms.filters) > 1 else 0.0,
            "field_width": width,
            "moon_separation_limit": facility.moon_separation_limit,
            "declination_min": facility.declination_min,
            "declination_max": facility.declination_max,
            "hour_angle_limit": facility.hour_angle_limit,
        },
    }


def brick_of(facility: Facility) -> tuple[float, float]:
    """Width and height of the field, gaps taken off all around; a circle's diameter twice."""
    field = facility.field_of_view
    if field.shape != "circle":
        return brick(field)
    diameter = field.width * (field.effective_area / field.outline_area) ** 0.5
    return diameter, diameter
