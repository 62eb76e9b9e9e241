"""What a call needs from the outside, as Protocols. Everything here is called and calls back on the reactor thread.

Each port has a real implementation (`ivr.sip`, `ivr.voice`, `backend_client`, `ivr.call.journal`) and a fake in
`tests/ivr/fakes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from twisted.internet.defer import CancelledError, Deferred

from ivr.flow.commands import Listen
from ivr.flow.events import (
    Heard,
    HeardNothing,
    HearingFailure,
    KeySource,
    RecordingCause,
    SendOutcome,
    TransferOutcome,
)
from menus.parts import Part


@dataclass(frozen=True)
class LineQuality:
    """What the line was like so far, from RTP and RTCP (RFC 3550).

    Attributes:
        codec: `PCMA`, `PCMU` or empty before media started.
        received: RTP packets received.
        lost: packets missing of those that should have been received.
        jitter_ms: mean interarrival jitter, milliseconds.
        round_trip_ms: mean round trip from RTCP, milliseconds; 0 if unknown.
        seen_key_sources: the ways in which keys arrived so far.
    """

    codec: str = ""
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0
    seen_key_sources: tuple[KeySource, ...] = ()

    @property
    def loss(self) -> float:
        """Share of packets lost, 0 to 1."""
        expected = self.received + self.lost
        return self.lost / expected if expected else 0.0


@dataclass(frozen=True)
class Ending:
    """How a line ended.

    Attributes:
        by: `caller` (BYE or CANCEL), `gateway` (we hung up or rejected) or `line` (lost).
        reason: `bye`, `cancel`, `hung_up`, `rejected`, `media_timeout`, `session_timer`, `sip_error`, `shutdown`.
        sip_code: final SIP status; 200 for a call that was answered.
    """

    by: Literal["caller", "gateway", "line"]
    reason: str
    sip_code: int


@dataclass(frozen=True)
class Recorded:
    """How a recording ended.

    Attributes:
        duration_ms: its length, milliseconds.
        cause: `nothing` if only silence was heard, `failed` if the file could not be written, else what ended it.
    """

    duration_ms: int
    cause: RecordingCause


class DelayedCall(Protocol):
    """Something that will be done unless it is cancelled before."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The part of Twisted's `IReactorTime` that calls need, so that tests can hold time in their hands."""

    def seconds(self) -> float:
        """A moment in seconds; only differences mean something."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any) -> DelayedCall:  # noqa: N802
        """Call after `delay` seconds."""


class LineListener(Protocol):
    """Who is told what happens on a line."""

    def answered(self) -> None: ...

    def digit(self, digit: str, source: KeySource) -> None: ...

    def ended(self, ending: Ending) -> None:
        """Exactly once, last."""


class Tap(Protocol):
    """Sound that is being taken from a line."""

    def stop(self) -> None:
        """Take no more. Stopping twice does nothing."""


class Line(Protocol):
    """One caller. Methods never raise for a line that has just ended; they then do nothing.

    Attributes:
        caller: number as text, empty if withheld.
        dialled: number that was dialled.
        user_agent: what the other side calls itself, for the log.
        sip_call_id: by which the provider's log names the call; empty where there is no SIP.
        takes_messages: their telephone has a display that takes texts.
    """

    caller: str
    dialled: str
    user_agent: str
    sip_call_id: str
    takes_messages: bool

    def listen_to(self, listener: LineListener) -> None:
        """Name the listener. What happened before is told at once."""

    def answer(self) -> None: ...

    def reject(self, sip_code: int) -> None: ...

    def play(self, files: Sequence[Path], finished: Callable[[], None]) -> None:
        """Play WAV files (8 kHz mono 16-bit) one after the other without a gap, in place of what plays now.

        `finished` is called once when the last sample was sent; never after `stop_playing` or another `play`.
        """

    def stop_playing(self) -> None: ...

    def tap(self, heard: Callable[[bytes], None]) -> Tap:
        """Give `heard` the sound of both sides from now on, until it is stopped or the line ends.

        It comes in chunks of 20 to 60 ms: 8 kHz, 16-bit, two channels interleaved. The first channel is the caller, the
        second what the line sent at the same time, zeros where it is silent.
        """

    def record(self, file: Path, most_ms: int, silence_ms: int, finished: Callable[[Recorded], None]) -> None:
        """Record what the caller says into a WAV file (8 kHz mono 16-bit).

        `finished` is called exactly once, also when the caller hangs up first; then before `LineListener.ended`.
        """

    def stop_recording(self) -> None:
        """End the recording, if there is one; what was said so far is kept."""

    def transfer(self, uri: str, ring_for_ms: int, ended: Callable[[TransferOutcome], None]) -> None:
        """Call `uri` and join it with this line. `ended` is not called when the caller hangs up first."""

    def show(self, text: str, ended: Callable[[SendOutcome], None]) -> None:
        """Show a text on the display of the other side's telephone.

        `ended` is called once, unless the line ends first.
        """

    def hang_up(self) -> None: ...

    def quality(self) -> LineQuality: ...


@dataclass(frozen=True)
class Receipt:
    """What a caller can refer to later.

    Attributes:
        reference: digits that can be read out.
    """

    reference: str


class Backend(Protocol):
    """The e-government backend."""

    def query(
        self, operation: str, arguments: dict[str, Any], *, language: str, budget_ms: int, call_id: str
    ) -> Deferred[Any]:
        """Fire with JSON data, or with None when the backend has no such thing.

        Fails with a `BackendError` whose `reason` is one of those of `BackendFailed`, within `budget_ms`.
        """


@dataclass(frozen=True)
class Clip:
    """One clause of an utterance.

    Attributes:
        file: fires with the WAV file when it can be played. Already fired for cached clauses. Never fails: the voices
            stand in for each other, and at worst the file is a short tone. Whoever waits for it no more drops it:
            nothing stands in for a voice that nobody waits for. What is being made is made all the same, for others.
        text: the words, for the log; masked where a value is sensitive.
    """

    file: Deferred[Path]
    text: str

    def drop(self) -> None:
        """Wait for it no more."""
        if not self.file.called:
            self.file.addErrback(lambda failure: failure.trap(CancelledError))
            self.file.cancel()


class Voice(Protocol):
    """Turns parts into files, clause by clause."""

    def clips(self, parts: Sequence[Part], language: str, pace: str, voice: str = "") -> list[Clip]: ...


class EarListener(Protocol):
    """Who is told what was heard in one turn."""

    def speech_started(self) -> None:
        """The caller speaks. In good time, one of the others follows."""

    def heard(self, event: Heard | HeardNothing) -> None:
        """The turn is over. The token of the event is that of the turn."""

    def failed(self, reason: HearingFailure, detail: str) -> None:
        """The turn is over: speech cannot be understood just now. `detail` is for the log, and names no words."""


class Ear(Protocol):
    """Understands the speech of one call, one turn after the other. Nothing here waits or raises."""

    def listen(self, turn: Listen, listener: EarListener) -> None:
        """Open a turn, in place of one that is open."""

    def sound(self, chunk: bytes) -> None:
        """Sound of the open turn, as `Line.tap` gives it."""

    def stop(self) -> None:
        """Close the turn without an answer."""

    def close(self) -> None:
        """The call is over."""


class Hearing(Protocol):
    """Speech input for all calls.

    Attributes:
        languages: in which speech is understood at this moment; empty when it is not.
    """

    @property
    def languages(self) -> tuple[str, ...]: ...

    def ear(self, call_id: str) -> Ear:
        """For a new call."""


class LeaveError(Exception):
    """What a caller left could not be kept.

    Attributes:
        reason: one of those of `ivr.flow.events.LeaveFailed`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Outbox(Protocol):
    """Where what callers leave is kept until the backend has it."""

    def leave(self, kind: str, data: Mapping[str, Any], files: Sequence[Path], *, call_id: str) -> Deferred[Receipt]:
        """Fire when it is on disk for good: then, and only then, the caller hears that it was kept.

        Fails with a `LeaveError`.

        Args:
            kind: what it is, such as `recording`, `rating`, `callback` or `appeal`.
            data: JSON data.
            files: WAV files that belong to it. The outbox takes them; whether they also stay, it says itself.
        """


