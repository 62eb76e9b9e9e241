"""The fold from lines to rows: what a whole call comes to, and that nothing a journal may hold upsets it."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.call.journal_lines import FACTS, KINDS, NOTES, JournalLine
from ivr.flow.commands import COMMANDS
from ivr.flow.events import EVENTS
from ivr.storage.entries import CallEntry, CallRecord, StepEntry
from ivr.storage.projector import OUTCOMES, close_lost, fold
from tests.ivr.storage.made import (
    CASE_STATUS,
    RUN,
    START,
    entered,
    event,
    fact,
    folded,
    leave,
    lines_of,
    note,
    one,
    played,
)


def call_of(*records: Any, second: float = 1.0) -> CallEntry:
    return one(lines_of(script=[(0.0, [event("CallAnswered")]), (second, list(records))])).call


class TestAWholeCall:
    def test_the_call(self) -> None:
        assert one(lines_of()).call == CallEntry(
            id="c1",
            started_at=START,
            last_line_at=START + timedelta(seconds=23),
            journal=RUN,
            worker="line1",
            answered_at=START + timedelta(seconds=0.1),
            ended_at=START + timedelta(seconds=23),
            duration_ms=23010,
            caller_masked="139****5678",
            caller_hash="0123456789abcdef",
            caller_tail="5678",
            caller_sealed="v1.c2VhbGVk",
            dialled="12345",
            user_agent="baresip",
            tree="hotline",
            menu_revision="abc123abc123",
            language="zh",
            ended_by="caller",
            end_reason="bye",
            outcome="served",
            sip_code=200,
            last_tree="hotline",
            last_node="tell",
            steps=5,
            keys=3,
            key_source="rfc4733,sip_info",
            wrong_inputs=1,
            silences=1,
            ways_out=0,
            barge_ins=2,
            first_audio_ms=8,
            late_clauses=1,
            codec="PCMA",
            rtp_received=1100,
            rtp_lost=11,
            rtp_loss=0.0099,
            jitter_ms=2.5,
            round_trip_ms=40.0,
            backend_queries=1,
            backend_answers=1,
            backend_failures=0,
            backend_ms=250,
            transfer_outcome="",
            journal_lines=sum(len(records) for _, records in CASE_STATUS),
        )

    def test_its_steps(self) -> None:
        steps = one(lines_of()).steps
        assert [(step.step, step.node, step.kind, step.outcome, step.next) for step in steps.values()] == [
            (1, "welcome", "say", "finished", "main"),
            (2, "main", "menu", "match", "case_number"),
            (3, "case_number", "collect", "match", "ask"),
            (4, "ask", "query", "found", "tell"),
            (5, "tell", "say", "hangup", ""),
        ]
        menu = steps[2]
        assert (menu.entered_at, menu.left_at) == (START + timedelta(seconds=2.1), START + timedelta(seconds=7.6))
        assert menu.prompt == "查询办件进度，请按 1。\n没有这个选项。"
        assert (menu.played_ms, menu.total_ms, menu.barge_in_ms, menu.first_audio_ms) == (5400, 9000, 2400, 3)
        assert (menu.input, menu.option, menu.key_source, menu.attempts) == ("1", "办件进度", "rfc4733", 2)
        assert [moment["what"] for moment in menu.moments] == ["input", "said", "input", "said"]
        assert menu.moments[1]["ms"] == 2100, "a prompt is said from its beginning, not when its end is noted"
        assert (steps[3].input, steps[3].attempts) == ("••••", 2)
        assert (steps[4].backend_operation, steps[4].backend_ms, steps[4].backend_status) == ("case_status", 250, "ok")
        assert (steps[5].total_ms, steps[5].late_clauses, steps[5].barge_in_ms) == (None, 1, None)

    def test_every_field_is_filled_by_some_line(self) -> None:
        """No column of the log is one that nothing ever writes."""
        transfer = [(21.0, [fact("transfer", token=8, step=4, target="operator", outcome="busy", ms=700)])]
        exhausted = [(22.0, [note("step_left", step=5, outcome="exhausted", next="way_out")])]
        failed = [(22.0, [fact("backend", token=9, step=4, operation="notices", ms=1, status="timeout")])]
        deaf = fact("hearing", token=4, step=3, failed="slow", detail="no decision in time")
        bad = fact("bad_line", step=3, unheard=2, reason="loss 12.0 %")
        speech = [(15.0, [_spoken("match", step=2), _spoken("unheard", step=3), deaf, bad])]
        left = [(22.0, [*leave("rating", 9, mark=4), *leave("appeal", 10, township="qingshui")])]
        script = [*CASE_STATUS[:-3], *speech, *transfer, *exhausted, *failed, *left, *CASE_STATUS[-3:]]
        record = one(lines_of(script=script))
        filled = {field.name for field in fields(CallEntry) if getattr(record.call, field.name) != field.default}
        assert filled == {field.name for field in fields(CallEntry)}
        filled = {f.name for step in record.steps.values() for f in fields(step) if getattr(step, f.name) != f.default}
        assert filled == {field.name for field in fields(StepEntry)}


class TestOutcomes:
    @pytest.mark.parametrize(
        ("outcome", "records"),
        [
            ("served", [note("call_ended", ended_by="menu", reason="completed")]),
            ("unserved", [note("call_ended", ended_by="menu", reason="no_input")]),
            (
                "unserved",
                [fact("backend", step=1, status="timeout"), note("call_ended", ended_by="menu", reason="completed")],
            ),
            ("abandoned", [note("call_ended", ended_by="caller", reason="bye")]),
            ("operator", [note("call_ended", ended_by="operator", reason="operator")]),
            ("limit", [note("call_ended", ended_by="limit", reason="max_duration")]),
            ("lost", [note("call_ended", ended_by="line", reason="media_timeout")]),
            ("lost", []),
            (
                "transferred",
                [fact("transfer", step=1, outcome="ended"), note("call_ended", ended_by="caller", reason="bye")],
            ),
            (
                "abandoned",
                [fact("transfer", step=1, outcome="busy"), note("call_ended", ended_by="caller", reason="bye")],
            ),
            ("served", [fact("backend", step=1, status="ok"), note("call_ended", ended_by="caller", reason="bye")]),
            ("abandoned", [fact("backend", step=1, status="not_found"), note("call_ended", ended_by="caller")]),
        ],
    )
    def test_of_answered_calls(self, outcome: str, records: list[Any]) -> None:
        assert call_of(*records, fact("closed", ended_by="gateway", reason="hung_up")).outcome == outcome

    @pytest.mark.parametrize(
        ("outcome", "closed"),
        [
            ("cancelled", {"ended_by": "caller", "reason": "cancel", "sip_code": 487}),
            ("rejected", {"ended_by": "gateway", "reason": "rejected", "sip_code": 486}),
            ("lost", {"ended_by": "line", "reason": "sip_error", "sip_code": 500}),
        ],
    )
    def test_of_calls_never_answered(self, outcome: str, closed: dict[str, Any]) -> None:
        assert one(lines_of(script=[(0.0, [fact("closed", **closed)])])).call.outcome == outcome

    def test_while_it_lasts(self) -> None:
        assert call_of(entered(1, "welcome")).outcome == "running"

    def test_of_a_call_whose_worker_is_gone(self) -> None:
        record = close_lost(one(lines_of(script=CASE_STATUS[:6])))
        call = record.call
        assert (call.ended_by, call.end_reason, call.outcome) == ("gateway", "worker_lost", "lost")
        assert (call.ended_at, call.duration_ms) == (START + timedelta(seconds=5.1), 5100)

    def test_what_the_engine_said_of_the_end_stands(self) -> None:
        call = close_lost(one(lines_of(script=CASE_STATUS[:-2]))).call
        assert (call.ended_by, call.end_reason) == ("caller", "bye")
        call = call_of(note("call_ended", ended_by="menu", reason="completed"), fact("closed", ended_by="gateway"))
        assert (call.ended_by, call.end_reason) == ("menu", "completed")


class TestDetails:
    def test_first_sound_and_totals_of_several_prompts(self) -> None:
        record = one(lines_of(script=[(9.0, [played(1, "甲", total_ms=None), played(1, "乙")])]))
        assert record.steps[1].total_ms is None, "a sum with an unknown part is unknown"

    def test_a_clock_set_back_gives_no_negative_times(self) -> None:
        record = one(lines_of(script=[(0.0, [event("CallAnswered")]), (-3600.0, [played(1, "甲"), fact("closed")])]))
        assert record.call.duration_ms == 0
        assert record.steps[1].moments[0]["ms"] == 0

    def test_text_fits_every_database(self) -> None:
        call = call_of(fact("offered", user_agent="a\x00b\ud800" + "x" * 1000))
        assert call.user_agent == "ab?" + "x" * 196

    def test_a_step_that_was_never_entered_still_has_its_facts(self) -> None:
        record = one(lines_of(script=[(1.0, [played(3, "甲")])]))
        assert (record.steps[3].prompt, record.steps[3].entered_at) == ("甲", None)

    def test_moments_are_bounded(self) -> None:
        record = one(lines_of(script=[(1.0, [played(1, "甲")] * 500)]))
        assert len(record.steps[1].moments) == 200
        assert record.steps[1].played_ms == 1_000_000
        assert len(record.steps[1].prompt) <= 4000

    def test_sums_fit_their_columns(self) -> None:
        record = one(lines_of(script=[(1.0, [fact("backend", step=1, ms=2**31 - 1, status="ok")] * 3)]))
        assert record.call.backend_ms == record.steps[1].backend_ms == 2**31 - 1

    def test_outcomes_are_all_known(self) -> None:
        assert CallEntry("c", START, START, RUN, "line1").outcome in OUTCOMES


_NAMES = [*EVENTS, *COMMANDS, *FACTS, "Note", "unheard_of"]
_FIELDS = sorted({name for names in (*NOTES.values(), *FACTS.values()) for name in names} | {"digit", "source"})
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 5),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["key", "ok", "not_found", "caller", "gateway", "menu", "completed", "exhausted", "rfc4733"]),
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)
_DATA = st.dictionaries(st.sampled_from(_FIELDS), _ODD, max_size=8)
_NOTE = st.fixed_dictionaries({"name": st.one_of(st.sampled_from(list(NOTES)), _ODD), "data": st.one_of(_DATA, _ODD)})
_TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))
ODD_LINES = st.lists(
    st.builds(
        JournalLine,
        seq=st.integers(1, 1000),
        at=_TIMES,
        call=st.sampled_from(["c1", "c2"]),
        kind=st.sampled_from(KINDS),
        name=st.sampled_from(_NAMES),
        data=st.one_of(_DATA, _NOTE),
    ),
    max_size=12,
)


class TestAnyJournal:
    @settings(deadline=None)
    @given(ODD_LINES)
    def test_any_lines_give_rows_that_fit_their_columns(self, lines: list[JournalLine]) -> None:
        for record in folded(lines).values():
            for entry in (record.call, close_lost(record).call, *record.steps.values()):
                check_fits(entry)

    @pytest.mark.parametrize("cut", range(1, len(lines_of()) + 1))
    def test_every_prefix_gives_a_row(self, cut: int) -> None:
        call = one(lines_of()[:cut]).call
        assert call.journal_lines == cut
        assert (call.outcome == "running") == (cut < len(lines_of()))
        assert close_lost(one(lines_of()[:cut])).call.ended_at is not None

    @settings(deadline=None)
    @given(ODD_LINES, st.integers(0, 12))
    def test_rows_are_state_enough_to_go_on_from(self, lines: list[JournalLine], cut: int) -> None:
        records = {call: through_rows(record) for call, record in folded(lines[:cut]).items()}
        for line in lines[cut:]:
            records[line.call] = through_rows(fold(records.get(line.call), line, RUN))
        assert records == folded(lines)

    @settings(deadline=None)
    @given(ODD_LINES)
    def test_a_line_is_counted_once(self, lines: list[JournalLine]) -> None:
        assert sum(record.call.journal_lines for record in folded(lines).values()) == len(lines)


def through_rows(record: CallRecord) -> CallRecord:
    """As it comes back from a database: the moments have been JSON."""
    steps = {
        number: replace(step, moments=tuple(json.loads(json.dumps(step.moments))))
        for number, step in record.steps.items()
    }
    return replace(record, steps=steps)


def check_fits(entry: CallEntry | StepEntry) -> None:
    for name, value in asdict(entry).items():
        if isinstance(value, str):
            assert len(value) <= 4000, name
            assert "\x00" not in value, name
            value.encode()
        elif isinstance(value, int):
            assert 0 <= value < 2**31, name
        elif isinstance(value, float):
            assert abs(value) < float("inf"), name
        elif isinstance(value, tuple):
            json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        else:
            assert value is None or isinstance(value, datetime), name


def _spoken(outcome: str, **more: Any) -> Any:
    data = {"step": 1, "attempt": 1, "outcome": outcome, "input": "查进度", "key_source": "speech", "option": "1"}
    how = {"band": "accept", "confidence": 0.91, "decision_ms": 240}
    return note("input", **{**data, **how, "candidates": [{"id": "1", "phrase": "查进度", "confidence": 0.91}], **more})


def test_an_input_by_speech() -> None:
    record = one(lines_of(script=[(1.0, [entered(1, "ask", "menu"), _spoken("match")])]))
    step = record.steps[1]
    assert (step.input, step.key_source, step.option) == ("查进度", "speech", "1")
    assert (step.band, step.confidence, step.decision_ms) == ("accept", 0.91, 240)
    assert step.moments[-1]["candidates"] == [{"id": "1", "phrase": "查进度", "confidence": 0.91}]
    assert (record.call.spoken, record.call.unheard, record.call.key_source) == (1, 0, "speech")


def test_speech_that_was_not_understood_is_counted_apart() -> None:
    said = [_spoken("doubtful", band="confirm"), _spoken("denied"), _spoken("unheard", band="none", confidence=None)]
    record = one(lines_of(script=[(1.0, [entered(1, "ask", "menu"), *said])]))
    assert (record.call.spoken, record.call.unheard, record.call.wrong_inputs) == (0, 2, 0)
    assert (record.steps[1].band, record.steps[1].confidence) == ("none", None)


def test_candidates_that_are_nonsense() -> None:
    record = one(lines_of(script=[(1.0, [entered(1, "ask", "menu"), _spoken("match", candidates=[7, {"id": 5}])])]))
    assert record.steps[1].moments[-1]["candidates"] == [{"id": "5", "phrase": "", "confidence": None}]


@pytest.mark.parametrize(("given", "kept"), [(["n/l", "zh/z"], ["n/l", "zh/z"]), ([7, None], ["7"]), ([], [])])
def test_the_mergers_that_a_phrase_needed(given: list[object], kept: list[str]) -> None:
    said = _spoken(
        "match", candidates=[{"id": "1", "phrase": "查进度", "mergers": given}, {"id": "2", "mergers": None}]
    )
    record = one(lines_of(script=[(1.0, [entered(1, "ask", "menu"), said])]))
    first, second = record.steps[1].moments[-1]["candidates"]
    assert first["mergers"] == kept
    assert "mergers" not in second


def test_a_prompt_cut_by_speech_is_a_barge_in() -> None:
    record = one(
        lines_of(script=[(1.0, [entered(1, "ask", "menu"), played(1, "请讲。", played_ms=700, ended="speech")])])
    )
    assert (record.call.barge_ins, record.steps[1].barge_in_ms) == (1, 700)


def test_a_worker_that_failed_and_a_bad_line() -> None:
    failed = fact("hearing", token=4, step=1, failed="slow", detail="no decision in time")
    bad = fact("bad_line", step=1, loss=0.12, jitter_ms=3.0, level_db=-20.0, unheard=2, reason="loss 12.0 %")
    record = one(lines_of(script=[(1.0, [entered(1, "ask", "menu"), failed, bad])]))
    assert (record.call.hearing_failures, record.call.bad_line) == (1, "loss 12.0 %")
    assert [moment["what"] for moment in record.steps[1].moments] == ["hearing", "bad_line"]
