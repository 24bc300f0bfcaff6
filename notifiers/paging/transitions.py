"""How an answer changes a page. Pure: a page and an answer in, how it stands afterwards out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifiers.paging.answers import Answer, PageView, Why
from notifiers.paging.plan import Plan, Round
from notifiers.paging.tables import PageState

SHORTEST_SNOOZE = timedelta(minutes=1)
USUAL_SNOOZE = timedelta(minutes=10)


@dataclass(frozen=True)
class Change:
    """What comes of an answer: why it did or did not act, and the page as it stands then.

    `declines`: the person is not asked again by this page.
    """

    why: Why
    page: PageView
    declines: bool = False

    @property
    def acted(self) -> bool:
        return self.why in (Why.DONE, Why.WAITING)


def settle(
    page: PageView,
    plan: Plan,
    answer: Answer,
    person: str,
    now: datetime,
    *,
    seen: int | None = None,
    minutes: float | None = None,
) -> Change:
    """What `person`'s answer does to the page.

    `seen` is the turn of the page that the person's card showed; None for words that were typed. Of two who
    say "I have it" the second is told who was first. What would act on something else than its reader saw
    (escalate, snooze, take over) does nothing once the page has moved on.
    """
    if not page.live:
        return Change(Why.CLOSED, page)
    match answer:
        case Answer.ACKNOWLEDGE:
            return _acknowledge(page, person, now)
        case Answer.TAKE_OVER:
            return _take_over(page, person, now, seen)
        case Answer.DECLINE:
            return _decline(page, person, now)
        case Answer.ESCALATE:
            return _escalate(page, plan, now, seen)
        case Answer.SNOOZE:
            return _snooze(page, plan, person, now, seen, minutes)
        case Answer.RESOLVE:
            closed = replace(
                page, state=PageState.RESOLVED, holder=page.holder or person, closed=now, next_due=None
            )
            return _moved(Why.DONE, closed, now)


def reopened(page: PageView, now: datetime) -> PageView:
    """The page as nobody's again: its next step begins at once."""
    return replace(
        page, state=PageState.OPEN, holder=None, acknowledged_by=(), next_due=now, turn=page.turn + 1
    )


def _moved(why: Why, page: PageView, now: datetime, *, declines: bool = False) -> Change:
    return Change(why, replace(page, turn=page.turn + 1, acted=now), declines)


def _acknowledge(page: PageView, person: str, now: datetime) -> Change:
    if page.state is PageState.ACKNOWLEDGED:
        return Change(Why.REPEATED if page.holder == person else Why.ALREADY, page)
    if person in page.acknowledged_by and page.state is PageState.OPEN:
        return Change(Why.REPEATED, page)
    by = tuple(dict.fromkeys((*page.acknowledged_by, person)))
    if len(by) < page.acknowledgements:
        waiting = replace(page, acknowledged_by=by, holder=by[0])
        if page.state is PageState.SNOOZED:
            waiting = replace(waiting, state=PageState.OPEN, next_due=now)
        return _moved(Why.WAITING, waiting, now)
    return _moved(Why.DONE, _acknowledged(page, by, by[0], now), now)


def _acknowledged(page: PageView, by: tuple[str, ...], holder: str, now: datetime) -> PageView:
    return replace(
        page,
        state=PageState.ACKNOWLEDGED,
        acknowledged_by=by,
        holder=holder,
        acknowledged=page.acknowledged or now,
        next_due=None,
    )


def _take_over(page: PageView, person: str, now: datetime, seen: int | None) -> Change:
    if page.state is not PageState.ACKNOWLEDGED:
        return _acknowledge(page, person, now)
    if page.holder == person:
        return Change(Why.REPEATED, page)
    if seen is not None and seen != page.turn:
        return Change(Why.OUTDATED, page)
    others = tuple(name for name in page.acknowledged_by if name not in (page.holder, person))
    return _moved(Why.DONE, _acknowledged(page, (person, *others), person, now), now)


def _decline(page: PageView, person: str, now: datetime) -> Change:
    if page.holder != person:
        return _moved(Why.DONE, page, now, declines=True)
    left = tuple(name for name in page.acknowledged_by if name != person)
    return _moved(Why.DONE, replace(reopened(page, now), acknowledged_by=left), now, declines=True)


def _escalate(page: PageView, plan: Plan, now: datetime, seen: int | None) -> Change:
    if seen is not None and seen != page.turn:
        return Change(Why.OUTDATED, page)
    step = page.step
    began = plan.rounds[step - 1] if 0 < step <= len(plan.rounds) else None
    while step < len(plan.rounds) - 1 and began is not None and _same_step(began, plan.rounds[step]):
        step += 1  # its own repeats are not the next step
    step = min(step, len(plan.rounds) - 1)  # after the last step it is the last that is asked again
    return _moved(Why.DONE, replace(reopened(page, now), step=step, turn=page.turn), now)


def _snooze(
    page: PageView, plan: Plan, person: str, now: datetime, seen: int | None, minutes: float | None
) -> Change:
    if page.state is PageState.ACKNOWLEDGED and page.holder != person:
        return Change(Why.ALREADY, page)
    if seen is not None and seen != page.turn:
        return Change(Why.OUTDATED, page)
    asked = USUAL_SNOOZE if minutes is None else timedelta(minutes=min(max(minutes, 0.0), 24 * 60.0))
    length = min(max(asked, SHORTEST_SNOOZE), plan.snooze_at_most)
    snoozed = replace(page, state=PageState.SNOOZED, holder=person, acknowledged_by=(), next_due=now + length)
    return _moved(Why.DONE, snoozed, now)


def _same_step(one: Round, other: Round) -> bool:
    return (one.part, one.number) == (other.part, other.number)
