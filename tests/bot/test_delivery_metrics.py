"""What `/metrics` says of deliveries: counted by channel and result, timed from the issue of the notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.metrics import Metrics, Snapshot
from gcn.message import InboxCounts
from notifiers.outbox import Depth
from notifiers.sender import Outcome
from notifiers.tables import Kind, State

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def outcome(
    channel: str, kind: Kind, state: State, *, urgent: bool = False, failure: str | None = None
) -> Outcome:
    return Outcome(channel, kind, state, NOW, NOW, urgent, NOW - timedelta(seconds=20), failure)


def said(metrics: Metrics, *depth: Depth) -> str:
    counts = InboxCounts({}, None)
    return metrics.text(Snapshot(NOW, counts, depth, None, None, {})).decode()


def test_a_card_and_a_page_are_timed_from_the_issue_of_the_notice() -> None:
    metrics = Metrics()
    metrics.count_delivery(outcome("gw", Kind.POST, State.SENT))
    metrics.count_delivery(outcome("@ana/sms", Kind.MESSAGE, State.SENT, urgent=True))
    metrics.count_delivery(outcome("@bo/sms", Kind.MESSAGE, State.SENT))  # a reminder is no page
    text = said(metrics)
    assert 'nightdesk_notice_to_card_seconds_sum{channel="gw"} 20.0' in text
    assert 'nightdesk_notice_to_page_seconds_count{way="@sms"} 1.0' in text
    assert 'nightdesk_deliveries_total{channel="@sms",result="sent"} 2.0' in text


def test_failures_are_counted_by_what_becomes_of_them() -> None:
    metrics = Metrics()
    for failure, state in (("TryAgain", State.RETRY), ("TryLater", State.RETRY), ("Gone", State.DEAD)):
        metrics.count_delivery(outcome("gw", Kind.EDIT, state, failure=failure))
    text = said(metrics)
    for why in ("again", "later", "never"):
        assert f'nightdesk_delivery_failures_total{{channel="gw",why="{why}"}} 1.0' in text


def test_people_are_counted_together_by_way() -> None:
    depth = [Depth(f"@p{n}/sms", State.PENDING, 2, NOW - timedelta(seconds=n)) for n in range(3)]
    text = said(Metrics(), *depth)
    assert 'nightdesk_outbox{channel="@sms",state="pending"} 6.0' in text
    assert 'nightdesk_outbox_age_seconds{channel="@sms",state="pending"} 2.0' in text
