"""From journal lines to rows: a pure fold. A call may come in any number of batches; the rows themselves are the
state between them, so nothing else has to survive a restart of the shipper.

Every line of every shape gives a record, never an exception: a field of the wrong type counts as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ivr.call.journal_lines import JournalLine
from ivr.storage.entries import CallEntry, CallRecord
from ivr.storage.folding import offset, step_of, with_call, with_moment, with_step
from ivr.storage.left_lines import backend_asked, leave_asked, left
from ivr.storage.values import LONG, SHORT, SPEECH, Data, capped, clean, number, text, whole

Handler = Callable[[CallRecord, Data, datetime], CallRecord]

#: How a call ended, on the whole; docs/call-log.md explains each.
OUTCOMES = (
    "running",
    "rejected",
    "cancelled",
    "lost",
    "limit",
    "operator",
    "transferred",
    "served",
    "unserved",
    "abandoned",
)

_MOST_CANDIDATES = 10


def fold(record: CallRecord | None, line: JournalLine, run: str) -> CallRecord:
    """Return the call as it is after this line.

    Args:
        record: the call so far; None before its first line.
        line: one of its lines, in order.
        run: the start of the worker process that wrote it (`JournalFile.run`).
    """
    if record is None:
        record = CallRecord(
            CallEntry(
                id=line.call,
                started_at=line.at,
                last_line_at=line.at,
                journal=run,
                worker=run.split(".", 1)[0],
            )
        )
    record = with_call(record, last_line_at=line.at, journal_lines=record.call.journal_lines + 1)
    kind, name, data = line.kind, line.name, line.data
    if (kind, name) == ("command", "Note"):
        kind, name = "note", text(data, "name")
        data = data["data"] if isinstance(data.get("data"), dict) else {}
    handler = _HANDLERS.get((kind, name))
    return handler(record, data, line.at) if handler else record


def close_lost(record: CallRecord) -> CallRecord:
    """Close a call whose worker is gone: it ended with its last line, by the gateway's fault unless it says more."""
    return _close(record, record.call.last_line_at, ended_by="gateway", end_reason="worker_lost")


