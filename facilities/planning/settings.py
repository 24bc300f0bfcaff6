"""What may be asked of a plan, and what a facility takes where nothing is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError, field_validator, model_validator

from facilities.facility import Entry, Facility, FacilityError

UNKNOWN_EXPOSURE: Final = 300.0
"""Seconds, where neither the asker nor the facility's depth table says how long."""

UNKNOWN_OVERHEAD: Final = 15.0
"""Seconds from the end of one exposure to the start of the next, where the facility does not say."""

UNKNOWN_SLEW_RATE: Final = 1.0
"""Degrees a second, where the facility does not say."""

UNKNOWN_FILTER_CHANGE: Final = 30.0

WORTH: Final = 0.01
"""A field that adds less than this part of what the best one holds is not worth its time."""

MOST_FIELDS: Final = 3000
"""No night has room for more; what would fit more is planned up to here."""


EXPECTED: Final = {
    "strategy": "auto, single, tiling or galaxies",
    "filters": "names of filters with commas between them",
    "exposure_time": "seconds above 0 and up to 7200, one for all filters or one each, as 120,180",
    "sequence": "alternating or blocks",
    "probability": "a number above 0 and up to 1, or percent as 80%",
    "max_tiles": f"a whole number from 1 to {MOST_FIELDS}",
    "minimum": "a number from 0 and below 1, or percent as 0.1%",
    "galaxies": "a whole number from 1 to 2000",
    "airmass": "a number from 1 to 10",
    "moon_separation": "degrees from 0 to 180",
    "overhead": "seconds from 0 to 3600",
    "slew_rate": "degrees a second, above 0 and up to 100",
    "filter_change": "seconds from 0 to 3600",
    "start": "an instant, as 2026-11-21T03:00",
    "end": "an instant, as 2026-11-21T03:00",
}
"""What each setting may be, in words."""


