"""What a line worker counts of its calls, stage by stage, from the very facts that go into its journal.

The table below is the one place that names a metric; the console turns what workers count into Prometheus' format
(`ivr.console.metrics`). Nothing in it tells of a person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.call.ports import Journal, Record

#: Upper bounds of buckets, in seconds.
_SOON = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SLOW = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_QUICK = (0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5)


@dataclass(frozen=True)
class Metric:
    """One metric of a line worker.

    Attributes:
        name: without `xiangyin_`, and without the ending `_total` of counters.
        help: what it counts.
        label: what it is told apart by, besides the worker; empty for nothing.
        buckets: of a histogram of seconds, upper bounds; none for a counter.
    """

    name: str
    help: str
    label: str = ""
    buckets: tuple[float, ...] = ()


METRICS = (
    Metric("sip_calls_offered", "calls that came in"),
    Metric("sip_calls_answered", "calls that were answered and acknowledged"),
    Metric("sip_messages_refused", "messages kept away from PJSIP"),
    Metric("rtp_packets_received", "RTP packets of calls that have ended"),
    Metric("rtp_packets_lost", "RTP packets that never came, of calls that have ended"),
    Metric("engine_events", "events that the engine handled", "event"),
    Metric("prompt_first_sound_seconds", "from the wish to play to the first sound", buckets=_SOON),
    Metric("prompt_late_clauses", "clauses that were not ready when they were due"),
    Metric("hearing_decision_seconds", "from the end of speech to the decision", buckets=_SOON),
    Metric("hearing_failures", "turns that the speech worker failed", "reason"),
    Metric("backend_seconds", "how long questions of calls took", buckets=_SLOW),
    Metric("left", "what callers left", "status"),
    Metric("journal_records", "records written to the journal"),
    Metric("journal_append_seconds", "how long an append took", buckets=_QUICK),
)
_BUCKETS = {metric.name: metric.buckets for metric in METRICS}


@dataclass
class Counts:
    """The numbers, as plain data in `to_dict`.

    Attributes:
        counters: metric to label to number; the label is empty for a metric without one.
        histograms: metric to how many fell into each bucket and beyond the last, and the sum of seconds.
    """

    counters: dict[str, Counter[str]] = field(default_factory=dict)
    histograms: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, amount: float = 1, label: str = "") -> None:
        # A Counter of floats: typeshed knows whole numbers only.
        self.counters.setdefault(name, Counter())[label] += amount  # type: ignore[assignment]

    def observe(self, name: str, seconds: float) -> None:
        buckets = _BUCKETS[name]
        counts = self.histograms.setdefault(name, [0.0] * (len(buckets) + 2))
        counts[bisect_left(buckets, seconds)] += 1
        counts[-1] += seconds

    def to_dict(self) -> dict[str, Any]:
        return {"counters": self.counters, "histograms": self.histograms}


class CountedJournal:
    """A journal that also counts. Implements `ivr.call.ports.Journal`.

    Args:
        now: seconds of a fine clock.
    """

    def __init__(self, journal: Journal, now: Callable[[], float]) -> None:
        self._journal = journal
        self._now = now
        self.counts = Counts()

    @property
    def healthy(self) -> bool:
        return self._journal.healthy

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        begun_at = self._now()
        self._journal.append(call_id, records)
        self.counts.observe("journal_append_seconds", self._now() - begun_at)
        self.counts.add("journal_records", len(records))
        for record in records:
            if record.kind == "event":
                self._count_event(record)
            elif record.kind == "fact" and record.name in _OF_FACTS:
                _OF_FACTS[record.name](self.counts, record.data)

    def _count_event(self, event: Record) -> None:
        self.counts.add("engine_events", label=event.name)
        if event.name == "CallAnswered":
            self.counts.add("sip_calls_answered")
        elif event.name in ("Heard", "HeardNothing") and event.data.get("decision_ms") is not None:
            self.counts.observe("hearing_decision_seconds", event.data["decision_ms"] / 1000)


def _offered(counts: Counts, fact: Mapping[str, Any]) -> None:
    counts.add("sip_calls_offered")


def _played(counts: Counts, fact: Mapping[str, Any]) -> None:
    if fact["first_audio_ms"] is not None:
        counts.observe("prompt_first_sound_seconds", fact["first_audio_ms"] / 1000)
    counts.add("prompt_late_clauses", fact["late_clauses"])


def _hearing(counts: Counts, fact: Mapping[str, Any]) -> None:
    counts.add("hearing_failures", label=fact["failed"])


def _backend(counts: Counts, fact: Mapping[str, Any]) -> None:
    counts.observe("backend_seconds", fact["ms"] / 1000)


def _left(counts: Counts, fact: Mapping[str, Any]) -> None:
    counts.add("left", label=fact["status"])


def _line(counts: Counts, fact: Mapping[str, Any]) -> None:
    counts.add("rtp_packets_received", fact["received"])
    counts.add("rtp_packets_lost", fact["lost"])


_OF_FACTS: Mapping[str, Callable[[Counts, Mapping[str, Any]], None]] = {
    "offered": _offered,
    "played": _played,
    "hearing": _hearing,
    "backend": _backend,
    "left": _left,
    "line": _line,
}
