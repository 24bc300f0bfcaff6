"""What `/metrics` says, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from bot.supervision import TaskState
from gcn.message import InboxCounts
from gcn.stream_state import StreamState
from notifiers.destinations import group_of
from notifiers.outbox import Depth
from notifiers.sender import Outcome
from notifiers.tables import Kind, State

WHY = {"TryAgain": "again", "TryLater": "later", "TooLate": "too late"}
LATENCIES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)


@dataclass(frozen=True)
class Snapshot:
    """The state of the hub at one instant, from which the gauges are made."""

    now: datetime
    inbox: InboxCounts
    outbox: Sequence[Depth]
    stream: StreamState | None
    heartbeat_age: float | None
    tasks: dict[str, TaskState]
    jobs: Mapping[tuple[str, str], int] = field(default_factory=dict)  # open ones, by platform and state


class Metrics:
    """Counters and histograms of this process, and gauges of a snapshot."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.notices = Counter(
            "nightdesk_notices", "Notices attached to an event", ["mission", "role"], registry=self._registry
        )
        self.reading = Histogram(
            "nightdesk_notice_to_stored_seconds",
            "From the issue of a notice to its arrival here (the sender's clock against ours)",
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.card = Histogram(
            "nightdesk_notice_to_card_seconds",
            "From the issue of a notice to its card being in the chat (the sender's clock against ours)",
            ["channel"],
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.first_page = Histogram(
            "nightdesk_notice_to_page_seconds",
            "From the issue of a notice to a provider's having a page about it",
            ["way"],
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.deliveries = Counter(
            "nightdesk_deliveries",
            "Attempts to deliver a message, by what came of them",
            ["channel", "result"],
            registry=self._registry,
        )
        self.failures = Counter(
            "nightdesk_delivery_failures",
            "Attempts that failed: again (it may work), later (asked to pause), never, too late",
            ["channel", "why"],
            registry=self._registry,
        )
        self.self_test = Histogram(
            "nightdesk_self_test_seconds",
            "From the arrival of a mock superevent (MS…) to the decision who is told of it",
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.page = Histogram(
            "nightdesk_page_seconds",
            "From the decision to page to the beginning of the first step",
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.acknowledgement = Histogram(
            "nightdesk_acknowledgement_seconds",
            "From the decision to page to somebody having it",
            buckets=LATENCIES,
            registry=self._registry,
        )
        self.last_self_test = Gauge(
            "nightdesk_last_self_test_timestamp_seconds",
            "When a mock superevent last went the whole way; several do every hour",
            registry=self._registry,
        )

    def count_delivery(self, outcome: Outcome) -> None:
        """Count one attempt of the dispatcher. People are counted together, by way."""
        channel = group_of(outcome.channel)
        self.deliveries.labels(channel, outcome.state.value).inc()
        if outcome.failure is not None:
            self.failures.labels(channel, WHY.get(outcome.failure, "never")).inc()
        if outcome.state is not State.SENT or outcome.issued is None:
            return
        seconds = max(0.0, (outcome.at - outcome.issued).total_seconds())
        if outcome.kind is Kind.POST:
            self.card.labels(channel).observe(seconds)
        elif outcome.urgent:
            self.first_page.labels(channel).observe(seconds)

    def text(self, snapshot: Snapshot) -> bytes:
        """Everything, in Prometheus' text format."""
        gauges = CollectorRegistry()
        gauges.register(_Gauges(snapshot))
        return generate_latest(self._registry) + generate_latest(gauges)


class _Gauges:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        yield from self._messages()
        yield from self._outbox()
        yield from self._jobs()
        yield from self._tasks()
        yield from self._stream()

    def _messages(self) -> Iterator[Metric]:
        counts, now = self._snapshot.inbox, self._snapshot.now
        messages = GaugeMetricFamily(
            "nightdesk_messages", "Stored messages by state; `failed` could not be read", labels=["state"]
        )
        for state, number in counts.by_state.items():
            messages.add_metric([state.value], number)
        yield messages
        age = 0.0 if counts.oldest_new is None else (now - counts.oldest_new).total_seconds()
        yield GaugeMetricFamily("nightdesk_unread_age_seconds", "Age of the oldest message not yet read", age)

    def _outbox(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily(
            "nightdesk_outbox", "Messages owed or given up", labels=["channel", "state"]
        )
        age = GaugeMetricFamily(
            "nightdesk_outbox_age_seconds", "Age of the oldest of them", labels=["channel", "state"]
        )
        grouped: dict[tuple[str, str], list[Depth]] = {}
        for row in self._snapshot.outbox:
            grouped.setdefault((group_of(row.channel), row.state.value), []).append(row)
        for labels, rows in grouped.items():
            depth.add_metric(labels, sum(row.rows for row in rows))
            oldest = min(row.oldest for row in rows)
            age.add_metric(labels, (self._snapshot.now - oldest).total_seconds())
        yield from (depth, age)

    def _jobs(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("nightdesk_jobs", "Jobs that have not ended", labels=["platform", "state"])
        for labels, number in self._snapshot.jobs.items():
            jobs.add_metric(labels, number)
        yield jobs

    def _tasks(self) -> Iterator[Metric]:
        restarts = GaugeMetricFamily(
            "nightdesk_task_restarts", "How often a task was begun again", labels=["task"]
        )
        for name, state in self._snapshot.tasks.items():
            restarts.add_metric([name], state.restarts)
        yield restarts

    def _stream(self) -> Iterator[Metric]:
        stream = self._snapshot.stream
        if stream is None:
            return
        yield GaugeMetricFamily(
            "nightdesk_stream_connected", "1 while the broker answers", float(stream.connected)
        )
        if self._snapshot.heartbeat_age is not None:
            yield GaugeMetricFamily(
                "nightdesk_heartbeat_age_seconds", "Since the last sign of life", self._snapshot.heartbeat_age
            )
        if stream.lag is not None:
            yield GaugeMetricFamily("nightdesk_stream_lag", "Messages still to be read", stream.lag)
        for name, number in (("new", stream.new), ("repeated", stream.repeated), ("ignored", stream.ignored)):
            yield GaugeMetricFamily(
                f"nightdesk_stream_{name}", f"Messages stored since the start: {name}", number
            )
