"""What the real engine and driver write is what the log reads: names and fields agree, and calls come out right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivr.call.journal import MemoryJournal
from ivr.call.journal_lines import FACTS, NOTES
from ivr.call.ports import Record
from ivr.storage.entries import CallRecord
from tests.ivr.call.test_session import Gateway, press
from tests.ivr.flow.test_nodes import query, transfer
from tests.ivr.flow.test_requests import CALLBACK, ENDS, RECORD
from tests.ivr.flow.test_timing import collect, menu
from tests.ivr.storage.made import one


def logged(gateway: Gateway) -> CallRecord:
    """The call as the log has it."""
    journal = MemoryJournal()
    journal.append("c1", gateway.journal.records)
    return one(journal.lines)


def answered_query(folder: Path) -> Gateway:
    gateway = Gateway(folder, query())
    line = gateway.call()
    gateway.clock.advance(0.3)
    gateway.backend.answer.callback({"step": "审核"})
    line.sound_ends()
    return gateway


def talked_to_a_person(folder: Path) -> Gateway:
    gateway = Gateway(folder, transfer())
    line = gateway.call()
    line.sound_ends()
    assert line.transfer_ended is not None
    line.transfer_ended("ended")
    return gateway


def wrong_then_right(folder: Path) -> Gateway:
    gateway = Gateway(folder, menu("1"))
    line = gateway.call()
    gateway.clock.advance(0.4)
    press(line, "7")
    gateway.clock.advance(0.2)
    press(line, "1")
    line.sound_ends()
    return gateway


def left_behind(folder: Path, node: dict[str, Any]) -> Gateway:
    """A gateway whose callers come to a node that keeps something. The seal of tests writes backwards."""
    endings = {name: {"kind": "hangup", "text": {"zh": name}, "reason": name} for name in ENDS}
    return Gateway(folder, {"begin": node, **endings})


def wished_to_be_called(folder: Path) -> Gateway:
    gateway = left_behind(folder, {**CALLBACK, "details": {"township": "'qingshui'"}})
    line = gateway.call()
    press(line, "1")
    press(line, "2")
    line.sound_ends()
    return gateway


def spoke(folder: Path) -> Gateway:
    gateway = left_behind(folder, {**RECORD, "review": False, "leave_as": "appeal"})
    line = gateway.call()
    line.sound_ends()
    press(line, "#")
    line.sound_ends()
    return gateway


CALLS = [answered_query, talked_to_a_person, wrong_then_right, wished_to_be_called, spoke]


@pytest.mark.parametrize("make", CALLS)
def test_notes_and_facts_have_the_documented_fields(tmp_path: Path, make: object) -> None:
    assert callable(make)
    records: list[Record] = make(tmp_path).journal.records
    seen = set()
    for record in records:
        if record.name == "Note":
            name, data, known = record.data["name"], record.data["data"], NOTES
        elif record.kind == "fact":
            name, data, known = record.name, record.data, FACTS
        else:
            continue
        seen.add(name)
        if name == "offered":  # the test's gateway knows less of a caller than a real one
            assert set(data) <= set(known[name])
        else:
            assert set(data) == set(known[name]), name
    assert {"offered", "call_started", "step_entered", "step_left", "call_ended", "line", "closed"} <= seen


def test_a_query_that_is_answered(tmp_path: Path) -> None:
    record = logged(answered_query(tmp_path))
    call = record.call
    assert (call.outcome, call.ended_by, call.worker, call.dialled) == ("served", "menu", "w1", "12345")
    assert (call.backend_answers, call.backend_ms, call.codec, call.rtp_loss) == (1, 300, "PCMA", 0.0099)
    asked = next(step for step in record.steps.values() if step.kind == "query")
    assert (asked.backend_operation, asked.backend_ms, asked.backend_status) == ("get_case", 300, "ok")
    assert asked.outcome == "found"
    assert [step.step for step in record.steps.values()] == list(range(1, call.steps + 1))


def test_a_transfer(tmp_path: Path) -> None:
    record = logged(talked_to_a_person(tmp_path))
    assert (record.call.outcome, record.call.transfer_outcome) == ("transferred", "ended")
    assert record.steps[1].transfer_target == "operator"


def test_wrong_keys_and_barge_ins(tmp_path: Path) -> None:
    record = logged(wrong_then_right(tmp_path))
    step = record.steps[1]
    assert (record.call.wrong_inputs, record.call.keys, record.call.key_source) == (1, 2, "rfc4733")
    assert (step.node, step.outcome, step.attempts, step.input, step.option) == ("ask", "match", 2, "1", "1")
    assert step.barge_in_ms == 200
    assert "请选择" in step.prompt


def test_sensitive_input_is_not_in_the_log(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, collect(least=4, most=4, sensitive=True))
    press(gateway.call(), "7391")
    record = logged(gateway)
    assert record.steps[1].input != ""
    assert "7391" not in repr(record)


def test_a_wish_to_be_called_back(tmp_path: Path) -> None:
    record = logged(wished_to_be_called(tmp_path))
    (left,) = record.left
    assert (left.kind, left.ticket) == ("callback", "2026001")
    assert (left.details["preferred_time"], left.details["township"]) == ("afternoon", "qingshui")
    assert "13900001234" not in repr(left.details) and "13900001234"[::-1] in left.sealed
    assert (record.call.township, record.call.left_items) == ("qingshui", 1)
    assert "13900001234" not in repr(record.steps)


def test_what_was_spoken_is_found_again(tmp_path: Path) -> None:
    record = logged(spoke(tmp_path))
    (left,) = record.left
    assert left.kind == "appeal"
    assert left.recordings == (f"{record.call.id}-{left.recordings[0].rpartition('-')[2]}",)
    (moment,) = [one for step in record.steps.values() for one in step.moments if one["what"] == "left"]
    assert (moment["status"], moment["kind"]) == ("kept", "appeal")