def _offered(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    names = ("caller_masked", "caller_hash", "caller_sealed", "dialled", "user_agent", "worker")
    record = with_call(record, **{name: text(data, name) or getattr(record.call, name) for name in names})
    return with_call(record, caller_tail=_shown_tail(record.call.caller_masked))


def _shown_tail(masked: str) -> str:
    """The last four characters of a number, if its mask shows them; people look for a caller by them."""
    return masked[-4:] if masked[-4:].isdigit() else ""


def _call_offered(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    return with_call(record, dialled=text(data, "dialled") or record.call.dialled)


def _call_answered(record: CallRecord, _data: Data, at: datetime) -> CallRecord:
    return with_call(record, answered_at=record.call.answered_at or at)


def _digit_pressed(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    call = record.call
    return with_call(record, keys=call.keys + 1, key_source=_joined(call.key_source, text(data, "source")))


def _call_started(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    return with_call(
        record,
        tree=text(data, "tree"),
        menu_revision=text(data, "revision"),
        language=text(data, "language"),
        dialled=text(data, "dialled") or record.call.dialled,
    )


def _step_entered(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    step = step_of(record, data)
    if step is None:
        return record
    tree, node, language = text(data, "tree"), text(data, "node"), text(data, "language")
    record = with_call(
        record,
        steps=max(record.call.steps, step.step),
        last_tree=tree,
        last_node=node,
        language=language or record.call.language,
    )
    kind = text(data, "kind")
    return with_step(record, replace(step, entered_at=at, tree=tree, node=node, kind=kind, language=language))


def _input(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    outcome, source = text(data, "outcome"), text(data, "key_source")
    spoken = source == SPEECH
    record = with_call(
        record,
        wrong_inputs=record.call.wrong_inputs + (outcome in ("invalid", "too_short")),
        silences=record.call.silences + (outcome == "no_input"),
        spoken=record.call.spoken + (spoken and outcome == "match"),
        unheard=record.call.unheard + (outcome in ("unheard", "denied")),
        key_source=_joined(record.call.key_source, source),
    )
    step = step_of(record, data)
    if step is None:
        return record
    attempt = whole(data, "attempt") or step.attempts + 1
    given, option = text(data, "input"), text(data, "option")
    moment: dict[str, Any] = {
        "ms": offset(record, at),
        "what": "input",
        "attempt": attempt,
        "outcome": outcome,
        "input": given,
        "key_source": source,
        "option": option,
    }
    step = replace(step, input=given, key_source=source, option=option, attempts=max(step.attempts, attempt))
    if spoken:
        band, confidence, took = text(data, "band"), number(data, "confidence"), whole(data, "decision_ms")
        moment.update(band=band, confidence=confidence, decision_ms=took, candidates=_candidates(data))
        step = replace(step, band=band, confidence=confidence, decision_ms=took)
    return with_step(record, with_moment(step, moment))


def _step_left(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    outcome = text(data, "outcome")
    record = with_call(record, ways_out=record.call.ways_out + (outcome == "exhausted"))
    step = step_of(record, data)
    if step is None:
        return record
    return with_step(record, replace(step, left_at=at, outcome=outcome, next=text(data, "next")))


def _call_ended(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    call = record.call
    return with_call(
        record,
        ended_by=text(data, "ended_by"),
        end_reason=text(data, "reason"),
        last_tree=text(data, "tree") or call.last_tree,
        last_node=text(data, "node") or call.last_node,
        language=text(data, "language") or call.language,
        steps=max(call.steps, whole(data, "steps") or 0),
    )


def _played(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    words, ended = text(data, "text", LONG), text(data, "ended")
    played, total = whole(data, "played_ms") or 0, whole(data, "total_ms")
    first, late = whole(data, "first_audio_ms"), whole(data, "late_clauses") or 0
    cut = ended in ("key", SPEECH)
    call = record.call
    record = with_call(
        record,
        barge_ins=call.barge_ins + cut,
        late_clauses=capped(call.late_clauses + late),
        first_audio_ms=first if call.first_audio_ms is None else call.first_audio_ms,
    )
    step = step_of(record, data)
    if step is None:
        return record
    moment = {
        "ms": max(0, offset(record, at) - played),
        "what": "said",
        "purpose": text(data, "purpose"),
        "text": words,
        "played_ms": played,
        "total_ms": total,
        "ended": ended,
        "first_audio_ms": first,
        "late_clauses": late,
    }
    silent_so_far = not any(earlier["what"] == "said" for earlier in step.moments)
    known = total is not None and (silent_so_far or step.total_ms is not None)
    step = replace(
        step,
        prompt=f"{step.prompt}\n{words}".strip("\n")[:LONG],
        played_ms=capped(step.played_ms + played),
        total_ms=capped((step.total_ms or 0) + (total or 0)) if known else None,
        barge_in_ms=played if cut else step.barge_in_ms,
        first_audio_ms=first if step.first_audio_ms is None else step.first_audio_ms,
        late_clauses=capped(step.late_clauses + late),
    )
    return with_step(record, with_moment(step, moment))


def _hearing(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    record = with_call(record, hearing_failures=record.call.hearing_failures + 1)
    step = step_of(record, data)
    if step is None:
        return record
    failed, detail = text(data, "failed"), text(data, "detail")
    moment = {"ms": offset(record, at), "what": "hearing", "failed": failed, "detail": detail}
    return with_step(record, with_moment(step, moment))


def _bad_line(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    reason = text(data, "reason")
    record = with_call(record, bad_line=reason)
    step = step_of(record, data)
    if step is None:
        return record
    return with_step(record, with_moment(step, {"ms": offset(record, at), "what": "bad_line", "reason": reason}))


def _backend(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    operation, status, took = text(data, "operation"), text(data, "status"), whole(data, "ms") or 0
    call = record.call
    record = with_call(
        record,
        backend_queries=call.backend_queries + 1,
        backend_answers=call.backend_answers + (status == "ok"),
        backend_failures=call.backend_failures + (status not in ("ok", "not_found")),
        backend_ms=capped(call.backend_ms + took),
    )
    step = step_of(record, data)
    if step is None:
        return record
    start = max(0, offset(record, at) - took)
    moment = {"ms": start, "what": "backend", "operation": operation, "took_ms": took, "status": status}
    step = replace(
        step,
        backend_operation=operation,
        backend_ms=capped((step.backend_ms or 0) + took),
        backend_status=status,
    )
    return with_step(record, with_moment(step, moment))


def _transfer(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    target, outcome, took = text(data, "target"), text(data, "outcome"), whole(data, "ms") or 0
    record = with_call(record, transfer_outcome=outcome)
    step = step_of(record, data)
    if step is None:
        return record
    start = max(0, offset(record, at) - took)
    moment = {"ms": start, "what": "transfer", "target": target, "took_ms": took, "outcome": outcome}
    step = replace(step, transfer_target=target, transfer_outcome=outcome, transfer_ms=took)
    return with_step(record, with_moment(step, moment))


def _line(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    sources = data.get("key_sources")
    key_source = record.call.key_source
    for source in sources if isinstance(sources, list) else []:
        key_source = _joined(key_source, clean(source, SHORT))
    return with_call(
        record,
        codec=text(data, "codec"),
        rtp_received=whole(data, "received"),
        rtp_lost=whole(data, "lost"),
        rtp_loss=number(data, "loss"),
        jitter_ms=number(data, "jitter_ms"),
        round_trip_ms=number(data, "round_trip_ms"),
        key_source=key_source,
    )


def _closed(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    record = with_call(record, sip_code=whole(data, "sip_code"), duration_ms=whole(data, "duration_ms"))
    return _close(record, at, ended_by=text(data, "ended_by"), end_reason=text(data, "reason"))


_HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("event", "CallOffered"): _call_offered,
    ("event", "CallAnswered"): _call_answered,
    ("event", "DigitPressed"): _digit_pressed,
    ("command", "QueryBackend"): backend_asked,
    ("command", "Leave"): leave_asked,
    ("note", "call_started"): _call_started,
    ("note", "step_entered"): _step_entered,
    ("note", "input"): _input,
    ("note", "step_left"): _step_left,
    ("note", "call_ended"): _call_ended,
    ("fact", "offered"): _offered,
    ("fact", "played"): _played,
    ("fact", "hearing"): _hearing,
    ("fact", "bad_line"): _bad_line,
    ("fact", "backend"): _backend,
    ("fact", "transfer"): _transfer,
    ("fact", "left"): left,
    ("fact", "line"): _line,
    ("fact", "closed"): _closed,
}


def _close(record: CallRecord, at: datetime, *, ended_by: str, end_reason: str) -> CallRecord:
    """End the call. What the engine said of its end (`call_ended`) stands; only what it left open is filled in."""
    call = record.call
    call = replace(
        call,
        ended_at=at,
        duration_ms=offset(record, at) if call.duration_ms is None else call.duration_ms,
        ended_by=call.ended_by or ended_by,
        end_reason=call.end_reason or end_reason,
    )
    return replace(record, call=replace(call, outcome=_outcome(call)))


def _outcome(call: CallEntry) -> str:
    if call.ended_by == "line" or call.end_reason == "worker_lost":
        return "lost"
    if call.answered_at is None:
        return "cancelled" if call.ended_by == "caller" else "rejected"
    if call.ended_by == "gateway":
        return "lost"
    if call.ended_by in ("limit", "operator"):
        return call.ended_by
    if call.transfer_outcome == "ended":
        return "transferred"
    menu_went_well = call.ended_by == "menu" and call.end_reason != "no_input" and not call.backend_failures
    if call.backend_answers or call.left_items or menu_went_well:
        return "served"
    return "abandoned" if call.ended_by == "caller" else "unserved"


def _candidates(data: Data) -> list[dict[str, Any]]:
    """What speech may have meant, best first; values that were understood have no phrase."""
    given = data.get("candidates")
    candidates = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return [
        {"id": text(one, "id"), "phrase": text(one, "phrase"), "confidence": number(one, "confidence"), **_mergers(one)}
        for one in candidates[:_MOST_CANDIDATES]
    ]


def _mergers(candidate: Data) -> dict[str, list[str]]:
    """The mergers of an accent that a phrase needed, where the line tells them."""
    given = candidate.get("mergers")
    if not isinstance(given, list):
        return {}
    return {"mergers": [name for name in (clean(one, SHORT) for one in given[:_MOST_CANDIDATES]) if name]}


def _joined(sources: str, source: str) -> str:
    present = sources.split(",") if sources else []
    return sources if not source or source in present else ",".join([*present, source])[:SHORT]
