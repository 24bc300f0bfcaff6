"""One telescope: where it stands, what it may point at, how much sky it takes at once."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from facilities.geography import check_position, check_timezone

Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^\S(.*\S)?$")]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Separation = Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)]
Declination = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class FacilityError(ValueError):
    """A facility file or a facility's name is wrong; the message says which, where and what was expected."""


class Entry(BaseModel):
    """A value read from YAML: frozen, and no key passes that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldOfView(Entry):
    """What one pointing takes of the sky.

    `width` and `height` in degrees (a circle's diameter twice; the box around a footprint); `area` in deg²
    where gaps or corners make it less than the outline.
    """

    shape: Literal["circle", "rectangle", "footprint"]
    width: float = Field(gt=0, le=180, allow_inf_nan=False)
    height: float = Field(gt=0, le=180, allow_inf_nan=False)
    area: float | None = Field(default=None, gt=0, le=41253, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def a_circle_needs_its_diameter_only(cls, values: Any) -> Any:
        if isinstance(values, dict) and "height" not in values and "width" in values:
            return {**values, "height": values["width"]}
        return values

    @model_validator(mode="after")
    def the_shape_is_consistent(self) -> FieldOfView:
        if self.shape == "circle" and self.width != self.height:
            raise ValueError(f"a circle is as wide as high, not {self.width} by {self.height}")
        if self.area is not None and self.area > 1.01 * self.outline_area:
            raise ValueError(f"area {self.area} deg² is more than the outline's {self.outline_area:.4g} deg²")
        return self

    @property
    def outline_area(self) -> float:
        """Area of the plain outline, deg² (flat: fields are small)."""
        box = self.width * self.height
        return math.pi / 4 * box if self.shape == "circle" else box

    @property
    def effective_area(self) -> float:
        """Sky taken by one pointing, deg²."""
        return self.outline_area if self.area is None else self.area


class Depth(Entry):
    """Typical 5-sigma AB depth of one exposure: filter, seconds, magnitude."""

    filter: str
    exposure: float = Field(gt=0, allow_inf_nan=False)
    magnitude: float = Field(gt=0, lt=40, allow_inf_nan=False)


class Facility(Entry):
    """A telescope with its camera: the keys of `nightdesk facilities --json`.

    Angles in degrees (longitude −180..180, east positive), elevation in metres, hour angle in hours. A ground
    facility works while the sun is below `sun_altitude_limit`, from the horizon up to `airmass_limit`
    (plane-parallel, 1/cos z). A space facility has no place and no night: it keeps `sun_separation_limit`
    (and `sun_separation_max`) from the sun, `moon_separation_limit` from the moon and `earth_limb_limit`
    from the Earth's limb, at `orbit_altitude` km and `orbit_inclination`. For plans, where known: `slew_rate`
    in degrees a second, `overhead` in seconds from the end of an exposure to the next one's start on the same
    field (readout included), `filter_change` in seconds.
    """

    name: Name
    aliases: tuple[Name, ...] = ()
    kind: Literal["survey", "imager", "spectrograph", "satellite"]
    site: str
    latitude: Degrees | None = None
    longitude: Degrees | None = None
    elevation: Degrees | None = None
    timezone: str = "UTC"
    space: bool = False
    sun_altitude_limit: float = Field(default=-12.0, ge=-90, le=0, allow_inf_nan=False)
    airmass_limit: float = Field(default=2.5, ge=1, allow_inf_nan=False)
    hour_angle_limit: float | None = Field(default=None, gt=0, le=12, allow_inf_nan=False)
    declination_min: Declination = -90.0
    declination_max: Declination = 90.0
    moon_separation_limit: Separation = 15.0
    sun_separation_limit: Separation | None = None
    sun_separation_max: Separation | None = None
    earth_limb_limit: float | None = Field(default=None, ge=0, le=90, allow_inf_nan=False)
    orbit_altitude: float | None = Field(default=None, gt=100, allow_inf_nan=False)
    orbit_inclination: float | None = Field(default=None, ge=0, le=180, allow_inf_nan=False)
    field_of_view: FieldOfView
    filters: tuple[str, ...] = ()
    depth: tuple[Depth, ...] = ()
    status: Literal["open", "closed"] = "open"
    status_reason: str | None = None
    survey_grid: str | None = None
    slew_rate: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    overhead: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False)
    filter_change: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False)
    mpc_code: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]{3}$")
    skyportal: str | None = None
    treasuremap_id: int | None = Field(default=None, ge=1)
    links: dict[str, str] = Field(default_factory=dict)
    source: str = Field(min_length=3)

    @field_validator("timezone")
    @classmethod
    def the_zone_is_known(cls, zone: str) -> str:
        return check_timezone(zone)

    @model_validator(mode="after")
    def the_place_is_plausible(self) -> Facility:
        if self.declination_min >= self.declination_max:
            raise ValueError(
                f"declination_min {self.declination_min} is not below declination_max {self.declination_max}"
            )
        if self.space:
            self._check_orbit()
        else:
            check_position(self.latitude, self.longitude, self.elevation, self.timezone)
        return self

    def _check_orbit(self) -> None:
        if not (self.latitude is self.longitude is self.elevation is None):
            raise ValueError("a space facility has no latitude, longitude or elevation: leave them out")
        if self.sun_separation_limit is None:
            raise ValueError("a space facility needs sun_separation_limit (degrees)")
        if (self.sun_separation_max or 180.0) <= self.sun_separation_limit:
            raise ValueError(
                f"sun_separation_max {self.sun_separation_max} is not above "
                f"sun_separation_limit {self.sun_separation_limit}"
            )
        if self.earth_limb_limit is not None and self.orbit_altitude is None:
            raise ValueError("earth_limb_limit needs orbit_altitude (km)")

    @property
    def altitude_limit(self) -> float:
        """Lowest altitude in degrees that the airmass limit allows: sin(alt) = 1/X (plane-parallel)."""
        return math.degrees(math.asin(1.0 / self.airmass_limit))

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def to_dict(self) -> dict[str, Any]:
        """JSON-able values under the keys of contracts.md."""
        return self.model_dump(mode="json")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Facility:
        """The facility of `values`; `FacilityError` in words where they are wrong."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise FacilityError("; ".join(in_words(error, cls))) from None


def in_words(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """What pydantic found, one sentence each: key, value, expectation."""
    sentences = []
    for problem in error.errors(include_url=False):
        where = ".".join(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            sentences.append(_unknown_key(problem["loc"], model))
        elif problem["type"] == "missing":
            sentences.append(f"{where} is missing")
        elif problem["type"] == "value_error" and not where:
            sentences.append(message)
        else:
            sentences.append(f"{where} is {problem['input']!r}: {message[0].lower()}{message[1:]}")
    return sentences


def _unknown_key(loc: tuple[int | str, ...], model: type[BaseModel]) -> str:
    from difflib import get_close_matches

    inner: dict[str, type[BaseModel]] = {"field_of_view": FieldOfView, "depth": Depth}
    known = list(inner.get(str(loc[0]), model).model_fields) if len(loc) > 1 else list(model.model_fields)
    near = get_close_matches(str(loc[-1]), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"{'.'.join(str(part) for part in loc)} is not a key of a facility; {hint}"
