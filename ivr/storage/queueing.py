"""Puts into the work queues what calls give people to do: in the transaction that writes the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.storage.deadlines import deadlines
from ivr.storage.entries import QUEUED, CallEntry, CallRecord, LeftEntry
from ivr.storage.tallies import ended_now
from ivr.storage.work_models import Work

Local = Callable[[datetime], datetime]

#: So many times not understood, and then without an answer: somebody should see why.
_MANY_MISUNDERSTANDINGS = 4
_BAD_RATING = 2


def queue_work(
    connection: Connection, before: Mapping[str, CallRecord], after: Iterable[CallRecord], local: Local
) -> None:
    """Queue what records have gained since they were loaded, and note ratings and reminders of earlier tickets."""
    rows: list[dict[str, Any]] = []
    for record in after:
        for left in record.left:
            if left.kind in QUEUED:
                rows.append(_left_row(record.call, left, local))
        old = before.get(record.call.id)
        reasons = review_reasons(record) if ended_now(old.call if old else None, record.call) else []
        if reasons:
            rows.append(review_row(record.call, ",".join(reasons), record.call.last_line_at, local))
    if rows:
        connection.execute(_new_only(connection.dialect.name), rows)
    for record in after:
        for left in record.left:
            _about_ticket(connection, left)


def review_reasons(record: CallRecord) -> list[str]:
    """Why somebody should look at a call that has ended; mostly nothing."""
    call = record.call
    reasons = []
    left = [moment for step in record.steps.values() for moment in step.moments if moment["what"] == "left"]
    if any(moment["status"] != "kept" for moment in left):
        reasons.append("not_kept")
    if call.end_reason == "worker_lost":
        reasons.append("worker_lost")
    if call.outcome in ("abandoned", "unserved") and call.wrong_inputs + call.unheard >= _MANY_MISUNDERSTANDINGS:
        reasons.append("not_understood")
    if call.rating is not None and call.rating <= _BAD_RATING:
        reasons.append("bad_rating")
    return reasons


def review_row(call: CallEntry, about: str, at: datetime, local: Local) -> dict[str, Any]:
    """A call to be reviewed."""
    return {**_row(call, "review", about, at, local), "township": call.township}


def _new_only(dialect: str) -> Insert:
    """Inserts what is not there: somebody at the console may have put a call among the reviews already."""
    if dialect == "postgresql":
        return postgresql.insert(Work).on_conflict_do_nothing()
    return sqlite.insert(Work).on_conflict_do_nothing()


def _left_row(call: CallEntry, left: LeftEntry, local: Local) -> dict[str, Any]:
    details = left.details
    queue = QUEUED[left.kind]
    about = details.get("appeal", left.kind) if queue == "appeal" else ""
    return {
        **_row(call, queue, about[:200], left.left_at, local),
        "token": left.token,
        "ticket": left.ticket,
        "township": details.get("township", call.township)[:200],
        "category": details.get("category", "")[:40],
        "wanted": details.get("preferred_time", "")[:200],
        "sealed": left.sealed,
        "recordings": "\n".join(left.recordings),
    }


def _row(call: CallEntry, queue: str, about: str, left_at: datetime, local: Local) -> dict[str, Any]:
    due = deadlines(queue, about, left_at, local)
    return {
        "queue": queue,
        "call_id": call.id,
        "token": 0,
        "call_started_at": call.started_at,
        "ticket": "",
        "left_at": left_at,
        "caller_masked": call.caller_masked,
        "caller_sealed": call.caller_sealed,
        "language": call.language[:20],
        "about": about,
        "township": "",
        "category": "",
        "wanted": "",
        "sealed": "",
        "recordings": "",
        "contact_by": due.contact_by,
        "answer_by": due.answer_by,
        "due_at": due.contact_by or due.answer_by,
        "state": "open",
        "taken_by": "",
        "closed_by": "",
        "result": "",
        "transcript": "",
        "transcript_by": "",
        "reminders": 0,
    }


def _about_ticket(connection: Connection, left: LeftEntry) -> None:
    ticket = left.details.get("ticket", "")
    if not ticket:
        return
    this = update(Work).where(Work.ticket == ticket)
    mark = left.details.get("mark", "")
    if left.kind == "rating" and mark in ("1", "2", "3", "4", "5"):
        connection.execute(this.values(rating=int(mark)))
    elif left.kind == "reminder":
        connection.execute(this.values(reminders=Work.reminders + 1))
