"""What the call log says of a call and of a step, as plain data. The columns of the tables have the same names.

Times are UTC; durations are milliseconds. `docs/call-log.md` explains every field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: What of the things that callers leave waits for a person, and in which queue.
QUEUED: Mapping[str, str] = {
    "appeal": "appeal",
    "recording": "appeal",
    "message": "appeal",
    "callback": "callback",
}


@dataclass(frozen=True)
class CallEntry:
    """One call, as the field's CDR (call detail record) has it.

    While the call lasts, `ended_at` is None and `outcome` is `running`.
    """

    id: str
    started_at: datetime
    last_line_at: datetime
    journal: str
    worker: str
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    caller_masked: str = ""
    caller_hash: str = ""
    caller_tail: str = ""
    caller_sealed: str = ""
    dialled: str = ""
    user_agent: str = ""
    tree: str = ""
    menu_revision: str = ""
    language: str = ""
    ended_by: str = ""
    end_reason: str = ""
    outcome: str = "running"
    sip_code: int | None = None
    last_tree: str = ""
    last_node: str = ""
    steps: int = 0
    keys: int = 0
    key_source: str = ""
    wrong_inputs: int = 0
    silences: int = 0
    spoken: int = 0
    unheard: int = 0
    hearing_failures: int = 0
    bad_line: str = ""
    ways_out: int = 0
    barge_ins: int = 0
    first_audio_ms: int | None = None
    late_clauses: int = 0
    codec: str = ""
    rtp_received: int | None = None
    rtp_lost: int | None = None
    rtp_loss: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    backend_queries: int = 0
    backend_answers: int = 0
    backend_failures: int = 0
    backend_ms: int = 0
    transfer_outcome: str = ""
    township: str = ""
    left_items: int = 0
    rating: int | None = None
    journal_lines: int = 0

    @property
    def not_understood(self) -> int:
        """Inputs that led to nothing, by keys and by speech."""
        return self.wrong_inputs + self.unheard


@dataclass(frozen=True)
class StepEntry:
    """One step of a call, as the field's CEL (channel event log) has it: one visit to one node.

    Attributes:
        moments: what happened in the step, in the order in which it was written: dictionaries with `ms` (offset from
            the start of the call), `what` (`said`, `input`, `hearing`, `bad_line`, `backend`, `transfer` or `left`)
            and the fields of that fact.
    """

    call_id: str
    step: int
    entered_at: datetime | None = None
    left_at: datetime | None = None
    tree: str = ""
    node: str = ""
    kind: str = ""
    language: str = ""
    prompt: str = ""
    played_ms: int = 0
    total_ms: int | None = None
    barge_in_ms: int | None = None
    first_audio_ms: int | None = None
    late_clauses: int = 0
    input: str = ""
    key_source: str = ""
    option: str = ""
    band: str = ""
    confidence: float | None = None
    decision_ms: int | None = None
    attempts: int = 0
    outcome: str = ""
    next: str = ""
    backend_operation: str = ""
    backend_ms: int | None = None
    backend_status: str = ""
    transfer_target: str = ""
    transfer_outcome: str = ""
    transfer_ms: int | None = None
    moments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class LeftEntry:
    """Something that a caller has left, and that is on disk for good.

    Attributes:
        token: its number within the call.
        kind: as the outbox has it: `appeal`, `recording`, `message`, `callback`, `rating` or `reminder`.
        ticket: its reference, ten digits; empty if it has none.
        details: what the menu gave with it, without what is sensitive.
        sealed: all that was left with it, as JSON, sealed with the key of the data folder.
        recordings: names of files in the folder of recordings.
    """

    call_id: str
    token: int
    kind: str
    ticket: str
    left_at: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    sealed: str = ""
    recordings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallRecord:
    """A call with its steps, by their number.

    Attributes:
        left: what the lines read just now have added; what was left before is not read again.
    """

    call: CallEntry
    steps: Mapping[int, StepEntry] = field(default_factory=dict)
    left: tuple[LeftEntry, ...] = ()
