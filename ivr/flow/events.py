"""Everything that can happen to a call, as the engine sees it. Plain data; nothing here does anything.

A `token` joins an answer to the command that asked for it. An answer with a stale token is dropped by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Union

KeySource = Literal["rfc4733", "sip_info", "inband", "simulator"]


@dataclass(frozen=True)
class CallOffered:
    """An INVITE was admitted, or somebody whom the gateway called has answered.

    Attributes:
        call_id: our own id of the call, unique for ever.
        caller: the caller's number as text, empty if withheld.
        dialled: the number that was dialled.
        local_time: wall-clock time at the gateway, ISO 8601 with offset. The engine has no clock of its own.
        speech: languages in which the caller may speak instead of pressing keys; empty for a call by keys alone.
        profile: what the caller agreed to have remembered; empty if nothing.
        parked: where an earlier call broke off (`Park`); None if there is nothing to go on with.
        display: their telephone shows texts that are sent to it.
        about: why the gateway calls: `purpose`, `ticket` and `text`; empty for callers, who know why themselves.
    """

    call_id: str
    caller: str
    dialled: str
    local_time: str
    speech: tuple[str, ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)
    parked: dict[str, Any] | None = None
    about: dict[str, Any] = field(default_factory=dict)
    display: bool = False


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
    """The caller speaks: no cough, no filler word, no echo of the prompt. What was said is still to come."""

    token: int


@dataclass(frozen=True)
class Candidate:
    """One thing that the caller may have meant.

    Attributes:
        id: of the option or universal action (`SpokenOption.id`), `yes` or `no`.
        phrase: the phrase that fits best.
        confidence: 0 to 1.
        mergers: of accents, that the words of the caller needed to sound like the phrase, such as `n/l`; None where
            the recogniser cannot tell.
    """

    id: str
    phrase: str = ""
    confidence: float = 1.0
    mergers: tuple[str, ...] | None = None


#: `accept`: it is sure enough to act on. `confirm`: the caller is to be asked.
Band = Literal["accept", "confirm"]


@dataclass(frozen=True)
class Heard:
    """The caller said something that is expected here.

    Attributes:
        text: what was heard, at its best.
        candidates: best first. Empty where `values` say it.
        values: digits, or a day as `YYYYMMDD`; best first.
        engine: name of the recogniser.
        speech_ms: length of the speech.
        decision_ms: from the end of the speech to the decision.
        early: a partial result was enough, before the caller had ended.
    """

    token: int
    band: Band
    text: str = ""
    candidates: tuple[Candidate, ...] = ()
    values: tuple[str, ...] = ()
    engine: str = ""
    speech_ms: int = 0
    decision_ms: int = 0
    early: bool = False


NotHeard = Literal["silence", "noise", "filler", "music", "too_long", "out_of_set"]


@dataclass(frozen=True)
class HeardNothing:
    """What was heard is nothing that is expected here.

    Attributes:
        reason: `out_of_set`: speech, but none of what may be said. `silence` to `music`: no speech to the point.
        text: what was heard, at its best.
    """

    token: int
    reason: NotHeard = "out_of_set"
    text: str = ""
    engine: str = ""
    speech_ms: int = 0
    decision_ms: int = 0


HearingFailure = Literal["away", "slow", "busy", "refused", "garbled", "full"]


@dataclass(frozen=True)
class HearingFailed:
    """Speech cannot be understood just now; the caller goes on with keys.

    Attributes:
        reason: `away`: the worker is not there or went away. `slow`: it did not decide in time. `busy`: it has too many
            calls. `refused`: it cannot or will not. `garbled`: it said what is no answer. `full`: it does not take the
            sound fast enough.
    """

    token: int
    reason: HearingFailure


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
        reason: `timeout`, `unreachable`, `server_error`, `bad_answer`, `refused`, `too_large`, `locked`,
            `not_verified`, `taken`, `internal`.
    """

    token: int
    reason: str


RecordingCause = Literal["stopped", "silence", "longest", "hangup", "nothing", "failed"]


@dataclass(frozen=True)
class RecordingFinished:
    """What the caller said is in a file. Always follows `Record`, also after the end of the call.

    Attributes:
        path: the file; empty where there is none.
        duration_ms: its length in milliseconds.
        cause: `nothing` if only silence was heard, `failed` if it could not be written, else what ended it.
    """

    token: int
    path: str
    duration_ms: int
    cause: RecordingCause = "stopped"


@dataclass(frozen=True)
class Left:
    """What the caller left is on disk.

    Attributes:
        receipt: JSON data; `reference` is text that can be read out.
    """

    token: int
    receipt: dict[str, Any]


@dataclass(frozen=True)
class LeaveFailed:
    """What the caller left could not be kept.

    Attributes:
        reason: `no_outbox`, `disk`, `refused`, `timeout`, `internal`.
    """

    token: int
    reason: str


SendOutcome = Literal["sent", "queued", "failed"]


@dataclass(frozen=True)
class SendEnded:
    """A message is on its way, waits for its turn, or cannot be sent."""

    token: int
    outcome: SendOutcome


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
        reason: what was measured, for the log.
    """

    level: Literal["good", "bad"]
    reason: str = ""


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
    HearingFailed,
    PlaybackFinished,
    BackendReplied,
    BackendFailed,
    RecordingFinished,
    Left,
    LeaveFailed,
    SendEnded,
    TransferEnded,
    TimerFired,
    QualityChanged,
    OperatorHangUp,
    CallerHungUp,
    LineLost,
]

#: The registry of events by name; journal, replay and documentation read it.
EVENTS: dict[str, type] = {cls.__name__: cls for cls in Event.__args__}  # type: ignore[attr-defined]

__all__ = [
    "EVENTS",
    "Band",
    "Candidate",
    "Event",
    "HearingFailure",
    "KeySource",
    "NotHeard",
    "RecordingCause",
    "SendOutcome",
    "TransferOutcome",
    *EVENTS,
]
