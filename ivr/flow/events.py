"""Everything that can happen to a call, as the engine sees it. Plain data; nothing here does anything.

A `token` joins an answer to the command that asked for it. An answer with a stale token is dropped by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Union

KeySource = Literal["rfc4733", "sip_info", "inband", "simulator"]


@dataclass(frozen=True)
class CallOffered:
    """An INVITE was admitted.

    Attributes:
        call_id: our own id of the call, unique for ever.
        caller: the caller's number as text, empty if withheld.
        dialled: the number that was dialled.
        local_time: wall-clock time at the gateway, ISO 8601 with offset. The engine has no clock of its own.
    """

    call_id: str
    caller: str
    dialled: str
    local_time: str


@dataclass(frozen=True)
class CallAnswered:
    """Media flows both ways."""


@dataclass(frozen=True)
class DigitPressed:
    """A key.

    Attributes:
        digit: one of `0-9 * # A-D`.
        source: where it was found.
    """

    digit: str
    source: KeySource = "rfc4733"


@dataclass(frozen=True)
class SpeechStarted:
    token: int


@dataclass(frozen=True)
class Heard:
    """The recogniser decided.

    Attributes:
        candidates: (phrase, confidence 0..1), best first.
    """

    token: int
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class HeardNothing:
    token: int


@dataclass(frozen=True)
class PlaybackFinished:
    """The last sample of a prompt was sent."""

    token: int


@dataclass(frozen=True)
class BackendReplied:
    """The backend answered. `data` is None when it has no such thing (not an error)."""

    token: int
    data: Any


@dataclass(frozen=True)
class BackendFailed:
    """The backend did not answer usefully.

    Attributes:
        reason: `timeout`, `unreachable`, `server_error`, `bad_answer`, `refused`, `too_large`, `internal`.
    """

    token: int
    reason: str


@dataclass(frozen=True)
class RecordingFinished:
    token: int
    path: str
    duration_ms: int


TransferOutcome = Literal["ended", "busy", "no_answer", "failed"]


@dataclass(frozen=True)
class TransferEnded:
    """`ended`: both talked and the other side hung up; the caller is still there."""

    token: int
    outcome: TransferOutcome


@dataclass(frozen=True)
class TimerFired:
    token: int


@dataclass(frozen=True)
class QualityChanged:
    """The line got better or worse.

    Attributes:
        level: `good` or `bad`.
    """

    level: Literal["good", "bad"]


@dataclass(frozen=True)
class OperatorHangUp:
    """Somebody at the console ended the call."""


@dataclass(frozen=True)
class CallerHungUp:
    """BYE or CANCEL from the caller."""


@dataclass(frozen=True)
class LineLost:
    """The call ended under us.

    Attributes:
        reason: `media_timeout` (no RTP for the configured time), `session_timer`, `sip_error`, `shutdown`.
    """

    reason: str


Event = Union[
    CallOffered,
    CallAnswered,
    DigitPressed,
    SpeechStarted,
    Heard,
    HeardNothing,
    PlaybackFinished,
    BackendReplied,
    BackendFailed,
    RecordingFinished,
    TransferEnded,
    TimerFired,
    QualityChanged,
    OperatorHangUp,
    CallerHungUp,
    LineLost,
]

#: The registry of events by name; journal, replay and documentation read it.
EVENTS: dict[str, type] = {cls.__name__: cls for cls in Event.__args__}  # type: ignore[attr-defined]

__all__ = ["EVENTS", "Event", "KeySource", "TransferOutcome", *EVENTS]
