"""Journal lines of what callers leave, and of the township that they speak of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from ivr.flow.turn import MASK
from ivr.storage.entries import QUEUED, CallRecord, LeftEntry, StepEntry
from ivr.storage.folding import offset, step_of, with_call, with_step
from ivr.storage.values import Data, clean, text, whole

#: Characters kept of what was sealed: a text of 4000 characters, as UTF-8, in base 64, and the envelope.
_LONGEST_SEALED = 24_000
_LONGEST_DETAIL = 500
_MOST_DETAILS = 20
_MOST_RECORDINGS = 10
_MARKS = range(1, 6)


def backend_asked(record: CallRecord, data: Data, _at: datetime) -> CallRecord:
    arguments = data.get("arguments")
    return _with_township(record, arguments if isinstance(arguments, dict) else {})


def leave_asked(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    """Whether it is kept stands in a later line, perhaps of a later batch: until then its status is `leaving`."""
    details = _details(data)
    record = _with_township(record, details)
    step = record.steps.get(record.call.steps)
    if step is None:
        return record
    moment = {
        "ms": offset(record, at),
        "what": "left",
        "token": whole(data, "token") or 0,
        "kind": text(data, "kind"),
        "status": "leaving",
        "ticket": "",
        "details": details,
    }
    return with_step(record, replace(step, moments=(*step.moments, moment)))


def left(record: CallRecord, data: Data, at: datetime) -> CallRecord:
    token, status, ticket = whole(data, "token") or 0, text(data, "status"), text(data, "ticket")
    step = step_of(record, data)
    details: dict[str, str] = {}
    if step is not None:
        step, details = _settled(step, token, status, ticket)
        record = with_step(record, step)
    if status != "kept":
        return record
    kind = text(data, "kind")
    mark = details.get("mark", "")
    if kind == "rating" and mark.isdigit() and int(mark) in _MARKS:
        record = with_call(record, rating=int(mark))
    elif kind in QUEUED:
        record = with_call(record, left_items=record.call.left_items + 1)
    recordings = data.get("recordings")
    files = tuple(clean(name, 200) for name in (recordings if isinstance(recordings, list) else [])[:_MOST_RECORDINGS])
    sealed = text(data, "sealed", _LONGEST_SEALED)
    entry = LeftEntry(record.call.id, token, kind, ticket, at, details, sealed, tuple(filter(None, files)))
    return replace(record, left=(*record.left, entry))


def _settled(step: StepEntry, token: int, status: str, ticket: str) -> tuple[StepEntry, dict[str, str]]:
    """The step with what became of something, and the details that were given with it."""
    moments: list[Any] = []
    details: dict[str, str] = {}
    for moment in step.moments:
        if moment["what"] == "left" and moment["token"] == token:
            details = dict(moment["details"])
            moment = {**moment, "status": status, "ticket": ticket}
        moments.append(moment)
    return replace(step, moments=tuple(moments)), details


def _details(data: Data) -> dict[str, str]:
    given = data.get("data")
    if not isinstance(given, dict):
        return {}
    texts = ((clean(name, 40), clean(value, _LONGEST_DETAIL)) for name, value in list(given.items())[:_MOST_DETAILS])
    return {name: value for name, value in texts if value and value != MASK}


def _with_township(record: CallRecord, values: Data) -> CallRecord:
    township = text(values, "township")
    return with_call(record, township=township) if township and township != MASK else record
