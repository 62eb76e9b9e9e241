"""Rows to plain data and back. Everything that touches `calls` and `steps` goes through here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from ivr.storage.entries import CallEntry, CallRecord, StepEntry
from ivr.storage.models import Call, Step

CALL_COLUMNS = tuple(getattr(Call, field.name) for field in fields(CallEntry))
STEP_COLUMNS = tuple(getattr(Step, field.name) for field in fields(StepEntry))

# Well below the number of parameters that any SQLite allows in one statement.
_MOST_AT_ONCE = 500


def call_entry(row: Row[Any]) -> CallEntry:
    """The entry of a row selected by `CALL_COLUMNS`."""
    return CallEntry(**row._mapping)


def step_entry(row: Row[Any]) -> StepEntry:
    """The entry of a row selected by `STEP_COLUMNS`."""
    return StepEntry(**{**row._mapping, "moments": tuple(row.moments)})


def load_records(session: Session, call_ids: Collection[str]) -> dict[str, CallRecord]:
    """Those of the calls that are in the database, with their steps."""
    calls: dict[str, CallEntry] = {}
    steps: dict[str, dict[int, StepEntry]] = {}
    for some in _slices(sorted(call_ids)):
        for row in session.execute(select(*CALL_COLUMNS).where(Call.id.in_(some))):
            calls[row.id] = call_entry(row)
        for row in session.execute(select(*STEP_COLUMNS).where(Step.call_id.in_(some))):
            steps.setdefault(row.call_id, {})[row.step] = step_entry(row)
    return {call_id: CallRecord(call, steps.get(call_id, {})) for call_id, call in calls.items()}


def save_records(session: Session, before: Mapping[str, CallRecord], after: Mapping[str, CallRecord]) -> None:
    """Write what differs between what was loaded and what it became."""
    new_calls, changed_calls, new_steps, changed_steps = [], [], [], []
    for call_id, record in after.items():
        old = before.get(call_id)
        if old is None:
            new_calls.append(_values(record.call))
        elif old.call != record.call:
            changed_calls.append(_values(record.call))
        for number, step in record.steps.items():
            old_step = old.steps.get(number) if old else None
            if old_step is None:
                new_steps.append(_values(step))
            elif old_step != step:
                changed_steps.append(_values(step))
    # SQLAlchemy leaves empty columns out otherwise, and each row that has others filled becomes a statement of its own.
    whole = {"render_nulls": True}
    if new_calls:
        session.execute(insert(Call), new_calls, execution_options=whole)
    if changed_calls:
        session.execute(update(Call), changed_calls)
    if new_steps:
        session.execute(insert(Step), new_steps, execution_options=whole)
    if changed_steps:
        session.execute(update(Step), changed_steps)


def _values(entry: CallEntry | StepEntry) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    if isinstance(entry, StepEntry):
        values["moments"] = list(entry.moments)
    return values


def _slices(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _MOST_AT_ONCE] for start in range(0, len(ids), _MOST_AT_ONCE))
