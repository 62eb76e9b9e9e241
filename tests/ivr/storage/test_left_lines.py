"""What callers leave: in the time-line of their call, in the queues, once, however the journal is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ivr.call.ports import Record
from ivr.storage.database import open_database
from ivr.storage.entries import CallRecord
from ivr.storage.shipper import Shipper
from ivr.storage.work import WorkFilter, WorkItem, WorkQueues
from tests.ivr.storage.made import CASE_STATUS, START, fact, leave, lines_of, note, one, write_journal

MASK = "••••"
Script = Sequence[tuple[float, Sequence[Record]]]


def script(*records: Record, outcome: Sequence[Record] = ()) -> Script:
    """The call of `CASE_STATUS` without its answer, with more in its last step."""
    without = [(second, [one for one in some if one.name != "backend"]) for second, some in CASE_STATUS]
    return [*without[:-3], (22.0, records), (22.5, outcome), *without[-3:]]


def shipped(folder: Path, script: Script, batch_bytes: int = 1 << 20, call: str = "c1") -> Engine:
    engine = open_database(f"sqlite:///{folder / 'calls.sqlite'}")
    write_journal(folder / "journal", lines_of(call, script))
    Shipper(folder / "journal", engine, lambda: START, batch_bytes=batch_bytes, local=utc).ship()
    return engine


def utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)


def queued(engine: Engine, state: str = "open") -> list[WorkItem]:
    return WorkQueues(engine).page(WorkFilter(state=state)).items


def test_an_appeal_stands_in_its_step() -> None:
    record: CallRecord = one(lines_of(script=script(*leave("appeal", 9, appeal="complaint", phone=MASK))))
    (moment,) = [moment for moment in record.steps[5].moments if moment["what"] == "left"]
    assert (moment["kind"], moment["status"], moment["ticket"]) == ("appeal", "kept", "6326100010")
    assert moment["details"] == {"appeal": "complaint"}, "what is masked is not there at all"
    assert (record.call.left_items, record.call.outcome) == (1, "served")


@pytest.mark.parametrize("batch_bytes", [1 << 20, 200])
def test_what_is_left_is_queued_once(tmp_path: Path, batch_bytes: int) -> None:
    given = leave("appeal", 9, appeal="question", township="qingshui", category="road")
    engine = shipped(tmp_path, script(*given, *leave("callback", 10, preferred_time="morning")), batch_bytes)
    Shipper(tmp_path / "journal", engine, lambda: START, local=utc).ship()
    appeal, callback = queued(engine)
    assert (appeal.queue, appeal.about, appeal.township, appeal.category) == ("appeal", "question", "qingshui", "road")
    assert (appeal.call_id, appeal.token, appeal.ticket) == ("c1", 9, "6326100010")
    assert (appeal.caller_masked, appeal.sealed, appeal.recordings) == ("139****5678", "v1.c2VhbGVk", "c1-9.wav")
    # Left on a Sunday: called on Monday, a question answered on Wednesday.
    assert appeal.contact_by == datetime(2026, 11, 23, 17, tzinfo=timezone.utc)
    assert appeal.answer_by == datetime(2026, 11, 25, 17, tzinfo=timezone.utc)
    assert (callback.queue, callback.wanted, callback.taken_by) == ("callback", "morning", "")
    engine.dispose()


def test_what_could_not_be_kept_is_reviewed(tmp_path: Path) -> None:
    engine = shipped(tmp_path, script(*leave("appeal", 9, status="disk")))
    (review,) = queued(engine)
    assert (review.queue, review.about, review.contact_by) == ("review", "not_kept", None)
    engine.dispose()


def test_a_worker_that_died_while_something_was_being_left(tmp_path: Path) -> None:
    asked, _ = leave("appeal", 9)
    engine = shipped(tmp_path, [*CASE_STATUS[:-3], (22.0, [asked])])
    (review,) = queued(engine)
    assert review.about == "not_kept,worker_lost"
    engine.dispose()


def test_a_caller_who_was_not_understood_is_reviewed(tmp_path: Path) -> None:
    wrong = [
        note("input", step=5, attempt=n, outcome="invalid", input="7", key_source="rfc4733", option="")
        for n in range(4)
    ]
    engine = shipped(tmp_path, script(*wrong))
    assert [item.about for item in queued(engine)] == ["not_understood"]
    engine.dispose()


def test_ratings_and_reminders_find_their_ticket(tmp_path: Path) -> None:
    engine = shipped(tmp_path, script(*leave("appeal", 9, ticket="6326100010")))
    rating, reminder = leave("rating", 4, mark=2), leave("reminder", 3)
    for asked, _ in (rating, reminder):
        asked.data["data"]["ticket"] = "6326100010"
    run = "line1.20261123T015500000000Z.4712"
    lines = lines_of("c2", script(*rating, *reminder), start=START + timedelta(days=1))
    write_journal(tmp_path / "journal", lines, run)
    Shipper(tmp_path / "journal", engine, lambda: START, local=utc).ship()
    appeal = next(item for item in queued(engine) if item.queue == "appeal")
    assert (appeal.rating, appeal.reminders) == (2, 1)
    assert [item.about for item in queued(engine) if item.queue == "review"] == ["bad_rating"]
    engine.dispose()


def test_lines_of_other_shapes_give_a_record() -> None:
    odd = [
        Record("command", "Leave", {"token": "x", "kind": 3, "data": [1]}),
        Record("command", "QueryBackend", {"arguments": "no"}),
        fact("left", token=None, step=5, kind="rating", status="kept", recordings={"a": 1}, sealed=7),
        fact("left", step=99, kind="appeal", status="kept", recordings=[1, None, "a"], ticket=None),
    ]
    record = one(lines_of(script=script(*odd)))
    assert record.call.rating is None
    assert len(record.left) == 2
