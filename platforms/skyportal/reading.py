"""Reading what a SkyPortal answers: typed, UTC, and with a clear sentence where it is something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from platforms.skyportal.client import SkyPortal
from platforms.skyportal.refusals import SkyPortalError


class Incoming(BaseModel):
    """What comes in; more may come than is read."""

    model_config = ConfigDict(frozen=True, extra="ignore", arbitrary_types_allowed=False)


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


Utc = Annotated[datetime, AfterValidator(_aware)]
"""An instant: naive ones are UTC there."""

M = TypeVar("M", bound=Incoming)


def parsed(portal: SkyPortal, model: type[M], value: Any, what: str) -> M:
    """The value as its model. Raises SkyPortalError, which names `what` was read and where it is odd."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"]) or "the whole"
        raise SkyPortalError(
            f"{portal.name} gave {what} in a form that is not known here: {first['msg']} at {where}",
            advice="its version may be another than the one known here (1.4.0); tell the desk's developers",
        ) from None


def rows(value: Any, key: str | None = None) -> Sequence[Mapping[str, Any]]:
    """The objects of a list, or of the list under `key`; what else stands in it is left out."""
    if key is not None:
        value = value.get(key) if isinstance(value, Mapping) else None
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def known(value: float | None) -> float | None:
    """A number one can count with, else None."""
    return value if value is not None and abs(value) < 1e15 else None
