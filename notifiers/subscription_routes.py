"""Subscriptions as routes: what a person asked for, in the language of the desk's own routes."""

from __future__ import annotations

import logging
from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifiers.routes import Route, Tell
from notifiers.rules import RuleError, compile_rule
from notifiers.ruling import Urgency
from notifiers.subscription_tables import SubscriptionRow
from shifts.contact import Way

log = logging.getLogger(__name__)


def route_of(row: SubscriptionRow) -> Route:
    """The route that a subscription is. Raises RuleError where its rule means nothing any more."""
    return Route(
        subscription_name(row.person, row.number),
        compile_rule(row.rule),
        tell=Tell(row.tell),
        urgency=Urgency(row.urgency),
        wakes=row.wakes,
        at_most=row.at_most,
        by=cast("Way | None", row.way),
        owner=row.person,
    )


def subscription_name(person: str, number: int) -> str:
    """How a subscription is called where routes are named: `@ana/2`."""
    return f"@{person}/{number}"


async def active_routes(session: AsyncSession) -> list[Route]:
    """Everybody's subscriptions that are not paused, as routes."""
    active = select(SubscriptionRow).where(SubscriptionRow.paused.is_(False)).order_by(SubscriptionRow.id)
    routes = []
    for row in await session.scalars(active):
        try:
            routes.append(route_of(row))
        except RuleError as error:  # the language changed since: one person's rule stops nobody else's
            log.warning("subscription %d of %s means nothing any more: %s", row.number, row.person, error)
    return routes
