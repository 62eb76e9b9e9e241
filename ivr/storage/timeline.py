"""A call as it went: everything that happened in it, in the order of the clock, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivr.storage.entries import CallEntry, StepEntry


@dataclass(frozen=True)
class Happening:
    """Something that happened in a call.

    Attributes:
        ms: milliseconds since the call began.
        what: `offered`, `answered`, `entered` (a step), `said`, `input`, `hearing`, `bad_line`, `backend`,
            `transfer`, `left` or `ended`.
        step: the number of its step; None for what belongs to the call.
        facts: fields of the call, of the step, or of the moment (`StepEntry.moments`).
    """

    ms: int
    what: str
    step: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


_PLACE = ("ms", "what")


def timeline(call: CallEntry, steps: Sequence[StepEntry]) -> list[Happening]:
    """Everything that happened in the call, first things first."""
    happenings = [Happening(0, "offered")]
    if call.answered_at:
        happenings.append(Happening(_since(call, call.answered_at), "answered"))
    for step in steps:
        if step.entered_at:
            entered = {"tree": step.tree, "node": step.node, "kind": step.kind, "language": step.language}
            happenings.append(Happening(_since(call, step.entered_at), "entered", step.step, entered))
        happenings += [
            Happening(moment["ms"], moment["what"], step.step, {k: v for k, v in moment.items() if k not in _PLACE})
            for moment in step.moments
        ]
    if call.ended_at:
        happenings.append(Happening(_since(call, call.ended_at), "ended"))
    return sorted(happenings, key=_order)


def _order(happening: Happening) -> tuple[int, float, bool]:
    """By time; in the same millisecond the beginning of the call first, then step by step, and its end last."""
    of_call = -1.0 if happening.what != "ended" else float("inf")
    return happening.ms, of_call if happening.step is None else happening.step, happening.what != "entered"


def _since(call: CallEntry, at: datetime) -> int:
    return max(0, round((at - call.started_at).total_seconds() * 1000))
