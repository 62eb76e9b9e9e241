"""The state of the gateway for Prometheus. Nothing in it tells of a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from ivr.call.counting import METRICS
from ivr.call.counting import Metric as Counted
from ivr.console.figures import by_value
from ivr.console.health import Process
from ivr.console.services import Services
from ivr.storage.down import DatabaseDownError

#: In the order of their numbers in the metric.
_CIRCUIT_STATES = ("closed", "half_open", "open")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(services: Services) -> bytes:
    """All metrics in Prometheus' text format. A database that is down is itself a metric, not an error."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(services))
    return generate_latest(registry)


class _Collector:
    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield from self._calls()
        yield from self._machine()
        yield from self._workers()
        up = GaugeMetricFamily("xiangyin_database_up", "1 while the database of the call log answers")
        try:
            self._services.office.prepare()
            totals = list(self._totals())
        except DatabaseDownError:
            totals = []
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        yield up
        yield from totals

    def _calls(self) -> Iterator[Metric]:
        live = self._services.live
        running = GaugeMetricFamily("xiangyin_calls_in_progress", "calls in progress", labels=["worker"])
        worst = GaugeMetricFamily("xiangyin_worst_line_loss", "greatest share of packets lost on a line in progress")
        calls = live.calls()
        for worker in live.workers():
            running.add_metric([worker], sum(1 for call in calls if call.worker == worker))
        worst.add_metric([], max((call.loss for call in calls), default=0.0))
        yield running
        yield worst

    def _machine(self) -> Iterator[Metric]:
        state = self._services.health()
        yield GaugeMetricFamily("xiangyin_disk_free_bytes", "room for data", state.disk_free)
        yield GaugeMetricFamily("xiangyin_journal_waiting_bytes", "journal not shipped yet", state.waiting_bytes)
        outbox = state.outbox
        yield GaugeMetricFamily("xiangyin_outbox_waiting", "things left that wait to be delivered", outbox.waiting)
        yield GaugeMetricFamily("xiangyin_outbox_refused", "things left that the backend refused", outbox.refused)
        yield GaugeMetricFamily("xiangyin_outbox_oldest_seconds", "how long the oldest waits", outbox.oldest_s)
        ready = GaugeMetricFamily("xiangyin_process_up", "1 while a process is ready", labels=["process"])
        restarts = CounterMetricFamily("xiangyin_process_restarts", "starts after the first", labels=["process"])
        for process in state.processes or ():
            ready.add_metric([process.name], process.state == "ready")
            restarts.add_metric([process.name], process.restarts)
        yield ready
        yield restarts
        findings = GaugeMetricFamily("xiangyin_findings", "findings of ivr doctor", labels=["verdict"])
        for verdict in ("good", "warning", "bad"):
            findings.add_metric([verdict], sum(1 for finding in state.findings if finding.verdict == verdict))
        yield findings

    def _workers(self) -> Iterator[Metric]:
        """What line workers count, from one table for them and us."""
        workers = [process for process in self._services.health().processes or () if process.journal is not None]
        healthy = GaugeMetricFamily("xiangyin_journal_healthy", "1 while the disk takes the journal", labels=["worker"])
        circuits = GaugeMetricFamily(
            "xiangyin_backend_circuit_open", "1 while asking is interrupted", labels=["worker", "backend"]
        )
        states = GaugeMetricFamily(
            "xiangyin_backend_circuit_state", "0 closed, 1 half open, 2 open", labels=["worker", "backend"]
        )
        for worker in workers:
            healthy.add_metric([worker.name], bool(worker.journal))
            for name, state in worker.circuits.items():
                circuits.add_metric([worker.name, name], state != "closed")
                states.add_metric([worker.name, name], _CIRCUIT_STATES.index(state))
        yield healthy
        yield circuits
        yield states
        for metric in METRICS:
            make = _histogram if metric.buckets else _counter
            yield make(metric, workers)

    def _totals(self) -> Iterator[Metric]:
        """Sums since the first call: counters that only grow, from the counts of all days."""
        tallies = self._services.office.tallies
        span = tallies.span()
        today = self._services.now().astimezone().date() + timedelta(days=1)
        first = span[0] if span else today
        counts = tallies.several(("outcome", "backend", "transfer"), first, today)
        calls = CounterMetricFamily("xiangyin_calls", "calls that have ended", labels=["outcome"])
        for outcome, amount in by_value(counts["outcome"]).items():
            calls.add_metric([outcome], amount)
        yield calls
        queries = CounterMetricFamily("xiangyin_backend_queries", "questions", labels=["operation", "status"])
        for count in counts["backend"]:
            queries.add_metric([count.place, count.value], count.amount)
        yield queries
        transfers = CounterMetricFamily("xiangyin_transfers", "transfers to a person", labels=["outcome"])
        for outcome, amount in by_value(counts["transfer"]).items():
            transfers.add_metric([outcome], amount)
        yield transfers
        waiting = GaugeMetricFamily("xiangyin_work_open", "things that wait for people", labels=["queue"])
        late = GaugeMetricFamily("xiangyin_work_overdue", "those whose deadline is over", labels=["queue"])
        for queue, amounts in self._services.office.work.waiting(self._services.now()).items():
            waiting.add_metric([queue], amounts.open)
            late.add_metric([queue], amounts.overdue)
        yield waiting
        yield late


def _counter(counted: Counted, workers: Sequence[Process]) -> Metric:
    labels = ["worker", *([counted.label] if counted.label else [])]
    family = CounterMetricFamily(f"xiangyin_{counted.name}", counted.help, labels=labels)
    for worker in workers:
        numbers = worker.counts.get("counters", {}).get(counted.name) or ({} if counted.label else {"": 0})
        for label, number in numbers.items():
            family.add_metric([worker.name, *([label] if counted.label else [])], number)
    return family


def _histogram(counted: Counted, workers: Sequence[Process]) -> Metric:
    """Prometheus' buckets count everything up to their bound; ours count what fell between two bounds."""
    family = HistogramMetricFamily(f"xiangyin_{counted.name}", counted.help, labels=["worker"])
    bounds = [*map(str, counted.buckets), "+Inf"]
    for worker in workers:
        found = worker.counts.get("histograms", {}).get(counted.name) or [0] * (len(bounds) + 1)
        *amounts, seconds = found
        family.add_metric([worker.name], list(zip(bounds, accumulate(amounts), strict=True)), seconds)
    return family
