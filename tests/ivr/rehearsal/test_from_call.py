"""A real call becomes a rehearsal that goes the same way and names nobody."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from ivr.call.journal import FileJournal
from ivr.call.journal_lines import JournalLine, journal_files, read_journal
from ivr.call.ports import Record
from ivr.config import SHIPPED_TREES
from ivr.flow.engine import Engine
from ivr.rehearsal.backend import FakeAnswer, ScriptedAnswers
from ivr.rehearsal.call import MONDAY_MORNING, Circumstances, VirtualCall
from ivr.rehearsal.from_call import Names, case_of
from ivr.rehearsal.report import Report, rehearse
from ivr.rehearsal.sound import VirtualVoice
from ivr.rehearsal.written import save
from menus.loader import load_menus
from speech.spoken import Speaker

CASE: dict[str, Any] = {
    "number": "20260001",
    "item_name": "王大明的高龄补贴",
    "department": "县民政局",
    "status": "in_review",
    "status_text": "正在审核",
    "step": "请打 13912345678 找张三。",
    "accepted_on": "2026-11-16",
    "expected_on": "2026-12-05",
    "missing_documents": ["身份证 110101195001011234"],
    "pickup_address": None,
}


def called(
    tmp_path: Path, *actions: str, speech: bool = False, answers: list[FakeAnswer] | None = None
) -> list[JournalLine]:
    """The journal of a call to the hotline, in which the caller does these things."""
    folder = tmp_path / "journal"
    journal = FileJournal(folder, "line-1", lambda: datetime.now(timezone.utc))
    menus = load_menus(SHIPPED_TREES)
    scripted = ScriptedAnswers({"get_case": answers or [FakeAnswer(CASE)]})
    circumstances = Circumstances("13988887777", speech=speech, transfers={"operator": ["busy"]})
    call = VirtualCall(Engine(menus, "hotline"), VirtualVoice(tmp_path, Speaker()), scripted, circumstances)
    written: list[Record] = []
    append = call.timeline.append
    call.timeline.append = lambda call_id, records: (written.extend(records), append(call_id, records))  # type: ignore[method-assign,assignment]
    journal.append(
        "c1", [Record("event", "CallOffered", {"local_time": circumstances.local_time, "speech": call_speech(speech)})]
    )
    for action in actions:
        call.run_until(lambda: call.is_waiting or call.is_over)
        call.advance(0.8)
        if action == "hang up":
            call.hang_up()
        elif action == "silence":
            waited = call.patience_lost
            call.run_until(lambda waited=waited: call.patience_lost > waited)  # type: ignore[misc]
        elif action.startswith("say "):
            call.say(action.removeprefix("say "))
        else:
            call.press(action)
    journal.append("c1", written)
    journal.close()
    return [line for file in journal_files(folder) for line in read_journal(file.path).lines]


def call_speech(speech: bool) -> list[str]:
    return ["zh"] if speech else []


def rehearsed(tmp_path: Path, lines: list[JournalLine]) -> tuple[str, Report]:
    file = tmp_path / "hotline.cases.yaml"
    save(file, "hotline", case_of(lines, "来电", MONDAY_MORNING))
    return file.read_text("utf-8"), rehearse(load_menus(SHIPPED_TREES), [file])


@pytest.mark.parametrize(
    "actions",
    [
        ("1", "20260001", "hang up"),
        ("silence", "7", "1", "2026", "silence", "20260001#", "9", "hang up"),
        ("0", "2", "9", "hang up"),
        ("1", "20260001", "2", "20260001", "hang up"),
    ],
)
def test_the_rehearsal_goes_the_same_way(tmp_path: Path, actions: tuple[str, ...]) -> None:
    text, report = rehearsed(tmp_path, called(tmp_path, *actions))
    assert [problem.text for problem in report.problems] == [], text


def test_nobody_is_named(tmp_path: Path) -> None:
    text, _ = rehearsed(tmp_path, called(tmp_path, "1", "20260001", "hang up"))
    for secret in ("20260001", "王大明", "13912345678", "张三", "110101195001011234", "13988887777"):
        assert secret not in text
    assert "in_review" in text and "2026-12-05" in text and "（item_name）" in text


def test_the_same_number_is_replaced_by_the_same(tmp_path: Path) -> None:
    text, _ = rehearsed(tmp_path, called(tmp_path, "1", "20260001", "2", "20260001", "hang up"))
    assert text.count('press: "10000001"') == 2
    assert 'number: "10000001"' in text


def test_failures_and_what_is_not_found_stay(tmp_path: Path) -> None:
    answers = [FakeAnswer(fails="timeout"), FakeAnswer(None), FakeAnswer(CASE)]
    lines = called(tmp_path, "1", "20260001", "1", "20260002", "hang up", answers=answers)
    text, report = rehearsed(tmp_path, lines)
    assert "get_case: [timeout, not_found, {data:" in text
    assert report.passed


def test_what_was_said_stays_as_far_as_it_is_a_phrase(tmp_path: Path) -> None:
    text, report = rehearsed(tmp_path, called(tmp_path, "say 我想查进度", "hang up", speech=True))
    assert "speech: true" in text and "say: 查进度" in text
    assert report.passed


def test_names_keep_shapes() -> None:
    names = Names()
    assert names.data({"a": True, "b": None, "c": 12, "d": "done", "e": "你好", "f": ["x", "2026-01-02"]}) == {
        "a": True,
        "b": None,
        "c": 12,
        "d": "done",
        "e": "（e）",
        "f": ["x", "2026-01-02"],
    }
    assert names.within("打 13912345678 或 13912345678") == "打 10000000001 或 10000000001"
