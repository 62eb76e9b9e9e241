"""What the handlers of journal lines have in common: changing a record, its steps, and what happened in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ivr.storage.entries import CallRecord, StepEntry
from ivr.storage.values import Data, capped, whole

_MOST_MOMENTS = 200


def with_call(record: CallRecord, **changes: Any) -> CallRecord:
    return replace(record, call=replace(record.call, **changes))


def with_step(record: CallRecord, step: StepEntry) -> CallRecord:
    return replace(record, steps={**record.steps, step.step: step})


def with_moment(step: StepEntry, moment: Mapping[str, Any]) -> StepEntry:
    """The step with one more moment, as long as there is room for it."""
    return step if len(step.moments) >= _MOST_MOMENTS else replace(step, moments=(*step.moments, moment))


def step_of(record: CallRecord, data: Data) -> StepEntry | None:
    """The step that the data belong to, a new one if need be; None when they name none."""
    step = whole(data, "step")
    if not step:
        return None
    return record.steps.get(step) or StepEntry(call_id=record.call.id, step=step)


def offset(record: CallRecord, at: datetime) -> int:
    """Milliseconds since the start of the call; 0 when the clock was set back meanwhile."""
    return capped(max(0, round((at - record.call.started_at).total_seconds() * 1000)))