class PlanSettingsError(FacilityError):
    """A setting of a plan cannot be: which (`key`), what was read, what was expected."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


class PlanSettings(Entry):
    """What is asked of a plan; what is left out follows from the facility.

    `strategy` `auto` takes one centred pointing where the field of view holds the 90 % region, else fields.
    `filters` in the order of their exposures; `exposure_time` in seconds, one for all or one a filter.
    `sequence`: `alternating` exposes a field in all filters before the next, `blocks` exposes about half an
    hour of fields in one filter and then the same ones in the next. `probability` (0..1) of the map is the
    goal at which a plan stops; `max_tiles` the most fields; `minimum` the least probability worth a field
    (None: a hundredth of what the best field in sight holds: no night is filled with next to nothing).
    `airmass` and `moon_separation` (degrees) replace the facility's limits; `overhead` (s) is the time from
    shutter to shutter on the same field, `slew_rate` in degrees a second, `filter_change` in seconds.
    `start` and `end` narrow the window (aware instants).
    """

    strategy: Literal["auto", "single", "tiling", "galaxies"] = "auto"
    filters: tuple[str, ...] = ()
    exposure_time: tuple[float, ...] = ()
    sequence: Literal["alternating", "blocks"] = "alternating"
    probability: float = Field(default=0.9, gt=0, le=1, allow_inf_nan=False)
    max_tiles: int | None = Field(default=None, ge=1, le=MOST_FIELDS)
    minimum: float | None = Field(default=None, ge=0, lt=1, allow_inf_nan=False)
    galaxies: int = Field(default=200, ge=1, le=2000)
    airmass: float | None = Field(default=None, ge=1, le=10, allow_inf_nan=False)
    moon_separation: float | None = Field(default=None, ge=0, le=180, allow_inf_nan=False)
    overhead: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False)
    slew_rate: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    filter_change: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False)
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None

    @field_validator("filters", "exposure_time", mode="before")
    @classmethod
    def a_list_may_be_one_or_words(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.replace(";", ",").split(",") if part.strip())
        return (value,) if isinstance(value, int | float) else value

    @field_validator("exposure_time")
    @classmethod
    def an_exposure_is_seconds(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        for seconds in values:
            if not 0.0 < seconds <= 7200.0:
                raise ValueError("an exposure is seconds above 0 and up to 7200")
        return values

    @field_validator("probability", "minimum", mode="before")
    @classmethod
    def percent_is_said(cls, value: Any) -> Any:
        if isinstance(value, str) and value.strip().endswith("%"):
            try:
                return float(value.strip().removesuffix("%")) / 100.0
            except ValueError:
                return value
        return value

    @model_validator(mode="after")
    def the_window_has_a_length(self) -> PlanSettings:
        if self.start and self.end and self.end <= self.start:
            raise ValueError(f"end {self.end.isoformat()} is not after start {self.start.isoformat()}")
        return self


@dataclass(frozen=True)
class Terms:
    """The settings of one plan with nothing left open.

    `filters` and `seconds` go together; a filter is None where the facility has none. `notes` says what was
    assumed.
    """

    asked: PlanSettings
    filters: tuple[str | None, ...]
    seconds: tuple[float, ...]
    overhead: float
    slew_rate: float
    filter_change: float
    notes: tuple[str, ...] = ()

    @property
    def visit(self) -> float:
        """Whole seconds from the first shutter to the last of one field in all filters, one after another."""
        between = math.ceil(max(self.overhead, self.filter_change))
        return float(sum(map(math.ceil, self.seconds)) + (len(self.seconds) - 1) * between)

    def to_dict(self) -> dict[str, Any]:
        """What the plan was made with, JSON-able."""
        asked = self.asked.model_dump(mode="json", exclude_none=True)
        asked.pop("galaxies" if self.asked.strategy != "galaxies" else "", None)
        return {
            **asked,
            "filters": list(self.filters) if self.filters != (None,) else [],
            "exposure_time": list(self.seconds),
            "overhead": self.overhead,
            "slew_rate": self.slew_rate,
            "filter_change": self.filter_change,
        }


def terms_for(facility: Facility, settings: PlanSettings) -> Terms:
    """The settings completed from the facility. Raises `PlanSettingsError` for what it cannot do."""
    filters = _filters(facility, settings)
    notes = []
    if settings.exposure_time and len(settings.exposure_time) not in (1, len(filters)):
        raise PlanSettingsError(
            "exposure_time",
            f"exposure_time has {len(settings.exposure_time)} values for {len(filters)} filters; "
            "expected one for all, or one a filter",
        )
    if settings.exposure_time:
        seconds = settings.exposure_time * (len(filters) if len(settings.exposure_time) == 1 else 1)
    else:
        seconds = tuple(_usual_seconds(facility, each) for each in filters)
        if not facility.depth:
            notes.append(
                f"No exposure time is known for {facility.name}: {UNKNOWN_EXPOSURE:.0f} s was assumed."
            )
    return Terms(
        asked=settings,
        filters=filters,
        seconds=seconds,
        overhead=_first(settings.overhead, facility.overhead, UNKNOWN_OVERHEAD),
        slew_rate=_first(settings.slew_rate, facility.slew_rate, UNKNOWN_SLEW_RATE),
        filter_change=_first(settings.filter_change, facility.filter_change, UNKNOWN_FILTER_CHANGE),
        notes=tuple(notes),
    )


def settings_from_words(words: Mapping[str, str], facility: Facility) -> PlanSettings:
    """The settings that somebody typed (`exposure_time=120 filters=g,r probability=80%`), checked.

    Raises `PlanSettingsError` for an unknown key (with the nearest known), a value out of bounds, or what the
    facility cannot do.
    """
    known = list(PlanSettings.model_fields)
    for key in words:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise PlanSettingsError(key, f"{key} is not a setting of a plan; {hint}")
    try:
        settings = PlanSettings.model_validate({key: _typed(key, text) for key, text in words.items()})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        if not problem["loc"]:
            raise PlanSettingsError("end", problem["msg"].removeprefix("Value error, ")) from None
        key = str(problem["loc"][0])
        raise PlanSettingsError(
            key, f"{key} is “{words.get(key, '')[:60]}”; expected {EXPECTED[key]}"
        ) from None
    terms_for(facility, settings)
    return settings


def _typed(key: str, text: str) -> object:
    """Instants without a zone are UTC, as everywhere on the command line."""
    if key not in ("start", "end"):
        return text.strip()
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant


def _filters(facility: Facility, settings: PlanSettings) -> tuple[str | None, ...]:
    if not settings.filters:
        if facility.depth:
            return (facility.depth[0].filter,)
        return facility.filters[:1] or (None,)
    for name in settings.filters:
        if facility.filters and name not in facility.filters:
            raise PlanSettingsError(
                "filters",
                f"filters: {facility.name} has no filter “{name[:60]}”; it has {', '.join(facility.filters)}",
            )
    if len(set(settings.filters)) != len(settings.filters) and settings.sequence == "alternating":
        raise PlanSettingsError(
            "filters", "filters: one is named twice; with sequence=blocks a field is exposed in it twice"
        )
    return settings.filters


def _usual_seconds(facility: Facility, name: str | None) -> float:
    by_filter = {each.filter: each.exposure for each in facility.depth}
    if name in by_filter:
        return by_filter[name]
    return facility.depth[0].exposure if facility.depth else UNKNOWN_EXPOSURE


def _first(*values: float | None) -> float:
    return next(value for value in values if value is not None)
