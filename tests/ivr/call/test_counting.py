"""What a line worker counts, from what it writes down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ivr.call.counting import METRICS, CountedJournal
from ivr.call.ports import Record
from tests.ivr.call.test_session import Gateway, press
from tests.ivr.fakes import FakeJournal
from tests.ivr.flow.test_timing import menu


def clock(step_s: float) -> Iterator[float]:
    return (number * step_s for number in count())


def counted(*records: Record, step_s: float = 0.002) -> CountedJournal:
    journal = CountedJournal(FakeJournal(), clock(step_s).__next__)
    journal.append("c1", records)
    return journal


def test_a_whole_call_is_counted_stage_by_stage(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, menu("1"))
    line = gateway.call()
    press(line, "1")
    line.sound_ends()
    line.end("gateway", "")
    counts = counted(*gateway.journal.records).counts
    assert counts.counters["sip_calls_offered"][""] == counts.counters["sip_calls_answered"][""] == 1
    assert counts.counters["engine_events"]["DigitPressed"] == 1
    assert sum(counts.histograms["prompt_first_sound_seconds"][:-1]) == len(gateway.journal.facts("played"))
    assert counts.counters["journal_records"][""] == len(gateway.journal.records)


def test_everything_that_is_counted_stands_in_the_table() -> None:
    counts = counted(
        Record("fact", "offered", {}),
        Record("event", "CallAnswered", {}),
        Record("event", "Heard", {"decision_ms": 180}),
        Record("fact", "played", {"first_audio_ms": 30, "late_clauses": 2}),
        Record("fact", "played", {"first_audio_ms": None, "late_clauses": 0}),
        Record("fact", "hearing", {"failed": "slow"}),
        Record("fact", "backend", {"ms": 9000}),
        Record("fact", "left", {"status": "kept"}),
        Record("fact", "line", {"received": 500, "lost": 3}),
        Record("fact", "closed", {}),
    ).counts
    names = {metric.name for metric in METRICS}
    assert {*counts.counters, *counts.histograms} == names - {"sip_messages_refused"}, "SIP counts that one itself"
    assert counts.counters["rtp_packets_lost"][""] == 3
    assert counts.counters["hearing_failures"]["slow"] == 1
    assert counts.histograms["backend_seconds"] == [0, 0, 0, 0, 0, 0, 0, 0, 1, 9.0], "beyond the last bound"
    assert counts.histograms["hearing_decision_seconds"][3] == 1
    assert json.loads(json.dumps(counts.to_dict()))


def test_the_time_of_an_append_is_that_of_the_journal() -> None:
    assert counted(step_s=0.002).counts.histograms["journal_append_seconds"][3] == 1


def test_a_journal_that_is_counted_is_as_healthy_as_it_is() -> None:
    journal = FakeJournal()
    assert CountedJournal(journal, clock(1.0).__next__).healthy == journal.healthy
