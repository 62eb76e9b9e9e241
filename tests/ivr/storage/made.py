"""Journal lines and calls made for tests, with every field defaulted: a test states only what matters to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ivr.call.journal_lines import JournalLine, encode_lines, journal_path
from ivr.call.ports import Record
from ivr.storage.entries import CallRecord
from ivr.storage.projector import fold

START = datetime(2026, 11, 22, 2, tzinfo=timezone.utc)
RUN = "line1.20261122T015500000000Z.4711"


def event(name: str, **data: Any) -> Record:
    return Record("event", name, data)


def fact(name: str, **data: Any) -> Record:
    return Record("fact", name, data)


def note(name: str, **data: Any) -> Record:
    return Record("command", "Note", {"name": name, "data": data})


def played(step: int, text: str, **changes: Any) -> Record:
    data = {
        "token": 1,
        "step": step,
        "purpose": "prompt",
        "text": text,
        "played_ms": 2000,
        "total_ms": 2000,
        "ended": "finished",
        "first_audio_ms": 8,
        "late_clauses": 0,
    }
    return fact("played", **{**data, **changes})


def entered(step: int, node: str, kind: str = "say", language: str = "zh") -> Record:
    return note("step_entered", step=step, tree="hotline", node=node, kind=kind, language=language)


def offered(worker: str = "line1") -> Record:
    return fact(
        "offered",
        caller_masked="139****5678",
        caller_hash="0123456789abcdef",
        caller_sealed="v1.c2VhbGVk",
        dialled="12345",
        user_agent="baresip",
        worker=worker,
    )


def leave(
    kind: str, token: int, *, step: int = 5, status: str = "kept", ticket: str = "6326100010", **data: Any
) -> list[Record]:
    """What the journal says when a caller leaves something."""
    asked = {"token": token, "kind": kind, "data": data, "files": [], "sensitive": []}
    kept = status == "kept"
    done = fact(
        "left",
        token=token,
        step=step,
        kind=kind,
        ms=5,
        status=status,
        ticket=ticket if kept else "",
        sealed="v1.c2VhbGVk" if kept else "",
        recordings=[f"c1-{token}.wav"] if kind == "appeal" else [],
    )
    return [Record("command", "Leave", asked), done]


#: A caller asks for a case and hangs up: (second of the call, records appended together).
CASE_STATUS: Sequence[tuple[float, Sequence[Record]]] = (
    (0.0, [offered()]),
    (
        0.0,
        [
            event("CallOffered", call_id="c1", caller="139****5678", dialled="12345", local_time="…"),
            note("call_started", tree="hotline", revision="abc123abc123", language="zh", dialled="12345"),
            Record("command", "Answer"),
        ],
    ),
    (0.1, [event("CallAnswered"), entered(1, "welcome"), Record("command", "Play", {"token": 1, "parts": []})]),
    (2.1, [played(1, "您好，这里是政务服务热线。")]),
    (
        2.1,
        [
            event("PlaybackFinished", token=1),
            note("step_left", step=1, outcome="finished", next="main"),
            entered(2, "main", "menu"),
        ],
    ),
    (
        5.1,
        [
            event("DigitPressed", digit="9", source="rfc4733"),
            note("input", step=2, attempt=1, outcome="invalid", input="9", key_source="rfc4733", option=""),
        ],
    ),
    (5.1, [played(2, "查询办件进度，请按 1。", played_ms=3000, total_ms=6000, ended="key", first_audio_ms=3)]),
    (
        7.6,
        [
            event("DigitPressed", digit="1", source="rfc4733"),
            note("input", step=2, attempt=2, outcome="match", input="1", key_source="rfc4733", option="办件进度"),
            note("step_left", step=2, outcome="match", next="case_number"),
            entered(3, "case_number", "collect"),
        ],
    ),
    (7.6, [played(2, "没有这个选项。", played_ms=2400, total_ms=3000, ended="key", purpose="reprompt")]),
    (16.0, [note("input", step=3, attempt=1, outcome="no_input", input="", key_source="", option="")]),
    (
        20.0,
        [
            event("DigitPressed", digit="•", source="sip_info"),
            note("input", step=3, attempt=2, outcome="match", input="••••", key_source="sip_info", option=""),
            note("step_left", step=3, outcome="match", next="ask"),
            entered(4, "ask", "query"),
            Record("command", "QueryBackend", {"token": 7}),
        ],
    ),
    (20.25, [fact("backend", token=7, step=4, operation="case_status", ms=250, status="ok")]),
    (
        20.25,
        [
            event("BackendReplied", token=7, data={}),
            note("step_left", step=4, outcome="found", next="tell"),
            entered(5, "tell"),
        ],
    ),
    (
        23.0,
        [
            event("CallerHungUp"),
            note("step_left", step=5, outcome="hangup", next=""),
            note("call_ended", ended_by="caller", reason="bye", tree="hotline", node="tell", language="zh", steps=5),
        ],
    ),
    (23.0, [played(5, "您的申请正在办理。", played_ms=2600, total_ms=None, ended="hangup", late_clauses=1)]),
    (
        23.0,
        [
            fact(
                "line",
                codec="PCMA",
                received=1100,
                lost=11,
                loss=0.0099,
                jitter_ms=2.5,
                round_trip_ms=40.0,
                key_sources=["rfc4733", "sip_info"],
            ),
            fact("closed", ended_by="caller", reason="bye", sip_code=200, duration_ms=23010),
        ],
    ),
)


def lines_of(
    call: str = "c1",
    script: Iterable[tuple[float, Sequence[Record]]] = CASE_STATUS,
    *,
    start: datetime = START,
    first_seq: int = 1,
) -> list[JournalLine]:
    """The script as journal lines of a call."""
    lines: list[JournalLine] = []
    for second, records in script:
        for record in records:
            at = start + timedelta(seconds=second)
            lines.append(JournalLine(first_seq + len(lines), at, call, record.kind, record.name, record.data))
    return lines


def folded(lines: Iterable[JournalLine], run: str = RUN) -> dict[str, CallRecord]:
    """All calls of the lines, folded at once: what any way of shipping must come to."""
    records: dict[str, CallRecord] = {}
    for line in lines:
        records[line.call] = fold(records.get(line.call), line, run)
    return records


def one(lines: Iterable[JournalLine]) -> CallRecord:
    """The only call of the lines."""
    (record,) = folded(lines).values()
    return record


def write_journal(folder: Path, lines: Iterable[JournalLine], run: str = RUN, number: int = 1) -> Path:
    """Append lines to a journal as a worker that is gone would have left it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = journal_path(folder, run, number)
    with path.open("ab") as file:
        for line in lines:
            file.write(encode_lines(line.call, [Record(line.kind, line.name, line.data)], line.seq, line.at))  # type: ignore[arg-type]
    return path


def interleaved(*calls: list[JournalLine]) -> list[JournalLine]:
    """The lines of several calls in the order of time, numbered anew, as one worker writes them."""
    merged = sorted((line for call in calls for line in call), key=lambda line: line.at)
    return [JournalLine(seq, line.at, line.call, line.kind, line.name, line.data) for seq, line in enumerate(merged, 1)]
