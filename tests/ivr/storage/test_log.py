"""Reading the call log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ivr.call.journal import FileJournal
from ivr.call.ports import Record
from ivr.storage.database import open_database
from ivr.storage.down import DatabaseDownError
from ivr.storage.log import (
    AmbiguousCallError,
    CallFilter,
    CallLog,
    NoSuchCallError,
    open_call_log,
)
from ivr.storage.shipper import Shipper, shipping_alone
from ivr.storage.timeline import timeline
from tests.ivr.storage.made import CASE_STATUS, START, entered, event, fact, lines_of, offered, one, write_journal

NOW = START + timedelta(hours=1)
IDS = ("aa11", "aa12", "b2", "b2c", "c%3")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'calls.sqlite'}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def log(url: str, folder: Path) -> Iterator[CallLog]:
    """Five calls, an hour between each; the last is still running when its worker goes."""
    for number, call_id in enumerate(IDS):
        script = CASE_STATUS if call_id != "c%3" else CASE_STATUS[:6]
        start = START + timedelta(hours=number)
        write_journal(folder, lines_of(call_id, script, start=start), run=f"line1.20261122T02000000000{number}Z.1")
    log = open_call_log(url, folder)
    yield log
    log.close()


class TestReading:
    def test_the_latest_first(self, log: CallLog) -> None:
        assert [call.id for call in log.recent()] == list(reversed(IDS))
        assert [call.id for call in log.recent(limit=2)] == ["c%3", "b2c"]

    def test_filters_combine(self, log: CallLog) -> None:
        def ids(**filters: object) -> list[str]:
            return [call.id for call in log.recent(filters=CallFilter(**filters))]  # type: ignore[arg-type]

        assert ids(since=START + timedelta(hours=3)) == ["c%3", "b2c"]
        beijing = timezone(timedelta(hours=8))
        assert ids(since=datetime(2026, 11, 22, 13, tzinfo=beijing)) == ["c%3", "b2c"]
        assert ids(outcome="lost") == ["c%3"]
        assert ids(outcome="served", since=START + timedelta(hours=2)) == ["b2c", "b2"]
        assert ids(caller_hash="0123456789abcdef") == list(reversed(IDS))
        assert ids(caller_hash="ffff") == []

    def test_one_call_is_what_the_journal_says(self, log: CallLog) -> None:
        record = one(lines_of("aa11"))
        assert log.call("aa11").user_agent == record.call.user_agent
        assert log.steps("aa11") == list(record.steps.values())

    def test_nothing_lazy_and_nothing_mutable_escapes(self, log: CallLog) -> None:
        call, steps = log.call("aa11"), log.steps("aa11")
        log.close()
        assert call.started_at == START
        assert steps[1].moments
        with pytest.raises(FrozenInstanceError):
            call.outcome = "lost"  # type: ignore[misc]

    def test_by_the_beginning_of_the_id(self, log: CallLog) -> None:
        assert log.find("aa12").id == "aa12"
        assert log.find("c").id == "c%3"
        assert log.find("b2").id == "b2", "a whole id is not ambiguous"
        assert log.find("last").id == "c%3"

    def test_no_such_call(self, log: CallLog) -> None:
        for prefix in ("zz", "", "AA11", "%", "a_", "c%30"):
            if prefix == "":
                continue
            with pytest.raises(NoSuchCallError):
                log.find(prefix)
        with pytest.raises(NoSuchCallError):
            log.call("aa1")
        assert log.steps("zz") == []

    def test_several_calls(self, log: CallLog) -> None:
        with pytest.raises(AmbiguousCallError, match="aa12, aa11") as caught:
            log.find("aa1")
        assert caught.value.candidates == ["aa12", "aa11"]

    def test_the_last_of_none(self, url: str, folder: Path) -> None:
        log = open_call_log(url, folder)
        with pytest.raises(NoSuchCallError):
            log.find("last")
        log.close()

    def test_a_database_that_cannot_be_read(self, tmp_path: Path, folder: Path) -> None:
        (tmp_path / "rubbish.sqlite").write_bytes(b"not a database" * 100)
        with pytest.raises(DatabaseDownError, match="not a database"):
            open_call_log(f"sqlite:///{tmp_path / 'rubbish.sqlite'}", folder)


class TestOpening:
    def test_ships_first_what_is_there(self, url: str, folder: Path) -> None:
        write_journal(folder, lines_of("c1"))
        log = open_call_log(url, folder)
        assert log.find("last").id == "c1"
        log.close()

    def test_waits_for_a_running_shipper(self, url: str, folder: Path) -> None:
        """While another process ships, this one only waits until everything has arrived."""
        journal = FileJournal(folder, "line1", lambda: NOW)
        journal.append("c1", [offered(), Record("fact", "closed", {"ended_by": "caller", "reason": "cancel"})])
        opened: list[CallLog] = []
        with shipping_alone(folder) as alone:
            assert alone
            waiting = threading.Thread(target=lambda: opened.append(open_call_log(url, folder, patience=30)))
            waiting.start()
            engine = open_database(url)
            Shipper(folder, engine, lambda: NOW).ship()
            engine.dispose()
            waiting.join()
        assert opened[0].find("last").id == "c1"
        opened[0].close()
        journal.close()

    def test_has_patience_only_for_so_long(self, url: str, folder: Path) -> None:
        write_journal(folder, lines_of("c1"))
        with shipping_alone(folder):
            log = open_call_log(url, folder, patience=0.0)
            with pytest.raises(DatabaseDownError, match="no such table"):
                log.recent()
            log.close()


class TestTimeline:
    def test_is_in_the_order_of_the_clock(self, log: CallLog) -> None:
        told = timeline(log.call("aa11"), log.steps("aa11"))
        assert [(happening.ms, happening.what, happening.step) for happening in told] == [
            (0, "offered", None),
            (100, "answered", None),
            (100, "entered", 1),
            (100, "said", 1),
            (2100, "entered", 2),
            (2100, "said", 2),
            (5100, "input", 2),
            (5200, "said", 2),
            (7600, "input", 2),
            (7600, "entered", 3),
            (16000, "input", 3),
            (20000, "input", 3),
            (20000, "entered", 4),
            (20000, "backend", 4),
            (20250, "entered", 5),
            (20400, "said", 5),
            (23000, "ended", None),
        ]

    def test_of_a_call_that_has_hardly_begun(self) -> None:
        assert [happening.what for happening in timeline(one(lines_of(script=CASE_STATUS[:1])).call, [])] == ["offered"]

    def test_the_end_comes_last(self) -> None:
        script = [(0.0, [offered(), event("CallAnswered"), entered(1, "welcome"), fact("closed", ended_by="line")])]
        record = one(lines_of(script=script))
        told = timeline(record.call, list(record.steps.values()))
        assert [happening.what for happening in told] == ["offered", "answered", "entered", "ended"]