class Recordings(Protocol):
    """Where what callers say is written during a call, and put away after it."""

    def new_file(self, call_id: str, token: int) -> Path:
        """A WAV file to be, in a folder that nobody else can look into.

        Raises:
            OSError: there can be none.
        """

    def call_ended(self, call_id: str) -> Deferred[None]:
        """Put away what was recorded in a call and is still there. Never fails."""


class Messenger(Protocol):
    """Sends text messages."""

    def send(self, channel: str, to: str, text: str, *, call_id: str) -> Deferred[SendOutcome]:
        """Fire with what became of a message. Never fails.

        Args:
            channel: `sms` or `sip`.
            to: a telephone number.
        """


@dataclass(frozen=True)
class Recalled:
    """What is known of a caller from earlier calls.

    Attributes:
        profile: values that they agreed to have remembered.
        parked: where a call of theirs broke off; None if nowhere.
    """

    profile: dict[str, Any] = field(default_factory=dict)
    parked: dict[str, Any] | None = None


class CallerMemory(Protocol):
    """What is kept of callers between calls, by a keyed hash of their number. Answers at once and never raises: what
    cannot be read is not known.
    """

    def recall(self, caller: str) -> Recalled:
        """What is known of a caller. What was parked is handed out once."""

    def remember(self, caller: str, values: Mapping[str, Any], days: int) -> None: ...

    def forget(self, caller: str) -> None: ...

    def park(self, caller: str, state: Mapping[str, Any], keep_ms: int) -> None: ...


@dataclass(frozen=True)
class Record:
    """One line of the journal; docs/call-log.md has the list of names and their data.

    Attributes:
        kind: `event` (into the engine), `command` (out of it) or `fact` (what the driver measured).
    """

    kind: Literal["event", "command", "fact"]
    name: str
    data: dict[str, Any] = field(default_factory=dict)


class Journal(Protocol):
    """Where facts are written before they are acted upon."""

    def append(self, call_id: str, records: Sequence[Record]) -> None:
        """Write the records with one system call. Never raises: see `healthy`."""

    @property
    def healthy(self) -> bool:
        """False while the disk does not take what is written; new calls then get 503."""
