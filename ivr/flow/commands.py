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
    """

    token: int
    parts: tuple[Part, ...]
    language: str
    pace: Pace = "normal"
    purpose: str = "prompt"


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
        name: `first_input`, `between_keys`, `filler` or `call_length`.
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
    token: int
    most_ms: int


@dataclass(frozen=True)
class Transfer:
    """Connect the caller to a named target. Answered by `TransferEnded`, unless the caller hangs up."""

    token: int
    target: str
    ring_for_ms: int


@dataclass(frozen=True)
class Send:
    """Send text by another way than voice (SMS, SIP MESSAGE)."""

    token: int
    channel: str
    text: str


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
    Transfer,
    Send,
    Note,
    HangUp,
]

#: The registry of commands by name; journal, driver table and documentation read it.
COMMANDS: dict[str, type] = {cls.__name__: cls for cls in Command.__args__}  # type: ignore[attr-defined]

__all__ = ["COMMANDS", "Command", "Expectation", "Pace", "SpokenOption", *COMMANDS]
