"""Everything the engine can ask for. Plain data; the driver in `ivr.call` carries it out.

A `token` is given back with the event that answers the command.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Union

from menus.parts import Part

Pace = Literal["normal", "slow"]


@dataclass(frozen=True)
class Answer:
    """Take the call."""


@dataclass(frozen=True)
class Reject:
    """Refuse the call with a final SIP status (RFC 3261, section 21)."""

    sip_code: int


@dataclass(frozen=True)
class Play:
    """Say something. Answered by `PlaybackFinished`, unless it is stopped.

    Attributes:
        parts: what to say.
        language: language code.
        purpose: `prompt`, `reprompt`, `filler`, `notice` or `goodbye`, for the log.
        voice: the author's wish for a voice and a speed, such as `zf_xiaobei@0.85`; empty for the usual ones.
    """

    token: int
    parts: tuple[Part, ...]
    language: str
    pace: Pace = "normal"
    purpose: str = "prompt"
    voice: str = ""


@dataclass(frozen=True)
class StopPlaying:
    token: int


@dataclass(frozen=True)
class PausePlaying:
    """Fall silent, because the caller seems to speak. Followed by `ResumePlaying` or `StopPlaying`."""

    token: int


@dataclass(frozen=True)
class ResumePlaying:
    """Go on with a paused prompt, from the beginning of the clause that was interrupted."""

    token: int


#: What is listened for: one of the options; digits one by one; a day; yes or no; a question; anything.
Expectation = Literal["options", "digits", "date", "yes_no", "question", "free"]


@dataclass(frozen=True)
class SpokenOption:
    """Something that a caller may say.

    Attributes:
        id: comes back in `Candidate.id`. The ids of options and universals of one `Listen` differ.
        phrases: how it may be said, as authors write them: `查进度`, `(查|问)[一下]办件`.
    """

    id: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Listen:
    """Listen to the caller. Answered by `Heard`, `HeardNothing` or `HearingFailed`, unless it is stopped.

    `SpeechStarted` may come before the answer.

    Attributes:
        options: what may be said at this node. With `yes_no` there are none: the ids are then `yes` and `no`.
        universals: what may be said everywhere; the ids are universal actions.
        least: fewest digits that are expected; 0 where no digits are.
        most: most digits that are expected.
        sensitive: True where what is heard must not be logged.
    """

    token: int
    language: str
    expect: Expectation
    options: tuple[SpokenOption, ...] = ()
    universals: tuple[SpokenOption, ...] = ()
    least: int = 0
    most: int = 0
    sensitive: bool = False


@dataclass(frozen=True)
class StopListening:
    token: int


@dataclass(frozen=True)
class StartTimer:
    """Answered by `TimerFired`.

    Attributes:
        name: `first_input`, `between_keys`, `speech`, `filler` or `call_length`.
        ms: delay in milliseconds.
    """

    token: int
    name: str
    ms: int


@dataclass(frozen=True)
class CancelTimer:
    token: int


@dataclass(frozen=True)
class QueryBackend:
    """Ask the backend. Answered by `BackendReplied` or `BackendFailed`, always within the budget.

    Attributes:
        sensitive: names of the arguments that logs must mask.
    """

    token: int
    operation: str
    arguments: dict[str, Any]
    language: str
    budget_ms: int
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """Beep, then record the caller. Answered by `RecordingFinished`, always.

    Attributes:
        most_ms: longest recording, milliseconds.
        silence_ms: silence that ends it, milliseconds.
    """

    token: int
    most_ms: int
    silence_ms: int = 4000


@dataclass(frozen=True)
class StopRecording:
    """End a recording; what was said so far is kept."""

    token: int


@dataclass(frozen=True)
class PlayRecording:
    """Play to the caller what they said. Answered by `PlaybackFinished`, unless it is stopped.

    Attributes:
        path: as `RecordingFinished` gave it.
    """

    token: int
    path: str


@dataclass(frozen=True)
class DiscardRecording:
    """The caller does not want what they said to be kept."""

    path: str


@dataclass(frozen=True)
class Leave:
    """Keep what the caller leaves. Answered by `Left`, once it is on disk, or `LeaveFailed`.

    Attributes:
        kind: what it is, such as `recording`, `rating`, `callback` or `appeal`.
        data: JSON data.
        files: recordings that belong to it.
        sensitive: names of the data that logs must mask.
    """

    token: int
    kind: str
    data: dict[str, Any]
    files: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()


@dataclass(frozen=True)
class RememberCaller:
    """Keep values for the caller's next call, as they have agreed to.

    Attributes:
        values: JSON data by name.
        days: for how long.
    """

    values: dict[str, Any]
    days: int


@dataclass(frozen=True)
class ForgetCaller:
    """Forget whatever is kept for the caller's next call."""


@dataclass(frozen=True)
class Park:
    """The call broke off: keep where it stood, so that the caller can go on from there when they call again.

    Attributes:
        state: what `CallOffered.parked` gives back. Nothing sensitive is in it.
        keep_ms: for how long, milliseconds.
    """

    state: dict[str, Any]
    keep_ms: int


@dataclass(frozen=True)
class Transfer:
    """Connect the caller to a named target. Answered by `TransferEnded`, unless the caller hangs up."""

    token: int
    target: str
    ring_for_ms: int


@dataclass(frozen=True)
class Send:
    """Send text by another way than voice. Answered by `SendEnded`.

    Attributes:
        channel: `sms` or `sip` (MESSAGE, RFC 3428).
        to: the number.
        budget_ms: longest wait for the outcome, milliseconds.
        sensitive: True where logs must mask number and text.
    """

    token: int
    channel: str
    to: str
    text: str
    budget_ms: int = 8000
    sensitive: bool = False


@dataclass(frozen=True)
class Note:
    """A fact for the log that no other command tells. The names are in docs/call-log.md.

    Attributes:
        name: `call_started`, `step_entered`, `input`, `step_left` or `call_ended`.
        data: JSON data.
    """

    name: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HangUp:
    """End the call after what is being played has been cut.

    Attributes:
        reason: the reason for the log.
    """

    reason: str


Command = Union[
    Answer,
    Reject,
    Play,
    StopPlaying,
    PausePlaying,
    ResumePlaying,
    Listen,
    StopListening,
    StartTimer,
    CancelTimer,
    QueryBackend,
    Record,
    StopRecording,
    PlayRecording,
    DiscardRecording,
    Leave,
    RememberCaller,
    ForgetCaller,
    Park,
    Transfer,
    Send,
    Note,
    HangUp,
]

#: The registry of commands by name; journal, driver table and documentation read it.
COMMANDS: dict[str, type] = {cls.__name__: cls for cls in Command.__args__}  # type: ignore[attr-defined]

__all__ = ["COMMANDS", "Command", "Expectation", "Pace", "SpokenOption", *COMMANDS]
