"""Default plans: what a SkyPortal plans by itself for events with certain tags. Never sent by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from platforms.skyportal.client import SkyPortal, part
from platforms.skyportal.plans import MANAGE
from platforms.skyportal.reading import Incoming, parsed, rows
from platforms.skyportal.refusals import SkyPortalError

DATES_AND_NAME = frozenset({"queue_name", "start_date", "end_date"})


@dataclass(frozen=True)
class DefaultPlan:
    """One of them. `payload` is that of a plan without its name and dates; `id` is None before it is made."""

    name: str
    allocation: int
    payload: Mapping[str, Any]
    gcn_tags: tuple[str, ...] = ()
    notice_types: tuple[str, ...] = ()
    localization_tags: tuple[str, ...] = ()
    auto_send: bool = False
    id: int | None = None


class _Filters(Incoming):
    gcn_tags: tuple[str, ...] | None = None
    notice_types: tuple[str, ...] | None = None
    localization_tags: tuple[str, ...] | None = None


class _Row(Incoming):
    id: int
    default_plan_name: str
    allocation_id: int
    payload: dict[str, Any]
    filters: _Filters | None = None
    auto_send: bool = False


async def default_plans(portal: SkyPortal, *, token: str | None = None) -> tuple[DefaultPlan, ...]:
    """Those the account may see. An event without properties gets none of them (all of Einstein Probe)."""
    found = await portal.call(
        "GET", "/api/default_observation_plan", token=token, asked="list the default plans"
    )
    read = [parsed(portal, _Row, each, "a default plan") for each in rows(found)]
    return tuple(_plan(each) for each in read)


async def make_default_plan(portal: SkyPortal, wanted: DefaultPlan, *, token: str | None = None) -> int:
    """Make one; its id. Never with `auto_send`: a person says go before anything goes to a telescope."""
    body = {
        "allocation_id": wanted.allocation,
        "default_plan_name": wanted.name,
        "payload": {key: value for key, value in wanted.payload.items() if key not in DATES_AND_NAME},
        "filters": {
            "gcn_tags": list(wanted.gcn_tags),
            "notice_types": list(wanted.notice_types),
            "localization_tags": list(wanted.localization_tags),
        },
        "auto_send": False,
    }
    made = await portal.call(
        "POST",
        "/api/default_observation_plan",
        body,
        token=token,
        needs=MANAGE,
        asked="keep the default plan",
    )
    return int(made["id"])


async def remove_default_plan(portal: SkyPortal, number: int, *, token: str | None = None) -> None:
    """Take one away; one that is not there is gone already."""
    try:
        await portal.call(
            "DELETE",
            f"/api/default_observation_plan/{part(number)}",
            token=token,
            needs=MANAGE,
            asked="remove the default plan",
        )
    except SkyPortalError as error:
        if not error.missing:
            raise


def _plan(row: _Row) -> DefaultPlan:
    filters = row.filters or _Filters()
    return DefaultPlan(
        name=row.default_plan_name,
        allocation=row.allocation_id,
        payload={key: value for key, value in row.payload.items() if key not in DATES_AND_NAME},
        gcn_tags=filters.gcn_tags or (),
        notice_types=filters.notice_types or (),
        localization_tags=filters.localization_tags or (),
        auto_send=row.auto_send,
        id=row.id,
    )
